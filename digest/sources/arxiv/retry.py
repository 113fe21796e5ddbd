"""Retry, back-off, rate limit and deadline: when to ask arXiv, when to ask again, when to give up.

Invariant: no exchange happens outside a turn of the Pace, every turn is released after the exchange ended (also after
a failure and after Cancelled), nobody sleeps while holding one, and no sleep is begun that the deadline would cut.
"""

from __future__ import annotations

import itertools
import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from digest.errors import SourceError
from digest.ports import RequestPacer
from digest.sources.arxiv.response import ArxivFault

TURN_NAME = "arxiv"  # the name under which every process that shares the store keeps arXiv's pace
_LEAST_PAUSE = 0.05  # where the delay is configured away, tries still must not spin
_UNREACHABLE_TRIES = 3  # nobody answers at all: asking on would keep an offline reader waiting for nothing
_HINTS = {
    "throttled": "Try again in 10 minutes; arXiv slows down whoever asks often.",
    "overloaded": "Try again in a few minutes.",
    "broken": "Try again in a few minutes; https://status.arxiv.org tells whether arXiv is under maintenance.",
    "unreachable": "Check the network connection and arxiv.api_url.",
}

T = TypeVar("T")


class SearchDeadline:
    """How long one search may take, all its pauses included."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        return self._end - self._clock()

    def spent(self) -> float:
        return self.seconds - self.left()

    def extend(self, seconds: float) -> None:
        """Give back time that was not the search's own."""
        self._end += seconds


@dataclass
class ArxivRetryPolicy:
    """The turns, tries and pauses of one search."""

    pace: RequestPacer
    wait: Callable[[float, str], None]
    deadline: SearchDeadline
    delay_seconds: float
    throttled_seconds: float
    holder: str = field(default_factory=lambda: uuid.uuid4().hex)

    def ask(self, exchange: Callable[[], T]) -> T:
        """The result of the first exchange that raises no Fault. Raises SourceError when there will be none."""
        faults: Counter[str] = Counter()
        for tries in itertools.count(1):
            self._claim()
            hold = self.delay_seconds
            try:
                return exchange()
            except ArxivFault as fault:
                faults[fault.kind] += 1
                pause = self._pause(fault, faults[fault.kind], tries)
                why = f"arXiv {fault.what}; trying again"
                # arXiv throttles the whole address, so the other processes should not run into the same wall.
                hold = max(hold, pause) if fault.kind == "throttled" else hold
            finally:
                self.pace.release(TURN_NAME, self.holder, hold)
            self.wait(pause, why)
        raise AssertionError  # count() has no end

    def _claim(self) -> None:
        while (seconds := self.pace.claim(TURN_NAME, self.holder)) > 0:
            if seconds > self.deadline.left():
                raise SourceError(
                    f"Other searches keep arXiv busy for longer than the {self.deadline.seconds:g} s of this one.",
                    hint="Try again in a minute.",
                )
            self.wait(seconds, f"Waiting for our turn: arXiv allows one request every {self.delay_seconds:g} s")

    def _pause(self, fault: ArxivFault, alike: int, tries: int) -> float:
        """Seconds until the next try, after `alike` faults of this kind. Raises SourceError where none should be."""
        if fault.kind == "refused":
            raise SourceError(f"arXiv {fault.what}.", hint=fault.hint, permanent=True)
        pause = self._back_off(fault, alike)
        if fault.retry_after is not None and fault.retry_after > self.deadline.left():
            raise SourceError(
                f"arXiv {fault.what} and wants a pause of {_format_duration(fault.retry_after)}, longer than the "
                f"{self.deadline.left():.0f} s left for this search.",
                hint=f"Try again in {_format_duration(fault.retry_after)}.",
            )
        if pause > self.deadline.left() or (fault.kind == "unreachable" and alike >= _UNREACHABLE_TRIES):
            raise SourceError(f"arXiv {fault.what}{self._told(tries)}.", hint=_HINTS[fault.kind])
        return pause

    def _back_off(self, fault: ArxivFault, alike: int) -> float:
        """Doubling from one fault to the next of its kind, with jitter, and never less than the server asks for."""
        slow = fault.kind == "throttled" and fault.retry_after is None
        first = self.throttled_seconds if slow else self.delay_seconds
        first = max(_LEAST_PAUSE, min(first, self.deadline.seconds / 4))  # short deadlines still allow a second try
        jitter = random.uniform(1.0, 1.25)  # noqa: S311 - spreads callers, hides nothing
        return max(first * 2.0 ** (alike - 1) * jitter, fault.retry_after or 0.0)

    def _told(self, tries: int) -> str:
        return f"; tried {tries} times in {self.deadline.spent():.0f} s" if tries > 1 else ""


def _format_duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
