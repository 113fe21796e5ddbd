"""Figures for the operator: what was made and sent between two moments.

Invariant: read-only, and nothing of a reader but how many.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.db.columns import stamp
from store.db.database import Database


@dataclass(frozen=True)
class DigestCounts:
    made: int
    quiet: int
    topics: int


class OperatorFigures:
    def __init__(self, database: Database) -> None:
        self._database = database

    def digests(self, since: datetime, until: datetime) -> DigestCounts:
        """Those that were made then."""
        with self._database.read() as session:
            (row,) = session.rows(
                """
                SELECT count(*), count(*) FILTER (WHERE quiet <> ''), count(DISTINCT topic) FROM editions
                WHERE kind = 'digest' AND created_at >= ? AND created_at < ?
                """,
                [stamp(since), stamp(until)],
            )
        return DigestCounts(*map(int, row))

    def bounced(self, since: datetime, until: datetime) -> int:
        """How many subscriptions bounced then and are so still."""
        with self._database.read() as session:
            sql = "SELECT count(*) FROM subscriptions WHERE state = 'bounced' AND bounced_at >= ? AND bounced_at < ?"
            return int(session.rows(sql, [stamp(since), stamp(until)])[0][0])

    def deliveries(self, since: datetime, until: datetime) -> dict[str, int]:
        """State -> how many deliveries ended so then."""
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT state, count(*) FROM deliveries WHERE state IN ('sent', 'failed', 'uncertain', 'skipped')
                    AND ended_at >= ? AND ended_at < ? GROUP BY state
                """,
                [stamp(since), stamp(until)],
            )
        return {str(state): int(number) for state, number in rows}
