"""Papers that the full-text index finds, ranked, the latest first, or counted; and those that a filter lets through.

Invariant: rows are ranked without being read: a common word finds many thousand papers, of which few are wanted. The
session is one of `paper_index.read_index`, or papers that were added last are not found.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from store.db.columns import to_json_list
from store.db.database import Session
from store.db.match_expression import MatchColumns, MatchExpression, MatchWeights, MatchWithout
from store.indexing.filters import NO_FILTER, SearchFilter
from store.indexing.paper_rows import read_papers
from store.indexing.query_terms import match_expression, parse_phrases
from store.records.editions import Paper

_WEIGHTS = MatchWeights((4.0, 1.0, 4.0))  # title, abstract, authors


def _row_condition(rows: str) -> str:
    """Only some rows, as a condition on those of the index."""
    # With the plus, FTS5 is asked once and its rows are looked up in the list; without, once for every row of the list:
    # 2 s in place of 50 ms for a common word in a third of 50,000 papers.
    return f"WHERE +rowid IN ({rows})" if rows else ""


def best_papers(
    session: Session, expression: MatchExpression, among: SearchFilter = NO_FILTER, *, limit: int, offset: int = 0
) -> list[Paper]:
    """The papers that an expression finds, best first. Title and authors count four times the abstract."""
    return read_papers(session, best_rows(session, expression, among, limit=limit, offset=offset))


def filter_ids(session: Session, ids: Iterable[str], among: SearchFilter) -> set[str]:
    rows, values = among.papers
    return _ids_in(session, ids, rows, values)


def matching_ids(session: Session, ids: Iterable[str], expression: MatchExpression) -> set[str]:
    """Those of the ids whose paper an expression finds."""
    rows = "SELECT rowid FROM papers_fts(:expression)"
    return _ids_in(session, ids, rows, {"expression": expression})


def _ids_in(session: Session, ids: Iterable[str], rows: str, values: dict[str, Any]) -> set[str]:
    narrowed = f"AND p.row IN ({rows})" if rows else ""
    found = session.rows(
        f"""
        SELECT p.id FROM json_each(:ids) AS wanted
        CROSS JOIN papers AS p WHERE p.id = wanted.value {narrowed}
        """,
        {"ids": to_json_list(ids), **values},
    )
    return {row[0] for row in found}


def best_rows(
    session: Session, expression: MatchExpression, among: SearchFilter = NO_FILTER, *, limit: int, offset: int = 0
) -> list[int]:
    """The best first."""
    rows, values = among.papers
    found = session.rows(
        f"""
        SELECT rowid, rank FROM papers_fts(:expression, :weights) {_row_condition(rows)}
        ORDER BY rank, rowid LIMIT :limit OFFSET :offset
        """,
        {"expression": expression, "weights": _WEIGHTS, **values, "limit": max(limit, 0), "offset": max(offset, 0)},
    )
    return [row for row, _ in found]


def titled_rows(
    session: Session, expression: MatchExpression, among: SearchFilter = NO_FILTER, *, limit: int, offset: int = 0
) -> list[int]:
    """Those that an expression finds in titles, then the others, the latest first: where so many match that a
    rank says little, and takes long.
    """
    titled = MatchColumns(("title",), expression)
    first = count_papers(session, titled, among, most=offset + limit)
    found = _latest(session, titled, among, limit, offset)
    rest = _latest(session, MatchWithout(expression, titled), among, limit - len(found), max(0, offset - first))
    return found + rest


def _latest(session: Session, expression: MatchExpression, among: SearchFilter, limit: int, offset: int) -> list[int]:
    rows, values = among.papers
    found = session.rows(
        f"""
        SELECT rowid FROM papers_fts(:expression) {_row_condition(rows)} ORDER BY rowid DESC LIMIT :limit OFFSET :offset
        """,
        {"expression": expression, **values, "limit": max(limit, 0), "offset": max(offset, 0)},
    )
    return [row for (row,) in found]


def newest_rows(
    session: Session,
    expression: MatchExpression | None,
    among: SearchFilter = NO_FILTER,
    *,
    limit: int,
    offset: int = 0,
) -> list[int]:
    """The last submitted of those that an expression, or with none the filter, lets through."""
    rows, values = among.papers
    matching = "SELECT rowid FROM papers_fts(:expression)"
    wanted = [f"p.row IN ({part})" for part in (matching if expression else "", rows) if part]
    found = session.rows(
        f"""
        SELECT p.row FROM papers AS p WHERE {" AND ".join(wanted) or "true"}
        ORDER BY p.published DESC, p.row DESC LIMIT :limit OFFSET :offset
        """,
        {"expression": expression, **values, "limit": max(limit, 0), "offset": max(offset, 0)},
    )
    return [row for (row,) in found]


def count_among(session: Session, among: SearchFilter, *, most: int) -> int:
    """How many a filter lets through, counted up to `most`."""
    rows, values = among.papers
    sql = f"SELECT count(*) FROM (SELECT 1 FROM ({rows}) AS rows LIMIT :most) AS counted"
    return int(session.rows(sql, {**values, "most": most})[0][0])


def count_papers(session: Session, expression: MatchExpression, among: SearchFilter = NO_FILTER, *, most: int) -> int:
    """How many an expression finds, counted up to `most`."""
    rows, values = among.papers
    found = f"SELECT 1 FROM papers_fts(:expression) {_row_condition(rows)} LIMIT :most"
    sql = f"SELECT count(*) FROM ({found}) AS counted"
    return int(session.rows(sql, {"expression": expression, **values, "most": most})[0][0])


def count_with_word(session: Session, word: str) -> int:
    """In how many papers' titles or abstracts a word occurs, in any inflection."""
    expression = match_expression(parse_phrases(word))
    if not expression:
        return 0
    sql = "SELECT count(*) FROM papers_fts(?)"
    return int(session.rows(sql, [MatchColumns(("title", "abstract"), expression)])[0][0])
