"""The salt of the key in feeds' addresses: one for each archive, made anew to end every address given out so far.

Invariant: it is no secret that opens anything by itself: the key is made of it and of the token, which is in no store.
"""

from __future__ import annotations

from store.db.database import Database


class FeedSalt:
    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> str:
        with self._database.read() as session:
            return str(session.rows("SELECT value FROM meta WHERE key = 'feed salt'")[0][0])

    def renew(self) -> None:
        """From now on, in every process, the key is another one."""
        with self._database.write() as session:
            session.run("UPDATE meta SET value = lower(hex(randomblob(16))) WHERE key = 'feed salt'")
