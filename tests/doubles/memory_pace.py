"""A Pace in memory that keeps its word and remembers, and a clock that moves only by being waited on.

MemoryPace raises AssertionError where two hold the turn at once, or somebody releases a turn that is not theirs.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from store.records.lazy_text import AnyText


@dataclass
class FakeTime:
    """Pass `clock` as the clock and `wait` as the wait: pauses take no time, and are all in `waits`."""

    now: float = 1000.0
    waits: list[tuple[float, str]] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float, why: AnyText) -> None:
        self.waits.append((seconds, str(why)))
        self.now += seconds

    @property
    def pauses(self) -> list[float]:
        return [seconds for seconds, _ in self.waits]


@dataclass
class MemoryPace:
    clock: Callable[[], float] = time.monotonic
    starts: list[float] = field(default_factory=list)  # when each turn began
    ends: list[float] = field(default_factory=list)  # when each turn ended
    held: list[float] = field(default_factory=list)  # the pause that each release asked for
    holder: str = ""

    def __post_init__(self) -> None:
        self._free_at = 0.0
        self._lock = threading.Lock()

    def claim(self, name: str, holder: str, pause: float) -> float:
        with self._lock:
            if self.holder:
                assert self.holder != holder, "claimed twice without a release"
                return 0.005
            if (left := self._free_at - self.clock()) > 0:
                return left
            self.holder = holder
            self.starts.append(self.clock())
            return 0.0

    def release(self, name: str, holder: str, pause: float) -> None:
        with self._lock:
            assert self.holder == holder, "released a turn that is not its own"
            self.holder = ""
            self.ends.append(self.clock())
            self.held.append(pause)
            self._free_at = self.clock() + pause

    @property
    def gaps(self) -> list[float]:
        """From the end of each turn to the start of the next."""
        return [start - end for end, start in zip(self.ends, self.starts[1:], strict=False)]
