"""FTS5, SQLite's full-text index: queries in its syntax, what it is told to forget a row, tables of one connection.

Invariant: every form stands in quotation marks, every part of a query in brackets. A connection's own index lies in
tables of the same names, which SQLite takes before those of the file: no statement has to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from store.db.match_expression import (
    MatchAll,
    MatchAny,
    MatchColumns,
    MatchExpression,
    MatchNear,
    MatchPhrase,
    MatchWithout,
)

if TYPE_CHECKING:
    from store.db.database import Session


def render_match(expression: MatchExpression) -> str:
    """As MATCH takes it."""
    match expression:
        case MatchPhrase(form):
            return _quote(form)
        case MatchNear(forms, gap):
            # FTS5 counts the words of the forms between the outermost as well.
            inner = max(sum(len(form.split()) for form in forms) - 2, 0)
            return f"NEAR({' '.join(map(_quote, forms))}, {inner + gap})"
        case MatchAll(parts):
            return " AND ".join(f"({render_match(part)})" for part in parts)
        case MatchAny(parts):
            return " OR ".join(f"({render_match(part)})" for part in parts)
        case MatchColumns(columns, part):
            return f"{{{' '.join(columns)}}} : ({render_match(part)})"
        case MatchWithout(part, excluded):
            return f"({render_match(part)}) NOT ({render_match(excluded)})"
    raise TypeError(f"{type(expression).__name__} is no expression that FTS5 knows")


def _quote(form: str) -> str:
    return '"' + form.replace('"', '""') + '"'


def rank_by(*weights: float) -> str:
    """The second value of `papers_fts(?, ?)`: how often each column counts in `rank`, of which the lowest is best."""
    return f"bm25({', '.join(map(str, weights))})"


def forget_papers(session: Session, rows: Sequence[int]) -> None:
    """Before their texts go: an index without contents cannot know what it indexed, and has to be told."""
    session.run(
        """
        INSERT INTO main.papers_fts (papers_fts, rowid, title, abstract, authors)
        SELECT 'delete', row, title_stems, abstract_stems, author_stems FROM json_each(?) AS wanted
        CROSS JOIN main.paper_texts WHERE row = wanted.value
        """,
        [str([*rows])],
    )


def make_own_tables(session: Session) -> None:
    """This connection's copies of the papers' index and of who wrote them, in memory."""
    session.run("PRAGMA temp_store = MEMORY")
    ((made,),) = session.rows("SELECT sql FROM main.sqlite_master WHERE name = 'papers_fts'")
    session.run(made.replace("papers_fts", "temp.papers_fts", 1))
    session.run(
        """
        INSERT INTO temp.papers_fts (rowid, title, abstract, authors)
        SELECT row, title_stems, abstract_stems, author_stems FROM main.paper_texts
        """
    )
    session.run("CREATE TABLE temp.paper_authors AS SELECT * FROM main.paper_authors")
    session.run("CREATE INDEX temp.paper_authors_person ON paper_authors (person, paper)")
    session.run("CREATE INDEX temp.paper_authors_paper ON paper_authors (paper)")


def drop_own_tables(session: Session) -> None:
    session.run("DROP TABLE temp.papers_fts")
    session.run("DROP TABLE temp.paper_authors")
