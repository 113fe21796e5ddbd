"""Idempotent Slack traffic: events kept until what they ask for is done; which messages of a job were posted; canvases.

Invariant: an event that Slack was told is there is in the inbox, or its listener has ended; one whose owner died is
another's to go on with. A part of a job is noted before it is sent; its ts is known once it is known to have arrived.
Jobs: an ask's answer, an outbox's delivery. A canvas that was made is known until Slack has deleted it; once erased,
by nothing but its id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from store.db.columns import moment_of, stamp, to_json_list
from store.db.database import Database, Session
from store.tables.leases import dead_owners

PostJobKind = Literal["ask", "delivery"]
CanvasKind = Literal["answer", "topic"]
_CANVAS_COLUMNS = 'kind, subject, channel, "user", canvas, state, at'
_NOT_ERASED = "ON CONFLICT (kind, subject, channel) WHERE state <> 'erased'"
_MOST_TRIES = 3  # of an event


@dataclass(frozen=True)
class SlackCanvas:
    """subject: an edition's id, or a topic's slug. canvas: Slack's id; "" while it is not made. kept: whether the
    digests to come are to be written into it.
    """

    kind: CanvasKind
    subject: str
    channel: str
    user: str  # who wanted it
    canvas: str
    kept: bool
    at: datetime


class SlackInbox:
    """Nothing else remembers an event that was acknowledged: Slack never tells it again.

    `clock` gives seconds since 1970; it is shared by processes, so it is the database's where none is given."""

    def __init__(self, database: Database, clock: Callable[[], float] | None = None) -> None:
        self._database, self._clock = database, clock or database.clock

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

    def renew(self, owner: str) -> None:
        """This owner lives, and works on what it has."""
        with self._database.read() as session:
            if session.one("SELECT 1 FROM inbox WHERE owner = ?", [owner]) is None:
                return
        with self._database.write() as session:
            session.run("UPDATE inbox SET at = ? WHERE owner = ?", [self._clock(), owner])

    def of_person(self, address: str) -> list[dict[str, Any]]:
        """Bodies of the events that come from a person, or from a direct message."""
        with self._database.read() as session:
            return [body for _, body in _events_of_person(session, address)]

    def erase(self, address: str) -> int:
        """Forget those; how many there were."""
        with self._database.write() as session:
            events = [event for event, _ in _events_of_person(session, address)]
            sql = "DELETE FROM inbox WHERE event IN (SELECT value FROM json_each(?))"
            return session.run(sql, [to_json_list(events)])

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
                WHERE owner = '' OR owner <> ? AND (
                    at NOT BETWEEN ? AND ? OR owner IN (SELECT value FROM json_each(?))
                )
                RETURNING event, body, rowid
                """,
                [owner, now, owner, now - lease, now + lease, json.dumps(dead)],
            )
        return [(str(event), json.loads(body)) for event, body, _ in sorted(rows, key=lambda row: row[2])]


def _events_of_person(session: Session, address: str) -> list[tuple[str, dict[str, Any]]]:
    events = [
        (str(event), json.loads(body)) for event, body in session.rows("SELECT event, body FROM inbox ORDER BY rowid")
    ]
    return [(event, body) for event, body in events if _comes_from(body.get("event"), address)]


def _comes_from(told: Any, address: str) -> bool:
    """Wherever Slack writes it, also of a message that was edited. Who is named in another's is under "user_id"."""
    if isinstance(told, list):
        return any(_comes_from(part, address) for part in told)
    if not isinstance(told, dict):
        return False
    keys = ("user", "channel") if address.startswith("D") else ("user",)
    return address in map(told.get, keys) or any(_comes_from(part, address) for part in told.values())


class SlackPosts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def attempt(self, kind: PostJobKind, job: int, part: int) -> None:  # decision 62
        """A part is about to be sent."""
        with self._database.write() as session:
            sql = "INSERT INTO posts (kind, job, part, ts) VALUES (?, ?, ?, '') ON CONFLICT DO NOTHING"
            session.run(sql, [kind, job, part])

    def record_ts(self, kind: PostJobKind, job: int, part: int, ts: str) -> None:
        with self._database.write() as session:
            session.run("UPDATE posts SET ts = ? WHERE kind = ? AND job = ? AND part = ?", [ts, kind, job, part])

    def of(self, kind: PostJobKind, job: int) -> dict[int, str]:
        """The parts of which a sending began, and their ts; "" where nobody knows whether it arrived."""
        with self._database.read() as session:
            rows = session.rows("SELECT part, ts FROM posts WHERE kind = ? AND job = ? ORDER BY part", [kind, job])
        return {int(part): str(ts) for part, ts in rows}

    def forget(self, kind: PostJobKind, job: int, below: int) -> None:
        """The parts with a number below that: all of them are to be posted anew, elsewhere."""
        with self._database.write() as session:
            session.run("DELETE FROM posts WHERE kind = ? AND job = ? AND part < ?", [kind, job, below])


class SlackCanvases:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, kind: CanvasKind, subject: str, channel: str) -> SlackCanvas | None:
        found = self._list("kind = ? AND subject = ? AND channel = ? AND state <> 'erased'", [kind, subject, channel])
        return found[0] if found else None

    def want(self, kind: CanvasKind, subject: str, channel: str, user: str, at: datetime) -> None:
        """Note one that is to be made, or kept up to date again."""
        with self._database.write() as session:
            session.run(
                f"""
                INSERT INTO slack_canvases ({_CANVAS_COLUMNS}, shown) VALUES (?, ?, ?, ?, '', 'on', ?, '')
                {_NOT_ERASED} DO UPDATE SET state = 'on'
                """,
                [kind, subject, channel, user, stamp(at)],
            )

    def note_made(self, kind: CanvasKind, subject: str, channel: str, user: str, canvas: str, at: datetime) -> None:
        """Note one that was made. One that nobody wants any more is known all the same, so that it can be erased."""
        with self._database.write() as session:
            session.run(
                f"""
                INSERT INTO slack_canvases ({_CANVAS_COLUMNS}, shown) VALUES (?, ?, ?, ?, ?, 'off', ?, '')
                {_NOT_ERASED} DO UPDATE SET canvas = excluded.canvas
                """,
                [kind, subject, channel, user, canvas, stamp(at)],
            )

    def turn_off(self, kind: CanvasKind, subject: str, channel: str) -> bool:
        """Keep it no longer up to date; whether it was. What was never made is forgotten."""
        key = [kind, subject, channel]
        with self._database.write() as session:
            where = "kind = ? AND subject = ? AND channel = ? AND state = 'on'"
            forgotten = session.run(f"DELETE FROM slack_canvases WHERE {where} AND canvas = ''", key)
            return forgotten + session.run(f"UPDATE slack_canvases SET state = 'off' WHERE {where}", key) > 0

    def stale(self) -> list[SlackCanvas]:
        """Topics' canvases that lack the newest digest: those that are kept, where the topic is subscribed to."""
        newest = """
            SELECT e.id FROM editions AS e WHERE e.kind = 'digest' AND e.topic = slack_canvases.subject
                AND e.slot <= ?
            ORDER BY e.slot DESC, e.row DESC LIMIT 1
        """
        subscribed = """
            SELECT 1 FROM subscriptions AS s WHERE s.topic = slack_canvases.subject AND s.channel = 'slack'
                AND s.address = slack_canvases.channel AND s.state = 'active'
        """
        return self._list(
            f"kind = 'topic' AND state = 'on' AND shown <> coalesce(({newest}), '') AND EXISTS ({subscribed})",
            [stamp(datetime.now(UTC))],
        )

    def note_shown(self, subject: str, channel: str, edition: str) -> None:
        """A topic's canvas shows this edition, and all before it."""
        with self._database.write() as session:
            session.run(
                "UPDATE slack_canvases SET shown = ? WHERE kind = 'topic' AND subject = ? AND channel = ?",
                [edition, subject, channel],
            )

    def forget(self, canvas: str) -> None:
        """Slack has it no longer."""
        with self._database.write() as session:
            session.run("DELETE FROM slack_canvases WHERE canvas = ?", [canvas])

    def of_person(self, address: str) -> list[SlackCanvas]:
        """Those that a person wanted, or that are in a conversation."""
        return self._list("(\"user\" = ? OR channel = ?) AND state <> 'erased'", [address, address])

    def erase(self, address: str) -> int:
        """Leave nothing of a person or a conversation but the ids of what Slack has yet to delete; how many there were.

        A topic's canvas is its channel's, so of who wanted it only their id goes.
        """
        with self._database.write() as session:
            where = "(channel = ? OR \"user\" = ? AND kind = 'answer') AND state <> 'erased'"
            count = session.run(f"DELETE FROM slack_canvases WHERE {where} AND canvas = ''", [address, address])
            count += _erase(session, where, [address, address])
            return count + session.run('UPDATE slack_canvases SET "user" = \'\' WHERE "user" = ?', [address])

    def mark_erased(self, canvas: str) -> None:
        """One that Slack is to delete."""
        with self._database.write() as session:
            _erase(session, "canvas = ?", [canvas])

    def erased(self) -> list[str]:
        """The ids of those that Slack has yet to delete."""
        with self._database.read() as session:
            return [str(row[0]) for row in session.rows("SELECT canvas FROM slack_canvases WHERE state = 'erased'", [])]

    def _list(self, where: str, values: list[Any]) -> list[SlackCanvas]:
        with self._database.read() as session:
            rows = session.rows(f"SELECT {_CANVAS_COLUMNS} FROM slack_canvases WHERE {where} ORDER BY row", values)
        return [
            SlackCanvas(kind, subject, channel, user, canvas, state == "on", moment_of(at))
            for kind, subject, channel, user, canvas, state, at in rows
        ]


def _erase(session: Session, where: str, values: list[Any]) -> int:
    set_ = "state = 'erased', subject = '', channel = '', \"user\" = ''"
    return session.run(f"UPDATE slack_canvases SET {set_} WHERE {where}", values)
