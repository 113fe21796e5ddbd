"""Retry policy for model calls: which failures are worth another try, how often, and after what pause.

Invariant: no try begins outside a slot of the provider's limiter or after the deadline. The SDKs retry nothing
(max_retries=0): one would sleep a whole day if a server asked for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from digest.errors import ModelFailure
from digest.http_client import limit_exchange
from digest.llm.concurrency import ConcurrencyLimiter, PauseTooLong
from digest.llm.failures import ModelEndpoint, ModelFault, too_slow_fault
from digest.retry import Backoff, Deadline, call_with_retry
from digest.run_context import format_duration
from store.records.lazy_text import lazy_gettext

T = TypeVar("T")

# How often the same call is made in vain before we give up, by kind; "busy" as long as the deadline lets us.
_MAX_TRIES = {"down": 4, "slow": 2, "truncated": 2, "empty": 2, "malformed": 2, "not_found": 2}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0


@dataclass(frozen=True)
class RetryPolicy:
    """With one provider. `wait` sleeps; it may raise (Cancelled), which ends the call."""

    endpoint: ModelEndpoint
    limiter: ConcurrencyLimiter
    deadline_seconds: float
    wait: Callable[[float], None] = time.sleep
    jitter: tuple[float, float] = (1.0, 1.25)

    def begin(self) -> Deadline:
        return Deadline(self.deadline_seconds)

    def ask(self, attempt: Callable[[], T], deadline: Deadline) -> T:
        """The result of the first attempt that raises no ModelFault. Raises the ModelFault that ended it."""
        return call_with_retry(
            lambda: self._try_in_slot(attempt, deadline),
            ModelFault,
            lambda faults: self._pause(faults, deadline),
            deadline,
            self.wait,
        )

    def _try_in_slot(self, attempt: Callable[[], T], deadline: Deadline) -> T:
        try:
            with self.limiter.slot(deadline) as slot, limit_exchange(deadline):
                try:
                    result = attempt()
                except ModelFault as fault:
                    if fault.kind == "busy":
                        self.limiter.refused(slot, fault.retry_after)
                    raise
                self.limiter.answered(slot)
                return result
        except PauseTooLong as paused:
            raise self._asked_too_much("busy", paused.seconds, deadline) from None

    def _pause(self, faults: Sequence[ModelFault], deadline: Deadline) -> float:
        """Seconds until the next try. Raises where none should be."""
        fault, left = faults[-1], deadline.left()
        if fault.kind == "slow" and left <= 0:
            late = too_slow_fault(self.endpoint, deadline.seconds)
            late.partial = fault.partial
            raise late from fault
        if fault.retry_after is not None and fault.again and fault.retry_after > left:
            raise self._asked_too_much(fault.kind, fault.retry_after, deadline) from None
        alike = sum(earlier.kind == fault.kind for earlier in faults)
        if not fault.again or alike >= _MAX_TRIES.get(fault.kind, 100):
            raise fault
        first = min(_FIRST_PAUSE, self.deadline_seconds / 16)  # short deadlines still allow a second try
        return max(Backoff(first, _LONGEST_PAUSE, self.jitter).pause(len(faults)), fault.retry_after or 0.0)

    def _asked_too_much(self, kind: ModelFailure, seconds: float, deadline: Deadline) -> ModelFault:
        what = lazy_gettext(
            "{what}; it asks for a pause of {pause}, longer than the {n} s left for this call",
            what=lazy_gettext("too many calls") if kind == "busy" else lazy_gettext("the server failed"),
            pause=format_duration(seconds),
            n=round(max(0.0, deadline.left())),
        )
        hint = lazy_gettext("Try again in {pause}.", pause=format_duration(seconds))
        return ModelFault(self.endpoint.complain(what), kind=kind, again=False, retry_after=seconds, hint=hint)
