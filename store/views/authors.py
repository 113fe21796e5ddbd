"""People as authors: who wrote a paper, and all papers of a person that are kept.

Invariant: read-only; who is the same person is what store/text/names.py says of the names, and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from store.db.database import Database
from store.indexing.filters import SearchFilter
from store.indexing.paper_index import read_index
from store.indexing.paper_ranking import newest_rows
from store.indexing.paper_rows import read_papers
from store.records.editions import Paper
from store.text.names import parse_author

_MOST_SPELLINGS = 5
_MOST_READ = 100  # papers whose spellings of a name are looked at


@dataclass(frozen=True)
class AuthorSummary:
    """person: the key in addresses. names: as the papers write it, that of the last submitted first."""

    person: str
    names: tuple[str, ...]
    papers: int


class Authors:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, person: str) -> AuthorSummary | None:
        """None where no paper of this person is kept."""
        with read_index(self._database) as session:
            (count,) = session.rows("SELECT count(DISTINCT paper) FROM paper_authors WHERE person = ?", [person])[0]
            rows = session.rows(
                """
                SELECT a.position, p.authors FROM paper_authors AS a CROSS JOIN papers AS p
                WHERE a.person = ? AND p.row = a.paper ORDER BY p.published DESC, p.row DESC LIMIT ?
                """,
                [person, _MOST_READ],
            )
        names = dict.fromkeys(parse_author(json.loads(authors)[position]).name for position, authors in rows)
        return AuthorSummary(person, tuple(names)[:_MOST_SPELLINGS], int(count)) if count else None

    def papers(self, person: str, *, limit: int, offset: int = 0) -> list[Paper]:
        """The last submitted first."""
        with read_index(self._database) as session:
            return read_papers(session, newest_rows(session, SearchFilter(person=person), limit=limit, offset=offset))

    def people_of(self, paper_id: str) -> dict[int, str]:
        """The key of each author, by place in the paper's list; some have none."""
        with read_index(self._database) as session:
            return dict(
                session.rows(
                    """
                    SELECT a.position, a.person FROM papers AS p CROSS JOIN paper_authors AS a
                    WHERE p.id = ? AND a.paper = p.row ORDER BY a.position
                    """,
                    [paper_id],
                )
            )
