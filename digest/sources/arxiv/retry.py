"""Retry policy and rate limit for arXiv: when to ask, when to ask again, when to give up.

Invariant: no exchange happens outside a turn of the RequestPacer, every turn is released after the exchange ended (also
after a failure and after Cancelled), nobody sleeps while holding one, and no sleep is begun that the deadline would
cut. The loop is not `call_with_retry`: how long others stay away after a turn is decided while it is still held.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from digest.errors import SourceError
from digest.ports import RequestPacer
from digest.retry import Backoff, Deadline
from digest.run_context import format_duration
from digest.sources.arxiv.http import Redirected
from digest.sources.arxiv.response import ArxivFault, FaultKind
from store.db.owners import new_owner
from store.records.lazy_text import AnyText, LazyText, lazy_gettext

TURN_NAME = "arxiv"  # the name under which every process that shares the store keeps arXiv's pace
_JITTER = (1.0, 1.25)  # never less than what arXiv asks for
_REDIRECTS = 3
_LEAST_PAUSE = 0.05  # where the delay is configured away, tries still must not spin
_UNREACHABLE_TRIES = 3  # nobody answers at all: asking on would keep an offline reader waiting for nothing
_HINTS = {
    "throttled": lazy_gettext("Try again in 10 minutes; arXiv slows down whoever asks often."),
    "overloaded": lazy_gettext("Try again in a few minutes."),
    "broken": lazy_gettext(
        "Try again in a few minutes; https://status.arxiv.org tells whether arXiv is under maintenance."
    ),
}

T = TypeVar("T")


@dataclass
class ArxivRetryPolicy:
    """The turns, tries and pauses of one search."""

    pace: RequestPacer
    wait: Callable[[float, AnyText], None]
    deadline: Deadline
    delay_seconds: float
    throttled_seconds: float
    setting: str = "arxiv.api_url"  # the key of the configuration that holds the address
    holder: str = field(default_factory=new_owner)

    def ask(self, exchange: Callable[[], T]) -> T:
        """The result of the first exchange that raises no ArxivFault. Raises SourceError when there will be none."""
        faults: list[ArxivFault] = []
        while True:
            self._claim()
            hold = self.delay_seconds
            try:
                return exchange()
            except ArxivFault as fault:
                faults.append(fault)
                pause = self._pause(faults)
                why = lazy_gettext("{fault}; trying again", fault=fault.what)
                # arXiv throttles the whole address, so the other processes should not run into the same wall.
                hold = max(hold, pause) if fault.kind == "throttled" else hold
            finally:
                self.pace.release(TURN_NAME, self.holder, hold)
            self.wait(pause, why)

    def follow(self, url: str, exchange: Callable[[str], T]) -> T:
        """What `ask` brings from an address. A redirect is a request like any other, with a turn of its own."""
        for _ in range(1 + _REDIRECTS):
            try:
                return self.ask(lambda: exchange(url))  # noqa: B023 - called before url changes
            except Redirected as moved:
                url = moved.url
        raise SourceError(
            lazy_gettext("arXiv redirects in circles."),
            hint=lazy_gettext("Check {setting}.", setting=self.setting),
            for_readers="",
            permanent=True,
        )

    def _claim(self) -> None:
        while (seconds := self.pace.claim(TURN_NAME, self.holder, self.delay_seconds)) > 0:
            if seconds > self.deadline.left():
                whole = f"{self.deadline.seconds:g}"
                raise SourceError(
                    lazy_gettext("Other searches keep arXiv busy for longer than the {n} s of this one.", n=whole),
                    hint=lazy_gettext("Try again in a minute."),
                )
            delay = f"{self.delay_seconds:g}"
            self.wait(seconds, lazy_gettext("Waiting for our turn: arXiv allows one request every {n} s", n=delay))

    def _pause(self, faults: Sequence[ArxivFault]) -> float:
        """Seconds until the next try. Raises SourceError where none should be."""
        fault = faults[-1]
        alike = sum(earlier.kind == fault.kind for earlier in faults)
        if fault.kind == "refused":
            what = lazy_gettext("{fault}.", fault=fault.what)
            raise SourceError(what, hint=fault.hint, for_readers="", permanent=True)  # who can set nothing
        pause = self._back_off(fault, alike)
        if fault.retry_after is not None and fault.retry_after > self.deadline.left():
            raise SourceError(
                lazy_gettext(
                    "{fault} and wants a pause of {pause}, longer than the {n} s left for this search.",
                    fault=fault.what,
                    pause=format_duration(fault.retry_after),
                    n=round(self.deadline.left()),
                ),
                hint=lazy_gettext("Try again in {pause}.", pause=format_duration(fault.retry_after)),
            )
        if pause > self.deadline.left() or (fault.kind == "unreachable" and alike >= _UNREACHABLE_TRIES):
            hint = fault.hint or self._hint(fault.kind)
            readers = _HINTS["overloaded"] if fault.kind == "unreachable" else hint  # who can check no setting
            raise SourceError(self._describe_tries(fault, len(faults)), hint=hint, for_readers=readers)
        return pause

    def _hint(self, kind: FaultKind) -> LazyText:
        if kind == "unreachable":
            return lazy_gettext("Check the network connection and {setting}.", setting=self.setting)
        return _HINTS[kind]

    def _back_off(self, fault: ArxivFault, alike: int) -> float:
        """Doubling from one fault to the next of its kind, with jitter, and never less than the server asks for."""
        slow = fault.kind == "throttled" and fault.retry_after is None
        first = self.throttled_seconds if slow else self.delay_seconds
        first = max(_LEAST_PAUSE, min(first, self.deadline.seconds / 4))  # short deadlines still allow a second try
        return max(Backoff(first, math.inf, _JITTER).pause(alike), fault.retry_after or 0.0)

    def _describe_tries(self, fault: ArxivFault, tries: int) -> LazyText:
        if tries == 1:
            return lazy_gettext("{fault}.", fault=fault.what)
        seconds = round(self.deadline.spent())
        return lazy_gettext("{fault}; tried {n} times in {seconds} s.", fault=fault.what, n=tries, seconds=seconds)
