"""Editions, frozen: surveys and digests as they were written.

Invariant: an edition, once frozen, never changes and needs nothing else to be shown, but that its papers are read with
what is known of them today: whether they were withdrawn since, and their citation keys. A digest's (topic, slot) exists
once, and whoever comes second gets what the first one froze.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from store.db.columns import clean, decode_text, encode_text, moment_of, stamp, stamp_or_none, to_json_list
from store.db.database import Database, Session
from store.indexing.edition_texts import index_edition
from store.records.editions import Edition, EditionKind, EditionPaper
from store.records.lazy_text import AnyText
from store.tables.deliveries import plan_digest
from store.tables.edition_codec import decode, encode

HEAD = "e.id, e.kind, e.title, e.question, e.topic, e.slot, e.language, e.created_at, e.papers, e.cited, e.quiet"

_MAX_PREFIX_MATCHES = 20  # ids that a prefix may bring


@dataclass(frozen=True)
class EditionHead:
    """An edition in a list."""

    id: str
    kind: EditionKind
    title: str
    question: str
    topic: str
    slot: datetime | None
    language: str
    created_at: datetime
    papers: int
    cited: int
    quiet: AnyText


def head_of(row: Sequence[Any]) -> EditionHead:
    """The head in a row that begins with HEAD."""
    id_, kind, title, question, topic, slot, language, created_at, papers, cited, quiet = row[:11]
    at, made = slot and moment_of(slot), moment_of(created_at)
    return EditionHead(id_, kind, title, question, topic, at, language, made, papers, cited, decode_text(quiet))


class Editions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def freeze(self, edition: Edition, *, key: str = "", send_at: datetime | None = None) -> Edition:
        """Keep an edition for good and return the one that is kept: this, or the one frozen before in its place.

        key: the hash of a survey's request, by which `recent_survey` finds it. send_at: a digest's deliveries, one for
        each active subscription of its topic, are planned in the same transaction for that moment; None: none are.
        """
        with self._database.write() as session:
            row = _insert(session, edition, key)
            if row is None:
                return _with_today(session, decode(_existing_body(session, edition)))
            _insert_papers(session, row, edition)
            index_edition(session, row, edition)
            if send_at and edition.kind == "digest":
                plan_digest(session, edition, send_at)
            return _with_today(session, edition)

    def get(self, id_: str) -> Edition | None:
        return self._one("id = ?", [id_])

    def of_slot(self, topic: str, slot: datetime) -> Edition | None:
        return self._one("kind = 'digest' AND topic = ? AND slot = ?", [topic, stamp(slot)])

    def recent_survey(self, key: str, since: datetime, until: datetime | None = None) -> Edition | None:
        """The newest survey of this request made at or after `since` (and not after `until`)."""
        condition = "request_key = ? AND request_key <> '' AND created_at BETWEEN ? AND coalesce(?, '~')"
        return self._one(condition, [key, stamp(since), stamp_or_none(until)])

    def future_digests(self, now: datetime) -> list[EditionHead]:
        """Those for a slot that is still to come, the earliest first: a clock that was ahead made them."""
        with self._database.read() as session:
            rows = session.rows(
                f"SELECT {HEAD} FROM editions AS e WHERE e.kind = 'digest' AND e.slot > ? ORDER BY e.slot, e.row",
                [stamp(now)],
            )
        return [head_of(row) for row in rows]

    def release_slot(self, topic: str, slot: datetime) -> bool:
        """Free a slot whose digest was made before it came, so that one can be made for it; whether it was.

        A later digest of the topic shows that: when it was made, the slot was still to come. The early one stays, only
        its place in the topic's order goes.
        """
        with self._database.write() as session:
            return (
                session.run(
                    """
                    UPDATE editions SET slot = NULL, until = NULL
                    WHERE kind = 'digest' AND topic = ? AND slot = ? AND EXISTS (
                        SELECT 1 FROM editions AS later WHERE later.kind = 'digest' AND later.topic = editions.topic
                            AND later.row > editions.row AND later.slot < editions.slot
                            AND later.created_at < editions.slot
                    )
                    """,
                    [topic, stamp(slot)],
                )
                > 0
            )

    def last_digest(self, topic: str, before: datetime | None = None) -> Edition | None:
        """The topic's digest of the latest slot (before `before`), a quiet one too."""
        condition = "kind = 'digest' AND topic = ? AND slot < coalesce(?, '~')"
        return self._one(condition, [topic, stamp_or_none(before)], order="slot DESC")

    def last_complete_until(self, topic: str, now: datetime | None = None) -> datetime | None:
        """Where the topic's read windows end: the newest `until` (not after `now`) of its complete digests."""
        sql = "SELECT max(until) FROM editions WHERE kind = 'digest' AND topic = ? AND complete = 1 AND until <= ?"
        with self._database.read() as session:
            (until,) = session.rows(sql, [topic, stamp_or_none(now) or "~"])[0]
        return None if until is None else moment_of(until)

    def find(self, prefix_or_id: str) -> list[str]:
        """The id itself, or the ids that begin so, newest first; "latest" is the newest of all."""
        wanted = clean(prefix_or_id.strip())
        with self._database.read() as session:
            if wanted == "latest":
                rows = session.rows("SELECT id FROM editions ORDER BY row DESC LIMIT 1")
            else:
                rows = session.rows("SELECT id FROM editions WHERE id = ?", [wanted]) or _ids_with_prefix(
                    session, wanted
                )
        return [row[0] for row in rows]

    def count(self) -> int:
        with self._database.read() as session:
            return int(session.rows("SELECT count(*) FROM editions")[0][0])

    def unseen(self, topic: str, ids: Iterable[str]) -> list[str]:
        """Those of the ids, in their order, that no edition of this topic has shown."""
        asked = list(dict.fromkeys(ids))
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT DISTINCT ep.paper_id FROM json_each(?) AS wanted
                CROSS JOIN edition_papers AS ep CROSS JOIN editions AS e
                WHERE ep.paper_id = wanted.value AND e.row = ep.edition AND e.topic = ?
                """,
                [to_json_list(asked), topic],
            )
        seen = {row[0] for row in rows}
        return [id_ for id_ in asked if clean(id_) not in seen]

    def with_paper(self, paper_id: str) -> list[EditionHead]:
        """The editions that show a paper, newest first."""
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {HEAD} FROM editions AS e
                WHERE e.row IN (SELECT edition FROM edition_papers WHERE paper_id = ?)
                ORDER BY e.created_at DESC, e.row DESC
                """,
                [paper_id],
            )
        return [head_of(row) for row in rows]

    def list(
        self, kind: EditionKind | None = None, topic: str | None = None, limit: int = 20, offset: int = 0
    ) -> list[EditionHead]:
        """Newest first, by the moment that each is of: a digest's slot, a survey's making. What a clock that was ahead
        made stands before what was made next.
        """
        values = {"kind": kind, "topic": topic, "now": stamp(datetime.now(UTC))}
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {HEAD} FROM editions AS e
                WHERE e.kind = coalesce(:kind, e.kind) AND e.topic = coalesce(:topic, e.topic)
                ORDER BY CASE WHEN coalesce(e.slot, e.created_at) > :now THEN coalesce(
                    (SELECT min(l.created_at) FROM editions AS l WHERE l.row > e.row), :now
                ) ELSE coalesce(e.slot, e.created_at) END DESC, e.created_at DESC, e.row DESC
                LIMIT :limit OFFSET :offset
                """,
                values | {"limit": max(limit, 0), "offset": max(offset, 0)},
            )
        return [head_of(row) for row in rows]

    def _one(
        self, condition: str, parameters: Sequence[Any], order: str = "created_at DESC, row DESC"
    ) -> Edition | None:
        with self._database.read() as session:
            row = session.one(f"SELECT body FROM editions WHERE {condition} ORDER BY {order} LIMIT 1", parameters)
            return None if row is None else _with_today(session, decode(row[0]))


def _with_today(session: Session, edition: Edition) -> Edition:
    """What is known of its papers today stands in them, where the store has them; the rest is as it was frozen."""
    rows = session.rows(
        """
        SELECT p.id, p.status, p.status_note, coalesce(p.citation_key, '') FROM json_each(?) AS wanted
        CROSS JOIN papers AS p WHERE p.id = wanted.value
        """,
        [to_json_list([*(paper.id for paper in edition.papers), *(paper.id for paper in edition.beyond)])],
    )
    known = {id_: today for id_, *today in rows}
    return replace(
        edition,
        papers=tuple(_with_status(paper, known.get(paper.id)) for paper in edition.papers),
        beyond=tuple(
            replace(paper, status=known[paper.id][0], status_note=known[paper.id][1]) if paper.id in known else paper
            for paper in edition.beyond
        ),
    )


def _with_status(paper: EditionPaper, today: Sequence[Any] | None) -> EditionPaper:
    if today is None or today == [paper.status, paper.status_note, paper.citation_key]:
        return paper
    status, note, key = today
    return replace(paper, status=status, status_note=note, citation_key=key or paper.citation_key)


def _insert(session: Session, edition: Edition, key: str) -> int | None:
    found = session.one(
        """
        INSERT INTO editions (
            id, kind, title, question, topic, slot, until, language, created_at, request_key, papers, cited, quiet,
            complete, body
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING row
        """,
        [
            *(edition.id, edition.kind, edition.title, edition.question, edition.topic, stamp_or_none(edition.slot)),
            *(stamp_or_none(edition.until), edition.language, stamp(edition.created_at), key, len(edition.papers)),
            *(
                sum(paper.cited for paper in edition.papers),
                encode_text(edition.quiet),
                int(edition.complete),
                encode(edition),
            ),
        ],
    )
    return None if found is None else int(found[0])


def _existing_body(session: Session, edition: Edition) -> str:
    rows = session.rows(
        """
        SELECT body FROM editions WHERE id = ? OR (kind = 'digest' AND topic = ? AND slot = ?)
        ORDER BY id = ? DESC LIMIT 1
        """,
        [edition.id, edition.topic, stamp_or_none(edition.slot), edition.id],
    )
    return str(rows[0][0])


def _insert_papers(session: Session, row: int, edition: Edition) -> None:
    rest = len(edition.papers) + 1
    session.many(
        """
        INSERT INTO edition_papers (edition, position, paper_id, version, section, reason, cited)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [
            *(
                (row, paper.number, paper.id, paper.version, paper.section, str(paper.reason), int(paper.cited))
                for paper in edition.papers
            ),
            # Without a section, but seen: the next digest may not call them new.
            *(
                (row, position, paper.id, paper.version, -1, str(paper.reason), 0)
                for position, paper in enumerate(edition.beyond, rest)
            ),
        ],
    )


def _ids_with_prefix(session: Session, prefix: str) -> list[tuple[Any, ...]]:
    if not prefix:
        return []
    sql = "SELECT id FROM editions WHERE substr(id, 1, ?) = ? ORDER BY created_at DESC, row DESC LIMIT ?"
    return session.rows(sql, [len(prefix), prefix, _MAX_PREFIX_MATCHES])
