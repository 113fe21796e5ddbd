"""Keyset pagination of editions and papers, newest first, from where the last page ended.

Invariant: a page begins after a named item, never at a count, so that what is added meanwhile moves nothing; every
page costs the same, the thousandth as the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from store.db.database import Database, Session
from store.indexing.filters import NO_FILTER, SearchFilter
from store.indexing.paper_index import read_index
from store.indexing.paper_rows import COLUMNS, paper_of
from store.indexing.paper_texts import JOIN_TEXTS
from store.indexing.query_terms import match_expression
from store.indexing.search_syntax import narrow, parse_search
from store.records.editions import EditionKind, Paper
from store.tables.editions import HEAD, EditionHead, head_of

_WITH_WORDS = "e.row IN (SELECT rowid FROM editions_fts(:words))"


@dataclass(frozen=True)
class TopicEditions:
    """What the archive has of one topic, quiet digests included."""

    topic: str
    editions: int
    latest: datetime  # the newest slot


class Listings:
    def __init__(self, database: Database) -> None:
        self._database = database

    def editions(
        self,
        among: SearchFilter = NO_FILTER,
        *,
        kind: EditionKind | None = None,
        words: str | None = None,
        limit: int,
        after: str = "",
    ) -> list[EditionHead]:
        """The newest first, from behind the edition `after`; none where there is no such edition.

        words: as a reader types them; those that cannot be searched for are in no edition.
        """
        terms = parse_search(words or "")
        narrowed, values = narrow(among, terms).editions
        where = [
            narrowed,
            "e.kind = coalesce(:kind, e.kind)",
            *_after_condition(after, "e.created_at", "e.row", "editions"),
        ]
        if words is not None:
            where.append(_WITH_WORDS if terms.phrases else "true" if terms.is_searchable else "false")
            values = {**values, "words": match_expression(terms.phrases)}
        sql = f"SELECT {HEAD} FROM editions AS e {_where(where)} ORDER BY e.created_at DESC, e.row DESC LIMIT :limit"
        with read_index(self._database) as session:
            rows = session.rows(sql, {**values, "kind": kind, "after": after, "limit": limit})
        return [head_of(row) for row in rows]

    def papers(self, among: SearchFilter = NO_FILTER, *, limit: int, after: str = "") -> list[Paper]:
        """The last submitted first, from behind the paper `after`; none where there is no such paper."""
        narrowed, values = among.papers
        where = [
            *([f"p.row IN ({narrowed})"] if narrowed else []),
            *_after_condition(after, "p.published", "p.row", "papers"),
        ]
        sql = f"""
            SELECT {COLUMNS} FROM papers AS p {JOIN_TEXTS} {_where(where)}
            ORDER BY p.published DESC, p.row DESC LIMIT :limit
        """
        with read_index(self._database) as session:
            rows = session.rows(sql, {**values, "after": after, "limit": limit})
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


def _after_condition(after: str, time: str, row: str, table: str) -> list[str]:
    alias = row.partition(".")[0]
    last = f"SELECT {time}, {row} FROM {table} AS {alias} WHERE {alias}.id = :after"
    return [f"({time}, {row}) < ({last})"] if after else []
