"""Retry with back-off: one model call tried again until it succeeds, or its deadline leaves no time.

Invariant: no try begins outside a turn of the provider's lane or after the deadline; no pause is begun that the
deadline would cut. The SDKs retry nothing (max_retries=0): one would sleep a whole day if a server asked for it.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from digest.errors import ModelFailure
from digest.llm.concurrency import ConcurrencyLimiter, PauseTooLong
from digest.llm.failures import ModelEndpoint, ModelFault, too_slow_fault
from digest.llm.http import Deadline, limit_exchange

T = TypeVar("T")

# How often the same call is made in vain before we give up, by kind; "busy" as long as the deadline lets us.
_MAX_TRIES = {"down": 4, "slow": 2, "truncated": 2, "empty": 2, "malformed": 2, "not_found": 2}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0


def _jitter() -> float:
    return random.uniform(1.0, 1.25)  # noqa: S311 - spreads callers, hides nothing


@dataclass(frozen=True)
class RetryPolicy:
    """With one provider. `wait` sleeps; it may raise (Cancelled), which ends the call."""

    callee: ModelEndpoint
    lane: ConcurrencyLimiter
    deadline_seconds: float
    wait: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = field(default=_jitter)

    def begin(self) -> Deadline:
        return Deadline(self.deadline_seconds)

    def ask(self, attempt: Callable[[], T], deadline: Deadline) -> T:
        """The result of the first attempt that raises no ModelFault. Raises the ModelFault that ended it."""
        faults: Counter[str] = Counter()
        while True:
            try:
                return self._one(attempt, deadline)
            except ModelFault as fault:
                faults[fault.kind] += 1
                pause = self._pause(fault, faults[fault.kind], deadline)
            self.wait(pause)

    def _one(self, attempt: Callable[[], T], deadline: Deadline) -> T:
        try:
            with self.lane.turn(deadline) as turn, limit_exchange(deadline):
                try:
                    result = attempt()
                except ModelFault as fault:
                    if fault.kind == "busy":
                        self.lane.refused(turn, fault.retry_after)
                    raise
                self.lane.answered(turn)
                return result
        except PauseTooLong as paused:
            raise self._asked_too_much("busy", paused.seconds, deadline) from None

    def _pause(self, fault: ModelFault, alike: int, deadline: Deadline) -> float:
        """Seconds until the next try, after `alike` faults of this kind. Raises where none should be."""
        left = deadline.left()
        if fault.kind == "slow" and left <= 0:
            late = too_slow_fault(self.callee, deadline.seconds)
            late.partial = fault.partial
            raise late from fault
        if fault.retry_after is not None and fault.again and fault.retry_after > left:
            raise self._asked_too_much(fault.kind, fault.retry_after, deadline) from None
        if not fault.again or alike >= _MAX_TRIES.get(fault.kind, 100):
            raise fault
        pause = max(self._back_off(alike), fault.retry_after or 0.0)
        if pause >= left:
            raise fault
        return pause

    def _back_off(self, alike: int) -> float:
        first = min(_FIRST_PAUSE, self.deadline_seconds / 16)  # short deadlines still allow a second try
        return min(first * 2.0 ** (alike - 1), _LONGEST_PAUSE) * self.jitter()

    def _asked_too_much(self, kind: ModelFailure, seconds: float, deadline: Deadline) -> ModelFault:
        what = "too many calls" if kind == "busy" else "the server failed"
        return ModelFault(
            f"{self.callee.model}{self.callee.at}: {what}; it asks for a pause of {_format_duration(seconds)}, "
            f"longer than the {max(0.0, deadline.left()):.0f} s left for this call.",
            kind=kind, again=False, retry_after=seconds, hint=f"Try again in {_format_duration(seconds)}.",
        )  # fmt: skip


def _format_duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
