"""Idempotent Slack posting: which messages of a job were posted, so that each is posted once.

Invariant: a part is noted before it is sent; its ts is known once it is known to have arrived. Jobs: an ask's answer,
an outbox's delivery.
"""

from __future__ import annotations

from typing import Literal

from store.db.database import Database

PostJobKind = Literal["ask", "delivery"]


class SlackPosts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def attempt(self, kind: PostJobKind, job: int, part: int) -> None:  # decision 62
        """A part is about to be sent."""
        with self._database.write() as session:
            session.run("INSERT OR IGNORE INTO posts (kind, job, part, ts) VALUES (?, ?, ?, '')", [kind, job, part])

    def record_ts(self, kind: PostJobKind, job: int, part: int, ts: str) -> None:
        with self._database.write() as session:
            session.run("UPDATE posts SET ts = ? WHERE kind = ? AND job = ? AND part = ?", [ts, kind, job, part])

    def of(self, kind: PostJobKind, job: int) -> dict[int, str]:
        """The parts of which a sending began, and their ts; "" where nobody knows whether it arrived."""
        with self._database.read() as session:
            rows = session.rows("SELECT part, ts FROM posts WHERE kind = ? AND job = ? ORDER BY part", [kind, job])
        return {int(part): str(ts) for part, ts in rows}
