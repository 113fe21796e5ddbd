"""A store with a row in every table that a copy carries, and what is in it, by table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from store import Store
from store.copying import open_transfer
from store.sqlite.carried_tables import carried_tables
from store.sqlite.sqlite_copy import SqliteSide
from store.sqlite.sqlite_database import SqliteDatabase
from store.transfer.copy_side import CopySide, Row
from tests.factories import web

# 1 is a row of any parent.
_VALUES = {"TEXT": "çé 漢字 𝛼 \\N\t'\n", "INTEGER": 1, "REAL": 0.1 + 0.2, "BLOB": bytes(range(256))}


def fill_every_table(path: Path) -> None:
    with Store.open(path) as store:
        web.fill(store)
    database = SqliteDatabase(path, 10)
    side = SqliteSide(database)
    with database.write() as session:
        for table in carried_tables():
            if not session.rows(table.count)[0][0]:
                side.insert(session, table, [tuple(_VALUES[kind] for kind in table.columns.values())])
    database.close()


def copy_whole(source: Path | str, target: Path | str) -> None:
    with open_transfer(str(source), str(target), 10) as steps:
        for step in steps:
            step.run(lambda _done, _total: None)


def content_of(side: CopySide) -> dict[str, Sequence[Row]]:
    with side.moment() as moment:
        return {table.name: list(moment.rows(table)) for table in side.tables}


def content_of_file(path: Path) -> dict[str, Sequence[Row]]:
    database = SqliteDatabase(path, 10)
    try:
        return content_of(SqliteSide(database))
    finally:
        database.close()
