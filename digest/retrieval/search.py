"""Paper search: queries -> the papers that stay, each with its reason; widened while too few stay.

Invariant: every paper that the source returned is in the store before it is looked at, and an answer of the source is
not asked for again while it stands. When the source is away, the store answers in its place and the edition says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from digest.errors import SourceError
from digest.i18n.filter_texts import get_filter_texts
from digest.pipeline.enrich import similarity_to_question
from digest.pipeline.services import Services, SurveySettings
from digest.ports import SearchRequest
from digest.retrieval.filter import SelectedPaper, mark_widened, select, select_nearest, widen
from digest.retrieval.queries import find_queries
from digest.run_context import RunContext, RunningStage, format_count
from digest.text import language
from digest.text.tokens import tokens
from store.records.editions import Paper, Query, SearchLog, Topic, fingerprint

_FREQUENCIES_FROM = 2000  # papers from which on the frequencies of words tell more than chance


@dataclass(frozen=True)
class SourceResult:
    """What one search gave. complete: all that matches was read. outage: why not, "" when the source answered."""

    papers: dict[str, Paper]
    complete: bool = True
    outage: str = ""


@dataclass(frozen=True)
class SearchResult:
    queries: tuple[Query, ...]  # as they were in the end
    kept: tuple[SelectedPaper, ...]
    found: int
    strict_ids: frozenset[str]  # ids of the papers that a narrower rule had let in; all of them, where none was dropped
    widened: tuple[str, ...] = ()
    complete: bool = True
    outage: str = ""


@dataclass(frozen=True)
class SearchSpec:
    """What to gather. min_papers: widen while fewer stay. unseen: the ids of those that are new to the reader."""

    request: SearchRequest
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    min_papers: int = 0
    period: str = ""  # in words, where the question names one; a digest tells its window by itself
    refresh: bool = False
    language: str = "en"  # in which the reader is told why
    unseen: Callable[[Sequence[str]], list[str]] = list


def search_and_filter(wanted: SearchSpec, parts: Services, policy: SurveySettings, run: RunContext) -> SearchResult:
    """Raises SourceError only where the source refused the queries; where it is away, `outage` says so.

    While it is away nothing is widened: that few papers have the words says nothing but that the store is young.
    """
    gathered = _search_once(wanted, parts, policy, run)
    while len(gathered.kept) < wanted.min_papers and not gathered.outage:
        step = widen(gathered.queries, _frequencies(gathered.queries, parts), get_filter_texts(wanted.language))
        if step is None:
            break
        request = replace(wanted.request, queries=step[0])
        wider = _search_once(replace(wanted, request=request), parts, policy, run)
        if wider.outage:
            return replace(gathered, outage=wider.outage, complete=False) if gathered.kept else wider
        gathered = _merge_widened(gathered, wider, step[1], wanted)
    return gathered


def _merge_widened(narrow: SearchResult, wider: SearchResult, step: str, wanted: SearchSpec) -> SearchResult:
    """What a step of widening found; papers that came by an earlier, narrower rule keep their reason."""
    kept = mark_widened(narrow.kept, wider.kept, get_filter_texts(wanted.language))
    return replace(wider, kept=kept, strict_ids=_ids(narrow.kept), widened=(*narrow.widened, step))


def _search_once(wanted: SearchSpec, parts: Services, policy: SurveySettings, run: RunContext) -> SearchResult:
    found = _search(wanted, parts, policy, run)
    with run.stage("filter", len(found.papers)) as stage:
        new = [found.papers[id_] for id_ in wanted.unseen(list(found.papers))]
        words = get_filter_texts(wanted.language)
        kept = select(new, wanted.request.queries, include=wanted.include, exclude=wanted.exclude, words=words)
        stage.detail = f"{len(kept)} of {format_count(len(found.papers), 'paper')} kept"
    return SearchResult(wanted.request.queries, kept, len(found.papers), _ids(kept), (), found.complete, found.outage)


def _ids(kept: Sequence[SelectedPaper]) -> frozenset[str]:
    return frozenset(one.paper.id for one in kept)


def _frequencies(queries: Sequence[Query], parts: Services) -> dict[str, int]:
    """In how many papers each word is; unknown in a young store, which knows only what was asked of it before."""
    if parts.store.papers.count() < _FREQUENCIES_FROM:
        return {}
    return parts.store.papers.frequencies({word for query in queries for term in query.terms for word in tokens(term)})


def _search(wanted: SearchSpec, parts: Services, policy: SurveySettings, run: RunContext) -> SourceResult:
    key = fingerprint("search", parts.source.name, repr(wanted.request))
    since = run.now - timedelta(hours=policy.search_hours)
    with run.stage("search") as stage:
        log = None if wanted.refresh else parts.store.searches.recent(key, since)
        if log:
            found = SourceResult(parts.store.papers.get(log.paper_ids), complete=log.total <= wanted.request.limit)
        else:
            found = _ask_source(wanted.request, key, parts, run, stage)
        stage.detail = f"{format_count(len(found.papers), 'paper')} found" + (" (searched before)" if log else "")
    return found


def _ask_source(
    request: SearchRequest, key: str, parts: Services, run: RunContext, stage: RunningStage
) -> SourceResult:
    papers: dict[str, Paper] = {}
    total = 0
    try:
        for page in parts.source.search(request, wait=run.wait):
            parts.store.papers.add(page.papers)
            papers.update((paper.id, paper) for paper in page.papers)
            total = page.total
            stage.advance(len(papers), min(total, request.limit))
    except SourceError as error:
        if error.permanent:
            raise
        found = _search_store(request, papers, error.message, parts)
        detail = f"{error.message} The {len(found.papers)} matching papers already in the store were used."
        run.add_health(parts.source.name, ok=False, detail=detail)
        return found
    text = " OR ".join(query.text for query in request.queries)
    log = SearchLog(key, parts.source.name, text, run.now, total, tuple(papers), complete=True)
    parts.store.searches.add(log)
    return SourceResult(papers, complete=total <= request.limit)


def _search_store(request: SearchRequest, read: dict[str, Paper], outage: str, parts: Services) -> SourceResult:
    """What was read before the source broke off, and what earlier searches left in the store."""
    stored = parts.store.papers.matching(request.queries, since=request.since, until=request.until, limit=request.limit)
    return SourceResult({paper.id: paper for paper in stored} | read, complete=False, outage=outage)


# What a topic would have found lately: the search and the filter of its digest, and nothing that costs more.
#
# Invariant: nothing is frozen, and nothing is counted as seen.

_PREVIEW_DAYS = 7
_PREVIEW_LIMIT = 500


def preview(topic: Topic, parts: Services, policy: SurveySettings, run: RunContext) -> list[Paper]:
    """The papers of the last week, as found. Raises BadInput, SourceError, Cancelled."""
    queries = find_queries(topic.question or topic.title, topic.queries, parts, run)
    since = run.now - timedelta(days=_PREVIEW_DAYS)
    request = SearchRequest(queries, topic.categories, since, run.now, _PREVIEW_LIMIT, order="submitted")
    found = search_and_filter(SearchSpec(request, include=topic.include, exclude=topic.exclude), parts, policy, run)
    return [one.paper for one in found.kept]


# Papers that stay -> at most as many as an edition may show: the nearest to the question.
#
# Invariant: a widened rule adds just enough papers beside those of the narrower one; the order is kept.


def limit_to_nearest(
    found: SearchResult, question: str, wanted: SearchSpec, parts: Services, policy: SurveySettings, run: RunContext
) -> tuple[SelectedPaper, ...]:
    """At most `max_papers`, the nearest to the question; by a widened rule, just enough beside a narrower one's."""
    if not found.widened:
        return _nearest_papers(found.kept, policy.max_papers, question, wanted, parts, run)
    strict = [one for one in found.kept if one.paper.id in found.strict_ids][: policy.max_papers]
    others = tuple(one for one in found.kept if one.paper.id not in found.strict_ids)
    enough = max(policy.min_papers, len(strict)) - len(strict)
    chosen = {one.paper.id: one for one in (*strict, *_nearest_papers(others, enough, question, wanted, parts, run))}
    return tuple(chosen[one.paper.id] for one in found.kept if one.paper.id in chosen)


def english_query_text(question: str, wanted: SearchSpec) -> str:
    """What is compared with the papers: a question in another language would be near to none of their abstracts."""
    if language.detect_language(question) == "en":
        return question
    return ", ".join(" ".join(query.terms) for query in wanted.request.queries)


def _nearest_papers(
    kept: tuple[SelectedPaper, ...], most: int, question: str, wanted: SearchSpec, parts: Services, run: RunContext
) -> tuple[SelectedPaper, ...]:
    if len(kept) <= most:
        return kept
    near = similarity_to_question([one.paper for one in kept], question, parts, run)
    return select_nearest(kept, near, most, get_filter_texts(wanted.language))
