"""Full-text search over the papers and over the archive.

Invariant: every word or quoted phrase must be found (nothing looser is tried behind the reader's back), best match
first; what cannot be searched for brings nothing. Hits carry plain text, never markup.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.codec import decode
from store.database import Database
from store.editions import HEAD, EditionHead, head_of, searchable
from store.papers import best_papers
from store.records import Kind, Paper
from store.snippets import Snippet, snippet
from store.terms import all_of, phrases


@dataclass(frozen=True)
class PaperHit:
    paper: Paper
    snippet: Snippet  # of the abstract, or of title or authors where the words stand there


@dataclass(frozen=True)
class EditionHit:
    edition: EditionHead
    snippet: Snippet  # of the text, question, title or titles of papers


class Search:
    def __init__(self, database: Database) -> None:
        self._database = database

    def papers(self, words: str, *, limit: int = 20, offset: int = 0) -> list[PaperHit]:
        """Papers by title, abstract and authors."""
        wanted = phrases(words)
        if not wanted:
            return []
        with self._database.read() as session:
            found = best_papers(session, all_of(wanted), limit=limit, offset=offset)
        return [PaperHit(one, snippet([one.abstract, one.title, ", ".join(one.authors)], wanted)) for one in found]

    def editions(self, words: str, *, kind: Kind | None = None, limit: int = 20, offset: int = 0) -> list[EditionHit]:
        """Editions by title, question, text and titles of their papers."""
        wanted = phrases(words)
        if not wanted:
            return []
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {HEAD}, e.body FROM editions_fts JOIN editions AS e ON e.row = editions_fts.rowid
                WHERE editions_fts MATCH ? AND e.kind = coalesce(?, e.kind)
                ORDER BY bm25(editions_fts, 4.0, 4.0, 1.0, 2.0), e.row DESC LIMIT ? OFFSET ?
                """,
                [all_of(wanted), kind, max(limit, 0), max(offset, 0)],
            )
        return [EditionHit(head_of(row), _snippet_of(row[-1], wanted)) for row in rows]


def _snippet_of(body: str, wanted: list[tuple[str, ...]]) -> Snippet:
    title, question, text, papers = searchable(decode(body))
    return snippet([text, question, title, papers], wanted)
