"""Change detection for caches: whether what readers are shown has changed, asked cheaply and often.

Invariant: the same answer means the same editions, papers, vectors, topics and addresses of feeds, whichever process
wrote meanwhile; what a running service writes about itself, and what is delivered, changes nothing.
"""

from __future__ import annotations

import threading

from store.db.database import Database, Session

# A paper changes only as a search or a harvest brings it anew; a search leaves a row, a harvest counts its changes.
# decision 69
_STATE_QUERIES = (
    """
    SELECT (SELECT max(row) FROM editions), (SELECT max(row) FROM papers), (SELECT max(row) FROM vectors),
        (SELECT max(row) FROM searches), (SELECT sum(changes) FROM harvests)
    """,
    "SELECT value FROM meta WHERE key LIKE 'unread %' OR key = 'feed salt' ORDER BY key",
    """
    SELECT slug, title, question, queries, categories, include, exclude, cadence, at, timezone, active FROM topics
    ORDER BY slug
    """,
)


class Revision:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._watch: Session | None = None
        self._closed = False
        self._state: object = None
        self._seen = 0

    def now(self) -> int:
        with self._lock, self._database.translate_errors():
            if self._closed:
                raise self._database.closed_error()
            if self._watch is None:
                self._watch = self._database.separate_session()
            # From a session that writes nothing only the others' commits are seen.
            state = self._watch.state()
            if state != self._state:
                self._seen = hash(tuple(tuple(self._watch.rows(sql)) for sql in _STATE_QUERIES))
                self._state = state
            return self._seen

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._watch:
                self._watch.close()
                self._watch = None
