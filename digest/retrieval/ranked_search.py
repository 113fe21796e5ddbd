"""Ranked search: a question -> the papers that are on it, the most relevant first, each with its relevance and reason.

Invariant: the source gets at most so many requests, and the store is searched as well, always. A question that nothing
is on keeps the nearest few, and says so; only where there is not one paper is nothing kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np

from digest.fan_out import FanOut, give_head_start
from digest.ports import Answer, Embedder, PaperSource, RelevanceModel, SearchRequest, Vectors
from digest.ranking.narrower import narrower_questions
from digest.ranking.question_terms import QuestionTerms, question_terms
from digest.ranking.ranking import RankedPool, rank_papers, telling_words
from digest.ranking.rounds import base_request, concept_queries, expansion_round, first_rounds
from digest.retrieval.candidates import (
    OF_STORE,
    Candidates,
    SourceRounds,
    find_by_title,
    search_store_meaning,
    search_store_words,
)
from digest.retrieval.embeddings import EmbeddingJob, embed_texts
from digest.retrieval.filter import SelectedPaper
from digest.retrieval.grading import GradingJob, blend_grades
from digest.retrieval.paper_lookup import fetch_paper, parse_reference
from digest.retrieval.relevance import GradedPaper, grade_pool, has_answer
from digest.retrieval.search import SearchResult
from digest.retrieval.source_search import describe_found, search_source
from digest.run_context import RunContext, collect_results
from digest.text.date_range import Period, describe_period
from store import Store
from store.records.editions import Paper, Query, SelectionReport
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext
from store.records.questions import NO_LIMITS, SearchLimits, StructuredQuestion
from store.records.repositories import category_name
from store.text.term_match import has_stems

_NEAREST = 5  # shown where nothing is on the question
_EXPANSION_WORDS, _EXPANSION_NAMES, _NAMING_PAPERS, _LEAST_NAMING = 6, 20, 100, 3
_BROAD = 5  # times as many papers fit as are shown
_MOST_GRADED = 2  # times as many papers as are shown go to a language model

WhileGraded = Callable[[Sequence[Paper], Query], None]


@dataclass(frozen=True)
class RankedSearch:
    """What to find. requests: to the source. limit: papers that one of them may bring. most: papers to show."""

    question: StructuredQuestion
    requests: int = 4
    limit: int = 300
    most: int = 60
    reuse_since: datetime | None = None
    with_store: bool = True  # what only the store has, from earlier searches, is a candidate, too


@dataclass(frozen=True)
class RankingModels:
    """embedder: whose vectors compare papers with the question; relevance: grades the best beside that. while_graded:
    called with the papers that are graded, and what was asked for, once the grades are under way.
    """

    embedder: Embedder
    fan_out: FanOut
    relevance: RelevanceModel | None = None
    while_graded: WhileGraded | None = None


def search_and_rank(
    search: RankedSearch, source: PaperSource, store: Store, models: RankingModels, run: RunContext
) -> SearchResult:
    """Raises SourceError where the source refused a request, or a paper that was named cannot be had."""
    question = search.question
    named = _named_papers(question, source, store, run)
    terms = question_terms(question, named)
    rounds = SourceRounds(source, store, run, search.reuse_since, search.requests - len(named))
    candidates = Candidates(question.limits)
    candidates.add("named", named)
    ranker = _Ranker(terms, named if not question.concepts else (), store, models, run)
    base = base_request(question.limits, search.limit)
    first, *others = first_rounds(terms, base)
    rounds.ask([first], candidates)
    limited = replace(question.limits, exclude=()) != NO_LIMITS
    names: list[str] = []
    if not limited or has_answer(ranker.rank(candidates), terms):
        rounds.ask(others[: max(0, rounds.left - 1)], candidates)
        names = _expand(ranker.rank(candidates), terms, base, rounds, candidates)
    if search.with_store and not rounds.stored:
        search_store_words(terms, store, candidates)
    if search.with_store or rounds.stored:
        search_store_meaning(ranker.vector, models.embedder.model, store, candidates, deeper=rounds.stored)
    if names and search.with_store:
        find_by_title(names, store, candidates)
    pool = ranker.rank(candidates)
    answered = bool(named) or has_answer(pool, terms)
    graded = ranker.grade(pool, question, search.most)
    advice = () if answered or not limited else _advice(search, terms, rounds, ranker)
    with run.stage("filter", len(graded)) as stage:
        result = _decide(search, terms, graded, named, rounds, candidates, answered=answered, advice=advice)
        stage.detail = lazy_ngettext(
            "{kept} of {n} paper kept", "{kept} of {n} papers kept", len(graded), kept=len(result.kept)
        )
    return result


def _named_papers(
    question: StructuredQuestion, source: PaperSource, store: Store, run: RunContext
) -> tuple[Paper, ...]:
    references = filter(None, map(parse_reference, question.paper_ids))
    found = run.each_outside(fetch_paper(reference, store.papers, source, run.wait) for reference in references)
    return tuple(paper for paper in found if paper)


class _Ranker:
    """Ranks the candidates as often as there are more, and grades them in the end.

    What is asked about gets its vectors while the source is asked for papers: the model for it takes a while to load.
    """

    def __init__(
        self, terms: QuestionTerms, alike: Sequence[Paper], store: Store, models: RankingModels, run: RunContext
    ) -> None:
        """alike: papers to which the others are to be near, where no words say what is asked."""
        self._terms, self._store, self._models, self._run = terms, store, models, run
        self.by_meaning = bool(alike)
        self._of_concepts = self._embed([forms[0].text for forms in terms.concepts] or [terms.text])
        self._of_alike = self._embed([paper.text for paper in alike]) if alike else None

    @cached_property
    def _concepts(self) -> Vectors:
        return self._run.result(self._of_concepts)

    @cached_property
    def vector(self) -> Vectors:
        return _mean_vector(self._run.result(self._of_alike) if self._of_alike else self._concepts)

    def rank(self, candidates: Candidates) -> RankedPool:
        papers = list(candidates.papers.values())
        models = self._models
        job = EmbeddingJob(papers, self._terms.text, models.embedder, self._store, models.fan_out, self._run)
        collect_results(self._run, job)
        lists = [len(candidates.lists[paper.id] - OF_STORE) for paper in papers]
        vectors = job.matrix(papers) if papers else np.zeros((0, len(self.vector)), np.float32)
        return rank_papers(
            papers, lists, self._terms, vectors, self.vector, self._concepts[: len(self._terms.concepts)]
        )

    def grade(self, pool: RankedPool, question: StructuredQuestion, shown: int) -> list[GradedPaper]:
        """By what is known of each paper, and by the language model where there is one. shown: papers to show."""
        graded, models = grade_pool(pool, self._terms, by_meaning=self.by_meaning), self._models
        if not (models.relevance and graded):
            return graded
        papers, texts = [one.selected.paper for one in graded[: _MOST_GRADED * shown]], self._store.model_texts
        job = GradingJob(question, papers, models.relevance, texts, models.fan_out, self._run, shown)
        if models.while_graded and job.futures:
            give_head_start(job.futures)
            models.while_graded(papers, self._terms.query)
        collect_results(self._run, job)
        return blend_grades(graded, job.grades)

    def _embed(self, texts: Sequence[str]) -> Future[Answer[Vectors]]:
        return self._models.fan_out.submit(embed_texts, self._models.embedder, texts, keep=_keep_nothing)


def _keep_nothing(_: object) -> None:
    """What is asked about is asked anew each time."""


def _mean_vector(rows: Vectors) -> Vectors:
    """(d,): every concept counts the same, however many words it has."""
    mean = rows.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length if length > 0 else mean, np.float32)


def _expand(
    pool: RankedPool, terms: QuestionTerms, base: SearchRequest, rounds: SourceRounds, candidates: Candidates
) -> list[str]:
    """One more request, where the pool is on the question; the names that the best papers mention. The pool is of the
    source alone, so that the same question asks the same again, whatever the store has learnt since.
    """
    if not has_answer(pool, terms):
        return []
    words = telling_words(pool, terms, _EXPANSION_WORDS)
    naming = pool.order[:_NAMING_PAPERS].tolist()
    names = pool.names.names_without_paper(naming, _LEAST_NAMING, _EXPANSION_NAMES)
    if more := expansion_round(terms, words, names, base):
        rounds.ask([more], candidates)
    return names


def _decide(
    search: RankedSearch,
    terms: QuestionTerms,
    graded: Sequence[GradedPaper],
    named: Sequence[Paper],
    rounds: SourceRounds,
    candidates: Candidates,
    *,
    answered: bool,
    advice: tuple[AnyText, ...],
) -> SearchResult:
    own = tuple(SelectedPaper(paper, lazy_gettext("the paper that the question names"), 1.0) for paper in named)
    ids = {paper.id for paper in named}
    others = [one for one in graded if one.selected.paper.id not in ids]
    kept = tuple(one.selected for one in others if one.is_kept) if answered else ()
    answered = answered and bool(own or kept)
    if not answered:
        kept = tuple(
            replace(
                one.selected,
                reason=lazy_gettext("among the nearest, yet not on the question: {reason}", reason=one.selected.reason),
                core=False,
            )
            for one in others[:_NEAREST]
        )
    core = sum(one.core for one in kept)
    fitting = max(core, rounds.matching) if answered else 0
    is_broad = answered and not own and fitting >= _BROAD * search.most and core >= search.most
    report = SelectionReport(
        "nothing" if not answered else "broad" if is_broad else "answered",
        candidates=len(candidates.papers),
        relevant=len(own) + len(kept) if answered else 0,
        narrower=narrower_questions(terms, [one.paper for one in kept]) if is_broad else (),
        advice=advice,
    )
    return SearchResult(
        (terms.query,),
        own + kept,
        len(candidates.papers),
        frozenset(one.paper.id for one in own + kept),
        complete=rounds.complete,
        outage=rounds.outage,
        away=rounds.away,
        withdrawn=len(candidates.withdrawn),
        question=search.question,
        selection=report,
    )


def _advice(search: RankedSearch, terms: QuestionTerms, rounds: SourceRounds, ranker: _Ranker) -> tuple[AnyText, ...]:
    """What is found without dates, categories and authors; one request, where one is left."""
    limits = search.question.limits
    wider = SearchLimits(exclude=limits.exclude)
    if wider == limits:
        return ()
    candidates = Candidates(wider)
    rounds.ask(first_rounds(terms, base_request(wider, search.limit))[:1], candidates)
    if not candidates.papers:
        return ()
    pool = ranker.rank(candidates)
    if not has_answer(pool, terms):
        return ()
    fitting = lazy_ngettext(
        "There is no paper on it {limits:series}; without that there is {n}. Ask with wider limits.",
        "There is no paper on it {limits:series}; without that there are {n}. Ask with wider limits.",
        sum(one.is_kept for one in grade_pool(pool, terms)),
        limits=_describe_limits(limits),
    )
    return (fitting,)


def _describe_limits(limits: SearchLimits) -> tuple[AnyText, ...]:
    period = describe_period(Period(limits.since, limits.until))
    told = (
        lazy_gettext("by {authors:all}", authors=limits.authors) if limits.authors else "",
        lazy_gettext("in {categories:any}", categories=tuple(map(category_name, limits.categories)))
        if limits.categories
        else "",
        lazy_gettext("submitted {period}", period=period) if period else "",
    )
    return tuple(filter(None, told))


@dataclass(frozen=True)
class WindowSearch:
    """What a digest looks for: one request for all of its window. most: papers to show."""

    question: StructuredQuestion
    request: SearchRequest
    include: tuple[str, ...]
    reuse_since: datetime | None
    unseen: Callable[[Sequence[str]], list[str]]
    most: int = 60


def search_window(
    search: WindowSearch, source: PaperSource, store: Store, models: RankingModels, run: RunContext
) -> SearchResult:
    """The papers of the window that are on the question and new to the reader, the most relevant first."""
    terms = question_terms(search.question)
    ranker = _Ranker(terms, (), store, models, run)
    with run.stage("search") as stage:
        found = search_source(search.request, search.reuse_since, source, store, run, stage)
        stage.detail = describe_found(found.live, asked_before=found.asked_before)
    new = [found.papers[id_] for id_ in search.unseen(list(found.papers))]
    new = [paper for paper in new if all(has_stems(paper.stems, term) for term in search.include)]
    candidates = Candidates(search.question.limits)
    candidates.add("window", new)
    graded = ranker.grade(ranker.rank(candidates), search.question, search.most)
    with run.stage("filter", found.live) as stage:
        kept = tuple(one.selected for one in graded if one.is_kept)
        stage.detail = lazy_ngettext(
            "{kept} of {n} paper kept", "{kept} of {n} papers kept", found.live, kept=len(kept)
        )
    return SearchResult(
        (terms.query,),
        kept,
        found.live,
        frozenset(one.paper.id for one in kept),
        complete=found.complete,
        outage=found.outage,
        away=found.away,
        withdrawn=len(candidates.withdrawn),
        question=search.question,
        selection=SelectionReport("answered", len(graded), len(kept)),
        below=tuple(one.selected for one in graded if not one.is_kept),
    )


def window_request(question: StructuredQuestion, base: SearchRequest) -> SearchRequest:
    """Any form of each concept, joined by AND; of more than two, each pair."""
    return replace(base, queries=concept_queries(question_terms(question)))
