"""Change detection for caches: whether what readers are shown has changed, asked cheaply and often.

Invariant: the same answer means the same editions, papers, vectors, topics and addresses of feeds, whichever process
wrote meanwhile; what a running service writes about itself, and what is delivered, changes nothing.
"""

from __future__ import annotations

import sqlite3
import threading

from store.db.database import Database
from store.db.sqlite_errors import closed_error, translate_sqlite_errors

# A paper changes only as a search or a harvest brings it anew; a search leaves a row, a harvest counts its changes.
# decision 69
_STATE_QUERY = """
    SELECT (SELECT max(row) FROM editions), (SELECT max(row) FROM papers), (SELECT max(row) FROM vectors),
        (SELECT max(row) FROM searches), (SELECT sum(changes) FROM harvests),
        (SELECT group_concat(value) FROM meta WHERE key LIKE 'unread %' OR key = 'feed salt'),
        (SELECT group_concat(slug || title || question || queries || categories || include || exclude || cadence || at
            || timezone || active, char(31)) FROM topics)
"""


class Revision:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._watch: sqlite3.Connection | None = None
        self._closed = False
        self._version = -1
        self._seen: tuple[object, ...] = ()

    def now(self) -> int:
        with self._lock, translate_sqlite_errors(self._database.path, self._database.busy_seconds):
            if self._closed:
                raise closed_error(self._database.path)
            if self._watch is None:
                self._watch = self._database.connect()
            # SQLite's count of the commits that others made, seen from a connection that makes none.
            version = int(self._watch.execute("PRAGMA data_version").fetchone()[0])
            if version != self._version:
                self._seen = self._watch.execute(_STATE_QUERY).fetchone()
                self._version = version
            return hash(self._seen)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._watch:
                self._watch.close()
                self._watch = None
