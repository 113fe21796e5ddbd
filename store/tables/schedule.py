"""The schedule's tables: slots whose digest failed; the operator's weekly letters; waits that a clock made up.

Invariant: a slot that has an edition needs no row here; `clear` removes it with all older ones of its topic. A week's
letter goes out by a way once: its row is on the disk before it goes, and stays after a kill in between, when nobody
knows whether it arrived. Nothing waits longer than its own wait, whatever the clock showed when it was put off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from store.db.columns import decode_text, encode_text, moment_of, stamp
from store.db.database import Database
from store.records.lazy_text import AnyText

_MOST_DIFFERENCE = timedelta(minutes=2)  # between the clocks of two machines
_MOST_AHEAD = timedelta(days=31)  # that a letter is planned which waits for the last one to be old enough
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
                SET attempts = slots.attempts + 1, next_at = excluded.next_at, reason = excluded.reason
                """,
                [topic, stamp(slot), stamp(now), stamp(next_at), encode_text(reason)],
            )

    def clear(self, topic: str, slot: datetime) -> None:
        """Forget a slot that was made, and older ones, which its digest covers."""
        with self._database.write() as session:
            session.run("DELETE FROM slots WHERE topic = ? AND slot <= ?", [topic, stamp(slot)])


class OperatorLetters:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, week: str, way: str, now: datetime) -> bool:
        """Whether this call is the first to send a week's letter by a way."""
        sql = "INSERT INTO operator_letters (week, way, state, at) VALUES (?, ?, 'begun', ?) ON CONFLICT DO NOTHING"
        with self._database.write(durable=True) as session:
            return session.run(sql, [week, way, stamp(now)]) > 0

    def end(self, week: str, way: str, *, arrived: bool) -> None:
        """It was taken, or surely was not: then it may be begun again."""
        sent = "UPDATE operator_letters SET state = 'sent' WHERE week = ? AND way = ?"
        with self._database.write(durable=True) as session:
            session.run(sent if arrived else "DELETE FROM operator_letters WHERE week = ? AND way = ?", [week, way])

    def forget(self, after: datetime) -> None:
        """Those that a clock sent which was ahead: their weeks have letters yet to come."""
        with self._database.read() as session:
            if session.one("SELECT 1 FROM operator_letters WHERE at > ?", [stamp(after)]) is None:
                return
        with self._database.write() as session:
            session.run("DELETE FROM operator_letters WHERE at > ?", [stamp(after)])

    def sent(self, week: str) -> set[str]:
        """The ways by which a week's letter went out, or may have."""
        with self._database.read() as session:
            return {way for (way,) in session.rows("SELECT way FROM operator_letters WHERE week = ?", [week])}


class ClockChanges:
    def __init__(self, database: Database) -> None:
        self._database = database

    def follow(self, now: datetime) -> int:
        """Let what was put off at a moment that is still to come be due at once; how many deliveries that were."""
        moments = {"now": stamp(now), "ahead": stamp(now + _MOST_DIFFERENCE), "far": stamp(now + _MOST_AHEAD)}
        where = """
            state IN ('planned', 'retry') AND next_at > :ahead AND (
                claimed_at > :ahead OR planned_at > :ahead AND (kind = 'digest' OR planned_at > :far)
            )
        """
        with self._database.read() as session:
            if session.one(f"SELECT 1 FROM deliveries WHERE {where} LIMIT 1", moments) is None:
                return 0  # once a minute: a store that nothing is written to stays so
        with self._database.write() as session:
            return session.run(f"UPDATE deliveries SET next_at = :now WHERE {where}", moments)


def _postponed_digest(row: Sequence[Any]) -> PostponedDigest:
    topic, slot, attempts, next_at, reason = row
    return PostponedDigest(topic, moment_of(slot), attempts, moment_of(next_at), decode_text(reason))
