"""Operator's notices: told by every way that is set up, each in a thread of its own, so that no sender waits for it.

Invariant: `tell` returns at once and raises nothing; what could not be told is in the log, and nothing secret is.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, Full, Queue

from digest.ports import Receipt

_log = logging.getLogger(__name__)
_PAUSES = (0.0, 60.0, 300.0)  # seconds before each try
_MOST_WAITING = 100  # notices
_MOST_AN_HOUR = 20
_HOUR = 3600.0  # seconds
_MOST_CHARACTERS = 10_000
_LOOK_SECONDS = 1.0  # how often a way's thread looks whether it is to end


@dataclass(frozen=True)
class OperatorMessage:
    """text: lines; `subject` says the most important without them."""

    subject: str
    text: str
    at: datetime


@dataclass(frozen=True)
class OperatorWay:
    """name: of the way, as it is stored. place: where it leads, without what is secret in it.

    send: as `Channel.send` does, in one try; it may raise whatever its library raises.
    """

    name: str
    place: str
    send: Callable[[OperatorMessage, Callable[[], object]], Receipt]


class OperatorNotices:
    """An `OperatorNotice` over some ways; over none, it logs."""

    def __init__(self, ways: Sequence[OperatorWay], *, clock: Callable[[], float] = time.monotonic) -> None:
        self.ways = tuple(ways)
        self._clock = clock
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._told: deque[tuple[float, str, str]] = deque()  # of the last hour
        self._queues = [_WayQueue(way, self._over) for way in ways]

    def tell(self, subject: str, text: str, arrived: Callable[[], object] = lambda: None) -> None:
        """What was told in the last hour in the same words is not told again; nor more than twenty in an hour."""
        subject, text = " ".join(subject.split())[:200], text.strip()[:_MOST_CHARACTERS]
        if not self._take(subject, text):
            _log.warning("the operator is not told again, or of too much at once: %s", subject)
            return
        _log.warning("for the operator: %s", subject)
        message = OperatorMessage(subject, text, datetime.now(UTC).replace(microsecond=0))
        for queue in self._queues:
            queue.put(message, arrived)
        if not self._queues:
            arrived()

    def stop(self, seconds: float) -> bool:
        """Tell no more; whether what was under way has ended."""
        self._over.set()
        for queue in self._queues:
            queue.join(seconds)
        return not any(queue.is_running for queue in self._queues)

    @property
    def troubles(self) -> list[str]:
        """Of each way whose last try did not succeed, in a line."""
        return [f"{queue.way.name}: {queue.trouble}" for queue in self._queues if queue.trouble]

    def _take(self, subject: str, text: str) -> bool:
        now = self._clock()
        with self._lock:
            while self._told and self._told[0][0] <= now - _HOUR:
                self._told.popleft()
            if len(self._told) >= _MOST_AN_HOUR or any(told[1:] == (subject, text) for told in self._told):
                return False
            self._told.append((now, subject, text))
            return True


class _WayQueue:
    """The messages that one way is to take, and its thread, which begins with the first of them."""

    def __init__(self, way: OperatorWay, over: threading.Event) -> None:
        self.way, self.trouble = way, ""
        self._over = over
        self._lock = threading.Lock()
        self._waiting: Queue[tuple[OperatorMessage, Callable[[], object]]] = Queue(_MOST_WAITING)
        self._thread: threading.Thread | None = None

    def put(self, message: OperatorMessage, arrived: Callable[[], object]) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"operator {self.way.name}", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait((message, arrived))
        except Full:
            _log.error("%s has too many notices: %s is not told by it", self.way.name, message.subject)

    def join(self, seconds: float) -> None:
        if self._thread:
            self._thread.join(seconds)

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                message, arrived = self._waiting.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue
            if self._send(message):
                self._note_arrival(message, arrived)

    def _send(self, message: OperatorMessage) -> bool:
        """Whether it arrived, or may have."""
        for pause in _PAUSES:
            if self._over.wait(pause):
                return False
            receipt = try_way(self.way, message)
            self.trouble = "" if receipt.state == "sent" else receipt.detail
            if receipt.state in ("sent", "uncertain"):
                return True
        _log.error("the operator could not be told by %s: %s (%s)", self.way.name, message.subject, self.trouble)
        return False

    def _note_arrival(self, message: OperatorMessage, arrived: Callable[[], object]) -> None:
        try:
            arrived()
        except Exception as error:  # noqa: BLE001 - whatever that is, the next notice goes out; this one may come twice
            _log.warning("what %s took could not be noted: %s (%s)", self.way.name, message.subject, error)


def try_way(way: OperatorWay, message: OperatorMessage, begin: Callable[[], object] = lambda: None) -> Receipt:
    """One try, that raises nothing but what `begin` raises."""
    begun = False

    def note_begin() -> None:
        nonlocal begun
        begin()
        begun = True

    try:
        receipt = way.send(message, note_begin)
    except AlreadyBegun:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a way does, it holds up nothing
        receipt = Receipt("uncertain" if begun else "retry", f"{type(error).__name__}: {error}"[:300])
    if receipt.state != "sent":
        _log.warning("the operator was not told by %s: %s", way.name, receipt.detail)
    return receipt


class AlreadyBegun(Exception):
    """Another process sends the same, or did."""
