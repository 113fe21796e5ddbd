"""A PaperSource over all that are configured: what was harvested of them is searched in the store, the rest is asked.

Invariant: a source is asked nothing where its harvests hold all that a request may find, and are recent enough. What is
harvested of a source that cannot be searched is always found beside the others, and no source is asked for its subject
areas. The reader is told which it was, and which areas are not harvested.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from digest.categories import find_category
from digest.errors import SourceError
from digest.ports import PaperSource, ResultPage, SearchRequest
from digest.sources.arxiv.sets import show_set
from digest.sources.combined import CombinedSource
from digest.sources.coverage import covering_harvests, has_any, is_recent, lacking_areas, without_areas
from store import Store
from store.indexing.query_match import is_by_all, is_filed_in
from store.records.editions import ARXIV, Paper
from store.records.harvests import Collection, HarvestCoverage
from store.records.lazy_text import AnyText, lazy_gettext
from store.records.repositories import category_name, split_category

_DEEPER = 3  # times as many papers as are asked of a source that takes seconds for 200 of them


class HarvestedSource:
    """clock: says how old a harvest is."""

    def __init__(
        self, sources: Sequence[PaperSource], store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._sources = tuple(sources)
        self._store = store
        self._clock = clock
        self.name = CombinedSource(sources).name

    def search(self, request: SearchRequest, *, wait: Callable[[float, AnyText], None]) -> Iterator[ResultPage]:
        """One page of what the store has, of which the request's limit does not hold, then those of who is asked.

        Raises SourceError, too, where nothing can be found before something is harvested.
        """
        coverage, now = self._store.harvests.coverage(), self._clock()
        searched = {source.name for source in self._sources}
        only_harvested = [one for one in coverage if one.collection.source not in searched]
        used = [one for one in only_harvested if has_any(one.collection, request.categories)]
        late: list[HarvestCoverage] = []
        asked: list[PaperSource] = []
        if wanted := without_areas(request):
            for source in self._sources:
                held = covering_harvests(wanted, source.name, coverage)
                if held and is_recent(held, wanted, now):
                    used += held
                else:
                    late += held
                    asked.append(source)
        lacking = lacking_areas(request.categories, [one.collection for one in coverage])
        if lacking and not (used or asked):
            raise lacking_error(lacking)
        if used:
            yield self._own_page(request, used, searched)
        if lacking:
            yield ResultPage((), 0, stored=True, note=describe_lacking(lacking))
        if late:
            yield ResultPage((), 0, stored=True, note=_describe_late(late))
        if asked and wanted:
            yield from _as_one(asked).search(wanted, wait=wait)

    def fetch(self, ids: Sequence[str], *, wait: Callable[[float, AnyText], None]) -> tuple[Paper, ...]:
        return _as_one(self._sources).fetch(ids, wait=wait)

    def _own_page(self, request: SearchRequest, used: Sequence[HarvestCoverage], searched: set[str]) -> ResultPage:
        names = {one.collection.source for one in used}
        found, total = _search_store(request, self._store)
        papers = tuple(paper for paper in found if paper.source in names)
        told = searched | {paper.source for paper in papers} | {split_category(name)[0] for name in request.categories}
        note = _describe_used([one for one in used if one.collection.source in told])
        return ResultPage(papers, len(papers) + total - len(found), stored=True, note=note)


def describe_lacking(areas: Sequence[str]) -> AnyText:
    """Subject areas that no collection holds, in a sentence for readers."""
    return lazy_gettext(
        "Nothing of {areas:any} can be found: it is not harvested here so far.",
        areas=tuple(map(category_name, areas)),
    )


def lacking_error(areas: Sequence[str]) -> SourceError:
    """With what to turn on."""
    hint = lazy_gettext(
        "Add {collections:all} to harvest.collections in config.toml, then call paperroute harvest.",
        collections=tuple(find_category(area) or area for area in areas),
    )
    return SourceError(describe_lacking(areas), hint=hint, permanent=True)


def _as_one(sources: Sequence[PaperSource]) -> PaperSource:
    return sources[0] if len(sources) == 1 else CombinedSource(sources)


def _search_store(request: SearchRequest, store: Store) -> tuple[list[Paper], int]:
    """What matches, as the request orders it, and how many there are at least: of a window all."""
    if request.order == "submitted" and request.since and request.until:
        in_window = store.submissions.matching(request.queries, request.since, request.until)
        found = [
            paper for paper in in_window if is_filed_in(paper, request.categories) and is_by_all(paper, request.authors)
        ][::-1]
        return found, len(found)
    most = _DEEPER * request.limit
    found = store.papers.matching(
        request.queries,
        since=request.since,
        until=request.until,
        categories=request.categories,
        authors=request.authors,
        limit=most + 1,
    )
    return found[:most], len(found)


def _describe_used(used: Sequence[HarvestCoverage]) -> AnyText:
    if not used:
        return ""
    return lazy_gettext(
        "Searched in the archive’s own copy of {collections:series}, harvested {time} UTC.",
        collections=_names(used),
        time=_oldest(used),
    )


def _describe_late(late: Sequence[HarvestCoverage]) -> AnyText:
    return lazy_gettext(
        "Asked over the network, for the archive’s own copy of {collections:series} ends {time} UTC.",
        collections=_names(late),
        time=_oldest(late),
    )


def _names(harvests: Sequence[HarvestCoverage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_name(one.collection) for one in harvests))


def _name(collection: Collection) -> str:
    if collection.source == ARXIV:
        return show_set(collection.name) or ARXIV
    return category_name(":".join(filter(None, (collection.source, collection.name))))


def _oldest(harvests: Sequence[HarvestCoverage]) -> str:
    return f"{min(one.until for one in harvests):%Y-%m-%d %H:%M}"
