"""Concurrency limiter for one provider, with additive increase and multiplicative decrease (AIMD).

Invariant: at most `width` calls hold a slot; a provider that says "too many" halves the width for everybody, once for
each wave of refusals; every `width` good answers add one back. While the provider asks for a pause, no call begins.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from digest.retry import Deadline

_LONGEST_PAUSE = 24 * 3600.0


class PauseTooLong(Exception):
    """The provider asked everybody to wait for longer than this call can."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class AimdWidth:
    """Additive increase, multiplicative decrease. `wave` counts the decreases."""

    most: int
    now: float
    wave: int = 0

    def wider(self, wave: int) -> AimdWidth:
        """After a good answer; one that was asked for before the last decrease says nothing about the width now."""
        if wave != self.wave:
            return self
        return AimdWidth(self.most, min(float(self.most), self.now + 1 / self.now), self.wave)

    def narrower(self, wave: int) -> AimdWidth:
        """After a refusal; those of one wave were all asked for at the same width, and count once."""
        if wave != self.wave:
            return self
        return AimdWidth(self.most, max(1.0, self.now / 2), self.wave + 1)


@dataclass(frozen=True)
class CallSlot:
    wave: int  # of the width at which it began


class ConcurrencyLimiter:
    """Shared by every model of one provider, and by all threads."""

    def __init__(self, most: int = 32, *, clock: Callable[[], float] = time.monotonic) -> None:
        if most < 1:
            raise ValueError("at least one call at a time")
        self._width = AimdWidth(most, float(most))
        self._clock = clock
        self._busy = 0
        self._open_at = clock()
        self._changed = threading.Condition()

    @property
    def width(self) -> int:
        """How many calls may be under way at once, as things stand."""
        with self._changed:
            return int(self._width.now)

    @contextmanager
    def slot(self, deadline: Deadline) -> Iterator[CallSlot]:
        """A slot. Queueing for one is given back to the deadline; a pause of the provider's is not.

        Raises PauseTooLong at once where the pause is longer than what is left.
        """
        with self._changed:
            self._wait(deadline)
            self._busy += 1
            slot = CallSlot(self._width.wave)
        try:
            yield slot
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def answered(self, slot: CallSlot) -> None:
        with self._changed:
            self._width = self._width.wider(slot.wave)
            self._changed.notify_all()

    def refused(self, slot: CallSlot, pause: float | None) -> None:
        """The provider said "too many", and for how many seconds it wants to be left alone, if it said so."""
        with self._changed:
            self._width = self._width.narrower(slot.wave)
            if pause is not None:
                self._open_at = max(self._open_at, self._clock() + min(pause, _LONGEST_PAUSE))
            self._changed.notify_all()

    def _wait(self, deadline: Deadline) -> None:
        while True:
            pause = self._open_at - self._clock()
            if pause > 0:
                if pause > deadline.left():
                    raise PauseTooLong(pause)
                self._changed.wait(pause)
            elif self._busy >= int(self._width.now):
                queued = self._clock()
                self._changed.wait()
                deadline.extend(self._clock() - queued)
            else:
                return
