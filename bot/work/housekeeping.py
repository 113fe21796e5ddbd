"""Housekeeping: what the bot does by itself, a look into the store every few seconds, in a thread of its own.

Invariant: what one task fails in stops neither the others nor the next look.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from bot.slack.client import Interrupted

log = logging.getLogger(__name__)
_PERIOD_SECONDS = 2.0


class Housekeeping(threading.Thread):
    """ended: set when it is to end."""

    def __init__(self, tasks: Sequence[Callable[[], None]], ended: threading.Event) -> None:
        super().__init__(name="slack-housekeeping", daemon=True)
        self._tasks, self._over = tasks, ended

    def run(self) -> None:
        while not self._over.wait(_PERIOD_SECONDS):
            for task in self._tasks:
                try:
                    task()
                except Interrupted:
                    return
                except Exception:
                    log.exception("housekeeping failed, and goes on")
