"""Erasure: what was deleted leaves the bytes of the file, and of the log beside it, too.

Invariant: an erasure that could not be completed, since somebody read an older state or the process ended, is noted in
the store (`store/db/erasure_note.py`) until it is. SQLite overwrites what it frees (`PRAGMA secure_delete`), but not
what lies in a page after its rows were divided, and the log keeps each page that was ever written until it is emptied.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time

from store.db.database import Database
from store.db.erasure_note import forget_erasure
from store.sqlite.sqlite_connection import connect
from store.sqlite.sqlite_errors import translate_sqlite_errors

_ATTEMPT = 0.2  # seconds: whoever writes waits as long at most
_PAUSE = 0.02
_LARGEST = 128 * 2**20  # bytes: a larger file is neither read into memory nor written anew while others wait


def complete_erasure(database: Database, trace: str = "") -> bool:
    """Empty the log, and write the file anew where a trace is still in it; False where others were in the way.

    trace: what may be found no more; "" where that is not known any more. It waits as long as a writer does. Raises
    StoreError.
    """
    deadline = time.monotonic() + database.busy_seconds
    with (
        translate_sqlite_errors(database.path, database.busy_seconds),
        contextlib.closing(connect(database)) as connection,
    ):
        connection.execute(f"PRAGMA busy_timeout = {round(1000 * min(_ATTEMPT, database.busy_seconds))}")
        done = _empty_log(connection, deadline) and (
            not _has_trace(connection, trace) or (_rewrite(connection, deadline) and _empty_log(connection, deadline))
        )
    if done:
        with database.write() as session:
            forget_erasure(session)
    return done


def _empty_log(connection: sqlite3.Connection, deadline: float) -> bool:
    """Short attempts, since each keeps writers out while it waits for readers."""
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() >= deadline:
            return False
        time.sleep(_PAUSE)
    return True


def _has_trace(connection: sqlite3.Connection, trace: str) -> bool:
    """Read by SQLite: to open and close the file here would take its locks from all of this process' connections."""
    (pages,), (size,) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    if pages * size > _LARGEST:
        return False
    return not (trace and hasattr(connection, "serialize")) or trace.encode() in connection.serialize()


def _rewrite(connection: sqlite3.Connection, deadline: float) -> bool:
    """Each page of rows anew, without what lay between them."""
    while True:
        try:
            connection.execute("VACUUM")
        except sqlite3.OperationalError:  # another writes; a full disk, which is told elsewhere
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE)
        else:
            return True
