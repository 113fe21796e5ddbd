"""What calls to models took.

Invariant: append-only. A sum with an unknown price in it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from store.columns import stamp
from store.database import Database
from store.records import Usage


class UsageLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, edition_id: str, usages: Iterable[Usage], at: datetime) -> None:
        with self._database.write() as session:
            session.many(
                """
                INSERT INTO usage (
                    edition_id, at, role, model, calls, input_tokens, output_tokens, cached_tokens, usd, seconds
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    (
                        *(edition_id, stamp(at), one.role, one.model, one.calls),
                        *(one.input_tokens, one.output_tokens, one.cached_tokens, one.usd, one.seconds),
                    )
                    for one in usages
                ],
            )

    def since(self, at: datetime) -> list[tuple[str, str, Usage]]:
        """Sums by (UTC day, topic or else kind of the edition, role, model), in this order.

        The second is "" for calls whose edition was never frozen.
        """
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT substr(u.at, 1, 10) AS day, coalesce(nullif(e.topic, ''), e.kind, '') AS spent_on,
                    u.role, u.model, sum(u.calls), sum(u.input_tokens), sum(u.output_tokens), sum(u.cached_tokens),
                    CASE WHEN count(u.usd) = count(*) THEN sum(u.usd) END, sum(u.seconds)
                FROM usage AS u LEFT JOIN editions AS e ON e.id = u.edition_id
                WHERE u.at >= ? GROUP BY day, spent_on, u.role, u.model ORDER BY day, spent_on, u.role, u.model
                """,
                [stamp(at)],
            )
        return [(day, spent_on, Usage(*sums)) for day, spent_on, *sums in rows]
