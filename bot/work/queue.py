"""JobQueue: waiting requests, a few worker threads, queue positions with estimated wait, and a clean drain.

Invariant: what was put in is worked on once, by one thread, or is still in `left` when the line has ended.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from store.tables.slack_requests import SlackRequest

log = logging.getLogger(__name__)
_MOST_YIELD_SECONDS = 1.0  # seconds


@dataclass(frozen=True)
class QueuePosition:
    """ahead: how many come before; seconds: how long that may take, 0 where nothing is known yet."""

    ahead: int
    seconds: float


class JobQueue:
    """work: never raises what it could have handled. moved: told each waiting ask's place when the line moves up.

    rush: whether others are just being received, which comes before any work, for a moment.
    """

    def __init__(
        self,
        width: int,
        work: Callable[[SlackRequest], None],
        moved: Callable[[SlackRequest, QueuePosition], None],
        rush: Callable[[], bool] = lambda: False,
    ) -> None:
        self._rush = rush
        self._work, self._moved, self._width = work, moved, width
        self._waiting: list[SlackRequest] = []
        self._working: dict[int, SlackRequest] = {}
        self._change = threading.Condition()
        self._ended = False
        self._took = 0.0  # seconds of a survey, as a running mean
        self._threads = [threading.Thread(target=self._serve, name=f"survey-{n}", daemon=True) for n in range(width)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def put(self, ask: SlackRequest) -> QueuePosition:
        """Where it stands: 0 ahead means that it starts now."""
        with self._change:
            self._waiting.append(ask)
            self._change.notify_all()
            return self._place(len(self._waiting) - 1)

    def remove(self, row: int) -> bool:
        """Whether it was still waiting, and now is not."""
        with self._change:
            kept = [ask for ask in self._waiting if ask.row != row]
            found = len(kept) < len(self._waiting)
            self._waiting = kept
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

    def place(self) -> QueuePosition:
        """That of one who would come now."""
        with self._change:
            return self._place(len(self._waiting))

    def announce_positions(self) -> None:
        """Tell everyone who waits their place again: Slack lets a status go after two minutes."""
        with self._change:
            places = [(ask, self._place(index)) for index, ask in enumerate(self._waiting)]
        for ask, place in places:
            self._tell(ask, place)

    def end(self) -> list[SlackRequest]:
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

    def join(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        for thread in (one for one in self._threads if one.is_alive()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _place(self, index: int) -> QueuePosition:
        ahead = index + len(self._working) - self._width + 1
        return QueuePosition(max(0, ahead), max(0, ahead) * self._took / self._width)

    def _serve(self) -> None:
        while (ask := self._next()) is not None:
            self._let_others_in()
            began = time.monotonic()
            try:
                self._work(ask)
            except Exception:
                log.exception("ask %d was left undone", ask.row)
            finally:
                self._done(ask, time.monotonic() - began)

    def _let_others_in(self) -> None:
        until = time.monotonic() + _MOST_YIELD_SECONDS
        while self._rush() and time.monotonic() < until:
            time.sleep(0.01)

    def _next(self) -> SlackRequest | None:
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._ended)
            if self._ended:
                return None
            ask = self._waiting.pop(0)
            self._working[ask.row] = ask
            return ask

    def _done(self, ask: SlackRequest, took: float) -> None:
        with self._change:
            self._working.pop(ask.row, None)
            self._took = took if not self._took else 0.8 * self._took + 0.2 * took
            places = [(one, self._place(index)) for index, one in enumerate(self._waiting)]
            self._change.notify_all()
        for one, place in places:
            self._tell(one, place)

    def _tell(self, ask: SlackRequest, place: QueuePosition) -> None:
        try:
            self._moved(ask, place)
        except Exception:
            log.exception("a place in the line could not be told")
