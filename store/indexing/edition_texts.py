"""What editions are searched by: their readable texts, cut from the body once, and the full-text index over them.

Invariant: editions_fts holds the stems of what edition_texts and editions have of a row; an edition that is not in
edition_texts is in no index.
"""

from __future__ import annotations

from store.db.database import Session
from store.indexing.query_terms import strip_markers
from store.records.editions import Edition
from store.text.latex import latex_to_unicode
from store.text.term_match import stem_text


def index_edition(session: Session, row: int, edition: Edition) -> None:
    text, papers = _running_text(edition), "\n".join(paper.readable_title for paper in edition.papers)
    session.run("INSERT INTO edition_texts (row, text, papers) VALUES (?, ?, ?)", [row, text, papers])
    add_to_index(session, row, edition.title, edition.question, text, papers)


def add_to_index(session: Session, row: int, title: str, question: str, text: str, papers: str) -> None:
    """text, papers: as edition_texts has them."""
    sql = "INSERT INTO editions_fts (rowid, title, question, text, papers) VALUES (?, ?, ?, ?, ?)"
    session.run(sql, [row, *map(stem_text, (latex_to_unicode(title), question, text, papers))])


def _running_text(edition: Edition) -> str:
    parts = [edition.opening, *(f"{section.title}\n\n{section.text}" for section in edition.sections)]
    paragraphs = strip_markers("\n\n".join([*parts, str(edition.quiet)])).split("\n\n")
    return "\n\n".join(map(latex_to_unicode, paragraphs))
