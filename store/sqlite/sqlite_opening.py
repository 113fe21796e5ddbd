"""Opening of the SQLite file: made or migrated where needed; for reading only where it cannot be written.

Invariant: what is opened is of this version's schema, and the rows of an earlier one are read or being read.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from store.errors import DiskFull, StoreError
from store.sqlite.schema_version import has_unread_rows, is_current
from store.sqlite.sqlite_database import SqliteDatabase
from store.sqlite.sqlite_errors import translate_file_errors

_OLDEST_SQLITE = (3, 37)  # STRICT tables


def open_sqlite(path: Path, busy_seconds: float) -> tuple[SqliteDatabase, DiskFull | None]:
    """The file, and why it was opened for reading where that is for want of room."""
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreError(f"Paper Route needs SQLite 3.37 or newer; this Python has {sqlite3.sqlite_version}.")
    with translate_file_errors(path):
        readonly = _is_readonly(path)
    try:
        return _open_database(path, busy_seconds, readonly=readonly), None
    except DiskFull as full:
        # What is there can be read all the same.  decision 193
        if database := _open_unchanging(path, busy_seconds):
            return database, full
        raise full from None


def _open_database(path: Path, busy_seconds: float, *, readonly: bool) -> SqliteDatabase:
    with translate_file_errors(path):
        database = SqliteDatabase(path, busy_seconds, readonly=readonly)
    try:
        with translate_file_errors(path):
            if not readonly:
                path.parent.mkdir(parents=True, exist_ok=True)
            if not is_current(database):
                from store.sqlite.migrations import migrate  # noqa: PLC0415 - what migrations stand on loads numpy

                migrate(database)
            if not readonly and has_unread_rows(database):
                from store.backfill import fill_old_rows  # noqa: PLC0415 - once in the life of a store

                fill_old_rows(database)
    except BaseException:
        database.close()
        raise
    return database


def _open_unchanging(path: Path, busy_seconds: float) -> SqliteDatabase | None:
    """For reading, of this version's schema; None where not."""
    try:
        return _open_database(path, busy_seconds, readonly=True)
    except StoreError:
        return None


def _is_readonly(path: Path) -> bool:
    """Of a file that is there: whether it, or its folder, which SQLite writes its log to, cannot be written."""
    return (
        path.is_file()
        and os.access(path, os.R_OK)
        and not all(os.access(place, os.W_OK) for place in (path, path.parent))
    )
