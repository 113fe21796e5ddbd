"""Domain turns: which recipient's domain gets a connection next: the one that had the least of their time.

Invariant: a domain that is slow never has every connection.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

_SLOW_SECONDS = 2.0  # a domain whose deliveries take longer is slow
_LEAST_SECONDS = 0.001  # that a delivery counts for
_MOST_DOMAINS = 2000  # that are remembered


@dataclass(frozen=True)
class _Taken:
    """A delivery that a thread has."""

    domain: str
    at: float


class DomainTurns:
    """Not safe for several threads at once: its queue's lock is held."""

    def __init__(self, connections: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._connections = connections
        self._clock = clock
        self._taken: dict[int, _Taken] = {}
        self._served: dict[str, float] = {}  # seconds of connections that each has had
        self._served_last = 0.0  # what the last to be served had had: who comes anew begins there
        self._seconds: dict[str, float] = {}  # that the last delivery of each took

    def __contains__(self, id_: int) -> bool:
        return id_ in self._taken

    def sort(self, domains: list[str]) -> list[str]:
        """Those of the domains that wait which may have a connection now, whose turn it is first."""
        lasting = self._lasting()
        under_way = Counter(taken.domain for taken in self._taken.values())
        slow = {
            domain
            for domain in {*domains, *under_way}
            if max([self._seconds.get(domain, 0.0), *lasting[domain]]) >= _SLOW_SECONDS
        }
        held, most = sum(count for domain, count in under_way.items() if domain in slow), self._connections - 1

        def may_have(domain: str) -> bool:
            if not most:
                return True
            if domain in slow and held >= most:
                return False
            # Nor every connection where others wait, or before it was seen to be quick.
            return under_way[domain] < most or (len(domains) == 1 and domain in self._seconds)

        def served(domain: str) -> float:
            return max(self._served.get(domain, 0.0), self._served_last) + sum(lasting[domain])

        return sorted(filter(may_have, domains), key=served)

    def take(self, id_: int, domain: str) -> None:
        self._served_last = self._served[domain] = max(self._served.get(domain, 0.0), self._served_last)
        self._taken[id_] = _Taken(domain, self._clock())

    def end(self, id_: int) -> None:
        taken = self._taken.pop(id_, None)
        if taken is None:
            return
        seconds = max(self._clock() - taken.at, _LEAST_SECONDS)
        self._seconds[taken.domain] = seconds
        self._served[taken.domain] = self._served.get(taken.domain, 0.0) + seconds
        for remembered in (self._seconds, self._served):
            if len(remembered) > _MOST_DOMAINS:
                del remembered[next(iter(remembered))]

    def _lasting(self) -> defaultdict[str, list[float]]:
        """For how long each domain's deliveries have been under way."""
        lasting: defaultdict[str, list[float]] = defaultdict(list)
        for taken in self._taken.values():
            lasting[taken.domain].append(self._clock() - taken.at)
        return lasting
