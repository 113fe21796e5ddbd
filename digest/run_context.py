"""Run context: progress events, stage times, cancellation, usage and health of one run of the pipeline.

Invariant: events leave from the calling thread only, in order; after `cancel` is set the next step raises Cancelled,
also where the one under way hangs in a call to the outside.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future
from concurrent.futures import wait as first_of
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from digest.errors import Cancelled
from digest.ports import Answer, T
from store.records.editions import Health, Usage
from store.records.lazy_text import AnyText, LazyText, lazy_gettext

CANCEL_POLL_SECONDS = 0.2  # how often a run that waits for its workers looks whether it was cancelled

# In order, but that embed and summarise overlap.
STAGES = ("queries", "search", "relevance", "filter", "embed", "order", "summarise", "synthesise", "freeze")
MODEL_STAGES = frozenset({"relevance"})  # of which only runs with a language model have any


@dataclass(frozen=True)
class Started:
    stage: str
    total: int | None = None  # steps to come, where known


@dataclass(frozen=True)
class Advanced:
    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class Waiting:
    stage: str
    seconds: float
    why: AnyText


@dataclass(frozen=True)
class TextSoFar:
    part: str  # "opening" or the section's title
    text: str


@dataclass(frozen=True)
class Finished:
    stage: str
    seconds: float
    detail: AnyText  # "57 papers found", for the reader


RunEvent = Started | Advanced | Waiting | TextSoFar | Finished
Listener = Callable[[RunEvent], None]


_current_end: ContextVar[threading.Event | None] = ContextVar("end", default=None)


@contextmanager
def leave_when(ended: threading.Event) -> Iterator[None]:
    """What this thread reads from an HTTP server here is given up, as a broken connection, soon after it is set."""
    token = _current_end.set(ended)
    try:
        yield
    finally:
        _current_end.reset(token)


def current_end() -> threading.Event | None:
    return _current_end.get()


def describe_made(count: int, total: int, made: LazyText) -> LazyText:
    """How many of so many were made now, for the closing line of a stage; the others were there."""
    if not count:
        return lazy_gettext("all were in the store")
    return lazy_gettext("{made}, the others were in the store", made=made) if count < total else made


def format_duration(seconds: float) -> LazyText:
    """ "90 s", "10 minutes"; never a single minute."""
    minutes = seconds >= 120
    n = f"{seconds / 60 if minutes else seconds:.0f}"
    return lazy_gettext("{n} minutes", n=n) if minutes else lazy_gettext("{n} s", n=n)


def ignore_event(event: RunEvent) -> None:
    """A listener for callers that want none."""


R = TypeVar("R")

# Of a thread that calls the outside for a run: where what it tells goes, to be told by the run's own; None at its end.
_told_outside: ContextVar[SimpleQueue[RunEvent | None] | None] = ContextVar("told_outside", default=None)


class RunningStage:
    """A stage while it runs; `detail` is its closing line for the reader."""

    def __init__(self, run: RunContext, name: str) -> None:
        self._run = run
        self._name = name
        self._began = time.monotonic()
        self.detail: AnyText = ""

    def advance(self, done: int, total: int) -> None:
        """Tell the progress, and stop here if that was asked for."""
        self._run.emit(Advanced(self._name, done, total))
        self._run.check()

    def emit_text(self, part: str, text: str) -> None:
        self._run.emit(TextSoFar(part, text))
        self._run.check()

    def finish(self) -> None:
        """Tell the end and the time taken; a stage entered twice adds up."""
        took = time.monotonic() - self._began
        self._run.seconds[self._name] = round(self._run.seconds.get(self._name, 0.0) + took, 3)
        self._run.emit(Finished(self._name, took, self.detail))


class RunContext:
    """Hand a new one to each call of survey() or digest().

    listener: called with every event. cancel: set it from any thread to stop the run between two steps.
    now: the moment that the edition is dated with; the clock's, if not given.
    """

    def __init__(
        self,
        listener: Listener = ignore_event,
        *,
        cancel: threading.Event | None = None,
        now: datetime | None = None,
    ) -> None:
        self._listener = listener
        self.cancel = cancel or threading.Event()
        self.now = now or datetime.now(UTC)
        self.started = time.monotonic()
        self.seconds: dict[str, float] = {}
        self.health: list[Health] = []
        self.embedded = 0  # papers whose vector was computed, also of those that another stage let go
        self._usage: dict[tuple[str, str], Usage] = {}
        self._stage = ""

    def emit(self, event: RunEvent) -> None:
        told = _told_outside.get()
        (self._listener if told is None else told.put)(event)

    def check(self) -> None:
        """Raises Cancelled if the caller asked for the work to stop."""
        if self.cancel.is_set():
            raise Cancelled(
                lazy_gettext("Stopped as asked."),
                hint=lazy_gettext("What was done is kept; the same command goes on from there."),
            )

    def begin(self, name: str, total: int | None = None) -> RunningStage:
        """Start a stage that the caller finishes: for stages that overlap."""
        self.check()
        self._stage = name
        self.emit(Started(name, total))
        return RunningStage(self, name)

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[RunningStage]:
        """Start a stage, and finish it unless it fails."""
        stage = self.begin(name, total)
        yield stage
        stage.finish()

    def wait(self, seconds: float, why: AnyText) -> None:
        """Sleep, say why, and raise Cancelled at once when the run is cancelled meanwhile."""
        self.emit(Waiting(self._stage, seconds, why))
        self.cancel.wait(seconds)
        self.check()

    def outside(self, call: Callable[[], R]) -> R:  # decision 119
        """What a call to the outside gives: made in a thread that is left to itself where the run is cancelled
        meanwhile, however long it hangs. Inside, `wait` is as ever.
        """
        self.check()
        told: SimpleQueue[RunEvent | None] = SimpleQueue()
        made: Future[R] = Future()
        threading.Thread(target=_call_outside, args=(call, made, told), name="outside", daemon=True).start()
        while True:
            try:
                event = told.get(timeout=CANCEL_POLL_SECONDS)
            except Empty:
                self.check()
                continue
            if event is None:
                return made.result()
            self.emit(event)

    def each_outside(self, items: Iterator[R]) -> Iterator[R]:
        """The items, each brought by `outside`, and none before it is asked for."""
        over = object()
        while (item := self.outside(lambda: next(items, over))) is not over:
            yield item  # type: ignore[misc]

    def as_done(self, futures: Collection[Future[R]]) -> Iterator[Future[R]]:
        """Each future once it is done, every one of them unless the run is cancelled meanwhile."""
        left = set(futures)
        while left:
            done, left = first_of(left, CANCEL_POLL_SECONDS, FIRST_COMPLETED)
            yield from done
            if not done:
                self.check()

    def result(self, future: Future[Answer[T]]) -> T:
        """What a worker's answer holds, counted; Cancelled as soon as the run is cancelled meanwhile."""
        for done in self.as_done([future]):
            return self.count_and_unwrap(done.result())
        raise AssertionError("a future is done once")  # pragma: no cover

    def add_health(self, source: str, *, ok: bool, detail: AnyText) -> None:
        """Add a health line to the edition, once."""
        line = Health(source, ok, detail)
        if line not in self.health:
            self.health.append(line)

    def count_and_unwrap(self, answer: Answer[T]) -> T:
        """Count what an answer took, and hand its value on."""
        self.count(answer.usage)
        return answer.value

    def count(self, usage: Usage | None) -> None:
        """Count what a call took; None where that is not known."""
        if usage is None:
            return
        key = (usage.role, usage.model)
        self._usage[key] = self._usage[key] + usage if key in self._usage else usage

    @property
    def usage(self) -> tuple[Usage, ...]:
        return tuple(self._usage.values())

    def total_seconds(self) -> float:
        return round(time.monotonic() - self.started, 3)


def _call_outside(call: Callable[[], R], made: Future[R], told: SimpleQueue[RunEvent | None]) -> None:
    _told_outside.set(told)
    try:
        made.set_result(call())
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised where the result is taken
        made.set_exception(error)
    finally:
        told.put(None)


class PendingWork(Protocol):
    """Work of one kind under way in several futures."""

    @property
    def futures(self) -> Mapping[Future[Any], object]: ...

    def keep(self, future: Future[Any]) -> None:
        """Take the result of one that is done."""
        ...

    def close(self) -> None:
        """All results are there."""
        ...


def collect_results(run: RunContext, *jobs: PendingWork) -> None:
    """Keep every result as it comes; leaving early, by error or cancel, cancels what has not begun."""
    job_of = {future: job for job in jobs for future in job.futures}
    left = {job: len(job.futures) for job in jobs}
    try:
        for job in [job for job, count in left.items() if not count]:
            job.close()
        for future in run.as_done(job_of):
            job = job_of[future]
            job.keep(future)
            left[job] -= 1
            if not left[job]:
                job.close()
    finally:
        for future in job_of:
            future.cancel()
