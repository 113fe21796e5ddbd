"""What can go wrong at Slack, on request: limits, failures, answers that get lost, connections that hang.

Invariant: a fault is used up by one call; where none is left, the call is answered as usual.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

# limited: 429. failing: 500 without effect. lost: the effect happens and the connection is cut before the answer. cut:
# it is cut without effect. stalled: nothing is answered until `clear`. none: this one is answered as usual.
Kind = Literal["limited", "failing", "lost", "cut", "stalled", "none"]

# Calls a minute, as Slack publishes them; chat.postMessage: about one a second and channel, short bursts allowed.
TIERS = {
    "apps.connections.open": 15,
    "chat.startStream": 20,
    "chat.stopStream": 20,
    "chat.appendStream": 100,
    "chat.update": 50,
    "agents.sessions.setStatus": 50,
    "users.info": 100,
    "views.publish": 100,
}


@dataclass
class Fault:
    kind: Kind
    error: str = ""  # with "failing": an `ok: false` answer of this name rather than a 500
    retry_after: int = 1


class Faults:
    def __init__(self) -> None:
        self.enforce_tiers = False
        self.window_seconds = 60.0  # in which a tier's calls are counted
        self.released = threading.Event()
        self._planned: dict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}
        self._times: dict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def plan(self, method: str, kind: Kind, times: int = 1, **more: int | str) -> None:
        """The next so many calls of a method ("*": of each method, once) meet this fault."""
        with self._lock:
            self._planned[method].extend([Fault(kind, **more)] * times)  # type: ignore[arg-type]

    def always(self, method: str, kind: Kind, **more: int | str) -> None:
        with self._lock:
            self._always[method] = Fault(kind, **more)  # type: ignore[arg-type]

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()
            self._always.clear()
        self.released.set()

    def of(self, method: str) -> Fault | None:
        with self._lock:
            if self._planned[method]:
                planned = self._planned[method].popleft()
                return None if planned.kind == "none" else planned
            if method in self._always:
                return self._always[method]
            return self._over(method) if self.enforce_tiers else None

    def _over(self, method: str) -> Fault | None:
        most, now, times = TIERS.get(method), time.monotonic(), self._times[method]
        while times and now - times[0] > self.window_seconds:
            times.popleft()
        if most is not None and len(times) >= most:
            return Fault("limited", retry_after=max(1, round(self.window_seconds - (now - times[0]))))
        times.append(now)
        return None
