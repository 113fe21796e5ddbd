"""Copying of a whole store between places: a SQLite file, or a PostgreSQL database by its address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.db.copy_note import copied_state, refuse_unfinished
from store.db.database import Database
from store.errors import StoreError
from store.sqlite.schema_version import has_unread_rows
from store.transfer.copy_side import CopySide
from store.transfer.transfer import TransferStep, open_transfer_steps

_ADDRESS = re.compile(r"postgres(ql)?://")


@contextmanager
def open_transfer(source: str, target: str, busy_seconds: float) -> Iterator[tuple[TransferStep, ...]]:
    """What is to be run, in order. source, target: a path, or `postgresql://...`; a target file is made where there is
    none. Raises StoreError.
    """
    with _open_side(source, busy_seconds, make=False) as whole:
        _refuse_incomplete(whole.database)
        with _open_side(target, busy_seconds, make=True) as empty:
            _refuse_itself(whole.database, empty.database)
            with whole.moment() as moment, open_transfer_steps(moment, empty) as steps:
                yield steps


@contextmanager
def _open_side(place: str, busy_seconds: float, *, make: bool) -> Iterator[CopySide]:
    side = (_open_address if _ADDRESS.match(place) else _open_file)(place, busy_seconds, make=make)
    try:
        yield side
    finally:
        side.database.close()


def _open_address(place: str, busy_seconds: float, *, make: bool) -> CopySide:
    from store.postgres.postgres_opening import open_postgres  # noqa: PLC0415 - psycopg is an extra

    database = open_postgres(place, Path("paperroute.db").absolute(), busy_seconds, make=make)
    from store.postgres.postgres_copy import PostgresSide  # noqa: PLC0415 - likewise

    return PostgresSide(database)


def _open_file(place: str, busy_seconds: float, *, make: bool) -> CopySide:
    from store.sqlite.sqlite_copy import SqliteSide  # noqa: PLC0415 - what migrations stand on loads numpy
    from store.sqlite.sqlite_errors import translate_file_errors  # noqa: PLC0415 - likewise
    from store.sqlite.sqlite_opening import open_sqlite  # noqa: PLC0415 - likewise

    path = Path(place).absolute()
    if not make and not path.is_file():
        raise StoreError(f"There is no store {path}.")
    if make and not path.exists():
        with translate_file_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)  # it holds mail addresses
    database, full = open_sqlite(path, busy_seconds)
    if make and database.readonly:
        database.close()
        raise full or StoreError(f"{path} cannot be written.")
    return SqliteSide(database)


def _refuse_incomplete(database: Database) -> None:
    refuse_unfinished(database)
    if has_unread_rows(database):
        raise StoreError(
            f"What an earlier version left in {database.place} is not read for the search yet.",
            hint="Run any verb on it, and copy then.",
        )


def _refuse_itself(source: Database, target: Database) -> None:
    """One that is empty, too, whatever names it goes by."""
    with target.read() as session:
        if copied_state(session) is None and _archive(source) == _archive(target):
            raise StoreError(f"{source.place} and {target.place} are one store, or copies of one.")


def _archive(database: Database) -> str:
    with database.read() as session:
        return str(session.rows("SELECT value FROM meta WHERE key = 'archive'")[0][0])
