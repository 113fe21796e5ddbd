"""Retry, exponential back-off and deadline: when to try again, after what pause, and until when.

Invariant: no pause is begun that would end after the deadline. Nothing here knows what is worth another try, or how
often: that, and every figure, is the caller's. Pure but for the clock and the wait that are handed in.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

T = TypeVar("T")
Failure = TypeVar("Failure", bound=Exception)


class Deadline:
    """How long a piece of work may take, in seconds, with all its attempts and pauses."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def left(self) -> float:
        """Seconds; negative once it has passed."""
        return self._end - self._clock()

    def spent(self) -> float:
        return self.seconds - self.left()

    def extend(self, seconds: float) -> None:
        """Give back time that was not the work's own."""
        self._end += seconds


@dataclass(frozen=True)
class Backoff:
    """Pauses in seconds that double from `first` up to `most`, each times a random factor out of `jitter`."""

    first: float
    most: float
    jitter: tuple[float, float] = (1.0, 1.0)

    def pause(self, failures: int) -> float:
        """The pause after so many failures, of which the first is 1."""
        doubled = self.first * 2.0 ** min(failures - 1, 100)
        return min(doubled, self.most) * random.uniform(*self.jitter)  # noqa: S311 - spreads callers, hides nothing


def call_with_retry(
    attempt: Callable[[], T],
    failure: type[Failure],
    pause_after: Callable[[Sequence[Failure]], float],
    deadline: Deadline,
    wait: Callable[[float], object],
) -> T:
    """The result of the first attempt that raises no `failure`.

    pause_after: given all failures so far, the seconds to wait before the next attempt; it raises where there should be
    none. A failure whose pause the deadline would cut is raised. `wait` may raise, too: that ends the call.
    """
    failures: list[Failure] = []
    while True:
        try:
            return attempt()
        except failure as error:
            failures.append(error)
            pause = pause_after(failures)
            if pause > deadline.left():
                raise
        wait(pause)


def parse_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the server asks us to stay away; it may give them as a number or as an HTTP date."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
