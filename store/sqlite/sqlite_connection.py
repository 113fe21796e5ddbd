"""Connections to the SQLite file, each with the settings that the store stands on."""

from __future__ import annotations

import os
import sqlite3
from urllib.parse import quote

from store.db.database import Database

_WAL_BYTES = 16 * 2**20  # what the -wal file shrinks to after a large write


def connect(database: Database) -> sqlite3.Connection:
    """A new connection of the caller's own, who closes it."""
    # Autocommit: transactions begin where `write` says so, never behind our back.
    connection = sqlite3.connect(
        _address(database),
        timeout=database.busy_seconds,
        isolation_level=None,
        check_same_thread=False,
        uri=database.readonly,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what a row moved away from nobody could erase later
    connection.execute("PRAGMA synchronous = NORMAL")  # safe from corruption under WAL, without an fsync a commit
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    return connection


def _address(database: Database) -> str:
    """As SQLite takes it. WAL wants to write beside the file even to read it, unless it may take it for unchanging, as
    where no process has it open, which would have left its log there.
    """
    if not database.readonly:
        return str(database.path)
    log = database.beside("-wal")
    unchanging = not log.exists() or not log.stat().st_size
    return f"file:{quote(os.fsencode(database.path))}?mode=ro{'&immutable=1' if unchanging else ''}"  # decision 50
