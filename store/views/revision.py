"""Change detection for caches: whether what readers are shown has changed, asked cheaply and often.

Invariant: the same answer means the same editions, papers, vectors, topics and addresses of feeds, whichever process
wrote meanwhile; what a running service writes about itself, and what is delivered, changes nothing.
"""

from __future__ import annotations

import threading

from store.db.database import Database

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
        self._state: object = None
        self._seen = 0

    def now(self) -> int:
        # From a session that writes nothing only the others' commits are seen.
        with self._lock, self._database.watch() as session:
            state = session.state()
            if state != self._state:
                self._seen = hash(tuple(tuple(session.rows(sql)) for sql in _STATE_QUERIES))
                self._state = state
            return self._seen
