"""Backup of a PostgreSQL store: one moment of it as a SQLite file, which is a store like any other.

Invariant: as of a SQLite store's (`store/sqlite/backup.py`): the file stands under its name only when it is whole.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from store.db.file_replacement import replace_file
from store.postgres.postgres_copy import PostgresSide
from store.sqlite.backup import refuse_others
from store.sqlite.sqlite_copy import SqliteSide
from store.sqlite.sqlite_errors import translate_file_errors
from store.sqlite.sqlite_opening import open_sqlite
from store.transfer.transfer import open_transfer_steps

if TYPE_CHECKING:
    from store.postgres.postgres_database import PostgresDatabase


def copy_to(database: PostgresDatabase, target: Path) -> None:
    """Copy the store to the file `target`, replacing an older copy. Raises StoreError."""
    with translate_file_errors(target):
        refuse_others(target)
        replace_file(target, lambda partial: _copy(database, partial), mode=0o600)


def _copy(database: PostgresDatabase, partial: Path) -> None:
    # In a folder of its own, with the files that SQLite has beside it while it is written.
    with tempfile.TemporaryDirectory(prefix=".", dir=partial.parent) as folder:
        made = Path(folder, partial.name)
        made.touch(mode=0o600)
        _fill(database, made)
        with contextlib.closing(sqlite3.connect(made)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without companions
        made.replace(partial)


def _fill(database: PostgresDatabase, made: Path) -> None:
    file, _ = open_sqlite(made, database.busy_seconds)
    try:
        with PostgresSide(database).moment() as moment, open_transfer_steps(moment, SqliteSide(file)) as steps:
            for step in steps:
                step.run(lambda _done, _total: None)
    finally:
        file.close()
