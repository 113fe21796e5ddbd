"""SQLite's side of a copy: one read transaction as the moment, rows inserted by statements."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from store.db.columns import clean
from store.db.database import Session
from store.sqlite.carried_tables import carried_tables
from store.sqlite.sqlite_database import SqliteDatabase
from store.transfer.copy_side import CopySide, Row, StoreMoment
from store.transfer.table_shape import TableShape


class SqliteMoment(StoreMoment):
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, table: TableShape, skip: int = 0) -> Iterator[Row]:
        found = self._connection.execute(f"{table.query} LIMIT -1 OFFSET ?", [skip])
        # Rows from before every text was cleaned may hold what PostgreSQL does not take.
        return (tuple(clean(value) if isinstance(value, str) else value for value in row) for row in found)

    def count(self, table: TableShape) -> int:
        return int(self._connection.execute(table.count).fetchone()[0])

    def last_numbers(self) -> dict[str, int]:
        return dict(self._connection.execute("SELECT name, seq FROM sqlite_sequence"))


class SqliteSide(CopySide):
    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(database, carried_tables())
        self._connect = database.connect

    @contextmanager
    def moment(self) -> Iterator[SqliteMoment]:
        with self.database.translate_errors(), contextlib.closing(self._connect()) as connection:
            connection.execute("BEGIN")
            connection.execute("SELECT 1 FROM meta").fetchone()  # from here on the file stands still
            yield SqliteMoment(connection)

    def insert(self, session: Session, table: TableShape, rows: Sequence[Row]) -> None:
        session.run("PRAGMA defer_foreign_keys = ON")  # to the end of this transaction
        values = ", ".join("?" * len(table.columns))
        session.many(f"INSERT INTO main.{table.name} ({table.column_list}) VALUES ({values})", rows)

    def set_numbers(self, session: Session, last: Mapping[str, int]) -> None:
        """Of tables in which no number comes again; in the others it is the one behind the last row."""
        once = session.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'")
        for (name,) in once:
            session.run("INSERT INTO sqlite_sequence (name, seq) SELECT ?, 0 WHERE NOT EXISTS "
                        "(SELECT 1 FROM sqlite_sequence WHERE name = ?)", [name, name])  # fmt: skip
            session.run("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", [last.get(name, 0), name])

    def bulk_indexing(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def analyse(self) -> None:
        """Its planner needs nothing: the statements say the order of joins."""
