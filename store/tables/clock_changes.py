"""Clock changes: what waits for a moment that a clock made up which was set since.

Invariant: nothing waits longer than its own wait, whatever the clock showed when it was put off; since when it waits
stays as it is, for the clock of now may be the wrong one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from store.db.columns import stamp
from store.db.database import Database

_MOST_DIFFERENCE = timedelta(minutes=2)  # between the clocks of two machines


class ClockChanges:
    def __init__(self, database: Database) -> None:
        self._database = database

    def follow(self, now: datetime) -> int:
        """Let what was put off at a moment that is still to come be due at once; how many deliveries that were."""
        ahead = stamp(now + _MOST_DIFFERENCE)
        where = "state IN ('planned', 'retry') AND next_at > ? AND max(planned_at, coalesce(claimed_at, '')) > ?"
        with self._database.read() as session:
            if session.one(f"SELECT 1 FROM deliveries WHERE {where} LIMIT 1", [ahead, ahead]) is None:
                return 0  # once a minute: a store that nothing is written to stays so
        with self._database.write() as session:
            return session.run(f"UPDATE deliveries SET next_at = ? WHERE {where}", [stamp(now), ahead, ahead])
