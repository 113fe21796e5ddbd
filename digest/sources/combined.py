"""Several paper sources as one: their pages in turns, and a source that is down leaves what the others have.

Invariant: no paper comes twice but in a newer version, and no more than the limit; a source that did not answer is
named by the SourceError at the end, so that nothing passes for complete that is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from digest.errors import SourceError
from digest.ports import PaperSource, ResultPage, SearchRequest
from store.records.editions import Paper
from store.records.lazy_text import AnyText, join_sentences


class CombinedSource:
    """A PaperSource over several, each with its own pace."""

    def __init__(self, sources: Sequence[PaperSource]) -> None:
        self.name = ", ".join(source.name for source in sources)
        self._sources = tuple(sources)

    def search(self, request: SearchRequest, *, wait: Callable[[float, AnyText], None]) -> Iterator[ResultPage]:
        """A page of each in turns, so that a large source leaves the others room below the limit.

        Page.total is the sum of what each said last, less what came twice. Raises SourceError once the others are read;
        it is permanent only where every source refused.
        """
        failed: dict[str, SourceError] = {}
        totals: dict[str, int] = {}
        twice = 0
        seen: dict[str, int] = {}  # the version of each paper
        for name, page in self._pages_in_turns(request, wait, failed):
            fresh = {paper.id: paper for paper in page.papers if paper.version > seen.get(paper.id, 0)}
            newer = [paper for paper in fresh.values() if paper.id in seen]
            new = [paper for paper in fresh.values() if paper.id not in seen]
            kept = (*newer, *new[: request.limit - len(seen)])
            seen.update((paper.id, paper.version) for paper in kept)
            totals[name] = page.total
            twice += len(page.papers) - len(fresh)
            yield ResultPage(kept, sum(totals.values()) - twice, page.set_aside, page.missing)
            if len(seen) >= request.limit:
                break
        if failed:
            refused = len(failed) == len(self._sources) and all(error.permanent for error in failed.values())
            message = join_sentences(*(error.summary for error in failed.values()))
            raise SourceError(message, permanent=refused, names=tuple(failed))

    def fetch(self, ids: Sequence[str], *, wait: Callable[[float, AnyText], None]) -> tuple[Paper, ...]:
        """What each has of them."""
        return tuple(paper for source in self._sources for paper in source.fetch(ids, wait=wait))

    def _pages_in_turns(
        self, request: SearchRequest, wait: Callable[[float, AnyText], None], failed: dict[str, SourceError]
    ) -> Iterator[tuple[str, ResultPage]]:
        """(name, page) of each source that has more; those that fail are noted and asked no more."""
        open_searches = {source.name: iter(source.search(request, wait=wait)) for source in self._sources}
        while open_searches:
            for name, pages in list(open_searches.items()):
                try:
                    yield name, next(pages)
                except StopIteration:
                    del open_searches[name]
                except SourceError as error:
                    failed[name] = error
                    del open_searches[name]
