"""Reconciliation of a harvest: once a month the ids that a source lists are held against the store.

Invariant: what lacks is asked for by itself, and kept, before the next list of ids is; where much lacks, the collection
is harvested again instead, which takes fewer requests.
"""  # decision 220

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from digest.errors import TokenExpired
from digest.harvest.collections import show_collection
from digest.harvest.windows import is_stale
from digest.ports import HarvestSource, IdPage
from digest.run_context import RunContext
from store import Store
from store.records.harvests import HarvestCounts, HarvestState, HarvestWindow

STAGE = "compare"
MOST_MISSING = 1_000  # of one list, that are asked for by themselves
_INTERVAL = timedelta(days=30)
_AT_ONCE = 10  # papers that are asked for and kept together
_log = logging.getLogger(__name__)


def is_check_due(state: HarvestState, now: datetime) -> bool:
    """Once after all was read, and then every month."""
    checked = state.ids_checked_at
    return state.until is not None and (checked is None or not timedelta(0) <= now - checked < _INTERVAL)


class IdCheck:
    def __init__(
        self,
        source: HarvestSource,
        store: Store,
        run: RunContext,
        count: Callable[[HarvestCounts], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source, self._store, self._run, self._count, self._clock = source, store, run, count, clock

    def check(self, state: HarvestState) -> HarvestState:
        """To the end of the list. Raises SourceError, Cancelled."""
        if is_stale(state.ids_token_at, self._clock()):
            state = _with_token(state, "", None)
        try:
            return self._check_from(state)
        except TokenExpired:
            return self._check_from(_with_token(state, "", None))

    def _check_from(self, state: HarvestState) -> HarvestState:
        seen, missing = 0, 0
        with self._run.stage(STAGE) as stage:
            while True:
                page = self._run.outside(partial(self._read_ids, state))
                lacking = sorted(set(page.ids) - self._store.papers.known_ids(page.ids))
                seen, missing = seen + len(page.ids), missing + len(lacking)
                if len(lacking) > MOST_MISSING:
                    return self._begin_again(state, len(lacking))
                self._fetch(state, lacking)
                state = _with_token(state, page.token, self._clock())
                if not page.token:
                    break
                self._store.harvests.keep(state)
                stage.advance(seen, seen + 1)
            state = replace(state, ids_checked_at=self._clock(), ids_token_at=None)
            self._store.harvests.keep(state)
            stage.detail = f"{show_collection(state.collection)}: {seen:,} ids, of which {missing:,} were missing"
        return state

    def _read_ids(self, state: HarvestState) -> IdPage:
        window = HarvestWindow(state.since, None)
        return self._source.read_ids(state.collection.name, window, state.ids_token, wait=self._run.wait)

    def _fetch(self, state: HarvestState, ids: list[str]) -> None:
        for at in range(0, len(ids), _AT_ONCE):
            read = partial(self._source.read_papers, ids[at : at + _AT_ONCE], wait=self._run.wait)
            papers = self._run.outside(read)
            kept = self._store.harvests.keep(state, papers)
            self._store.papers.read_new()
            self._count(HarvestCounts(kept.new, kept.changed, 0, len(ids[at : at + _AT_ONCE]) - len(papers)))

    def _begin_again(self, state: HarvestState, missing: int) -> HarvestState:
        name = show_collection(state.collection)
        _log.warning("%s: more than %d papers are missing; it is harvested again", name, missing - 1)
        state = replace(_with_token(state, "", None), next_day=None, until=None, ids_checked_at=self._clock())
        self._store.harvests.keep(state)
        return state


def _with_token(state: HarvestState, token: str, at: datetime | None) -> HarvestState:
    return replace(state, ids_token=token, ids_token_at=at)
