"""Lease table: work that one process at a time may do, and that another takes over when that one is gone.

Invariant: at most one owner holds a name at any time; an owner that died, or slept longer than its lease, has lost it.
Decided by one statement and its row count. The clock is shared by processes, so it is the wall clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from store.db.database import Database, Session


class Leases:
    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def acquire(self, name: str, owner: str, seconds: float) -> bool:
        """Whether the name is the owner's for the next `seconds`: taken now, or held already and made longer."""
        with self._database.write() as session:
            now = self._clock()
            # A lease that began in the future began before the clock was set back: nobody may wait that long.
            taken = session.run(
                """
                INSERT INTO leases (name, owner, since, until) VALUES (:name, :owner, :now, :until)
                ON CONFLICT (name) DO UPDATE SET owner = :owner, since = :now, until = :until
                WHERE owner = :owner OR until <= :now OR since > :now + 1
                """,
                {"name": name, "owner": owner, "now": now, "until": now + seconds},
            )
        return taken > 0

    def release(self, name: str, owner: str) -> None:
        """Give a name up; nothing where it is another's."""
        with self._database.write() as session:
            session.run("DELETE FROM leases WHERE name = ? AND owner = ?", [name, owner])

    def owner(self, name: str) -> str:
        """Who holds a name now; "" where nobody does."""
        with self._database.read() as session:
            found = session.one("SELECT owner FROM leases WHERE name = ? AND until > ?", [name, self._clock()])
        return "" if found is None else str(found[0])

    def is_held(self, session: Session, name: str, owner: str) -> bool:
        """The same inside a transaction of the caller's: whether the name is the owner's at this moment."""
        sql = "SELECT 1 FROM leases WHERE name = ? AND owner = ? AND until > ?"
        return session.one(sql, [name, owner, self._clock()]) is not None
