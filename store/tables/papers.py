"""Papers table, in the newest version seen, searched by the full-text index over how they read.

Invariant: a paper is never deleted and its version never goes back; its citation key, once given, is its own for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from store.db.columns import clean, from_json_list, moment_of, stamp, to_json_list
from store.db.database import Database, Session
from store.indexing.filters import NO_FILTER, SearchFilter
from store.indexing.paper_texts import JOIN_TEXTS, TEXT_COLUMNS, index_papers, read_paper, reading_of, unindex_papers
from store.indexing.query_terms import match_expression, parse_phrases
from store.records.editions import Paper, Query
from store.text.citation_key import choose_key, make_key

COLUMNS = f"""
    p.id, p.version, p.title, p.abstract, p.authors, p.categories, p.primary_category, p.published, p.updated,
    p.comment, p.doi, p.journal_ref, p.source, p.url, p.pdf_url, p.status, p.status_note, p.citation_key, {TEXT_COLUMNS}
"""

_INSERT = """
    INSERT INTO papers (
        row, text_hash, id, version, title, abstract, authors, categories, primary_category, published, updated,
        comment, doi, journal_ref, source, url, pdf_url, status, status_note, citation_key
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_REPLACE = """
    UPDATE papers SET
        text_hash = ?, id = ?, version = ?, title = ?, abstract = ?, authors = ?, categories = ?,
        primary_category = ?, published = ?, updated = ?, comment = ?, doi = ?, journal_ref = ?,
        source = ?, url = ?, pdf_url = ?, status = ?, status_note = ?, citation_key = ?
    WHERE row = ?
"""

_BATCH = 1_000


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


@dataclass
class _PaperChanges:
    """What one batch does to the two tables: rows to insert, and (old, new) pairs to replace."""

    next_row: int
    held: dict[str, tuple[int, Paper]]
    inserted: dict[str, tuple[int, Paper]]
    replaced: dict[str, tuple[int, Paper, Paper]]

    def take(self, paper: Paper) -> None:
        if paper.id in self.inserted:  # the same paper twice in one batch
            row, known = self.inserted[paper.id]
            self.inserted[paper.id] = (row, _merge_versions(known, paper))
        elif paper.id in self.held:
            row, known = self.held[paper.id]
            now = self.replaced[paper.id][2] if paper.id in self.replaced else known
            self.replaced[paper.id] = (row, known, _merge_versions(now, paper))
        else:
            self.inserted[paper.id] = (self.next_row, paper)
            self.next_row += 1


class Papers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, papers: Iterable[Paper]) -> int:
        """Keep papers; the number of ids not seen before.

        A newer version replaces the text and the rest; the same version refreshes everything but the text, and never
        with nothing; an older version changes nothing.
        """
        cleaned = [_clean_paper(paper) for paper in papers]
        self._read_changed(cleaned)
        with self._database.write() as session:
            return sum(_add(session, cleaned[at : at + _BATCH]) for at in range(0, len(cleaned), _BATCH))

    def _read_changed(self, papers: Sequence[Paper]) -> None:
        """Reading takes longer than writing it down, so it is done before the others have to wait."""
        held = self.get(paper.id for paper in papers)
        for paper in papers:
            if paper.id not in held or paper.version > held[paper.id].version:
                read_paper(paper)

    def get(self, ids: Iterable[str]) -> dict[str, Paper]:
        """The papers that are kept, by id, in the order asked for."""
        with self._database.read() as session:
            return {id_: paper for id_, (_, paper) in _rows_by_id(session, ids).items()}

    def with_doi(self, doi: str) -> Paper | None:
        """The paper that names this DOI, the first where several do. Its letter case says nothing."""
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {COLUMNS} FROM papers AS p {JOIN_TEXTS}
                WHERE p.doi <> '' AND instr(lower(p.doi), ?) ORDER BY p.row
                """,
                [doi.lower()],
            )
        named = (paper for paper in map(paper_of, rows) if doi.lower() in map(str.lower, paper.dois))
        return next(named, None)

    def count(self) -> int:
        with self._database.read() as session:
            return int(session.rows("SELECT count(*) FROM papers")[0][0])

    def matching(
        self,
        queries: Sequence[Query],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 300,
    ) -> list[Paper]:
        """Papers that hold all words of any query in title and abstract, first submitted in [since, until), best first.

        A term of several words is a phrase; a hyphenated word is its words, for the filter decides on those.
        """
        asked = [match_expression(parse_phrases(query.text.replace("-", " "))) for query in queries]
        expression = " OR ".join(f"({phrases})" for phrases in asked if phrases)
        if not expression:
            return []
        with self._database.read() as session:
            narrowed = SearchFilter(since, until)
            return best_papers(session, f"{{title abstract}} : ({expression})", narrowed, limit=limit)

    def filter_ids(self, ids: Iterable[str], among: SearchFilter) -> set[str]:
        """Those of the ids that a filter lets through."""
        with self._database.read() as session:
            return filter_ids(session, ids, among)

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        """In how many papers' titles or abstracts each word occurs, in any inflection."""
        with self._database.read() as session:
            return {word: _frequency(session, word) for word in words}


def _row_condition(rows: str) -> str:
    """Only some rows, as a condition behind MATCH."""
    # With the plus, FTS5 is asked once and its rows are looked up in the list; without, once for every row of the list:
    # 2 s in place of 50 ms for a common word in a third of 50,000 papers.
    return f"AND +rowid IN ({rows})" if rows else ""


def best_papers(
    session: Session, expression: str, among: SearchFilter = NO_FILTER, *, limit: int, offset: int = 0
) -> list[Paper]:
    """The papers that an FTS5 expression finds, best first. Title and authors count four times the abstract."""
    return read_papers(session, best_rows(session, expression, among, limit=limit, offset=offset))


def read_papers(session: Session, rows: Sequence[int]) -> list[Paper]:
    """The papers of some rows, in their order."""
    found = session.rows(
        f"""
        SELECT {COLUMNS} FROM json_each(?) AS wanted CROSS JOIN papers AS p ON p.row = wanted.value {JOIN_TEXTS}
        ORDER BY wanted.key
        """,
        [str(list(rows))],
    )
    return [paper_of(row) for row in found]


def read_ids(session: Session, rows: Sequence[int]) -> list[str]:
    """Likewise, their ids alone."""
    sql = "SELECT p.id FROM json_each(?) AS wanted CROSS JOIN papers AS p ON p.row = wanted.value ORDER BY wanted.key"
    return [id_ for (id_,) in session.rows(sql, [str(list(rows))])]


def filter_ids(session: Session, ids: Iterable[str], among: SearchFilter) -> set[str]:
    rows, values = among.papers
    return _ids_in(session, ids, rows, values)


def matching_ids(session: Session, ids: Iterable[str], expression: str) -> set[str]:
    """Those of the ids whose paper an FTS5 expression finds."""
    rows = "SELECT rowid FROM papers_fts WHERE papers_fts MATCH :expression"
    return _ids_in(session, ids, rows, {"expression": expression})


def _ids_in(session: Session, ids: Iterable[str], rows: str, values: dict[str, Any]) -> set[str]:
    narrowed = f"WHERE p.row IN ({rows})" if rows else ""
    found = session.rows(
        f"""
        SELECT p.id FROM json_each(:ids) AS wanted
        CROSS JOIN papers AS p ON p.id = wanted.value {narrowed}
        """,
        {"ids": to_json_list(ids), **values},
    )
    return {row[0] for row in found}


def best_rows(
    session: Session, expression: str, among: SearchFilter = NO_FILTER, *, limit: int, offset: int = 0
) -> list[int]:
    """Ranked without being read: a common word finds many thousand papers, of which few are wanted."""
    rows, values = among.papers
    found = session.rows(
        f"""
        SELECT rowid, bm25(papers_fts, 4.0, 1.0, 4.0) AS score FROM papers_fts
        WHERE papers_fts MATCH :expression {_row_condition(rows)} ORDER BY score, rowid LIMIT :limit OFFSET :offset
        """,
        {"expression": expression, **values, "limit": max(limit, 0), "offset": max(offset, 0)},
    )
    return [row for row, _ in found]


def titled_rows(
    session: Session, expression: str, among: SearchFilter = NO_FILTER, *, limit: int, offset: int = 0
) -> list[int]:
    """Those that an FTS5 expression finds in titles, then the others, the latest first: where so many match that a
    rank says little, and takes long.
    """
    titled = f"{{title}} : ({expression})"
    first = count_papers(session, titled, among, most=offset + limit)
    found = _latest(session, titled, among, limit, offset)
    rest = _latest(session, f"({expression}) NOT ({titled})", among, limit - len(found), max(0, offset - first))
    return found + rest


def _latest(session: Session, expression: str, among: SearchFilter, limit: int, offset: int) -> list[int]:
    rows, values = among.papers
    found = session.rows(
        f"""
        SELECT rowid FROM papers_fts WHERE papers_fts MATCH :expression {_row_condition(rows)}
        ORDER BY rowid DESC LIMIT :limit OFFSET :offset
        """,
        {"expression": expression, **values, "limit": max(limit, 0), "offset": max(offset, 0)},
    )
    return [row for (row,) in found]


def newest_rows(
    session: Session, expression: str, among: SearchFilter = NO_FILTER, *, limit: int, offset: int = 0
) -> list[int]:
    """The last submitted of those that an FTS5 expression, or with none the filter, lets through."""
    rows, values = among.papers
    matching = "SELECT rowid FROM papers_fts WHERE papers_fts MATCH :expression"
    wanted = [f"p.row IN ({part})" for part in (matching if expression else "", rows) if part]
    found = session.rows(
        f"""
        SELECT p.row FROM papers AS p WHERE {" AND ".join(wanted) or "1"}
        ORDER BY p.published DESC, p.row DESC LIMIT :limit OFFSET :offset
        """,
        {"expression": expression, **values, "limit": max(limit, 0), "offset": max(offset, 0)},
    )
    return [row for (row,) in found]


def count_among(session: Session, among: SearchFilter, *, most: int) -> int:
    """How many a filter lets through, counted up to `most`."""
    rows, values = among.papers
    found = session.rows(f"SELECT count(*) FROM (SELECT 1 FROM ({rows}) LIMIT :most)", {**values, "most": most})
    return int(found[0][0])


def count_papers(session: Session, expression: str, among: SearchFilter = NO_FILTER, *, most: int = -1) -> int:
    """How many an FTS5 expression finds; counted up to `most`, where it is given."""
    rows, values = among.papers
    narrowed = _row_condition(rows)
    found = f"SELECT 1 FROM papers_fts WHERE papers_fts MATCH :expression {narrowed} LIMIT :most"
    sql = f"SELECT count(*) FROM ({found}) AS counted"
    return int(session.rows(sql, {"expression": expression, **values, "most": most})[0][0])


def _frequency(session: Session, word: str) -> int:
    expression = match_expression(parse_phrases(word))
    if not expression:
        return 0
    sql = "SELECT count(*) FROM papers_fts WHERE papers_fts MATCH ?"
    return int(session.rows(sql, [f"{{title abstract}} : ({expression})"])[0][0])


def _add(session: Session, papers: Sequence[Paper]) -> int:
    (last_row,) = session.rows("SELECT coalesce(max(row), 0) FROM papers")[0]
    changes = _PaperChanges(last_row + 1, _rows_by_id(session, [paper.id for paper in papers]), {}, {})
    for paper in papers:
        changes.take(paper)
    inserted = list(changes.inserted.values())
    replaced = [(row, new) for row, old, new in changes.replaced.values() if new != old]
    changed = inserted + replaced
    keys = dict(zip([row for row, _ in changed], choose_keys(session, [paper for _, paper in changed]), strict=True))
    unindex_papers(session, [row for row, _ in replaced])
    session.many(_INSERT, ((row, *_values(paper, keys[row])) for row, paper in inserted))
    session.many(_REPLACE, ((*_values(paper, keys[row]), row) for row, paper in replaced))
    index_papers(session, changed)
    return len(changes.inserted)


def _rows_by_id(session: Session, ids: Iterable[str]) -> dict[str, tuple[int, Paper]]:
    rows = session.rows(
        f"""
        SELECT {COLUMNS}, p.row FROM json_each(?) AS wanted
        CROSS JOIN papers AS p ON p.id = wanted.value {JOIN_TEXTS} ORDER BY wanted.key
        """,
        [to_json_list(ids)],
    )
    return {row[0]: (row[-1], paper_of(row)) for row in rows}


def _merge_versions(known: Paper, seen: Paper) -> Paper:
    if seen.version > known.version:
        return replace(seen, citation_key=known.citation_key).with_reading(seen.reading)
    if seen.version < known.version:
        return known
    told = seen if seen.comment or seen.status != "live" else known  # whose status stands: who says nothing has none
    return replace(
        seen,
        title=known.title,
        abstract=known.abstract,
        authors=seen.authors or known.authors,
        categories=seen.categories or known.categories,
        primary_category=seen.primary_category or known.primary_category,
        comment=seen.comment or known.comment,
        doi=seen.doi or known.doi,
        journal_ref=seen.journal_ref or known.journal_ref,
        url=seen.url or known.url,
        pdf_url=seen.pdf_url or known.pdf_url,
        status=told.status,
        status_note=told.status_note,
        citation_key=known.citation_key,
    ).with_reading(known.reading)


def _clean_paper(paper: Paper) -> Paper:
    # Cleaned before it is hashed: text_hash is that of the text as it will be read back.
    id_, title, abstract = clean(paper.id), clean(paper.title), clean(paper.abstract)
    if (id_, title, abstract, "") == (paper.id, paper.title, paper.abstract, paper.citation_key):
        return paper
    return replace(
        paper, id=id_, title=title, abstract=abstract, citation_key=""
    )  # its key is not the source's to give


def _values(paper: Paper, citation_key: str) -> tuple[Any, ...]:
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


def choose_keys(session: Session, papers: Iterable[Paper]) -> list[str]:
    """The citation keys for papers that are about to be kept, in their order; who has one keeps it."""
    taken, keys = _TakenKeys(session), []
    for paper in papers:
        key = paper.citation_key or choose_key(make_key(paper.authors, paper.published, paper.title, paper.id), taken)
        taken.chosen.add(key)
        keys.append(key)
    return keys


class _TakenKeys:
    """The keys of the papers that are kept, and of those before in the same batch."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.chosen: set[str] = set()

    def __contains__(self, key: object) -> bool:
        return key in self.chosen or bool(self._session.one("SELECT 1 FROM papers WHERE citation_key = ?", [key]))
