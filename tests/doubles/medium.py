"""A medium that writes down what it is given, and answers as it was told: another side for the outbox."""

from __future__ import annotations

import threading
from collections.abc import Callable

from digest.ports import Outgoing, Receipt

SENT = Receipt("sent", "250 queued", message_id="<1@here>")


class Medium:
    """answer: what the other side says to a delivery; it may block, or raise."""

    def __init__(self, answer: Callable[[Outgoing], Receipt] = lambda _: SENT) -> None:
        self.answer = answer
        self.got: list[Outgoing] = []
        self.opened = 0
        self.closed = 0
        self.lock = threading.Lock()
        self.changed = threading.Condition(self.lock)

    def open(self) -> Medium:
        with self.lock:
            self.opened += 1
        return self

    def send(self, outgoing: Outgoing, begin: Callable[[], object] = lambda: None) -> Receipt:
        begin()
        with self.changed:
            self.got.append(outgoing)
            self.changed.notify_all()
        return self.answer(outgoing)

    def close(self) -> None:
        with self.lock:
            self.closed += 1

    def wait_for(self, count: int, seconds: float = 180.0) -> None:
        """Until so many were sent."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.got) >= count, seconds), f"only {len(self.got)} were sent"
