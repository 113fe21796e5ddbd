"""Harvest of one collection: window after window until today, each page kept with the token of the next.

Invariant: between two pages everything is in the store, so that a kill repeats one page at most. Other writers wait for
a hundred papers at most, and the next search finds what came already read.
"""  # decision 218

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from digest.errors import TokenExpired
from digest.harvest.collections import show_collection
from digest.harvest.windows import SHORTEST, begin_window, drop_window, next_length, take_page
from digest.ports import HarvestPage, HarvestSource
from digest.run_context import RunContext
from store import Store
from store.records.editions import Paper
from store.records.harvests import HarvestCounts, HarvestState, HarvestWindow
from store.records.lazy_text import AnyText

STAGE = "harvest"
PIECE = 100  # papers of one transaction: others wait for it
_MOST_RESTARTS = 5  # of windows in a run, whose tokens were refused
_MOST_NAMED = 3  # records that could not be read, in a log line
_log = logging.getLogger(__name__)


def pieces_of(papers: Sequence[Paper]) -> Iterator[Sequence[Paper]]:
    """At least one."""
    for at in range(0, max(len(papers), 1), PIECE):
        yield papers[at : at + PIECE]


def log_unread(name: str, set_aside: Sequence[AnyText]) -> None:
    if set_aside:
        named = "; ".join(map(str, set_aside[:_MOST_NAMED]))
        _log.warning("%s: %d records could not be read: %s", name, len(set_aside), named)


class CollectionHarvest:
    """count: told of what each page brought."""

    def __init__(
        self,
        source: HarvestSource,
        store: Store,
        run: RunContext,
        count: Callable[[HarvestCounts], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source, self._store, self._run, self._count, self._clock = source, store, run, count, clock

    def read_all(self, state: HarvestState) -> HarvestState:
        """Until what the source has today. Raises SourceError, Cancelled."""
        days, restarts = SHORTEST, 0
        while True:
            state = begin_window(state, days, self._clock())
            window = state.window or HarvestWindow()
            try:
                state, pages = self._read_window(state, window)
            except TokenExpired:
                restarts += 1
                if restarts > _MOST_RESTARTS:
                    raise
                state = drop_window(self._store.harvests.get(state.collection) or state)
                continue
            if window.until is None:
                return state
            days = next_length(days, pages)

    def _read_window(self, state: HarvestState, window: HarvestWindow) -> tuple[HarvestState, int]:
        """With the number of its pages."""
        pages, records = 0, 0
        with self._run.stage(STAGE) as stage:
            while state.window:
                page = self._run.outside(partial(self._read_page, state, window))
                state, pages, records = self._keep(state, page), pages + 1, records + len(page.papers)
                stage.advance(pages, pages + bool(state.window))
            days = f"{window.since or 'the first day'} to {window.until or 'today'}"
            stage.detail = f"{show_collection(state.collection)}, {days}: {records:,} records"
        return state, pages

    def _read_page(self, state: HarvestState, window: HarvestWindow) -> HarvestPage:
        return self._source.read_page(state.collection.name, window, state.token, wait=self._run.wait)

    def _keep(self, state: HarvestState, page: HarvestPage) -> HarvestState:
        after = take_page(state, page.token, page.day, self._clock())
        counts = HarvestCounts(0, 0, len(page.deleted), len(page.set_aside))
        *firsts, last = pieces_of(page.papers)
        for piece in firsts:
            counts += self._keep_piece(state, piece)
            self._run.check()
        counts += self._keep_piece(after, last, page.deleted)
        log_unread(self._source.name, page.set_aside)
        self._count(counts)
        return after

    def _keep_piece(self, state: HarvestState, papers: Sequence[Paper], deleted: Sequence[str] = ()) -> HarvestCounts:
        kept = self._store.harvests.keep(state, papers, deleted)
        self._store.papers.read_new()
        return HarvestCounts(kept.new, kept.changed)
