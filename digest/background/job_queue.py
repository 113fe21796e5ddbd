"""JobQueue: jobs wait for a few worker threads; positions with an estimated wait, and a clean drain.

Invariant: what was put in is worked on once, by one thread, or is among what `end` returns.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

log = logging.getLogger(__name__)
_MOST_YIELD_SECONDS = 1.0
Job = TypeVar("Job")


@dataclass(frozen=True)
class QueuePosition:
    """ahead: how many come before; seconds: how long that may take, 0 where nothing is known yet."""

    ahead: int
    seconds: float


class JobQueue(Generic[Job]):
    """width: jobs worked on side by side, each in a thread of this name. work: never raises what it could have handled.

    key: by what a job is known. moved: told each waiting job's position when the queue moves up. rush: whether others
    are just being received, which comes before any work, for a moment.
    """

    def __init__(
        self,
        width: int,
        work: Callable[[Job], None],
        key: Callable[[Job], Hashable],
        *,
        moved: Callable[[Job, QueuePosition], None] = lambda _, __: None,
        rush: Callable[[], bool] = lambda: False,
        name: str = "survey",
    ) -> None:
        self._width, self._work, self._key, self._moved, self._rush = width, work, key, moved, rush
        self._waiting: list[Job] = []
        self._working: dict[Hashable, Job] = {}
        self._change = threading.Condition()
        self._ended = False
        self._mean_seconds = 0.0  # of a job, as a running mean
        self._threads = [threading.Thread(target=self._serve, name=f"{name}-{n}", daemon=True) for n in range(width)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def put(self, job: Job) -> QueuePosition:
        """Where it stands: 0 ahead means that it starts now."""
        with self._change:
            self._waiting.append(job)
            self._change.notify_all()
            return self._position(len(self._waiting) - 1)

    def remove(self, key: Hashable) -> bool:
        """Whether the job of this key was still waiting, and now is not."""
        with self._change:
            others = [job for job in self._waiting if self._key(job) != key]
            found = len(others) < len(self._waiting)
            self._waiting = others
            self._change.notify_all()
            return found

    @property
    def waiting(self) -> int:
        with self._change:
            return len(self._waiting)

    @property
    def working(self) -> int:
        with self._change:
            return len(self._working)

    def count_waiting_before(self, key: Hashable) -> int:
        """How many wait that were put in before the job of this key; 0 once it waits no longer."""
        with self._change:
            keys = [self._key(job) for job in self._waiting]
        return keys.index(key) if key in keys else 0

    def next_position(self) -> QueuePosition:
        """That of a job that would come now."""
        with self._change:
            return self._position(len(self._waiting))

    def announce_positions(self) -> None:
        """Tell everyone who waits their position again: Slack lets a status go after two minutes."""
        with self._change:
            positions = [(job, self._position(index)) for index, job in enumerate(self._waiting)]
        for job, position in positions:
            try:
                self._moved(job, position)
            except Exception:
                log.exception("the position of job %s could not be told", self._key(job))

    def end(self) -> list[Job]:
        """Begin nothing more; those that are left waiting."""
        with self._change:
            self._ended = True
            left, self._waiting = self._waiting, []
            self._change.notify_all()
        return left

    def wait_until_idle(self, seconds: float) -> bool:
        """Whether all work under way has ended within so many seconds."""
        with self._change:
            return self._change.wait_for(lambda: not self._working, timeout=seconds)

    def join(self, seconds: float | None = None) -> None:
        """Wait for the threads to end, at most so long; after `end`."""
        deadline = None if seconds is None else time.monotonic() + seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))

    def _position(self, index: int) -> QueuePosition:
        ahead = max(0, index + len(self._working) - self._width + 1)
        return QueuePosition(ahead, ahead * self._mean_seconds / self._width)

    def _serve(self) -> None:
        while (job := self._next()) is not None:
            self._let_others_in()
            began = time.monotonic()
            try:
                self._work(job)
            except Exception:
                log.exception("job %s was left undone", self._key(job))
            finally:
                self._finish(job, time.monotonic() - began)

    def _let_others_in(self) -> None:
        until = time.monotonic() + _MOST_YIELD_SECONDS
        while self._rush() and time.monotonic() < until:
            time.sleep(0.01)

    def _next(self) -> Job | None:
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._ended)
            if self._ended:
                return None
            job = self._waiting.pop(0)
            self._working[self._key(job)] = job
            return job

    def _finish(self, job: Job, seconds: float) -> None:
        with self._change:
            self._working.pop(self._key(job), None)
            self._mean_seconds = 0.8 * self._mean_seconds + 0.2 * seconds if self._mean_seconds else seconds
            self._change.notify_all()
        self.announce_positions()
