"""Harvesting as a part of the service: each night's slot, tried again where it failed, and vectors in the background.

Invariant: the store says what was harvested, never a timer: a restart or a sleeping machine loses no slot. Stopping
waits for a piece that is being kept, and for no answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from digest.errors import Cancelled, PaperRouteError
from digest.harvest.harvester import Harvester
from digest.harvest.report import describe_run, report_harvest
from digest.harvest.vector_fill import VectorFill
from digest.leases import try_exclusive
from digest.ports import Embedder
from digest.run_context import RunContext
from store import Store
from store.records.deliveries import PartState

_TICK_SECONDS = 30.0
_FILL_SECONDS = 600.0  # from one look for papers without vectors to the next
_FILL_LEASE = "harvest vectors"
_log = logging.getLogger(__name__)


class HarvestPart:
    """embedder: makes vectors in the background; None: none are made."""

    name = "harvest"

    def __init__(self, harvester: Harvester, store: Store, embedder: Embedder | None) -> None:
        self._harvester, self._store = harvester, store
        self._over = threading.Event()
        self._came = threading.Event()  # papers that may lack vectors
        works = [self._harvest] + ([lambda: self._fill(embedder)] if embedder else [])
        self._threads = [threading.Thread(target=work, name="harvest", daemon=True) for work in works]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> bool:
        self._over.set()
        self._came.set()
        for thread in self._threads:
            thread.join(seconds)
        return not any(thread.is_alive() for thread in self._threads)

    def state(self) -> PartState:
        first = next(report_harvest(self._store, self._harvester.plan, datetime.now(UTC)))
        return PartState(self.name, first.state, first.detail)

    def _harvest(self) -> None:
        while not self._over.is_set():
            _guard(self._harvest_due, "the harvest")
            self._over.wait(_TICK_SECONDS)

    def _harvest_due(self) -> None:
        if slot := self._harvester.due():
            done = self._harvester.run(RunContext(cancel=self._over), slot)
            _log.info("%s", describe_run(done) if done else "another process harvested")
            self._came.set()

    def _fill(self, embedder: Embedder) -> None:
        fill = VectorFill(self._store, embedder, self._over.wait)
        while not self._over.is_set():
            self._came.clear()
            _guard(lambda: self._fill_alone(fill), "vectors of harvested papers")
            self._came.wait(_FILL_SECONDS)

    def _fill_alone(self, fill: VectorFill) -> None:
        """Nothing where another process is at it: it makes the same."""
        with try_exclusive(_FILL_LEASE, self._store) as alone:
            if alone:
                fill.fill()


def _guard(work: Callable[[], object], what: str) -> None:
    """Whatever goes wrong, there is a next try."""
    try:
        work()
    except Cancelled:
        _log.info("%s: stopped; it goes on at the next start", what)
    except PaperRouteError as error:
        _log.warning("%s: %s", what, error.message)
    except Exception:  # noqa: BLE001 - see above
        _log.exception("%s", what)
