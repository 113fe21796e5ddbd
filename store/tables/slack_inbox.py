"""Inbox of Slack events: each kept before it is acknowledged, until what it asks for is claimed or done.

Invariant: an event that Slack was told is there is in this table, or its listener has ended; one whose owner died is
another's to go on with. Slack never tells an acknowledged event again, so nothing else remembers it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from store.db.database import Database
from store.tables.leases import dead_owners

_MOST_TRIES = 3


class SlackInbox:
    """`clock` gives seconds since 1970; it is shared by processes, so it is the wall clock."""

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
