"""Harvest tables: what of a source's collections is kept, how far each is read, and what each run of it brought.

Invariant: papers and how far they bring their collection, or their file, are kept in one transaction, so that a kill at
any point repeats a page at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from store.db.columns import (
    decode_text,
    encode_text,
    moment_of,
    moment_of_or_none,
    set_excluded,
    stamp,
    stamp_or_none,
    to_json_list,
)
from store.db.database import Database, Session
from store.records.editions import Paper
from store.records.harvests import (
    Collection,
    HarvestCounts,
    HarvestCoverage,
    HarvestRun,
    HarvestRunState,
    HarvestState,
    HarvestWindow,
)
from store.records.lazy_text import AnyText
from store.tables.papers import Papers, PapersKept

REMOVED_NOTE = "Its source says that it is no more."
_COLUMNS = """
    source, name, since, next_day, announced_until, window_since, window_until, begun_at, answer_day, token, token_at,
    ids_token, ids_token_at, ids_checked_at
"""


class Harvests:
    def __init__(self, database: Database) -> None:
        self._database = database

    def coverage(self) -> list[HarvestCoverage]:
        """Of the collections that were read to their end at least once."""
        return [
            HarvestCoverage(state.collection, _midnight(state.since), state.until)
            for state in self.list()
            if state.until
        ]

    def list(self) -> list[HarvestState]:
        with self._database.read() as session:
            return [_state_of(row) for row in session.rows(f"SELECT {_COLUMNS} FROM harvests ORDER BY source, name")]

    def get(self, collection: Collection) -> HarvestState | None:
        with self._database.read() as session:
            sql = f"SELECT {_COLUMNS} FROM harvests WHERE source = ? AND name = ?"
            row = session.one(sql, [collection.source, collection.name])
        return _state_of(row) if row else None

    def keep(self, state: HarvestState, papers: Sequence[Paper] = (), deleted: Sequence[str] = ()) -> PapersKept:
        """Papers, and how far they bring their collection. deleted: ids of papers that are to stay, marked."""

        def put(session: Session) -> None:
            _mark_deleted(session, [paper.id for paper in papers], deleted)
            _put(session, state)

        return Papers(self._database).keep(papers, put)


class HarvestRuns:
    """One at a time: whoever begins holds the lease of harvesting."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, slot: datetime | None, now: datetime) -> int:
        """The id of a new run; one that was killed is over."""
        with self._database.write() as session:
            session.run("UPDATE harvest_runs SET state = 'stopped' WHERE state = 'running'")
            ((id_,),) = session.rows(
                "INSERT INTO harvest_runs (slot, state, began_at) VALUES (?, 'running', ?) RETURNING id",
                [stamp(slot) if slot else "", stamp(now)],
            )
        return int(id_)

    def count(self, id_: int, brought: HarvestCounts) -> None:
        """Put down what it has brought so far."""
        with self._database.write() as session:
            session.run(
                "UPDATE harvest_runs SET new = ?, changed = ?, removed = ?, unread = ? WHERE id = ?",
                [brought.new, brought.changed, brought.removed, brought.unread, id_],
            )

    def end(self, id_: int, state: HarvestRunState, now: datetime, reason: AnyText = "") -> None:
        with self._database.write() as session:
            session.run(
                "UPDATE harvest_runs SET state = ?, ended_at = ?, reason = ? WHERE id = ?",
                [state, stamp(now), encode_text(reason), id_],
            )

    def since(self, began: datetime) -> list[HarvestRun]:
        """Those that began at or after a moment, the newest first."""
        return self._list("began_at >= ? ORDER BY id DESC", [stamp(began)])

    def last(self, state: HarvestRunState | None = None) -> HarvestRun | None:
        """The newest, or the newest in a state."""
        found = self._list("state = coalesce(?, state) ORDER BY id DESC LIMIT 1", [state])
        return found[0] if found else None

    def _list(self, condition: str, parameters: Sequence[Any]) -> list[HarvestRun]:
        columns = "id, slot, state, began_at, ended_at, new, changed, removed, unread, reason"
        with self._database.read() as session:
            rows = session.rows(f"SELECT {columns} FROM harvest_runs WHERE {condition}", parameters)
        return [_run_of(row) for row in rows]


class HarvestFiles:
    """How far files of metadata were read, by fingerprint."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, fingerprint: str) -> tuple[int, datetime | None]:
        """The bytes of it that are kept, and the newest version in them."""
        with self._database.read() as session:
            sql = "SELECT position, newest FROM harvest_files WHERE fingerprint = ?"
            row = session.one(sql, [fingerprint])
        return (row[0], moment_of_or_none(row[1])) if row else (0, None)

    def keep(
        self, fingerprint: str, position: int, newest: datetime | None, now: datetime, papers: Sequence[Paper]
    ) -> PapersKept:
        """Papers, and the position behind them."""

        def put(session: Session) -> None:
            session.run(
                f"""
                INSERT INTO harvest_files (fingerprint, position, newest, at) VALUES (?, ?, ?, ?)
                ON CONFLICT (fingerprint) DO UPDATE SET {set_excluded("position, newest, at")}
                """,
                [fingerprint, position, stamp_or_none(newest), stamp(now)],
            )

        return Papers(self._database).keep(papers, put)


def _run_of(row: Sequence[Any]) -> HarvestRun:
    id_, slot, state, began, ended, *counts, reason = row
    return HarvestRun(
        id_,
        moment_of_or_none(slot or None),
        state,
        moment_of(began),
        moment_of_or_none(ended),
        HarvestCounts(*counts),
        decode_text(reason),
    )


def _put(session: Session, state: HarvestState) -> None:
    session.run(
        f"""
        INSERT INTO harvests ({_COLUMNS}, changes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
        ON CONFLICT (source, name) DO UPDATE SET {set_excluded(_COLUMNS)}, changes = harvests.changes + 1
        """,
        _values_of(state),
    )


def _values_of(state: HarvestState) -> list[str | None]:
    window = (_day_text(state.window.since), _day_text(state.window.until)) if state.window else (None, None)
    return [
        *(state.collection.source, state.collection.name, _day_text(state.since), _day_or_none(state.next_day)),
        *(stamp_or_none(state.until), *window, stamp_or_none(state.begun_at), _day_or_none(state.answer_day)),
        *(state.token, stamp_or_none(state.token_at), state.ids_token, stamp_or_none(state.ids_token_at)),
        stamp_or_none(state.ids_checked_at),
    ]


def _state_of(row: Sequence[Any]) -> HarvestState:
    source, name, since, next_day, until, window_since, window_until, begun, answer, token, token_at = row[:11]
    return HarvestState(
        Collection(source, name),
        since=_day_of(since),
        next_day=_day_of(next_day),
        until=moment_of_or_none(until),
        window=None if window_since is None else HarvestWindow(_day_of(window_since), _day_of(window_until)),
        begun_at=moment_of_or_none(begun),
        answer_day=_day_of(answer),
        token=token,
        token_at=moment_of_or_none(token_at),
        ids_token=row[11],
        ids_token_at=moment_of_or_none(row[12]),
        ids_checked_at=moment_of_or_none(row[13]),
    )


def _mark_deleted(session: Session, present: Sequence[str], deleted: Sequence[str]) -> None:
    """Also the other way: what comes again is there."""
    here = "id IN (SELECT value FROM json_each(?))"
    session.run(
        f"UPDATE papers SET status = 'live', status_note = '' WHERE {here} AND status = 'removed' AND status_note = ?",
        [to_json_list(present), REMOVED_NOTE],
    )
    session.run(
        f"UPDATE papers SET status = 'removed', status_note = ? WHERE {here} AND status <> 'removed'",
        [REMOVED_NOTE, to_json_list(deleted)],
    )


def _day_text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day_or_none(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None
