"""Queries -> the papers that stay, each with its reason: search, filter, and widening while too few stay.

Invariant: every paper that the source returned is in the store before it is looked at, and an answer of the source is
not asked for again while it stands. When the source is away, the store answers in its place and the edition says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from digest.errors import SourceError
from digest.events import counted
from digest.filter import Kept, select, widen, widened
from digest.parts import Parts, Policy
from digest.ports import SearchRequest
from digest.run import Run, Stage
from digest.telling import telling
from digest.words import tokens
from store.records.editions import Paper, Query, SearchLog, digest_of

_TELLING = 2000  # papers from which on the frequencies of words tell more than chance


@dataclass(frozen=True)
class Found:
    """What one search gave. complete: all that matches was read. outage: why not, "" when the source answered."""

    papers: dict[str, Paper]
    complete: bool = True
    outage: str = ""


@dataclass(frozen=True)
class Gathered:
    queries: tuple[Query, ...]  # as they were in the end
    kept: tuple[Kept, ...]
    found: int
    sooner: frozenset[str]  # ids of the papers that a narrower rule had let in; all of them, where none was dropped
    widened: tuple[str, ...] = ()
    complete: bool = True
    outage: str = ""


@dataclass(frozen=True)
class Wanted:
    """What to gather. min_papers: widen while fewer stay. unseen: the ids of those that are new to the reader."""

    request: SearchRequest
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    min_papers: int = 0
    period: str = ""  # in words, where the question names one; a digest tells its window by itself
    refresh: bool = False
    language: str = "en"  # in which the reader is told why
    unseen: Callable[[Sequence[str]], list[str]] = list


def gather(wanted: Wanted, parts: Parts, policy: Policy, run: Run) -> Gathered:
    """Raises SourceError only where the source refused the queries; where it is away, `outage` says so.

    While it is away nothing is widened: that few papers have the words says nothing but that the store is young.
    """
    gathered = _once(wanted, parts, policy, run)
    while len(gathered.kept) < wanted.min_papers and not gathered.outage:
        step = widen(gathered.queries, _frequencies(gathered.queries, parts), telling(wanted.language))
        if step is None:
            break
        request = replace(wanted.request, queries=step[0])
        wider = _once(replace(wanted, request=request), parts, policy, run)
        if wider.outage:
            return replace(gathered, outage=wider.outage, complete=False) if gathered.kept else wider
        gathered = _joined(gathered, wider, step[1], wanted)
    return gathered


def _joined(narrow: Gathered, wider: Gathered, step: str, wanted: Wanted) -> Gathered:
    """What a step of widening found; papers that came by an earlier, narrower rule keep their reason."""
    kept = widened(narrow.kept, wider.kept, telling(wanted.language))
    return replace(wider, kept=kept, sooner=_ids(narrow.kept), widened=(*narrow.widened, step))


def _once(wanted: Wanted, parts: Parts, policy: Policy, run: Run) -> Gathered:
    found = _search(wanted, parts, policy, run)
    with run.stage("filter", len(found.papers)) as stage:
        new = [found.papers[id_] for id_ in wanted.unseen(list(found.papers))]
        words = telling(wanted.language)
        kept = select(new, wanted.request.queries, include=wanted.include, exclude=wanted.exclude, words=words)
        stage.detail = f"{len(kept)} of {counted(len(found.papers), 'paper')} kept"
    return Gathered(wanted.request.queries, kept, len(found.papers), _ids(kept), (), found.complete, found.outage)


def _ids(kept: Sequence[Kept]) -> frozenset[str]:
    return frozenset(one.paper.id for one in kept)


def _frequencies(queries: Sequence[Query], parts: Parts) -> dict[str, int]:
    """In how many papers each word is; unknown in a young store, which knows only what was asked of it before."""
    if parts.store.papers.count() < _TELLING:
        return {}
    return parts.store.papers.frequencies({word for query in queries for term in query.terms for word in tokens(term)})


def _search(wanted: Wanted, parts: Parts, policy: Policy, run: Run) -> Found:
    key = digest_of("search", parts.source.name, repr(wanted.request))
    since = run.now - timedelta(hours=policy.search_hours)
    with run.stage("search") as stage:
        log = None if wanted.refresh else parts.store.searches.recent(key, since)
        if log:
            found = Found(parts.store.papers.get(log.paper_ids), complete=log.total <= wanted.request.limit)
        else:
            found = _asked(wanted.request, key, parts, run, stage)
        stage.detail = f"{counted(len(found.papers), 'paper')} found" + (" (searched before)" if log else "")
    return found


def _asked(request: SearchRequest, key: str, parts: Parts, run: Run, stage: Stage) -> Found:
    papers: dict[str, Paper] = {}
    total = 0
    try:
        for page in parts.source.search(request, wait=run.wait):
            parts.store.papers.add(page.papers)
            papers.update((paper.id, paper) for paper in page.papers)
            total = page.total
            stage.advanced(len(papers), min(total, request.limit))
    except SourceError as error:
        if error.permanent:
            raise
        found = _stored(request, papers, error.message, parts)
        detail = f"{error.message} The {len(found.papers)} matching papers already in the store were used."
        run.note(parts.source.name, ok=False, detail=detail)
        return found
    text = " OR ".join(query.text for query in request.queries)
    log = SearchLog(key, parts.source.name, text, run.now, total, tuple(papers), complete=True)
    parts.store.searches.add(log)
    return Found(papers, complete=total <= request.limit)


def _stored(request: SearchRequest, read: dict[str, Paper], outage: str, parts: Parts) -> Found:
    """What was read before the source broke off, and what earlier searches left in the store."""
    stored = parts.store.papers.matching(request.queries, since=request.since, until=request.until, limit=request.limit)
    return Found({paper.id: paper for paper in stored} | read, complete=False, outage=outage)
