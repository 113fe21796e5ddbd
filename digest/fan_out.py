"""Fan-out: tasks for any engine of `concurrent.futures`, plain functions over values; who submits keeps the results.

Invariant: what is handed over pickles, holds no secret and writes to no store, so that threads, processes or machines
may run it. What a task made, and the row of each of its calls, is in the store before its future is done, so that a
kill repeats no finished call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Self, TypeVar

from digest.errors import PaperRouteError
from store.records.lazy_text import lazy_gettext
from store.tables.usage import CallRecord, UsageLog

_HEAD_START_SECONDS = 0.3  # decision 284

R = TypeVar("R")
_task_calls: ContextVar[list[CallRecord]] = ContextVar("task_calls")


class FanOut:
    """executor: runs the tasks. log: where their calls are put down."""

    def __init__(self, executor: Executor, log: UsageLog) -> None:
        self._executor, self._log = executor, log

    def submit(self, task: Callable[..., R], *values: Any, keep: Callable[[R], object]) -> Future[R]:
        """keep: takes the result before anybody else does; in a thread of the executor's. Raises PaperRouteError where
        the executor is broken.
        """
        try:
            made = self._executor.submit(run_task, task, *values)
        except BrokenExecutor as error:
            raise _broken_engine_error() from error
        return _KeptFuture(made, partial(self._take, keep))

    def _take(self, keep: Callable[[R], object], made: Future[TaskOutcome[R]]) -> R:
        try:
            outcome = made.result()
        except BrokenExecutor as error:
            raise _broken_engine_error() from error
        for record in outcome.calls:
            self._log.add(record)
        if outcome.error:
            raise outcome.error
        keep(outcome.result)  # type: ignore[arg-type]
        return outcome.result  # type: ignore[return-value]


@dataclass(frozen=True)
class TaskOutcome(Generic[R]):
    """What came of a task. calls: those that it made in another process, where no log is at hand."""

    result: R | None
    error: Exception | None
    calls: tuple[CallRecord, ...]


def run_task(task: Callable[..., R], *values: Any) -> TaskOutcome[R]:
    """By a worker. An error is a value, too: the calls before it were paid for."""
    calls: list[CallRecord] = []
    token = _task_calls.set(calls)
    try:
        return TaskOutcome(task(*values), None, tuple(calls))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where the result is taken
        return TaskOutcome(None, error, tuple(calls))
    finally:
        _task_calls.reset(token)


def task_calls() -> list[CallRecord]:
    """The calls that the task of this thread has made in another process so far; the list grows by them."""
    return _task_calls.get()


def give_head_start(calls: Collection[Future[R]]) -> None:
    """Wait until calls are well under way, or one is answered: other work in this process would hold them up."""
    wait(calls, _HEAD_START_SECONDS, FIRST_COMPLETED)


class _KeptFuture(Future[R]):
    """Done once `take` has taken what was made; cancelled as `made` is: never once it has begun."""

    def __init__(self, made: Future[TaskOutcome[R]], take: Callable[[Future[TaskOutcome[R]]], R]) -> None:
        super().__init__()
        self._made, self._take_result = made, take
        made.add_done_callback(self._settle)

    def cancel(self) -> bool:
        return self._made.cancel()

    def _settle(self, made: Future[TaskOutcome[R]]) -> None:
        if made.cancelled():
            super().cancel()
        if not self.set_running_or_notify_cancel():
            return
        try:
            self.set_result(self._take_result(made))
        except BaseException as error:  # noqa: BLE001 - likewise
            self.set_exception(error)


class Reopenable:
    """Pickles as the call that opens it in another process: it holds connections, or a key, which must not travel."""

    _opener: tuple[Callable[..., Any], tuple[Any, ...]]

    def opened_by(self, opener: Callable[..., Any], *values: Any) -> Self:
        """The same; what opens it elsewhere is noted."""
        object.__setattr__(self, "_opener", (opener, values))
        return self

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._opener


def _broken_engine_error() -> PaperRouteError:
    message = lazy_gettext("A worker process ended in the middle of its work.")
    return PaperRouteError(message, hint=lazy_gettext("Try again; what was done is kept."), permanent=False)
