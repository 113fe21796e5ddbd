"""Candidates for a question: what several rounds of the source and the store itself have, each with its lists.

Invariant: what limits a question (dates, categories, authors, exclusions) holds for every candidate, wherever it came
from; withdrawn papers are counted, and are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from digest.ports import PaperSource, Vectors
from digest.ranking.question_terms import QuestionTerms
from digest.ranking.rounds import SearchRound
from digest.retrieval.source_search import SourceResult, describe_found, search_source
from digest.run_context import RunContext
from store import Store
from store.indexing.query_match import is_by_all, is_filed_in
from store.records.editions import Paper, Query
from store.records.lazy_text import AnyText
from store.records.questions import SearchLimits
from store.text.term_match import has_stems

OF_STORE = frozenset(("store", "meaning"))  # lists that say nothing which the ranking does not
MOST = 1_500  # papers of a pool
_MOST_OF_STORE = 300  # by words, and by meaning
_MOST_OF_HARVEST = 600  # by meaning, where the store has all that the source has


@dataclass
class Candidates:
    """papers: in the order in which they came. lists: the names of the lists that each was on."""

    limits: SearchLimits
    papers: dict[str, Paper] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)

    def add(self, name: str, papers: Iterable[Paper]) -> int:
        """How many of these the limits let through."""
        allowed = [paper for paper in papers if is_within(paper, self.limits)]
        for paper in allowed:
            if paper.is_withdrawn:
                self.withdrawn.add(paper.id)
            elif paper.id in self.papers or len(self.papers) < MOST:
                self.papers.setdefault(paper.id, paper)
                self.lists.setdefault(paper.id, set()).add(name)
        return len(allowed)


def is_within(paper: Paper, limits: SearchLimits) -> bool:
    return (
        (limits.since is None or paper.published >= limits.since)
        and (limits.until is None or paper.published < limits.until)
        and is_filed_in(paper, limits.categories)
        and is_by_all(paper, limits.authors)
        and not any(has_stems(paper.stems, term) for term in limits.exclude)
    )


@dataclass
class SourceRounds:
    """The requests to the source for one question, at most so many; none after one that it did not answer."""

    source: PaperSource
    store: Store
    run: RunContext
    reuse_since: datetime | None
    left: int
    outage: AnyText = ""
    away: str = ""
    complete: bool = True
    stored: bool = True  # nobody was asked so far: it was the store that was searched by words
    matching: int = 0  # papers that the source says have all concepts

    def ask(self, rounds: Sequence[SearchRound], candidates: Candidates) -> None:
        """One stage of the run, which tells the papers of all rounds so far."""
        with self.run.stage("search") as stage:
            reused = True
            for each in rounds:
                if self.left < 1 or self.outage:
                    break
                self.left -= 1
                found = search_source(each.request, self.reuse_since, self.source, self.store, self.run, stage)
                self._note(each, found)
                reused = reused and found.asked_before
                papers = list(found.papers.values())
                candidates.add(each.name, papers[: each.request.limit])
                candidates.add("store", papers[each.request.limit :])  # decision 229
            stage.detail = describe_found(len(candidates.papers), asked_before=reused)

    def _note(self, each: SearchRound, found: SourceResult) -> None:
        self.outage, self.away = found.outage, found.away
        self.complete = self.complete and not found.outage
        self.stored = self.stored and found.stored
        if each.name == "concepts":
            self.matching = found.total


def search_store_words(terms: QuestionTerms, store: Store, candidates: Candidates) -> None:
    """What earlier searches left."""
    limits = candidates.limits
    words = [Query((word,)) for word in terms.telling_words] or [terms.query]
    candidates.add(
        "store",
        store.papers.matching(words, since=limits.since, until=limits.until, limit=_MOST_OF_STORE),
    )


def search_store_meaning(
    question: Vectors, model: str, store: Store, candidates: Candidates, *, deeper: bool = False
) -> None:
    """question: (d,) of the model's vectors."""
    most = _MOST_OF_HARVEST if deeper else _MOST_OF_STORE
    near = store.vectors.nearest(model, question, most) if question.any() else []
    candidates.add("meaning", store.papers.get_read(id_ for id_, _ in near).values())


def find_by_title(names: Sequence[str], store: Store, candidates: Candidates) -> None:
    """Papers of the store that bear a name which others mention."""
    limits = candidates.limits
    queries = [Query((name,), "title") for name in names]
    found = store.papers.matching(queries, since=limits.since, until=limits.until, limit=_MOST_OF_STORE)
    candidates.add("named", [paper for paper in found if any(has_stems(paper.title_stems, name) for name in names)])
