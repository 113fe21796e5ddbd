"""Retries of digests: slots whose digest failed, how often, why, and when it is tried again.

Invariant: a slot that has an edition needs no row here; `clear` removes it with all older ones of its topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.db.columns import decode_text, encode_text, moment_of, stamp
from store.db.database import Database
from store.records.lazy_text import AnyText

_COLUMNS = "topic, slot, attempts, next_at, reason"


@dataclass(frozen=True)
class PostponedDigest:
    topic: str
    slot: datetime
    attempts: int
    next_at: datetime  # not before
    reason: AnyText


class DigestAttempts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, topic: str, slot: datetime) -> PostponedDigest | None:
        with self._database.read() as session:
            row = session.one(f"SELECT {_COLUMNS} FROM slots WHERE topic = ? AND slot = ?", [topic, stamp(slot)])
        return None if row is None else _postponed_digest(row)

    def list(self) -> list[PostponedDigest]:
        """All, the next to be tried first."""
        with self._database.read() as session:
            rows = session.rows(f"SELECT {_COLUMNS} FROM slots ORDER BY next_at, topic")
        return [_postponed_digest(row) for row in rows]

    def postpone(self, topic: str, slot: datetime, now: datetime, next_at: datetime, reason: AnyText) -> None:
        """Record a failed attempt and when the next may begin."""
        with self._database.write() as session:
            session.run(
                """
                INSERT INTO slots (topic, slot, attempts, first_at, next_at, reason) VALUES (?, ?, 1, ?, ?, ?)
                ON CONFLICT (topic, slot) DO UPDATE
                SET attempts = attempts + 1, next_at = excluded.next_at, reason = excluded.reason
                """,
                [topic, stamp(slot), stamp(now), stamp(next_at), encode_text(reason)],
            )

    def clear(self, topic: str, slot: datetime) -> None:
        """Forget a slot that was made, and older ones, which its digest covers."""
        with self._database.write() as session:
            session.run("DELETE FROM slots WHERE topic = ? AND slot <= ?", [topic, stamp(slot)])


def _postponed_digest(row: Sequence[Any]) -> PostponedDigest:
    topic, slot, attempts, next_at, reason = row
    return PostponedDigest(topic, moment_of(slot), attempts, moment_of(next_at), decode_text(reason))
