"""Job queue of Slack requests: each message claimed once and for good, its owner's lease, its outcome.

Invariant: a message (team, channel, ts) is claimed by one INSERT, so that whoever comes second gets nothing; an ask has
one owner, and is another's once the owner's process died, or was not heard of for its lease. Claims are decided by row
counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal

from store.db.columns import from_json_list, moment_of_or_none, stamp, stamp_or_none, to_json_list
from store.db.database import Database
from store.records.editions import EditionLength
from store.records.questions import NO_LIMITS, SearchLimits
from store.tables.leases import dead_owners

SlackRequestKind = Literal["survey", "followup"]
SlackRequestState = Literal["waiting", "working", "answered", "failed", "stopped", "withdrawn", "refused", "given up"]

_DIRECT = "substr(channel, 1, 1) = 'D'"
_OF_PERSON = f'("user" = :of OR channel = :of AND {_DIRECT})'


@dataclass(frozen=True)
class NewSlackRequest:
    team: str
    channel: str
    ts: str  # the message, or whatever else was done once and for all: a click has its own
    thread_ts: str  # where the answer goes
    user: str
    kind: SlackRequestKind
    text: str
    refresh: bool = False
    language: str = ""  # "": as configured
    papers: int = 0  # 0: as configured
    limits: SearchLimits = NO_LIMITS  # beside what the text says
    length: EditionLength | Literal[""] = ""  # of the answer; "": as configured


@dataclass(frozen=True)
class SlackRequest:
    """One that was claimed. progress: ts of the message that shows the progress; created: seconds since 1970."""

    row: int
    team: str
    channel: str
    ts: str
    thread_ts: str
    user: str
    kind: SlackRequestKind
    text: str
    refresh: bool
    state: SlackRequestState
    created: float
    edition: str
    progress: str
    tries: int
    language: str
    papers: int
    limits: SearchLimits
    length: EditionLength | Literal[""] = ""

    @property
    def is_open(self) -> bool:
        """Whether it waits, or is worked on."""
        return self.state in ("waiting", "working")


_FIELDS = tuple(field.name for field in fields(SlackRequest))  # the columns' names, too
_COLUMNS = ", ".join(f'"{name}"' for name in _FIELDS)


class SlackRequests:
    """`clock` gives seconds since 1970; it is shared by processes, so it is the database's where none is given."""

    def __init__(self, database: Database, clock: Callable[[], float] | None = None) -> None:
        self._database, self._clock = database, clock or database.clock

    def claim(  # decision 61
        self, new: NewSlackRequest, owner: str, lease: float, *, state: SlackRequestState = "waiting"
    ) -> SlackRequest | None:
        """The ask, if this call is the first to claim its message; else None. lease: seconds."""
        with self._database.write() as session:
            now = self._clock()
            row = session.one(
                f"""
                INSERT INTO asks (
                    team, channel, ts, thread_ts, "user", kind, text, refresh, language, papers, limits, length, state,
                    owner, lease, created, at
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING {_COLUMNS}
                """,
                [
                    *(new.team, new.channel, new.ts, new.thread_ts, new.user, new.kind, new.text, int(new.refresh)),
                    *(new.language, new.papers, _encode_limits(new.limits), new.length, state, owner, now + lease, now),
                    stamp(datetime.fromtimestamp(now, UTC)),
                ],
            )
        return None if row is None else _request_of(row)

    def get(self, row: int) -> SlackRequest | None:
        with self._database.read() as session:
            found = session.one(f"SELECT {_COLUMNS} FROM asks WHERE row = ?", [row])
        return None if found is None else _request_of(found)

    def of_message(self, team: str, channel: str, ts: str) -> SlackRequest | None:
        with self._database.read() as session:
            sql = f"SELECT {_COLUMNS} FROM asks WHERE team = ? AND channel = ? AND ts = ?"
            found = session.one(sql, [team, channel, ts])
        return None if found is None else _request_of(found)

    def begin(self, row: int, owner: str) -> SlackRequest | None:
        """The ask as it stands now, to be worked on; None where it is no longer this owner's to work on."""
        with self._database.write() as session:
            found = session.one(
                f"""
                UPDATE asks SET state = 'working', tries = tries + 1
                WHERE row = ? AND owner = ? AND state IN ('waiting', 'working') RETURNING {_COLUMNS}
                """,
                [row, owner],
            )
        return None if found is None else _request_of(found)

    def note_edition(self, row: int, edition: str) -> None:
        """From here on only the posting is left to do."""
        self._set(row, "edition", edition)

    def note_question(self, row: int, text: str) -> None:
        """What it turned out to ask."""
        self._set(row, "text", text)

    def note_progress(self, row: int, ts: str) -> None:
        self._set(row, "progress", ts)

    def end(self, row: int, state: SlackRequestState) -> None:
        """It is over, in this way."""
        self._set(row, "state", state)

    def stop(self, row: int, state: Literal["stopped", "withdrawn"]) -> None:
        """End it while it is worked on: whoever does so looks here."""
        with self._database.write() as session:
            session.run("UPDATE asks SET state = ? WHERE row = ? AND state = 'working'", [state, row])

    def move(self, row: int, channel: str, ts: str) -> SlackRequest | None:
        """The request, to be answered in the thread of another message; the claim of what it was made by stands."""
        with self._database.write() as session:
            before = session.one(
                'SELECT team, channel, ts, thread_ts, "user", created, at FROM asks WHERE row = ?', [row]
            )
            found = session.one(
                f"UPDATE asks SET channel = ?, thread_ts = ?, ts = ?, progress = '' WHERE row = ? RETURNING {_COLUMNS}",
                [channel, ts, ts, row],
            )
            if before is None or found is None:
                return None
            session.run(
                """
                INSERT INTO asks (
                    team, channel, ts, thread_ts, "user", created, at,
                    kind, text, refresh, language, papers, state, owner, lease
                ) VALUES (?, ?, ?, ?, ?, ?, ?, 'followup', '', 0, '', 0, 'refused', '', 0)
                """,
                list(before),
            )
        return _request_of(found)

    def lost_among(self, rows: Iterable[int], owner: str) -> list[int]:
        """Those of the asks that are neither waiting nor worked on any more, or by another than this owner."""
        with self._database.read() as session:
            found = session.rows(
                """
                SELECT a.row FROM json_each(?) AS wanted CROSS JOIN asks AS a
                WHERE a.row = cast(wanted.value AS bigint)
                    AND (a.state NOT IN ('waiting', 'working') OR a.owner <> ?)
                """,
                [str(list(rows)), owner],
            )
        return [int(row[0]) for row in found]

    def reword(self, new: NewSlackRequest) -> bool:
        """Replace the question of an ask that nobody has begun to work on; whether there was one."""
        sql = """
            UPDATE asks SET text = ?, papers = ?, language = ?, refresh = ?, length = ?
            WHERE team = ? AND channel = ? AND ts = ? AND state = 'waiting'
        """
        asked = [new.text, new.papers, new.language, int(new.refresh), new.length]
        with self._database.write() as session:
            return session.run(sql, [*asked, new.team, new.channel, new.ts]) > 0

    def in_thread(self, team: str, channel: str, thread_ts: str) -> list[SlackRequest]:
        """All that was asked there, newest first."""
        with self._database.read() as session:
            sql = f"SELECT {_COLUMNS} FROM asks WHERE team = ? AND channel = ? AND thread_ts = ? ORDER BY row DESC"
            return [_request_of(row) for row in session.rows(sql, [team, channel, thread_ts])]

    def length_asked(self, team: str, channel: str, edition: str) -> EditionLength | Literal[""]:
        """In which an edition was last asked for in a conversation; "" where nothing was said of it."""
        sql = """
            SELECT length FROM asks WHERE team = ? AND channel = ? AND edition = ? AND length <> ''
            ORDER BY row DESC LIMIT 1
        """
        with self._database.read() as session:
            found = session.one(sql, [team, channel, edition])
        return found[0] if found else ""

    def open_in(self, team: str, channel: str, thread_ts: str) -> list[SlackRequest]:
        """What a thread waits for, oldest first."""
        with self._database.read() as session:
            sql = f"""
                SELECT {_COLUMNS} FROM asks WHERE team = ? AND channel = ? AND thread_ts = ?
                    AND state IN ('waiting', 'working') ORDER BY row
            """
            return [_request_of(row) for row in session.rows(sql, [team, channel, thread_ts])]

    def open_of(self, team: str, channel: str, user: str) -> list[SlackRequest]:
        """What a person waits for in a conversation, oldest first."""
        with self._database.read() as session:
            sql = f"""
                SELECT {_COLUMNS} FROM asks WHERE team = ? AND channel = ? AND "user" = ?
                    AND state IN ('waiting', 'working') ORDER BY row
            """
            return [_request_of(row) for row in session.rows(sql, [team, channel, user])]

    def last_edition(self, team: str, channel: str, since: float) -> str:
        """That of the newest answer in a conversation since then (seconds since 1970); "" where there is none."""
        with self._database.read() as session:
            sql = """
                SELECT edition FROM asks WHERE team = ? AND channel = ? AND created >= ? AND edition <> ''
                    AND state = 'answered' ORDER BY row DESC LIMIT 1
            """
            found = session.one(sql, [team, channel, since])
        return "" if found is None else str(found[0])

    def withdraw(self, row: int) -> bool:
        """Whether it was still waiting, and now is not."""
        with self._database.write() as session:
            return session.run("UPDATE asks SET state = 'withdrawn' WHERE row = ? AND state = 'waiting'", [row]) > 0

    # Owners and their leases.

    def renew(self, owner: str, lease: float) -> None:
        """This owner lives."""
        with self._database.write() as session:
            session.run(
                "UPDATE asks SET lease = ? WHERE owner = ? AND state IN ('waiting', 'working')",
                [self._clock() + lease, owner],
            )

    def is_owned(self, row: int, owner: str) -> bool:
        """Whether an ask is still this owner's."""
        with self._database.read() as session:
            return session.one("SELECT 1 FROM asks WHERE row = ? AND owner = ?", [row, owner]) is not None

    def release(self, owner: str) -> None:
        """Whatever this owner has not ended is anyone's."""
        with self._database.write() as session:
            session.run(
                "UPDATE asks SET owner = '', lease = 0 WHERE owner = ? AND state IN ('waiting', 'working')", [owner]
            )

    def adopt(self, owner: str, lease: float) -> list[SlackRequest]:
        """Asks whose owner died, or was not heard of for its lease, oldest first: now this owner's. A lease that is
        longer than any is given was written before the clock was set back.
        """
        with self._database.write() as session:
            now = self._clock()
            dead = dead_owners(session, "SELECT DISTINCT owner FROM asks WHERE state IN ('waiting', 'working')")
            rows = session.rows(
                f"""
                UPDATE asks SET owner = ?, lease = ?
                WHERE state IN ('waiting', 'working') AND owner <> ?
                    AND (lease NOT BETWEEN ? AND ? OR owner IN (SELECT value FROM json_each(?))) RETURNING {_COLUMNS}
                """,
                [owner, now + lease, owner, now, now + 2 * lease, json.dumps(dead)],
            )
        return sorted(map(_request_of, rows), key=lambda ask: ask.row)

    def editions_of(self, user: str, limit: int) -> list[str]:
        """The ids of the newest surveys that someone asked for."""
        with self._database.read() as session:
            sql = """
                SELECT edition FROM asks WHERE "user" = ? AND kind = 'survey' AND edition <> ''
                GROUP BY edition ORDER BY max(row) DESC LIMIT ?
            """
            return [str(row[0]) for row in session.rows(sql, [user, limit])]

    # What is kept of a person.

    def of_person(self, address: str) -> list[SlackRequest]:
        """All that a person asked, or that was asked in a direct message, oldest first."""
        with self._database.read() as session:
            sql = f"SELECT {_COLUMNS} FROM asks WHERE {_OF_PERSON} ORDER BY row"
            return [_request_of(row) for row in session.rows(sql, {"of": address})]

    def erase(self, address: str) -> int:
        """Leave nothing of them, and end what is under way; how many there were. That a message in a channel was
        claimed is still known, so that it is not answered again.
        """
        with self._database.write() as session:
            return session.run(
                f"""
                UPDATE asks SET "user" = '', text = '', limits = '', language = '',
                    state = CASE state WHEN 'waiting' THEN 'withdrawn' WHEN 'working' THEN 'stopped' ELSE state END,
                    channel = CASE WHEN {_DIRECT} THEN '' ELSE channel END,
                    ts = CASE WHEN {_DIRECT} THEN 'erased ' || row ELSE ts END,
                    thread_ts = CASE WHEN {_DIRECT} THEN '' ELSE thread_ts END
                WHERE {_OF_PERSON}
                """,
                {"of": address},
            )

    # Quotas.

    def recent(
        self,
        team: str,
        since: float,
        *,
        user: str | None = None,
        channel: str | None = None,
        kind: SlackRequestKind = "survey",
    ) -> list[float]:
        """When those of a kind were asked that count, oldest first: of a user, or in a channel."""
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT created FROM asks WHERE team = ? AND created >= ? AND "user" = coalesce(?, "user")
                AND channel = coalesce(?, channel) AND kind = ? AND state NOT IN ('withdrawn', 'refused')
                ORDER BY created
                """,
                [team, since, user, channel, kind],
            )
        return [float(row[0]) for row in rows]

    def _set(self, row: int, column: Literal["edition", "progress", "state", "text"], value: str) -> None:
        with self._database.write() as session:
            session.run(f"UPDATE asks SET {column} = ? WHERE row = ? AND \"user\" <> ''", [value, row])


def _request_of(row: Sequence[Any]) -> SlackRequest:
    values = dict(zip(_FIELDS, row, strict=True))
    return SlackRequest(**values | {"refresh": bool(values["refresh"]), "limits": _decode_limits(values["limits"])})


def _encode_limits(limits: SearchLimits) -> str:
    if limits == NO_LIMITS:
        return ""
    lists = (to_json_list(values) for values in (limits.categories, limits.authors, limits.exclude))
    return json.dumps([stamp_or_none(limits.since), stamp_or_none(limits.until), *lists])


def _decode_limits(held: str) -> SearchLimits:
    if not held:
        return NO_LIMITS
    since, until, *lists = json.loads(held)
    return SearchLimits(moment_of_or_none(since), moment_of_or_none(until), *map(from_json_list, lists))
