"""Rate limit of each outside service: one turn at a time and a pause after it, across processes.

Invariant: at most one holder has the turn; a holder whose process died has lost it, one of another machine after
LEASE_SECONDS; nobody waits longer than one lease and one pause, even where the clock was set back. Claims are decided
by one UPDATE and its row count.
"""

from __future__ import annotations

from collections.abc import Callable

from store.db.database import Database, Session
from store.tables.leases import dead_owners

LEASE_SECONDS = 90.0  # seconds; longer than any single request may take
_POLL_SECONDS = 0.5  # seconds; a turn may end long before its lease


class SourceTurns:
    """`clock` gives seconds since 1970; it is shared by processes, so it is the database's where none is given."""

    def __init__(self, database: Database, clock: Callable[[], float] | None = None) -> None:
        self._database = database
        self._clock = clock or database.clock

    def claim(self, name: str, holder: str, pause: float) -> float:
        """0.0 when the turn is now the holder's; else the seconds after which to ask again.

        holder: of `new_owner`. pause: seconds between two requests; after a holder that died, from when that is found,
        since it may have asked in its last moment.
        """
        with self._database.write() as session:
            now = self._clock()
            session.run(
                "INSERT INTO pace (name, holder, since, free_at) VALUES (?, '', ?, ?) ON CONFLICT DO NOTHING",
                [name, now, now],
            )
            _follow_clock(session, name, now)
            for dead in dead_owners(session, "SELECT holder FROM pace WHERE name = ?", [name]):
                free = "UPDATE pace SET holder = '', since = ?, free_at = ? WHERE name = ? AND holder = ?"
                session.run(free, [now, now + max(pause, 0.0), name, dead])
            taken = session.run(
                "UPDATE pace SET holder = ?, since = ?, free_at = ? WHERE name = ? AND (free_at <= ? OR holder = ?)",
                [holder, now, now + LEASE_SECONDS, name, now, holder],
            )
            return 0.0 if taken else _wait(session, name, now)

    def release(self, name: str, holder: str, pause: float) -> None:
        """End the turn; the next may start `pause` seconds from now. Nothing where the turn was lost."""
        with self._database.write() as session:
            now = self._clock()
            session.run(
                "UPDATE pace SET holder = '', since = ?, free_at = ? WHERE name = ? AND holder = ?",
                [now, now + max(pause, 0.0), name, holder],
            )


def _follow_clock(session: Session, name: str, now: float) -> None:
    # A turn or pause that began in the future began before the clock was set back: it begins again now.
    session.run(
        "UPDATE pace SET free_at = ? + (free_at - since), since = ? WHERE name = ? AND since > ?",
        [now, now, name, now],
    )


def _wait(session: Session, name: str, now: float) -> float:
    holder, free_at = session.rows("SELECT holder, free_at FROM pace WHERE name = ?", [name])[0]
    left = max(float(free_at) - now, 0.01)
    return min(left, _POLL_SECONDS) if holder else left
