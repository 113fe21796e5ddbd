"""Paper search: queries -> the papers that stay, each with its reason; widened while too few stay.

Invariant: every paper that the source returned is in the store before it is looked at, and an answer of the source is
not asked for again while it stands. When the source is away, the store answers in its place and the edition says so.
Where too many stay, the nearest to the question do; a widened rule adds just enough beside those of the narrower one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.errors import SourceError
from digest.ports import PaperSource, SearchRequest
from digest.retrieval.filter import SelectedPaper, mark_widened, select, select_nearest, widen
from digest.run_context import RunContext, RunningStage
from digest.text import language
from store import Store
from store.records.editions import Paper, Query, SearchLog, fingerprint
from store.records.lazy_text import AnyText, join_sentences, lazy_gettext, lazy_ngettext
from store.text.tokens import tokens

UNREADABLE = "entries"  # the health line of entries that no other try would read
_MOST_ENTRIES_NAMED = 3
_FREQUENCIES_FROM = 2000  # papers from which on the frequencies of words tell more than chance; decision 25


@dataclass(frozen=True)
class SourceResult:
    """What one search gave. complete: all that matches was read. outage: why not, "" when the source answered."""

    papers: dict[str, Paper]  # withdrawn ones too
    complete: bool = True
    outage: AnyText = ""
    away: str = ""  # the source's name, where nothing of it answered


@dataclass(frozen=True)
class SearchResult:
    queries: tuple[Query, ...]  # as they were in the end
    kept: tuple[SelectedPaper, ...]
    found: int  # without those that were withdrawn
    strict_ids: frozenset[str]  # ids of the papers that a narrower rule had let in; all of them, where none was dropped
    widened: tuple[AnyText, ...] = ()
    complete: bool = True
    outage: AnyText = ""
    away: str = ""
    withdrawn: int = 0  # papers that would have been kept


@dataclass(frozen=True)
class SearchSpec:
    """What to gather. min_papers: widen while fewer stay. unseen: the ids of those that are new to the reader."""

    request: SearchRequest
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    min_papers: int = 0
    period: AnyText = ""  # in words, where the question names one; a digest tells its window by itself
    reuse_since: datetime | None = None  # an answer of the source no older than this stands; None: it is asked anew
    unseen: Callable[[Sequence[str]], list[str]] = list


def search_and_filter(search: SearchSpec, source: PaperSource, store: Store, run: RunContext) -> SearchResult:
    """Raises SourceError only where the source refused the queries; where it is away, `outage` says so.

    While it is away nothing is widened: that few papers have the words says nothing but that the store is young.
    """
    result = _search_once(search, source, store, run)
    while len(result.kept) < search.min_papers and not result.outage:
        step = widen(result.queries, _frequencies(result.queries, store))
        if step is None:
            break
        queries, sentence = step
        wider = _search_once(replace(search, request=replace(search.request, queries=queries)), source, store, run)
        if wider.outage:
            return replace(result, outage=wider.outage, away=wider.away, complete=False) if result.kept else wider
        result = _merge_widened(result, wider, sentence)
    return result


def _merge_widened(narrow: SearchResult, wider: SearchResult, sentence: AnyText) -> SearchResult:
    """What a step of widening found; papers that came by an earlier, narrower rule keep their reason."""
    kept = mark_widened(narrow.kept, wider.kept)
    return replace(wider, kept=kept, strict_ids=_ids(narrow.kept), widened=(*narrow.widened, sentence))


def _search_once(search: SearchSpec, source: PaperSource, store: Store, run: RunContext) -> SearchResult:
    answer = _search(search, source, store, run)
    queries = search.request.queries
    found = sum(not paper.is_withdrawn for paper in answer.papers.values())
    with run.stage("filter", found) as stage:
        new = [answer.papers[id_] for id_ in search.unseen(list(answer.papers))]
        selected = select(new, queries, include=search.include, exclude=search.exclude)
        kept = tuple(one for one in selected if not one.paper.is_withdrawn)
        stage.detail = lazy_ngettext("{kept} of {n} paper kept", "{kept} of {n} papers kept", found, kept=len(kept))
    return SearchResult(
        queries,
        kept,
        found,
        _ids(kept),
        complete=answer.complete,
        outage=answer.outage,
        away=answer.away,
        withdrawn=len(selected) - len(kept),
    )


def _ids(kept: Sequence[SelectedPaper]) -> frozenset[str]:
    return frozenset(selected.paper.id for selected in kept)


def _frequencies(queries: Sequence[Query], store: Store) -> dict[str, int]:
    """In how many papers each word is; unknown in a young store, which knows only what was asked of it before."""
    if store.papers.count() < _FREQUENCIES_FROM:
        return {}
    return store.papers.frequencies({word for query in queries for term in query.terms for word in tokens(term)})


def _search(search: SearchSpec, source: PaperSource, store: Store, run: RunContext) -> SourceResult:
    key = fingerprint("search", source.name, repr(search.request))
    with run.stage("search") as stage:
        log = store.searches.recent(key, search.reuse_since) if search.reuse_since else None
        if log:
            found = SourceResult(store.papers.get_read(log.paper_ids), complete=log.total <= search.request.limit)
            if log.detail:
                run.add_health(UNREADABLE, ok=False, detail=log.detail)
        else:
            found = _ask_source(search.request, key, source, store, run, stage)
        count = sum(not paper.is_withdrawn for paper in found.papers.values())
        told = lazy_ngettext("{n} paper found", "{n} papers found", count)
        stage.detail = lazy_gettext("{found} (searched before)", found=told) if log else told
    return found


def _ask_source(
    request: SearchRequest, key: str, source: PaperSource, store: Store, run: RunContext, stage: RunningStage
) -> SourceResult:
    papers: dict[str, Paper] = {}
    set_aside: list[AnyText] = []
    total = missing = 0
    try:
        for page in source.search(request, wait=run.wait):
            store.papers.add(page.papers)
            papers.update(store.papers.get_read(paper.id for paper in page.papers))  # with their keys, too
            set_aside += [entry for entry in page.set_aside if entry not in set_aside]
            total, missing = page.total, missing + page.missing
            stage.advance(len(papers), min(total, request.limit))
    except SourceError as error:
        if error.permanent:
            raise
        _tell_set_aside(set_aside, run)
        return _search_during_outage(request, papers, error, source.name, store, run)
    told = _tell_set_aside(set_aside, run)
    if missing:
        detail = lazy_ngettext(
            "{n} paper that was counted as matching did not come.",
            "{n} papers that were counted as matching did not come.",
            missing,
        )
        run.add_health(source.name, ok=False, detail=detail)
        told = join_sentences(told, detail)
    text = " OR ".join(query.text for query in request.queries)
    log = SearchLog(key, source.name, text, run.now, total, tuple(papers), complete=not missing, detail=told)
    store.searches.add(log)
    return SourceResult(papers, complete=total <= request.limit and not missing)


def _tell_set_aside(entries: Sequence[AnyText], run: RunContext) -> AnyText:
    """The health line that names the first of them; "" where there are none."""
    if not entries:
        return ""
    named: tuple[AnyText, ...] = tuple(entries[:_MOST_ENTRIES_NAMED])
    if len(entries) > len(named):
        named += (lazy_gettext("{n} more", n=len(entries) - len(named)),)
    detail = lazy_ngettext(
        "{n} could not be read and was left out: {entries:series}.",
        "{n} could not be read and were left out: {entries:series}.",
        len(entries),
        entries=named,
    )
    run.add_health(UNREADABLE, ok=False, detail=detail)
    return detail


def _search_during_outage(
    request: SearchRequest, read: dict[str, Paper], error: SourceError, name: str, store: Store, run: RunContext
) -> SourceResult:
    """name: of the source, where the error names none."""
    found = _search_store(request, read, error.summary, store)
    if not error.names:
        found = replace(found, away=name)
    detail = lazy_ngettext(
        "{outage} The {n} matching paper already in the store was used.",
        "{outage} The {n} matching papers already in the store were used.",
        sum(not paper.is_withdrawn for paper in found.papers.values()),
        outage=error.summary,
    )
    run.add_health(", ".join(error.names) or name, ok=False, detail=detail)
    return found


def _search_store(request: SearchRequest, read: dict[str, Paper], outage: AnyText, store: Store) -> SourceResult:
    """What was read before the source broke off, and what earlier searches left in the store."""
    stored = store.papers.matching(request.queries, since=request.since, until=request.until, limit=request.limit)
    return SourceResult({paper.id: paper for paper in stored} | read, complete=False, outage=outage)


Similarity = Callable[[Sequence[Paper]], Sequence[float]]  # the cosine of each paper to the question


def limit_to_nearest(
    result: SearchResult, similarity: Similarity, *, min_papers: int, max_papers: int
) -> tuple[SelectedPaper, ...]:
    """At most `max_papers`, the nearest to the question, in the order they had; by a widened rule, just enough beside
    those of a narrower one to be `min_papers`. similarity: asked only where there are too many.
    """
    if not result.widened:
        return _nearest_papers(result.kept, max_papers, similarity)
    strict = [selected for selected in result.kept if selected.paper.id in result.strict_ids][:max_papers]
    others = tuple(selected for selected in result.kept if selected.paper.id not in result.strict_ids)
    enough = max(min_papers, len(strict)) - len(strict)
    chosen = {selected.paper.id: selected for selected in (*strict, *_nearest_papers(others, enough, similarity))}
    return tuple(chosen[selected.paper.id] for selected in result.kept if selected.paper.id in chosen)


def english_query_text(question: str, queries: Sequence[Query]) -> str:
    """What is compared with the papers: a question in another language would be near to none of their abstracts."""
    if language.detect_language(question) == "en":
        return question
    return ", ".join(" ".join(query.terms) for query in queries)


def _nearest_papers(kept: tuple[SelectedPaper, ...], most: int, similarity: Similarity) -> tuple[SelectedPaper, ...]:
    if len(kept) <= most:
        return kept
    return select_nearest(kept, similarity([selected.paper for selected in kept]), most)
