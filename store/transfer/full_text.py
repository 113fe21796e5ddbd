"""Full-text index of a copy, made of the stems and texts that were carried.

Invariant: rows are taken in order and a batch is one transaction, so that it goes on behind the last row that is there.
"""

from __future__ import annotations

from collections.abc import Callable

from store.db.database import Database, Session
from store.indexing.edition_texts import add_to_index

_PAPERS, _EDITIONS = 1_000, 20  # in a batch


def index_papers(session: Session) -> int:
    """The next batch; the number of papers in it."""
    return session.run(
        """
        INSERT INTO main.papers_fts (rowid, title, abstract, authors)
        SELECT row, title_stems, abstract_stems, author_stems FROM main.paper_texts WHERE row > ? ORDER BY row LIMIT ?
        """,
        [_last_row(session, "papers_fts"), _PAPERS],
    )


def index_editions(session: Session) -> int:
    """The next batch; the number of editions in it."""
    found = session.rows(
        """
        SELECT e.row, e.title, e.question, t.text, t.papers FROM edition_texts AS t JOIN editions AS e ON e.row = t.row
        WHERE t.row > ? ORDER BY t.row LIMIT ?
        """,
        [_last_row(session, "editions_fts"), _EDITIONS],
    )
    for row in found:
        add_to_index(session, *row)
    return len(found)


def index_all(database: Database, total: int, advance: Callable[[int], None]) -> None:
    """total: of papers and editions that have texts. advance: told how many are in the index."""
    with database.read() as session:
        done = sum(session.rows(f"SELECT count(*) FROM main.{name}")[0][0] for name in ("papers_fts", "editions_fts"))
    for index_batch in (index_papers, index_editions):
        while done < total:
            with database.write() as session:
                made = index_batch(session)
            if not made:
                break
            done += made
            advance(done)


def _last_row(session: Session, index: str) -> int:
    found = session.one(f"SELECT rowid FROM main.{index} ORDER BY rowid DESC LIMIT 1")
    return found[0] if found else 0
