"""Backup: copies of the whole SQLite store, made while others read and write it.

Invariant: a copy shows one moment of the store, and stands under its name only when it is whole.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from store.db.database import Database
from store.db.file_replacement import replace_file
from store.errors import StoreError
from store.sqlite import sqlite_errors
from store.sqlite.sqlite_connection import connect


def copy_to(database: Database, target: Path) -> None:
    """Copy the store to the file `target`, replacing it. Raises StoreError, also where `target` is the store itself."""
    with sqlite_errors.translate_file_errors(target):
        _refuse_store_itself(database, target)
        refuse_others(target)
        replace_file(target, lambda partial: _copy(database, partial, target), mode=0o600)


def _refuse_store_itself(database: Database, target: Path) -> None:
    own = [database.beside(ending) for ending in ("", "-wal", "-shm", "-journal")]
    if target.resolve() in [path.resolve() for path in own] or (target.exists() and target.samefile(database.path)):
        raise StoreError(f"The file {target} is the store itself.", hint="Name another file for the copy.")


def refuse_others(target: Path) -> None:
    """Only an older copy may be replaced: SQLite's files begin with its name."""
    if not target.parent.is_dir():
        raise StoreError(f"There is no folder {target.parent}.", hint="Make it, or name another file for the copy.")
    if target.exists() and not (target.is_file() and _first_bytes(target) in (b"", b"SQLite format 3")):
        raise StoreError(f"{target} is there and is no copy of a store.", hint="Name another file for the copy.")


def _first_bytes(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(15)


def _copy(database: Database, partial: Path, target: Path) -> None:
    # A connection of its own: this thread's may be inside a transaction, whose unfinished work is not to be copied.
    with (
        sqlite_errors.translate_sqlite_errors(target, database.busy_seconds),
        contextlib.closing(connect(database)) as source,
        contextlib.closing(sqlite3.connect(partial)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without companions
