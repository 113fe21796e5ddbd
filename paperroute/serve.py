"""Service process: starts its parts, reports their state, and shuts them down in time (signals).

Invariant: everything that has to survive is in the store, so a kill at any instant loses nothing; SIGTERM only makes
the end quicker to go on from. Parts are stopped in the reverse of the order in which they were started.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

from apscheduler.schedulers.background import BackgroundScheduler

from digest.background.circuit_report import summarise_circuits
from digest.background.outbox import Outbox
from digest.background.scheduler import DigestScheduler
from digest.errors import PaperRouteError
from store import Store
from store.db.owners import new_owner
from store.records.deliveries import PartState
from store.records.lazy_text import lazy_gettext
from store.tables.deliveries import count_waiting

_log = logging.getLogger(__name__)
_REPORT_SECONDS = 10.0
_SETTLING_SECONDS = 1.0  # until the parts know how they are
_CLOCK_SECONDS = 5.0  # by a clock that nobody sets
_CLOCK_TOLERANCE = timedelta(seconds=30)  # how late a job may be
_TIDY_INTERVAL = timedelta(minutes=1)


class ServicePart(Protocol):
    """Something that runs until it is stopped. state: how it is, in a line for the operator."""

    name: str

    def start(self) -> None: ...

    def stop(self, seconds: float) -> bool:
        """Take no new work, and end within `seconds`; whether it did."""
        ...

    def state(self) -> PartState: ...


class SchedulePart:
    """The tick of the digests' scheduler, once a minute. tidy: what the store wants done to it, as often."""

    name = "schedule"

    def __init__(
        self,
        scheduler: DigestScheduler,
        executor: ThreadPoolExecutor,
        tidy: Callable[[], None],
        *,
        seconds: float = 60.0,
    ) -> None:
        self._digests = scheduler
        self._executor = executor
        self._tidy_store = tidy
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._intervals = {
            self._add_job(self._tick, timedelta(seconds=seconds)): timedelta(seconds=seconds),
            self._add_job(self._tidy, _TIDY_INTERVAL): _TIDY_INTERVAL,
        }
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._watch_clock, name="clock", daemon=True)

    def start(self) -> None:
        self._scheduler.start()
        self._watch.start()
        self._executor.submit(self._tick)

    def stop(self, seconds: float) -> bool:
        self._over.set()
        self._scheduler.shutdown(wait=False)
        self._digests.stop()
        until = time.monotonic() + seconds
        self._executor.shutdown(wait=False, cancel_futures=True)
        while self._digests.working_on and time.monotonic() < until:
            time.sleep(0.05)
        return not self._digests.working_on

    def state(self) -> PartState:
        working = self._digests.working_on
        if working:
            return PartState(self.name, "ok", lazy_gettext("writing {topics:series}", topics=tuple(working)))
        return PartState(self.name, "ok", lazy_gettext("waiting for the next slot"))

    def follow_clock(self, now: datetime) -> bool:  # decision 150
        """Let each job run now that waits longer than its interval, whose time was set before the clock was set back;
        the scheduler would wait for that. Or that is overdue: the clock was set ahead. Whether there was one.
        """
        late = [
            job
            for job in self._scheduler.get_jobs()
            if not now - _CLOCK_TOLERANCE <= job.next_run_time <= now + self._intervals[job.id]
        ]
        for job in late:
            job.modify(next_run_time=now)
        return bool(late)

    def _add_job(self, run: Callable[[], None], interval: timedelta) -> str:
        # No grace time: a tick that comes late is as good as one in time, since it looks at the store.
        seconds = interval.total_seconds()
        job = self._scheduler.add_job(  # decision 28
            run, "interval", seconds=seconds, coalesce=True, max_instances=1, misfire_grace_time=None
        )
        return str(job.id)

    def _watch_clock(self) -> None:
        while not self._over.wait(_CLOCK_SECONDS):
            if self.follow_clock(datetime.now(UTC)):
                _log.warning("the clock was set, or the machine slept; the schedule is read at once")

    def _tidy(self) -> None:
        try:
            self._tidy_store()
        except PaperRouteError as error:
            _log.error("the store could not be tidied, and will be in a minute: %s", error.message)

    def _tick(self) -> None:
        try:
            self._digests.tick()
        except PaperRouteError as error:
            _log.error("the schedule could not be read, and is read again in a minute: %s", error.message)


class OutboxPart:
    """The sender of what is planned."""

    name = "outbox"

    def __init__(self, outbox: Outbox, store: Store) -> None:
        self._outbox = outbox
        self._store = store

    def start(self) -> None:
        self._outbox.start()

    def stop(self, seconds: float) -> bool:
        return self._outbox.stop(seconds)

    def state(self) -> PartState:
        counts = self._store.deliveries.counts()
        waiting = count_waiting(counts)
        if not self._outbox.holding:
            return PartState(self.name, "ok", lazy_gettext("{n} waiting; another process sends", n=waiting))
        if circuits := self._store.circuits.list_open():
            return PartState(self.name, "fail", summarise_circuits(circuits))
        if unsure := counts.get("uncertain", 0):
            detail = lazy_gettext(
                "{n} waiting, {unsure} uncertain: paperroute deliveries list", n=waiting, unsure=unsure
            )
            return PartState(self.name, "warn", detail)
        return PartState(self.name, "ok", lazy_gettext("{n} waiting", n=waiting))


class ServiceProcess:
    """All parts of one process, from `run` until a signal or `stop`."""

    def __init__(self, store: Store, parts: Sequence[ServicePart], *, drain_seconds: float) -> None:
        self._store = store
        self._parts = parts
        self._drain = drain_seconds
        self._over = threading.Event()
        self._owner = new_owner()

    def run(self) -> bool:
        """Start the parts, wait for the end, and stop them; whether all ended in time."""
        started: list[ServicePart] = []
        try:
            for part in self._parts:
                part.start()
                started.append(part)
                _log.info("%s started", part.name)
            self._wait()
        finally:
            in_time = self._end(started)
        return in_time

    def stop(self) -> None:
        self._over.set()

    def _wait(self) -> None:
        self._remove_dead_processes()
        self._over.wait(_SETTLING_SECONDS)
        self._report_states()
        while not self._over.wait(_REPORT_SECONDS):
            self._report_states()

    def _remove_dead_processes(self) -> None:
        """Forget what processes said that were killed."""
        try:
            for owner in {said.owner for said in self._store.part_states.list() if self._store.is_gone(said.owner)}:
                self._store.part_states.remove(owner)
        except PaperRouteError as error:
            _log.warning("what earlier processes said could not be removed: %s", error.message)

    def _report_states(self) -> None:
        """Leave in the store how each part is, for the doctor and the status page."""
        try:
            self._store.part_states.report(self._owner, [part.state() for part in self._parts])
        except PaperRouteError as error:
            _log.warning("the state of the service could not be written: %s", error.message)

    def _end(self, started: list[ServicePart]) -> bool:
        until = time.monotonic() + self._drain
        _log.info("stopping, within %.0f s", self._drain)
        late = [part.name for part in reversed(started) if not part.stop(max(0.1, until - time.monotonic()))]
        if late:
            _log.warning("not ended in time, and left to go on from at the next start: %s", ", ".join(late))
        try:
            self._store.part_states.remove(self._owner)
        except PaperRouteError as error:
            _log.warning("the end of the service could not be written: %s", error.message)
        _log.info("stopped")
        return not late


@contextmanager
def stop_on_signals(service: ServiceProcess) -> Iterator[None]:
    """SIGTERM and SIGINT end the service; a second one ends the process at once. Only in the main thread."""

    def stop(number: int, _: object) -> None:
        service.stop()
        signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
