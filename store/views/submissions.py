"""Papers by the day of their submission, read once for all topics that ask about the same days.

Invariant: what is held is what the file has: where a paper may have changed, all is read anew. At most MOST_HELD papers
are held, those of the days that were asked for last.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from store.db.columns import stamp
from store.db.database import Database, Session
from store.indexing.paper_rows import COLUMNS, paper_of
from store.indexing.paper_texts import JOIN_TEXTS
from store.indexing.query_match import has_term, searchable_terms
from store.records.editions import Paper, Query, QueryField

MOST_HELD = 30_000  # papers of 6 kB: three weeks of all of arXiv
_MOST_TERMS = 2_000  # whose papers are known, a day
_DAY = timedelta(days=1)
# What Revision says of papers alone: the first papers of a thousand digests change nothing for the last.
_STATE = "SELECT (SELECT max(row) FROM papers), (SELECT max(row) FROM searches), (SELECT sum(changes) FROM harvests)"

Rows = NDArray[np.bool_]


class SubmittedPapers:
    """The papers of one day; which of them have a term is found out once."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers = tuple(papers)
        self._having: dict[tuple[str, QueryField], Rows] = {}

    def matching(self, queries: Sequence[Query]) -> list[Paper]:
        """Those that have every term of any query; all, where there is none."""
        if not queries:
            return list(self.papers)
        found = np.logical_or.reduce([self._with_all(query) for query in queries])
        return [self.papers[row] for row in np.flatnonzero(found).tolist()]

    def _with_all(self, query: Query) -> Rows:
        having = [self._with(term, query.field) for term in searchable_terms(query)]
        return np.logical_and.reduce(having) if having else np.zeros(len(self.papers), bool)

    def _with(self, term: str, field: QueryField) -> Rows:
        if len(self._having) >= _MOST_TERMS:
            self._having.clear()
        key = term, field
        if key not in self._having:
            self._having[key] = np.array([has_term(paper, term, field) for paper in self.papers], bool)
        return self._having[key]


class Submissions:  # decision 227
    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._days: OrderedDict[date, SubmittedPapers] = OrderedDict()
        self.held = 0  # papers of these
        self._state: tuple[object, ...] | None = None

    def matching(self, queries: Sequence[Query], since: datetime, until: datetime) -> Iterator[Paper]:
        """Papers submitted in [since, until), the first before the others, that have every term of any query."""
        day = since.astimezone(UTC).date()
        while datetime.combine(day, time(), UTC) < until:
            found = self._day(day).matching(queries)
            yield from (paper for paper in found if since <= paper.published < until)
            day += _DAY

    def _day(self, day: date) -> SubmittedPapers:
        with self._lock, self._database.read() as session:  # whoever wants the same waits for it
            if (state := session.one(_STATE)) != self._state:
                self._days.clear()
                self.held, self._state = 0, state
            if day not in self._days:
                self._hold(day, SubmittedPapers(_read_day(session, day)))
            self._days.move_to_end(day)
            return self._days[day]

    def _hold(self, day: date, submitted: SubmittedPapers) -> None:
        self.held += len(submitted.papers)
        while self._days and self.held > MOST_HELD:
            _, oldest = self._days.popitem(last=False)
            self.held -= len(oldest.papers)
        self._days[day] = submitted


def _read_day(session: Session, day: date) -> list[Paper]:
    began = datetime.combine(day, time(), UTC)
    rows = session.rows(
        f"""
        SELECT {COLUMNS} FROM papers AS p {JOIN_TEXTS}
        WHERE p.published >= ? AND p.published < ? ORDER BY p.published, p.row
        """,
        [stamp(began), stamp(began + _DAY)],
    )
    return [paper_of(row) for row in rows]
