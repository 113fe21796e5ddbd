"""Full-text search over the papers and over the archive.

Invariant: every word or quoted phrase must be found (nothing looser is tried behind the reader's back), best match
first; what cannot be searched for brings nothing. Hits carry plain text, never markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from store.db.database import Database
from store.indexing.filters import NO_FILTER, SearchFilter
from store.indexing.query_terms import Phrase, match_expression, parse_phrases
from store.indexing.snippets import Snippet, best_snippet, mark_phrases
from store.records.editions import EditionKind, Paper
from store.tables.editions import HEAD, EditionHead, head_of
from store.tables.papers import best_papers, count_papers, newest_papers
from store.text.latex import latex_to_unicode

TextFilter = Callable[[str], str]
# Papers that are ranked. Words that so many have in common tell little apart, and a rank reads each of their places.
MAX_RANKED = 1_000  # decision 70


@dataclass(frozen=True)
class PaperHit:
    paper: Paper
    snippet: Snippet  # of the abstract, or of title or authors where the words stand there


@dataclass(frozen=True)
class EditionHit:
    edition: EditionHead
    snippet: Snippet  # of the text, question, title or titles of papers


class FullTextSearch:
    def __init__(self, database: Database) -> None:
        self._database = database

    def papers(
        self, words: str, *, among: SearchFilter = NO_FILTER, limit: int = 20, offset: int = 0, shown: TextFilter = str
    ) -> list[PaperHit]:
        """Papers by title, abstract and authors. shown: a readable text -> what the snippet is cut from."""
        return self.find_papers(words, among=among, limit=limit, offset=offset, shown=shown)[0]

    def find_papers(
        self, words: str, *, among: SearchFilter = NO_FILTER, limit: int = 20, offset: int = 0, shown: TextFilter = str
    ) -> tuple[list[PaperHit], int]:
        """The same, with how many there are in all, or MAX_RANKED + 1 of more. Best first; of so many, the latest."""
        wanted = parse_phrases(words)
        if not wanted:
            return [], 0
        with self._database.read() as session:
            total = count_papers(session, match_expression(wanted), among, most=MAX_RANKED + 1)
            chosen = best_papers if total <= MAX_RANKED else newest_papers
            found = chosen(session, match_expression(wanted), among, limit=limit, offset=offset)
        return [PaperHit(paper, _paper_snippet(paper, wanted, shown)) for paper in found], total

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
        """Editions by title, question, text and titles of their papers."""
        wanted = parse_phrases(words)
        if not wanted:
            return []
        condition, values = among.editions
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {HEAD}, t.text, t.papers FROM editions_fts JOIN editions AS e ON e.row = editions_fts.rowid
                JOIN edition_texts AS t ON t.row = e.row
                WHERE editions_fts MATCH :expression AND e.kind = coalesce(:kind, e.kind) AND {condition}
                ORDER BY bm25(editions_fts, 4.0, 4.0, 1.0, 2.0), e.row DESC LIMIT :limit OFFSET :offset
                """,
                {
                    "expression": match_expression(wanted),
                    "kind": kind,
                    **values,
                    "limit": max(limit, 0),
                    "offset": max(offset, 0),
                },
            )
        return [EditionHit(head := head_of(row), _edition_snippet(head, row[-2:], wanted, shown)) for row in rows]

    def count_editions(self, words: str, kind: EditionKind | None = None, among: SearchFilter = NO_FILTER) -> int:
        wanted = parse_phrases(words)
        if not wanted:
            return 0
        condition, values = among.editions
        with self._database.read() as session:
            found = session.rows(
                f"""
                SELECT count(*) FROM editions_fts JOIN editions AS e ON e.row = editions_fts.rowid
                WHERE editions_fts MATCH :expression AND e.kind = coalesce(:kind, e.kind) AND {condition}
                """,
                {"expression": match_expression(wanted), "kind": kind, **values},
            )
        return int(found[0][0])


def mark_words(text: str, words: str) -> Snippet:
    """The whole of a text, with the places where a reader's words stand in it."""
    return mark_phrases(text, parse_phrases(words))


def _paper_snippet(paper: Paper, wanted: list[Phrase], shown: TextFilter) -> Snippet:
    return best_snippet([shown(paper.readable_abstract), shown(paper.readable_title), ", ".join(paper.authors)], wanted)


def _edition_snippet(head: EditionHead, texts: Sequence[str], wanted: list[Phrase], shown: TextFilter) -> Snippet:
    text, papers = map(shown, texts)
    return best_snippet([text, head.question, shown(latex_to_unicode(head.title)), papers], wanted)
