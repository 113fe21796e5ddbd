"""Harvester: one run over all collections, alone over all processes, recorded with what it brought.

Invariant: two processes never harvest at once; a collection that fails holds up no other, and the run says which. A
slot is done once a run that began at or after it ended well, whoever asked for that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from digest.errors import Cancelled, PaperRouteError
from digest.harvest.collection_harvest import CollectionHarvest
from digest.harvest.collections import show_collection
from digest.harvest.id_check import IdCheck, is_check_due
from digest.harvest.plan import HarvestPlan
from digest.leases import exclusive
from digest.ports import HarvestSource
from digest.retry import Backoff
from digest.run_context import RunContext
from store import Store
from store.records.harvests import Collection, HarvestCounts, HarvestRun, HarvestState
from store.records.lazy_text import AnyText, join_sentences, lazy_gettext

LEASE = "harvest"
RETRY_BACKOFF = Backoff(first=300.0, most=3600.0)  # seconds after the failures of a slot
_log = logging.getLogger(__name__)


class Harvester:
    """sources: by the name of each collection's."""

    def __init__(
        self,
        plan: HarvestPlan,
        sources: Mapping[str, HarvestSource],
        store: Store,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.plan = plan
        self._sources, self._store, self._clock = sources, store, clock

    def due(self) -> datetime | None:
        """The slot that is to be harvested now, if any."""
        now = self._clock()
        slot = self.plan.slot(now)
        runs = [run for run in self._store.harvest_runs.since(slot) if run.began_at <= now]
        if any(run.state == "done" for run in runs):
            return None
        failed = [run for run in runs if run.state == "failed"]
        pause = timedelta(seconds=RETRY_BACKOFF.pause(len(failed))) if failed else timedelta(0)
        return None if failed and now < (failed[0].ended_at or now) + pause else slot

    def run(self, run: RunContext, slot: datetime | None = None) -> HarvestRun | None:
        """All collections, until what their sources have today; None where another process did the slot meanwhile.

        Raises Cancelled; what else goes wrong is in the record.
        """
        with exclusive(LEASE, self._store, run.wait, lazy_gettext("another process is harvesting")):
            if slot and self.due() is None:
                return None
            record = self._store.harvest_runs.begin(slot, self._clock())
            return _RunRecord(record, self._store, self._clock).of(lambda count: self._harvest_all(run, count))

    def _harvest_all(self, run: RunContext, count: Callable[[HarvestCounts], None]) -> Sequence[AnyText]:
        """What went wrong, of each collection that failed."""
        reasons: list[AnyText] = []
        for collection in self.plan.collections:
            try:
                self._harvest(collection, run, count)
            except Cancelled:
                raise
            except PaperRouteError as error:
                _log.warning("%s could not be harvested: %s", show_collection(collection), error.message)
                reasons.append(
                    lazy_gettext("{collection}: {why}", collection=show_collection(collection), why=error.text)
                )
        return reasons

    def _harvest(self, collection: Collection, run: RunContext, count: Callable[[HarvestCounts], None]) -> None:
        source = self._sources[collection.source]
        state = CollectionHarvest(source, self._store, run, count, self._clock).read_all(self.state_of(collection))
        if source.lists_ids and is_check_due(state, self._clock()):
            state = IdCheck(source, self._store, run, count, self._clock).check(state)
            if state.next_day is None:
                CollectionHarvest(source, self._store, run, count, self._clock).read_all(state)

    def state_of(self, collection: Collection) -> HarvestState:
        """As the store has it; from the start where more is asked for now."""
        since, held = self.plan.since, self._store.harvests.get(collection)
        if held is None or (held.since is not None and (since is None or since < held.since)):
            return HarvestState(collection, since)
        return held


class _RunRecord:
    """Of a run that has begun."""

    def __init__(self, id_: int, store: Store, clock: Callable[[], datetime]) -> None:
        self._id, self._runs, self._clock = id_, store.harvest_runs, clock
        self._brought = HarvestCounts()

    def of(self, harvest: Callable[[Callable[[HarvestCounts], None]], Sequence[AnyText]]) -> HarvestRun | None:
        try:
            reasons = harvest(self._count)
        except Cancelled:
            self._runs.end(self._id, "stopped", self._clock())
            raise
        except BaseException as error:
            self._runs.end(self._id, "failed", self._clock(), f"{type(error).__name__}: {error}"[:500])
            raise
        self._runs.end(self._id, "failed" if reasons else "done", self._clock(), join_sentences(*reasons))
        return self._runs.last()

    def _count(self, brought: HarvestCounts) -> None:
        self._brought += brought
        self._runs.count(self._id, self._brought)
