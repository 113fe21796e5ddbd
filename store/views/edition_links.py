"""Links between editions: previous and next, and where else a paper was shown.

Invariant: read-only. A digest follows the digest of the slot before it in its topic; a survey follows the last survey
of the same question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from store.db.columns import stamp, stamp_or_none, to_json_list
from store.db.database import Database
from store.records.editions import Edition, EditionKind
from store.tables.editions import HEAD, EditionHead, head_of
from store.text.withdrawal import WITHDRAWN

_KIND_AND_TOPIC = "e.kind = coalesce(:kind, e.kind) AND e.topic = coalesce(:topic, e.topic)"


class EditionLinks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def previous(self, edition: Edition) -> EditionHead | None:
        if edition.kind == "digest":
            return self._head(
                "e.kind = 'digest' AND e.topic = ? AND e.slot < ? ORDER BY e.slot DESC",
                [edition.topic, stamp_or_none(edition.slot)],
            )
        return self._head(
            "e.kind = 'survey' AND e.question = ? AND e.created_at < ? ORDER BY e.created_at DESC",
            [edition.question, stamp(edition.created_at)],
        )

    def next(self, edition: Edition) -> EditionHead | None:
        if edition.kind == "digest":
            return self._head(
                "e.kind = 'digest' AND e.topic = ? AND e.slot > ? ORDER BY e.slot",
                [edition.topic, stamp_or_none(edition.slot)],
            )
        return self._head(
            "e.kind = 'survey' AND e.question = ? AND e.created_at > ? ORDER BY e.created_at",
            [edition.question, stamp(edition.created_at)],
        )

    def count(self, kind: EditionKind | None = None, topic: str | None = None) -> int:
        sql = f"SELECT count(*) FROM editions AS e WHERE {_KIND_AND_TOPIC}"
        with self._database.read() as session:
            return int(session.rows(sql, {"kind": kind, "topic": topic})[0][0])

    def newest_by_topic(self, until: datetime | None = None) -> dict[str, EditionHead]:
        """The digest of the latest slot (not after `until`) of each topic that has one, by slug."""
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {HEAD} FROM (
                    SELECT topic, max(slot) AS slot FROM editions
                    WHERE kind = 'digest' AND slot <= coalesce(?, '~') GROUP BY topic
                ) AS newest
                CROSS JOIN editions AS e WHERE e.kind = 'digest' AND e.topic = newest.topic AND e.slot = newest.slot
                """,
                [stamp_or_none(until)],
            )
        return {head.topic: head for head in map(head_of, rows)}

    def shown_in(self, paper_ids: Iterable[str], *, before: datetime | None = None) -> dict[str, list[EditionHead]]:
        """The editions (made before a moment) that show each paper with a place of its own, newest first."""
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {HEAD}, ep.paper_id FROM json_each(?) AS wanted
                CROSS JOIN edition_papers AS ep CROSS JOIN editions AS e
                WHERE ep.paper_id = wanted.value AND ep.section >= 0
                    AND e.row = ep.edition AND e.created_at < coalesce(?, '~')
                ORDER BY e.created_at DESC, e.row DESC
                """,
                [to_json_list(dict.fromkeys(paper_ids)), stamp_or_none(before)],
            )
        found: dict[str, list[EditionHead]] = {}
        for row in rows:
            found.setdefault(row[-1], []).append(head_of(row))
        return found

    def paper_ids(self, edition_id: str) -> set[str]:
        """The papers that an edition shows with a place of their own."""
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT ep.paper_id FROM editions AS e CROSS JOIN edition_papers AS ep
                WHERE e.id = ? AND ep.edition = e.row AND ep.section >= 0
                """,
                [edition_id],
            )
        return {row[0] for row in rows}

    def withdrawn(self, edition_ids: Iterable[str]) -> list[str]:
        """The ids of the papers in these editions, listed in brief too, that are withdrawn today."""
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT DISTINCT p.id FROM json_each(?) AS wanted
                CROSS JOIN editions AS e CROSS JOIN edition_papers AS ep CROSS JOIN papers AS p
                WHERE e.id = wanted.value AND ep.edition = e.row AND p.id = ep.paper_id
                    AND p.status IN (SELECT value FROM json_each(?)) ORDER BY p.id
                """,
                [to_json_list(list(edition_ids)), to_json_list(WITHDRAWN)],
            )
        return [row[0] for row in rows]

    def _head(self, condition: str, parameters: Sequence[Any]) -> EditionHead | None:
        with self._database.read() as session:
            row = session.one(f"SELECT {HEAD} FROM editions AS e WHERE {condition} LIMIT 1", parameters)
        return None if row is None else head_of(row)
