"""Rows of papers: a record as a row, a row as a record, and papers by row or id.

Invariant: what is written as a row is read back as the same record, with how it reads where that is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from store.db.columns import from_json_list, moment_of, stamp, to_json_list
from store.db.database import Session
from store.indexing.paper_texts import INDEX_COLUMNS, JOIN_TEXTS, TEXT_COLUMNS, reading_of, stems_of
from store.records.editions import Paper

COLUMNS = f"""
    p.id, p.version, p.title, p.abstract, p.authors, p.categories, p.primary_category, p.published, p.updated,
    p.comment, p.doi, p.journal_ref, p.source, p.url, p.pdf_url, p.status, p.status_note, p.citation_key, {TEXT_COLUMNS}
"""

INSERT = """
    INSERT INTO papers (
        row, text_hash, id, version, title, abstract, authors, categories, primary_category, published, updated,
        comment, doi, journal_ref, source, url, pdf_url, status, status_note, citation_key
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

REPLACE = """
    UPDATE papers SET
        text_hash = ?, id = ?, version = ?, title = ?, abstract = ?, authors = ?, categories = ?,
        primary_category = ?, published = ?, updated = ?, comment = ?, doi = ?, journal_ref = ?,
        source = ?, url = ?, pdf_url = ?, status = ?, status_note = ?, citation_key = ?
    WHERE row = ?
"""


def paper_of(row: Sequence[Any]) -> Paper:
    """The paper in a row that begins with COLUMNS, which JOIN_TEXTS has to bring."""
    paper = Paper(
        id=row[0],
        version=row[1],
        title=row[2],
        abstract=row[3],
        authors=from_json_list(row[4]),
        categories=from_json_list(row[5]),
        primary_category=row[6],
        published=moment_of(row[7]),
        updated=moment_of(row[8]),
        comment=row[9],
        doi=row[10],
        journal_ref=row[11],
        source=row[12],
        url=row[13],
        pdf_url=row[14],
        status=row[15],
        status_note=row[16],
        citation_key=row[17] or "",
    )
    return paper.with_reading(reading_of(row[18:22], paper))


def values_of(paper: Paper, citation_key: str) -> tuple[Any, ...]:
    """In the order of INSERT and REPLACE, the row aside."""
    return (
        paper.text_hash,
        paper.id,
        paper.version,
        paper.title,
        paper.abstract,
        to_json_list(paper.authors),
        to_json_list(paper.categories),
        paper.primary_category,
        stamp(paper.published),
        stamp(paper.updated),
        paper.comment,
        paper.doi,
        paper.journal_ref,
        paper.source,
        paper.url,
        paper.pdf_url,
        paper.status,
        paper.status_note,
        citation_key,
    )


def rows_by_id(session: Session, ids: Iterable[str]) -> dict[str, tuple[int, Paper]]:
    """The papers that are kept, with their rows, by id, in the order asked for."""
    rows = session.rows(
        f"""
        SELECT {COLUMNS}, p.row FROM json_each(?) AS wanted
        CROSS JOIN papers AS p {JOIN_TEXTS} WHERE p.id = wanted.value ORDER BY wanted.key
        """,
        [to_json_list(ids)],
    )
    return {row[0]: (row[-1], paper_of(row)) for row in rows}


def read_papers(session: Session, rows: Sequence[int]) -> list[Paper]:
    """The papers of some rows, in their order."""
    found = session.rows(
        f"""
        SELECT {COLUMNS} FROM json_each(?) AS wanted CROSS JOIN papers AS p {JOIN_TEXTS}
        WHERE p.row = cast(wanted.value AS bigint) ORDER BY wanted.key
        """,
        [str(list(rows))],
    )
    return [paper_of(row) for row in found]


def read_ids(session: Session, rows: Sequence[int]) -> list[str]:
    """Likewise, their ids alone."""
    found = session.rows(
        """
        SELECT p.id FROM json_each(?) AS wanted CROSS JOIN papers AS p WHERE p.row = cast(wanted.value AS bigint)
        ORDER BY wanted.key
        """,
        [str(list(rows))],
    )
    return [id_ for (id_,) in found]


def read_stems(session: Session, rows: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """The stems of title, abstract and authors by row; made now of a paper that nobody has read yet."""
    found = session.rows(
        f"""
        SELECT t.row, {INDEX_COLUMNS} FROM json_each(?) AS wanted CROSS JOIN paper_texts AS t
        WHERE t.row = cast(wanted.value AS bigint)
        """,
        [str(list(rows))],
    )
    held = {row: (title, abstract, authors) for row, title, abstract, authors in found}
    unread = [row for row in rows if row not in held]
    return held | dict(zip(unread, map(stems_of, read_papers(session, unread)), strict=True))
