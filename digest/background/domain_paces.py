"""Domain paces: how fast each recipient's domain takes what is sent, learnt from its refusals and kept over restarts.

Invariant: what one domain says slows that domain only. Times are seconds on a clock that never jumps.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection
from datetime import UTC, datetime

from digest.errors import PaperRouteError
from digest.retry import Backoff
from store import Store
from store.outbox.shards import shard_of
from store.records.deliveries import ChannelName

_log = logging.getLogger(__name__)
_BACKOFF = Backoff(first=15.0, most=900.0)  # seconds, after each word of a domain that it has enough
_LONGEST_GAP, _LEAST_GAP = 60.0, 0.2  # seconds from one delivery to the next; a lesser one is none
_WINDOW = 60.0  # seconds: most limits are told by the minute
_LEAST_TAKEN, _FIRST_GAP = 5, 1.0  # in the last minute, for a pace to be seen by it; seconds, where it is not
_RECOVERY = 0.98  # of the gap is left after each delivery that is taken: half of it after 35
_KEEP_CHANGE = 0.8  # of the gap that is kept: less, and the new one is


class DomainPaces:
    """Not safe for several threads at once: its queue's lock is held."""

    def __init__(self, channel: ChannelName, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._channel: ChannelName = channel
        self._store = store
        self._clock = clock
        self._gaps = dict(store.paces.gaps(channel))
        self._kept = dict(self._gaps)
        self._begun: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=1000))  # in the last minute
        self._free_at: dict[str, float] = {}
        self._refusals: dict[str, int] = {}
        self._rested_until: dict[str, float] = {}

    def take_over(self, shards: Collection[int]) -> None:
        """Domains of these were another sender's until now: what it learnt of them, and a gap from its last."""
        own = {domain: gap for domain, gap in self._gaps.items() if shard_of(domain) not in shards}
        kept = self._store.paces.gaps(self._channel)
        others = {domain: gap for domain, gap in kept.items() if shard_of(domain) in shards}
        self._gaps = own | others
        self._kept |= others
        for domain, gap in others.items():
            self.rest(domain, gap)

    def wait(self, domain: str) -> float:
        """Seconds until the next may go to a domain."""
        return max(self._free_at.get(domain, 0.0) - self._clock(), 0.0)

    def resting(self) -> list[str]:
        """The domains that take nothing at this moment."""
        now = self._clock()
        self._free_at = {domain: at for domain, at in self._free_at.items() if at > now}
        return list(self._free_at)

    def begin(self, domain: str) -> None:
        """A delivery goes to it now."""
        now = self._clock()
        begun = self._begun[domain]
        begun.append(now)
        while begun[0] < now - _WINDOW:
            begun.popleft()
        if gap := self._gaps.get(domain):
            self._free_at[domain] = max(self._free_at.get(domain, 0.0), now + gap)

    def speed_up(self, domain: str) -> None:
        """It took one."""
        self._refusals.pop(domain, None)
        gap = self._gaps.get(domain)
        if gap is None:
            return
        gap *= _RECOVERY
        self._gaps[domain] = gap
        if gap < _LEAST_GAP:
            del self._gaps[domain]
        if gap < _LEAST_GAP or gap < self._kept.get(domain, 0.0) * _KEEP_CHANGE:
            self._keep(domain)

    def slow_down(self, domain: str, why: str, *, learn: bool) -> None:
        """It has enough, or is away: it rests, longer each time. learn: from now on it gets fewer at a time."""
        now = self._clock()
        if self._rested_until.get(domain, 0.0) > now:  # several threads met the same trouble
            return
        self._refusals[domain] = self._refusals.get(domain, 0) + 1
        seconds = _BACKOFF.pause(self._refusals[domain])
        if learn:
            taken = len(self._begun[domain]) - 1
            seen = _WINDOW / taken if taken >= _LEAST_TAKEN else _FIRST_GAP
            self._gaps[domain] = min(max(2 * self._gaps.get(domain, 0.0), seen), _LONGEST_GAP)
            self._keep(domain)
            seconds += _WINDOW  # what it took in this minute still counts
        self._rested_until[domain] = now + seconds
        self.rest(domain, seconds)
        _log.warning("%s to %s rests for %.0f s: %s", self._channel, domain, seconds, why)

    def rest(self, domain: str, seconds: float) -> None:
        self._free_at[domain] = max(self._free_at.get(domain, 0.0), self._clock() + seconds)

    def _keep(self, domain: str) -> None:
        gap = self._gaps.get(domain, 0.0)
        self._kept[domain] = gap
        try:
            self._store.paces.put(self._channel, domain, gap, datetime.now(UTC))
        except PaperRouteError as error:  # it is learnt again
            _log.info("the pace of a domain was not kept: %s", error.message)
