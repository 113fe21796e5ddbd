"""How papers read: their readable text, its stems, the full-text index (FTS5) over these, and who wrote them.

Invariant: papers_fts holds exactly what paper_texts has of a row, and a row that is not there is in no index; so what
was put into the index can be taken out again, whatever became of the stemmer since. What is kept is written to the
file, whatever a connection has beside it (store/indexing/paper_index.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from store.db.columns import clean
from store.db.database import Session
from store.records.editions import Paper
from store.text.names import parse_authors, person_key
from store.text.term_match import stem_text

TEXT_COLUMNS = "t.readable_title, t.readable_abstract, t.title_stems, t.abstract_stems"
JOIN_TEXTS = "LEFT JOIN paper_texts AS t ON t.row = p.row"

_BETWEEN_AUTHORS = "| |"  # more than a search lets stand among the parts of a name, so that it holds one person's
INDEX_COLUMNS = "title_stems, abstract_stems, author_stems"


def reading_of(columns: Sequence[str | None], paper: Paper) -> Mapping[str, str]:
    """What Paper.with_reading takes, of the values of TEXT_COLUMNS; nothing where the paper was not read yet."""
    title, abstract, title_stems, abstract_stems = columns
    if title_stems is None or abstract_stems is None:
        return {}
    return {
        "readable_title": paper.title if title is None else title,
        "readable_abstract": paper.abstract if abstract is None else abstract,
        "title_stems": title_stems,
        "abstract_stems": abstract_stems,
    }


def read_paper(paper: Paper) -> None:
    """Make, outside of a transaction, what `index_papers` keeps: reading takes longer than writing it down."""
    _ = paper.title_stems, paper.abstract_stems


def index_papers(session: Session, papers: Sequence[tuple[int, Paper]]) -> None:
    """Keep how these papers read, and let them be found by it."""
    stems = [stems_of(paper) for _, paper in papers]
    session.many(
        f"""
        INSERT INTO main.paper_texts (row, readable_title, readable_abstract, {INDEX_COLUMNS})
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        ((row, *_readable_values(paper), *its) for (row, paper), its in zip(papers, stems, strict=True)),
    )
    _add_to_index(session, papers, stems, "main")


def index_in_memory(session: Session, papers: Sequence[tuple[int, Paper]]) -> None:
    """Let them be found by this connection alone, which has tables of its own for that."""
    _add_to_index(session, papers, [stems_of(paper) for _, paper in papers], "temp")


def _add_to_index(
    session: Session,
    papers: Sequence[tuple[int, Paper]],
    stems: Sequence[tuple[str, str, str]],
    schema: Literal["main", "temp"],
) -> None:
    session.many(
        f"INSERT INTO {schema}.papers_fts (rowid, title, abstract, authors) VALUES (?, ?, ?, ?)",
        ((row, *its) for (row, _), its in zip(papers, stems, strict=True)),
    )
    session.many(
        f"INSERT INTO {schema}.paper_authors (person, paper, position) VALUES (?, ?, ?)",
        (
            (person, row, position)
            for row, paper in papers
            for position, name in enumerate(paper.authors)
            if (person := person_key(name))
        ),
    )


def without_texts(session: Session, table: str, rows: Sequence[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Those of some rows that nobody has read yet. table: paper_texts or edition_texts."""
    sql = f"SELECT row FROM {table} WHERE row IN (SELECT cast(value AS bigint) FROM json_each(?))"
    held = {row for (row,) in session.rows(sql, [json.dumps([row for row, _ in rows])])}
    return [(row, record) for row, record in rows if row not in held]


def unindex_papers(session: Session, rows: Sequence[int]) -> None:
    """Forget how they read; nothing of a row that was not read."""
    session.forget_papers(rows)
    listed = [str([*rows])]
    session.run("DELETE FROM main.paper_texts WHERE row IN (SELECT cast(value AS bigint) FROM json_each(?))", listed)
    session.run(
        "DELETE FROM main.paper_authors WHERE paper IN (SELECT cast(value AS bigint) FROM json_each(?))", listed
    )


def _readable_values(paper: Paper) -> tuple[str | None, str | None]:
    title, abstract = clean(paper.readable_title), clean(paper.readable_abstract)
    return None if title == paper.title else title, None if abstract == paper.abstract else abstract


def stems_of(paper: Paper) -> tuple[str, str, str]:
    """The values of INDEX_COLUMNS."""
    names = (author.name for author in parse_authors(paper.authors))
    return paper.title_stems, paper.abstract_stems, _BETWEEN_AUTHORS.join(map(stem_text, names))
