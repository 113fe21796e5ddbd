"""How papers read: their readable text, its stems, the full-text index (FTS5) over these, and who wrote them.

Invariant: papers_fts holds exactly what paper_texts has of a row, and a row that is not there is in no index; so what
was put into the index can be taken out again, whatever became of the stemmer since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from store.db.columns import clean
from store.db.database import Session
from store.records.editions import Paper
from store.text.names import parse_authors, person_key
from store.text.term_match import stem_text

TEXT_COLUMNS = "t.readable_title, t.readable_abstract, t.title_stems, t.abstract_stems"
JOIN_TEXTS = "LEFT JOIN paper_texts AS t ON t.row = p.row"

_BETWEEN_AUTHORS = "| |"  # more than a search lets stand among the parts of a name, so that it holds one person's
_INDEX_COLUMNS = "title_stems, abstract_stems, author_stems"


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
    session.many(
        f"INSERT INTO paper_texts (row, readable_title, readable_abstract, {_INDEX_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        ((row, *_values(paper)) for row, paper in papers),
    )
    session.run(
        f"""
        INSERT INTO papers_fts (rowid, title, abstract, authors)
        SELECT row, {_INDEX_COLUMNS} FROM json_each(?) AS wanted CROSS JOIN paper_texts ON row = wanted.value
        """,
        [_rows(row for row, _ in papers)],
    )
    session.many(
        "INSERT INTO paper_authors (person, paper, position) VALUES (?, ?, ?)",
        (
            (person, row, position)
            for row, paper in papers
            for position, name in enumerate(paper.authors)
            if (person := person_key(name))
        ),
    )


def unindex_papers(session: Session, rows: Iterable[int]) -> None:
    """Forget how they read; nothing of a row that was not read."""
    listed = [_rows(rows)]
    # A contentless index cannot know what it indexed: it has to be told, to forget it.
    session.run(
        f"""
        INSERT INTO papers_fts (papers_fts, rowid, title, abstract, authors)
        SELECT 'delete', row, {_INDEX_COLUMNS} FROM json_each(?) AS wanted CROSS JOIN paper_texts ON row = wanted.value
        """,
        listed,
    )
    session.run("DELETE FROM paper_texts WHERE row IN (SELECT value FROM json_each(?))", listed)
    session.run("DELETE FROM paper_authors WHERE paper IN (SELECT value FROM json_each(?))", listed)


def _rows(rows: Iterable[int]) -> str:
    return f"[{','.join(map(str, rows))}]"


def _values(paper: Paper) -> tuple[str | None, ...]:
    title, abstract = clean(paper.readable_title), clean(paper.readable_abstract)
    return (
        None if title == paper.title else title,
        None if abstract == paper.abstract else abstract,
        paper.title_stems,
        paper.abstract_stems,
        _BETWEEN_AUTHORS.join(stem_text(author.name) for author in parse_authors(paper.authors)),
    )
