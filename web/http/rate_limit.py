"""The rate limit: how often one client may do something, a sliding window in memory.

Invariant: memory is bounded however many clients come; whoever was refused is not counted again for it. What a refused
client is told to wait is what it has to wait.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from time import monotonic

from web.http.access import rate_limit_key

_MOST_CLIENTS = 10_000


class RateLimiter:
    """At most `most` in `seconds`, for each client, by address."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def allow(self, client: str) -> bool:
        """Count one more, unless that would be too many."""
        now, key = monotonic(), rate_limit_key(client)
        with self._lock:
            times = self._times.setdefault(key, deque())
            self._times.move_to_end(key)
            while times and times[0] <= now - self._seconds:
                times.popleft()
            if len(self._times) > _MOST_CLIENTS:
                self._times.popitem(last=False)
            if len(times) >= self._most:
                return False
            times.append(now)
            return True

    def give_back(self, client: str) -> None:
        """The last one was nothing that counts."""
        with self._lock:
            if times := self._times.get(rate_limit_key(client)):
                times.pop()

    def seconds_until_allowed(self, client: str) -> int:
        """Seconds until one more is allowed, rounded up."""
        with self._lock:
            now = monotonic()
            times = [at for at in self._times.get(rate_limit_key(client), ()) if at > now - self._seconds]
            if len(times) < self._most:
                return 0
            oldest = times[0] if times else now
            return max(1, math.ceil(oldest + self._seconds - now))
