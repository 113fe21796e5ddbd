"""Idempotent Slack traffic: events kept until what they ask for is done, and which messages of a job were posted.

Invariant: an event that Slack was told is there is in the inbox, or its listener has ended; one whose owner died is
another's to go on with. A part of a job is noted before it is sent; its ts is known once it is known to have arrived.
Jobs: an ask's answer, an outbox's delivery.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

from store.db.database import Database
from store.tables.leases import dead_owners

PostJobKind = Literal["ask", "delivery"]
_MOST_TRIES = 3  # of an event


class SlackInbox:
    """Nothing else remembers an event that was acknowledged: Slack never tells it again.

    `clock` gives seconds since 1970; it is shared by processes, so it is the wall clock."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database, self._clock = database, clock

    def add(self, event: str, body: Mapping[str, Any], owner: str) -> bool:
        """Whether this call is the first to keep the event of this id, as long as it is kept."""
        sql = "INSERT INTO inbox (event, body, owner, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        with self._database.write() as session:
            return session.run(sql, [event, json.dumps(body), owner, self._clock()]) > 0

    def remove(self, event: str) -> None:
        """What it asked for is claimed, or done."""
        with self._database.write() as session:
            session.run("DELETE FROM inbox WHERE event = ?", [event])

    def release(self, owner: str, event: str | None = None) -> None:
        """One event, or all of an owner's, are anyone's to go on with."""
        with self._database.write() as session:
            sql = "UPDATE inbox SET owner = '' WHERE owner = ? AND event = coalesce(?, event)"
            session.run(sql, [owner, event])

    def adopt(self, owner: str, lease: float) -> list[tuple[str, dict[str, Any]]]:
        """Events, with their ids, that nobody works on any more, oldest first: now this owner's.

        lease: seconds after which an owner of another machine is taken for dead. What several owners failed at is left
        out, and forgotten.
        """
        with self._database.write() as session:
            if session.one("SELECT 1 FROM inbox WHERE owner <> ?", [owner]) is None:
                return []
            now = self._clock()
            dead = dead_owners(session, "SELECT DISTINCT owner FROM inbox")
            session.run("DELETE FROM inbox WHERE owner = '' AND tries >= ?", [_MOST_TRIES])
            rows = session.rows(
                """
                UPDATE inbox SET owner = ?, at = ?, tries = tries + 1
                WHERE owner = '' OR (owner <> ? AND (at < ? OR owner IN (SELECT value FROM json_each(?))))
                RETURNING event, body, rowid
                """,
                [owner, now, owner, now - lease, json.dumps(dead)],
            )
        return [(str(event), json.loads(body)) for event, body, _ in sorted(rows, key=lambda row: row[2])]


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
