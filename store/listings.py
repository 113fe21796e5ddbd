"""The archive a page at a time: editions and papers, newest first, from where the last page ended.

Invariant: a page begins after a named item, never at a count, so that what is added meanwhile moves nothing; every
page costs the same, the thousandth as the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.columns import stamp
from store.database import Database, Session
from store.editions import HEAD, EditionHead, head_of
from store.papers import COLUMNS, paper_of
from store.records import Kind, Paper

# Literal, so that SQLite can go by the index on the time from the first row on.
_AFTER = "({time}, {row}) < (SELECT {time}, {row} FROM {table} WHERE id = :after)"


@dataclass(frozen=True)
class EditionFilter:
    """Editions made in [since, until), of a kind, of a topic; None: any."""

    kind: Kind | None = None
    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class PaperFilter:
    """Papers first submitted in [since, until), in a category (cs.CL) or in any of an archive (cs); None: any."""

    category: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class TopicEditions:
    """What the archive has of one topic, quiet digests included."""

    topic: str
    editions: int
    latest: datetime  # the newest slot


class Listings:
    def __init__(self, database: Database) -> None:
        self._database = database

    def editions(self, wanted: EditionFilter, *, limit: int, after: str = "") -> list[EditionHead]:
        """The newest first, from behind the edition `after`; none where there is no such edition."""
        where = [*_edition_conditions(wanted), *_behind(after, "e.created_at", "e.row", "editions AS e")]
        sql = f"SELECT {HEAD} FROM editions AS e {_where(where)} ORDER BY e.created_at DESC, e.row DESC LIMIT :limit"
        with self._database.read() as session:
            rows = session.rows(sql, {**_edition_values(wanted), "after": after, "limit": limit})
        return [head_of(row) for row in rows]

    def papers(self, wanted: PaperFilter, *, limit: int, after: str = "") -> list[Paper]:
        """The last submitted first, from behind the paper `after`; none where there is no such paper."""
        where = [*_paper_conditions(wanted), *_behind(after, "p.published", "p.row", "papers AS p")]
        sql = f"SELECT {COLUMNS} FROM papers AS p {_where(where)} ORDER BY p.published DESC, p.row DESC LIMIT :limit"
        with self._database.read() as session:
            rows = session.rows(sql, {**_paper_values(wanted), "after": after, "limit": limit})
        return [paper_of(row) for row in rows]

    def topics(self) -> dict[str, TopicEditions]:
        """By slug, for every topic that has digests, also those that are no more."""
        with self._database.read() as session:
            rows = session.rows(
                "SELECT topic, count(*), max(slot) FROM editions WHERE kind = 'digest' GROUP BY topic ORDER BY topic"
            )
        return {slug: TopicEditions(slug, count, datetime.fromisoformat(latest)) for slug, count, latest in rows}

    def editions_by_kind(self) -> dict[str, int]:
        with self._database.read() as session:
            return dict(session.rows("SELECT kind, count(*) FROM editions GROUP BY kind ORDER BY kind"))

    def archive(self) -> tuple[str, datetime]:
        """What tells this archive from every other, for good, and since when it has been so."""
        with self._database.read() as session:
            found = _meta(session, "archive"), _meta(session, "archive_since")
        return found[0], datetime.fromisoformat(found[1])


def _meta(session: Session, key: str) -> str:
    return str(session.rows("SELECT value FROM meta WHERE key = ?", [key])[0][0])


def _where(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _behind(after: str, time: str, row: str, table: str) -> list[str]:
    return [_AFTER.format(time=time, row=row, table=table)] if after else []


def _edition_conditions(wanted: EditionFilter) -> list[str]:
    asked = {
        "e.kind = :kind": wanted.kind,
        "e.topic = :topic": wanted.topic,
        "e.created_at >= :since": wanted.since,
        "e.created_at < :until": wanted.until,
    }
    return [condition for condition, value in asked.items() if value is not None]


def _edition_values(wanted: EditionFilter) -> dict[str, Any]:
    return {"kind": wanted.kind, "topic": wanted.topic, **_window(wanted.since, wanted.until)}


def _paper_conditions(wanted: PaperFilter) -> list[str]:
    asked = {
        """EXISTS (
            SELECT 1 FROM json_each(p.categories) AS one
            WHERE one.value = :category OR substr(one.value, 1, length(:category) + 1) = :category || '.'
        )""": wanted.category,
        "p.published >= :since": wanted.since,
        "p.published < :until": wanted.until,
    }
    return [condition for condition, value in asked.items() if value is not None]


def _paper_values(wanted: PaperFilter) -> dict[str, Any]:
    return {"category": wanted.category, **_window(wanted.since, wanted.until)}


def _window(since: datetime | None, until: datetime | None) -> dict[str, str | None]:
    return {"since": stamp(since) if since else None, "until": stamp(until) if until else None}
