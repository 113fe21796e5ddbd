"""Usage log of model calls: tokens, dollars and seconds, a row a call.

Invariant: append-only. A sum tells how many of its calls have no known price, and never takes those for free.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from store.db.columns import stamp
from store.db.database import Database
from store.records.editions import Usage

_MOST_AHEAD = timedelta(hours=1)  # of a clock; what one spent that was further ahead is of no day that is now
UsageKey = Literal["day", "topic", "role", "model"]

# A day is one of UTC. Rows of older versions have no kind: their edition tells what they were for, if it is there.
_KEYS: dict[UsageKey, str] = {
    "day": "substr(u.at, 1, 10)",
    "topic": "coalesce(nullif(u.topic, ''), nullif(u.kind, ''), nullif(e.topic, ''), e.kind, '')",
    "role": "u.role",
    "model": "u.model",
}


@dataclass(frozen=True)
class CallRecord:
    """One call as it ended. `usage.calls` counts the answers that it was billed for: 0 where there was none."""

    at: datetime
    usage: Usage
    kind: str = ""  # what it was for: "survey", "digest" ...
    topic: str = ""  # slug of the digest's topic
    edition_id: str = ""  # the edition that was being made
    retries: int = 0  # how often it was tried again
    outcome: str = "ok"  # "ok", or the kind of failure
    batch: str = ""  # marker of the batch that it was part of


@dataclass(frozen=True)
class UsageSum:
    """The sum of calls that have `key` in common. usd: of those whose price is known; unpriced: rows of the others."""

    key: str
    calls: int
    failed: int
    retries: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    usd: float
    unpriced: int
    seconds: float


class UsageLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, call: CallRecord) -> None:
        with self._database.write() as session:
            session.run(
                """
                INSERT INTO usage (
                    edition_id, at, role, model, calls, input_tokens, output_tokens, cached_tokens, usd, seconds,
                    kind, topic, retries, outcome, batch
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [call.edition_id, stamp(call.at), *_measures(call.usage), *_labels(call)],
            )

    def sums(self, since: datetime, by: UsageKey) -> list[UsageSum]:
        """What all calls since a moment took, by something that they have in common; in the order of that."""
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {_KEYS[by]} AS key, sum(u.calls), count(*) FILTER (WHERE u.outcome <> 'ok'), sum(u.retries),
                    sum(u.input_tokens), sum(u.output_tokens), sum(u.cached_tokens),
                    coalesce(sum(u.usd), 0.0), count(*) - count(u.usd), sum(u.seconds)
                FROM usage AS u LEFT JOIN editions AS e ON e.id = u.edition_id
                WHERE u.at >= ? GROUP BY key ORDER BY key
                """,
                [stamp(since)],
            )
        return [UsageSum(*row) for row in rows]

    def usd(self, since: datetime) -> float:
        """Dollars since a moment, over every process that shares the store; calls without a known price left out."""
        with self._database.read() as session:
            sql = "SELECT coalesce(sum(usd), 0.0) FROM usage WHERE at BETWEEN ? AND ?"
            found = session.one(sql, [stamp(since), stamp(max(since, datetime.now(UTC)) + _MOST_AHEAD)])
        return float(found[0]) if found else 0.0

    def of_batch(self, marker: str) -> Usage | None:
        """What a batch took in all; None where none of it was billed."""
        with self._database.read() as session:
            row = session.rows(
                """
                SELECT max(role), max(model), sum(calls), sum(input_tokens), sum(output_tokens), sum(cached_tokens),
                    CASE WHEN count(*) = count(usd) THEN sum(usd) END
                FROM usage WHERE batch = ? AND batch <> ''
                """,
                [marker],
            )[0]
        return Usage(*row) if row[2] else None


def _measures(usage: Usage) -> list[Any]:
    tokens = (usage.input_tokens, usage.output_tokens, usage.cached_tokens)
    return [usage.role, usage.model, usage.calls, *tokens, usage.usd, usage.seconds]


def _labels(call: CallRecord) -> list[Any]:
    return [call.kind, call.topic, call.retries, call.outcome, call.batch]
