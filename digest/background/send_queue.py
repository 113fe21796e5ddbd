"""Send queue, rate limit and back-off: which due delivery the senders of one channel take next.

Invariant: a number goes to one thread only until the store is asked again; whether it is still to be sent is decided by
the claim, never here.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from digest.retry import Backoff
from store import Store
from store.records.deliveries import ChannelName

_log = logging.getLogger(__name__)
_REFILL_SIZE = 200
_LONGEST_REST = 5.0  # seconds; then the store is asked again, for another process may have planned something
_BACKOFF = Backoff(first=2.0, most=300.0)  # seconds, after each word of a relay that it has enough


class SendRate:
    """At most so many a minute, in all and for one domain; 0 is no limit. Seconds on a clock that never jumps."""

    def __init__(
        self, per_minute: float, per_domain_per_minute: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._domain_gap = 60.0 / per_domain_per_minute if per_domain_per_minute else 0.0
        self._clock = clock
        self._free_at = 0.0
        self._domains: dict[str, float] = {}

    def wait(self, domain: str) -> float:
        """0.0, and the permit is taken; else the seconds until there may be one."""
        now = self._clock()
        left = max(self._free_at, self._domains.get(domain, 0.0)) - now
        if left > 0:
            return left
        self._free_at = now + self._gap
        if self._domain_gap:
            self._domains = {name: at for name, at in self._domains.items() if at > now}
            self._domains[domain] = now + self._domain_gap
        return 0.0


class SendQueue:
    def __init__(self, medium: ChannelName, store: Store, rates: SendRate) -> None:
        self._medium: ChannelName = medium
        self._store = store
        self._rates = rates
        self._news = threading.Condition()
        self._due: deque[tuple[int, str]] = deque()
        self._resume_at = 0.0
        self._pauses = 0
        self.idle = False  # nothing was due when last asked

    def next(self) -> int | None:
        """The number of a delivery to claim; None after a rest, where there is none yet."""
        with self._news:
            left = self._resume_at - time.monotonic()
            if left > 0:
                self._news.wait(min(left, _LONGEST_REST))
                return None
            self._refill()
            return self._take_next()

    def rest(self, seconds: float) -> None:
        with self._news:
            self._news.wait(seconds)

    def wake(self) -> None:
        with self._news:
            self._news.notify_all()

    def pause(self, span: timedelta) -> None:
        """Take nothing for a while."""
        with self._news:
            self._resume_at = max(self._resume_at, time.monotonic() + span.total_seconds())

    def slow_down(self, why: str) -> None:
        """The other side has enough, or is away: all threads rest, longer each time."""
        with self._news:
            if time.monotonic() < self._resume_at:  # several threads met the same trouble
                return
            self._pauses += 1
            seconds = _BACKOFF.pause(self._pauses)
            self._resume_at = time.monotonic() + seconds
        _log.warning("%s rests for %.0f s: %s", self._medium, seconds, why)

    def speed_up(self) -> None:
        """The other side takes things again."""
        self._pauses = 0

    def _refill(self) -> None:
        if self._due:
            return
        self._due.extend(self._store.deliveries.due(self._medium, datetime.now(UTC), _REFILL_SIZE))
        self.idle = not self._due

    def _take_next(self) -> int | None:
        """The first whose domain may have one now: a slow domain does not hold up the others."""
        soonest = _LONGEST_REST
        for _ in range(len(self._due)):
            id_, domain = self._due[0]
            left = self._rates.wait(domain)
            if not left:
                self._due.popleft()
                return id_
            soonest = min(soonest, left)
            self._due.rotate(-1)
        self._news.wait(self._until_next(soonest))
        return None

    def _until_next(self, soonest: float) -> float:
        """How long to rest: until a rate allows, or the next is due."""
        if self._due:
            return soonest
        next_at = self._store.deliveries.next_due(self._medium)
        if next_at is None:
            return soonest
        return min(max((next_at - datetime.now(UTC)).total_seconds(), 0.01), soonest)
