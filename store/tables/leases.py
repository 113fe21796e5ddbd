"""Lease table: work that one process at a time may do, and whether the process that holds it still lives.

Invariant: at most one owner holds a name at any time; an owner whose process died, or that slept longer than its lease,
has lost it. `Session.is_gone` decides for every table with an owner (here, `source_turns`, `slack_requests`), so that a
dead process blocks nothing. A claim is one transaction. The clock is shared by processes, so it is the database's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from store.db.database import Database, Parameters, Session


def dead_owners(session: Session, sql: str, parameters: Parameters = ()) -> list[str]:
    """Those of the owners that a query names whose processes have surely ended."""
    return [owner for (owner,) in session.rows(sql, parameters) if session.is_gone(owner)]


class Leases:
    def __init__(self, database: Database, clock: Callable[[], float] | None = None) -> None:
        self._database = database
        self._clock = clock or database.clock

    def acquire(self, name: str, owner: str, seconds: float) -> bool:
        """Whether the name is the owner's for the next `seconds`: taken now, also from a process that died, or held
        already and made longer.
        """
        with self._database.write() as session:
            now = self._clock()
            for dead in dead_owners(session, "SELECT owner FROM leases WHERE name = ?", [name]):
                session.run("DELETE FROM leases WHERE name = ? AND owner = ?", [name, dead])
            # A lease that began in the future began before the clock was set back: nobody may wait that long.
            taken = session.run(
                """
                INSERT INTO leases (name, owner, since, until) VALUES (:name, :owner, :now, :until)
                ON CONFLICT (name) DO UPDATE SET owner = :owner, since = :now, until = :until
                WHERE leases.owner = :owner OR leases.until <= :now OR leases.since > :now + 1
                """,
                {"name": name, "owner": owner, "now": now, "until": now + seconds},
            )
        return taken > 0

    def release(self, name: str, owner: str) -> None:
        """Give a name up; nothing where it is another's."""
        with self._database.write() as session:
            session.run("DELETE FROM leases WHERE name = ? AND owner = ?", [name, owner])

    def owner(self, name: str) -> str:
        """Who holds a name now, living or dead; "" where nobody does."""
        with self._database.read() as session:
            found = session.one("SELECT owner FROM leases WHERE name = ? AND until > ?", [name, self._clock()])
        return "" if found is None else str(found[0])

    def is_any_held(self, beginnings: Sequence[str]) -> bool:
        """Whether somebody who may live holds a name that begins so."""
        with self._database.read() as session:
            held = session.rows("SELECT name, owner FROM leases WHERE until > ?", [self._clock()])
            return any(name.startswith(tuple(beginnings)) and not session.is_gone(owner) for name, owner in held)

    def is_held(self, session: Session, name: str, owner: str) -> bool:
        """The same inside a transaction of the caller's: whether the name is the owner's at this moment."""
        sql = "SELECT 1 FROM leases WHERE name = ? AND owner = ? AND until > ?"
        return session.one(sql, [name, owner, self._clock()]) is not None
