"""Health status of each running process's parts, as last reported.

Invariant: what a process did not say again for `FRESH_FOR` is not told of it: it is gone, or cannot write. The clock is
shared by processes, so it is the database's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from store.db.columns import decode_text, encode_text, moment_of, stamp
from store.db.database import Database
from store.db.owners import show_process
from store.records.deliveries import PartState

FRESH_FOR = timedelta(seconds=45)


@dataclass(frozen=True)
class PartReport:
    owner: str  # of the process
    at: datetime
    part: PartState

    @property
    def process(self) -> str:
        return show_process(self.owner)


def are_of_several(reports: Iterable[PartReport]) -> bool:
    """Whether there is more than one process: then it has to be told whose they are."""
    return len({report.owner for report in reports}) > 1


class PartStates:
    def __init__(self, database: Database) -> None:
        self._database = database

    def report(self, owner: str, parts: Sequence[PartState]) -> None:
        """Put down how a process is now, in place of what it said before; forget those long silent."""
        now = self._now()
        with self._database.write() as session:
            session.run("DELETE FROM services WHERE owner = ? OR at < ?", [owner, stamp(now - 20 * FRESH_FOR)])
            session.many(
                "INSERT INTO services (owner, part, position, at, state, detail) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (owner, part.part, position, stamp(now), part.state, encode_text(part.detail))
                    for position, part in enumerate(parts)
                ],
            )

    def remove(self, owner: str) -> None:
        with self._database.write() as session:
            session.run("DELETE FROM services WHERE owner = ?", [owner])

    def list(self, now: datetime | None = None) -> list[PartReport]:
        """The parts of the processes that run, by process."""
        now = now or self._now()
        with self._database.read() as session:
            rows = session.rows(
                "SELECT owner, at, part, state, detail FROM services WHERE at BETWEEN ? AND ? ORDER BY owner, position",
                [stamp(now - FRESH_FOR), stamp(now + FRESH_FOR)],  # later: a clock that was ahead said so
            )
        return [
            PartReport(owner, moment_of(at), PartState(part, state, decode_text(detail)))
            for owner, at, part, state, detail in rows
        ]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._database.clock(), UTC)
