"""Papers that the full-text index finds, ranked, the latest first, or counted; and those that a filter lets through.

Invariant: rows are ranked without being read: a common word finds many thousand papers, of which few are wanted. The
session is one of `paper_index.read_index`, or papers that were added last are not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from store.db.columns import to_json_list
from store.db.database import Session
from store.db.match_expression import (
    MatchColumns,
    MatchExpression,
    MatchWeights,
    MatchWithout,
    forms_of,
    match_all,
    match_any,
)
from store.indexing.bm25 import COLUMN_WEIGHTS, count_holding, count_matches, rank_by_stems
from store.indexing.filters import NO_FILTER, SearchFilter
from store.indexing.paper_rows import read_papers
from store.indexing.query_terms import match_expression, parse_phrases
from store.records.editions import Paper

_WEIGHTS = MatchWeights(COLUMN_WEIGHTS)
_MOST_INDEXED = 20_000  # papers that the index ranks, at most  # decision 281
_LATEST, _TITLED = 1_000, 2_000  # of more
_LOOK = 200.0  # times as long as one more match takes it to see whether one paper matches  # decision 280


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
    """The best first. Where too many match to rank each, of those with the words in their titles and the latest."""
    last = _last_row(session)
    most = max(limit, 0) + max(offset, 0)
    if last > _MOST_INDEXED and most <= _LATEST and count_matches(session, expression, last) > _MOST_INDEXED:
        latest = latest_rows(session, expression, among, most=_LATEST)
        titled = latest_rows(session, MatchColumns(("title",), expression), among, most=_TITLED)
        some = list(dict.fromkeys((*titled, *latest)))
        return rank_by_stems(session, count_holding(session, forms_of(expression), last), some, last)[offset:most]
    rows, values = among.papers
    found = session.rows(
        f"""
        SELECT rowid, rank FROM papers_fts(:expression, :weights) {_row_condition(rows)}
        ORDER BY rank, rowid LIMIT :limit OFFSET :offset
        """,
        {"expression": expression, "weights": _WEIGHTS, **values, "limit": max(limit, 0), "offset": max(offset, 0)},
    )
    return [row for row, _ in found]


def _last_row(session: Session) -> int:
    return int(session.rows("SELECT coalesce(max(row), 0) FROM papers")[0][0])


def rank_rows(session: Session, expression: MatchExpression, forms: Sequence[str], rows: Sequence[int]) -> list[int]:
    """Rows that an expression finds, the best first. forms: its phrases."""
    last = _last_row(session)
    holding = count_holding(session, forms, last)
    if max(holding.values(), default=0) > session.most_ranked:
        return rank_by_stems(session, holding, rows, last)
    found = session.rows(
        """
        SELECT rowid, rank FROM papers_fts(:expression, :weights)
        WHERE +rowid IN (SELECT cast(value AS bigint) FROM json_each(:rows)) ORDER BY rank, rowid
        """,
        {"expression": expression, "weights": _WEIGHTS, "rows": str(list(rows))},
    )
    return [row for row, _ in found]


def titled_rows(
    session: Session, expression: MatchExpression, latest: Sequence[int], among: SearchFilter = NO_FILTER, *, most: int
) -> list[int]:
    """Those that an expression finds in titles, then the others, the latest first: where so many match that a
    rank says little, and takes long. latest: `most` or more of all that it finds.
    """
    titled = latest_rows(session, MatchColumns(("title",), expression), among, most=most)
    return list(dict.fromkeys((*titled, *latest)))[:most]


def latest_rows(
    session: Session, expression: MatchExpression, among: SearchFilter = NO_FILTER, *, most: int
) -> list[int]:
    """Those that an expression finds, the last added first."""
    asked, left = _ask_index(expression, among)
    rows, values = left.papers
    found = session.rows(
        f"SELECT rowid FROM papers_fts(:expression) {_row_condition(rows)} ORDER BY rowid DESC LIMIT :most",
        {"expression": asked, **values, "most": most},
    )
    return [row for (row,) in found]


def _ask_index(expression: MatchExpression, among: SearchFilter) -> tuple[MatchExpression, SearchFilter]:
    """What the index tells of a filter, asked with the words, and the rest of the filter. By itself, what lacks a word
    is a list of nearly all papers.
    """
    asked = match_all((expression, among.authors)) or expression
    unwanted = match_any((among.excluded, among.excluded_authors))
    left = replace(among, authors=None, excluded=None, excluded_authors=None)
    return MatchWithout(asked, unwanted) if unwanted else asked, left


def newest_rows(session: Session, among: SearchFilter, *, limit: int, offset: int = 0) -> list[int]:
    """The last submitted of those that a filter lets through."""
    rows, values = among.papers
    return _newest_where(session, f"p.row IN ({rows})" if rows else "true", values, limit, offset)


def newest_matches(
    session: Session, expression: MatchExpression, latest: Sequence[int], among: SearchFilter = NO_FILTER, *, limit: int
) -> list[int]:
    """The last submitted of those that an expression finds. latest: some of them, as `latest_rows` gives them."""
    rows, values = among.papers
    last = _last_row(session)
    many = len(latest) / (last - latest[-1] + 1) * last if latest else 0.0
    allowed = count_among(session, among, most=last) if rows else last
    if many**2 > _LOOK * limit * allowed:  # the last submitted are looked at until enough of them match
        plus, matching = "+", "EXISTS (SELECT 1 FROM papers_fts(:expression) AS f WHERE f.rowid = p.row)"
    else:
        plus, matching = "", "p.row IN (SELECT rowid FROM papers_fts(:expression))"
    condition = f"{plus}p.row IN ({rows}) AND {matching}" if rows else matching
    return _newest_where(session, condition, {"expression": expression, **values}, limit)


def _newest_where(
    session: Session, condition: str, values: Mapping[str, Any], limit: int, offset: int = 0
) -> list[int]:
    """condition: on papers `p`."""
    found = session.rows(
        f"""
        SELECT p.row FROM papers AS p WHERE {condition}
        ORDER BY p.published DESC, p.row DESC LIMIT :limit OFFSET :offset
        """,
        {**values, "limit": max(limit, 0), "offset": max(offset, 0)},
    )
    return [row for (row,) in found]


def last_submitted(session: Session, rows: Sequence[int]) -> list[int]:
    """The same rows, the last submitted first."""
    found = session.rows(
        """
        SELECT p.row FROM json_each(?) AS wanted CROSS JOIN papers AS p WHERE p.row = cast(wanted.value AS bigint)
        ORDER BY p.published DESC, p.row DESC
        """,
        [str(list(rows))],
    )
    return [row for (row,) in found]


def count_among(session: Session, among: SearchFilter, *, most: int) -> int:
    """How many a filter lets through, counted up to `most`."""
    rows, values = among.papers
    sql = f"SELECT count(*) FROM (SELECT 1 FROM ({rows}) AS rows LIMIT :most) AS counted"
    return int(session.rows(sql, {**values, "most": most})[0][0])


def count_with_word(session: Session, word: str) -> int:
    """In how many papers' titles or abstracts a word occurs, in any inflection; of many, about how many."""
    expression = match_expression(parse_phrases(word))
    if not expression:
        return 0
    return round(count_matches(session, MatchColumns(("title", "abstract"), expression), _last_row(session)))
