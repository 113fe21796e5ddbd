"""Full-text search over the papers and over the archive.

Invariant: every word or quoted phrase must be found (nothing looser is tried behind the reader's back), best match
first; what cannot be searched for brings nothing. Hits carry plain text, never markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from store.db.database import Database, Session
from store.db.match_expression import MatchWeights
from store.indexing.filters import NO_FILTER, SearchFilter
from store.indexing.paper_index import read_index
from store.indexing.paper_ranking import (
    count_among,
    filter_ids,
    last_submitted,
    latest_rows,
    matching_ids,
    newest_matches,
    newest_rows,
    rank_rows,
    titled_rows,
)
from store.indexing.paper_rows import read_ids, read_papers
from store.indexing.query_terms import Phrase, match_expression
from store.indexing.search_syntax import SearchTerms, narrow, parse_search
from store.indexing.snippets import Snippet, best_snippet, mark_phrases
from store.records.editions import EditionKind, Paper
from store.tables.editions import HEAD, EditionHead, head_of
from store.text.latex import latex_to_unicode

TextFilter = Callable[[str], str]
FoundBy = Literal["words", "meaning", "both"]
PaperOrder = Literal["rank", "date"]  # best first; last submitted first
# Papers that are ranked. Words that so many have in common tell little apart, and a rank reads each of their places.
MAX_RANKED = 1_000  # decision 70
_WEIGHTS = MatchWeights((4.0, 4.0, 1.0, 2.0))  # title, question, text, papers


@dataclass(frozen=True)
class PaperHit:
    paper: Paper
    snippet: Snippet  # of the abstract, or of title or authors where the words stand there
    found_by: FoundBy = "words"  # "meaning": it does not hold all of the words


@dataclass(frozen=True)
class EditionHit:
    edition: EditionHead
    snippet: Snippet  # of the text, question, title or titles of papers


class FullTextSearch:
    """Everything takes a search as it is typed (store/indexing/search_syntax.py)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def papers(
        self, words: str, *, among: SearchFilter = NO_FILTER, limit: int = 20, offset: int = 0, shown: TextFilter = str
    ) -> list[PaperHit]:
        """Papers by title, abstract and authors. shown: a readable text -> what the snippet is cut from."""
        return self.find_papers(words, among=among, limit=limit, offset=offset, shown=shown)[0]

    def find_papers(
        self,
        words: str,
        *,
        among: SearchFilter = NO_FILTER,
        order: PaperOrder = "rank",
        limit: int = 20,
        offset: int = 0,
        shown: TextFilter = str,
    ) -> tuple[list[PaperHit], int]:
        """The same, with how many there are in all, or MAX_RANKED + 1 of more: of so many the latest, not the best, and
        only the first MAX_RANKED.
        """
        terms, passed = parse_search(words), max(offset, 0)
        with read_index(self._database) as session:
            first, total = _paper_rows(session, terms, narrow(among, terms), order, passed + max(limit, 0))
            found = read_papers(session, first[passed:])
        return make_hits(found, terms, shown), total

    def paper_ids(
        self, terms: SearchTerms, among: SearchFilter = NO_FILTER, *, order: PaperOrder = "rank"
    ) -> tuple[list[str], int]:
        """The ids of the first MAX_RANKED papers, and how many there are, as in `find_papers`."""
        with read_index(self._database) as session:
            rows, total = _paper_rows(session, terms, narrow(among, terms), order, MAX_RANKED)
            return read_ids(session, rows), total

    def ids_with_phrases(self, ids: Iterable[str], terms: SearchTerms, among: SearchFilter = NO_FILTER) -> set[str]:
        """Those of the ids that all of a search but its single words lets through: filters, and quoted phrases."""
        narrowed = narrow(among, terms)
        with read_index(self._database) as session:
            kept = filter_ids(session, ids, narrowed)
            quoted = match_expression(terms.quoted)
            return matching_ids(session, kept, quoted) if quoted else kept

    def editions(
        self,
        words: str,
        *,
        kind: EditionKind | None = None,
        among: SearchFilter = NO_FILTER,
        limit: int = 20,
        offset: int = 0,
        shown: TextFilter = str,
    ) -> list[EditionHit]:
        """Editions by title, question, text and titles of their papers; newest first where no words are asked for."""
        terms = parse_search(words)
        if not terms.is_searchable:
            return []
        found, values = _editions_where(terms, among)
        best = "found.rank" if terms.phrases else "coalesce(e.slot, e.created_at) DESC"
        with read_index(self._database) as session:
            rows = session.rows(
                f"""
                SELECT {HEAD}, t.text, t.papers {found} AND e.kind = coalesce(:kind, e.kind)
                ORDER BY {best}, e.row DESC LIMIT :limit OFFSET :offset
                """,
                {"kind": kind, **values, "limit": max(limit, 0), "offset": max(offset, 0)},
            )
        return [
            EditionHit(head := head_of(row), _edition_snippet(head, row[-2:], terms.phrases, shown)) for row in rows
        ]

    def count_editions(self, words: str, kind: EditionKind | None = None, among: SearchFilter = NO_FILTER) -> int:
        terms = parse_search(words)
        if not terms.is_searchable:
            return 0
        found, values = _editions_where(terms, among)
        sql = f"SELECT count(*) {found} AND e.kind = coalesce(:kind, e.kind)"
        with read_index(self._database) as session:
            return int(session.rows(sql, {"kind": kind, **values})[0][0])


def make_hits(papers: Iterable[Paper], terms: SearchTerms, shown: TextFilter) -> list[PaperHit]:
    """Papers with the part of each that shows why it was found."""
    return [PaperHit(paper, _paper_snippet(paper, terms.phrases, shown)) for paper in papers]


def _paper_rows(
    session: Session, terms: SearchTerms, among: SearchFilter, order: PaperOrder, most: int
) -> tuple[list[int], int]:
    """The first rows, and how many there are, counted up to MAX_RANKED + 1."""
    if not terms.is_searchable:
        return [], 0
    expression = match_expression(terms.phrases)
    if not expression:
        return newest_rows(session, among, limit=most), count_among(session, among, most=MAX_RANKED + 1)
    latest = latest_rows(session, expression, among, most=MAX_RANKED + 1)
    return _order_rows(session, terms, latest, among, order, most)[:most], len(latest)


def _order_rows(
    session: Session, terms: SearchTerms, latest: list[int], among: SearchFilter, order: PaperOrder, most: int
) -> list[int]:
    """latest: of all that match."""
    expression = match_expression(terms.phrases)
    if not expression or not most:
        return []
    if len(latest) > MAX_RANKED:
        if order == "date":
            return newest_matches(session, expression, latest, among, limit=most)
        return titled_rows(session, expression, latest, among, most=min(most, MAX_RANKED))
    if order == "date":
        return last_submitted(session, latest)
    return rank_rows(session, expression, [form for phrase in terms.phrases for form in phrase], latest)


def _editions_where(terms: SearchTerms, among: SearchFilter) -> tuple[str, dict[str, Any]]:
    """FROM and WHERE, with `t` as what their snippets are cut from."""
    condition, values = narrow(among, terms).editions
    texts = "JOIN edition_texts AS t ON t.row = e.row"
    if not terms.phrases:
        return f"FROM editions AS e {texts} WHERE {condition}", values
    found = f"FROM editions_fts(:expression, :weights) AS found JOIN editions AS e ON e.row = found.rowid {texts}"
    asked = {"expression": match_expression(terms.phrases), "weights": _WEIGHTS}
    return f"{found} WHERE {condition}", {**asked, **values}


def mark_words(text: str, words: str) -> Snippet:
    """The whole of a text, with the places where a reader's words stand in it."""
    return mark_phrases(text, parse_search(words).phrases)


def _paper_snippet(paper: Paper, wanted: Sequence[Phrase], shown: TextFilter) -> Snippet:
    return best_snippet([shown(paper.readable_abstract), shown(paper.readable_title), ", ".join(paper.authors)], wanted)


def _edition_snippet(head: EditionHead, texts: Sequence[str], wanted: Sequence[Phrase], shown: TextFilter) -> Snippet:
    text, papers = map(shown, texts)
    return best_snippet([text, head.question, shown(latex_to_unicode(head.title)), papers], wanted)
