"""Search of the source: its answer while it stands, else a new one; the store in its place while it is away.

Invariant: every paper that the source returned is in the store before it is looked at, and an answer of the source is
not asked for again while it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.errors import SourceError
from digest.ports import PaperSource, ResultPage, SearchRequest
from digest.run_context import RunContext, RunningStage
from store import Store
from store.records.editions import Paper, SearchLog, fingerprint
from store.records.lazy_text import AnyText, join_sentences, lazy_gettext, lazy_ngettext

UNREADABLE = "entries"  # the health line of entries that no other try would read
_MOST_ENTRIES_NAMED = 3


@dataclass(frozen=True)
class SourceResult:
    """What one search gave. total: how many the source says match. complete: all that matches was read. outage: why
    not, "" when the source answered. stored: nobody was asked, for the store has what was harvested.
    """

    papers: dict[str, Paper]  # withdrawn ones too
    complete: bool = True
    outage: AnyText = ""
    away: str = ""  # the source's name, where nothing of it answered
    total: int = 0
    asked_before: bool = False  # the answer stood since an earlier search
    stored: bool = False

    @property
    def live(self) -> int:
        return sum(not paper.is_withdrawn for paper in self.papers.values())


def search_source(
    request: SearchRequest,
    reuse_since: datetime | None,
    source: PaperSource,
    store: Store,
    run: RunContext,
    stage: RunningStage,
) -> SourceResult:
    """reuse_since: an answer no older than this stands; None: it is asked anew. Raises SourceError only where the
    source refused the request.
    """
    key = fingerprint("search", source.name, repr(request))
    log = store.searches.recent(key, reuse_since) if reuse_since else None
    if not log:
        return _ask_source(request, key, source, store, run, stage)
    if log.detail:
        run.add_health(UNREADABLE, ok=False, detail=log.detail)
    papers = store.papers.get_read(log.paper_ids)
    return SourceResult(papers, complete=log.total <= request.limit, total=log.total, asked_before=True)


def describe_found(papers: int, *, asked_before: bool) -> AnyText:
    """The closing line of a search."""
    told = lazy_ngettext("{n} paper found", "{n} papers found", papers)
    return lazy_gettext("{found} (searched before)", found=told) if asked_before else told


class _PagesRead:
    """What the pages of a search brought so far."""

    def __init__(self) -> None:
        self.papers: dict[str, Paper] = {}
        self.set_aside: list[AnyText] = []
        self.asked: int | None = None  # how many match at those who were asked; None: nobody was
        self.own: int | None = None  # likewise in the store
        self.missing = 0
        self.complete = True

    def take(self, page: ResultPage, store: Store) -> None:
        self.papers.update(_kept_papers(page, store))
        self.set_aside += [entry for entry in page.set_aside if entry not in self.set_aside]
        self.missing += page.missing
        if page.stored:
            self.own = (self.own or 0) + page.total
            self.complete = self.complete and page.total <= len(page.papers)
        else:
            self.asked = page.total

    @property
    def stored(self) -> bool:
        return self.asked is None and self.own is not None

    def result(self, limit: int) -> SourceResult:
        complete = self.complete and not self.missing and (self.asked or 0) <= limit
        total = (self.own or 0) + (self.asked or 0)
        return SourceResult(self.papers, complete=complete, total=total, stored=self.stored)


def _kept_papers(page: ResultPage, store: Store) -> dict[str, Paper]:
    """Of a page, with their keys, and read already."""
    if page.stored:
        return {paper.id: paper for paper in page.papers}
    store.papers.add(page.papers)
    return store.papers.get_read(paper.id for paper in page.papers)


def _ask_source(
    request: SearchRequest, key: str, source: PaperSource, store: Store, run: RunContext, stage: RunningStage
) -> SourceResult:
    read = _PagesRead()
    try:
        for page in run.each_outside(iter(source.search(request, wait=run.wait))):
            read.take(page, store)
            if page.note:
                run.add_health(source.name, ok=True, detail=page.note)
            stage.advance(len(read.papers), (read.own or 0) + min(read.asked or 0, request.limit))
    except SourceError as error:
        if error.permanent:
            raise
        _tell_set_aside(read.set_aside, run)
        return _search_during_outage(request, read.papers, error, source.name, store, run)
    told = _tell_incomplete(read, source.name, run)
    if not read.stored:
        text = " OR ".join(query.text for query in request.queries)
        store.searches.add(
            SearchLog(
                *(key, source.name, text, run.now, read.asked or 0, tuple(read.papers)),
                complete=not read.missing,
                detail=told,
            )
        )
    return read.result(request.limit)


def _tell_incomplete(read: _PagesRead, name: str, run: RunContext) -> AnyText:
    """The health lines of what could not be read, and of what did not come."""
    told = _tell_set_aside(read.set_aside, run)
    if not read.missing:
        return told
    detail = lazy_ngettext(
        "{n} paper that was counted as matching did not come.",
        "{n} papers that were counted as matching did not come.",
        read.missing,
    )
    run.add_health(name, ok=False, detail=detail)
    return join_sentences(told, detail)


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
        found.live,
        outage=error.summary,
    )
    run.add_health(", ".join(error.names) or name, ok=False, detail=detail)
    return found


def _search_store(request: SearchRequest, read: dict[str, Paper], outage: AnyText, store: Store) -> SourceResult:
    """What was read before the source broke off, and what earlier searches left in the store."""
    stored = store.papers.matching(
        request.queries,
        since=request.since,
        until=request.until,
        categories=request.categories,
        authors=request.authors,
        limit=request.limit,
    )
    return SourceResult({paper.id: paper for paper in stored} | read, complete=False, outage=outage)
