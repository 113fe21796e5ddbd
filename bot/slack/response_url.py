"""Response URLs: where Slack takes an answer to a click, shortcut or command, also where the bot is no member.

Invariant: such an address is a secret: it is shown by nothing, logged nowhere, kept in memory alone, for no
longer than Slack takes it. What it answers is seen by the one person who acted.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from http.client import HTTPException

from bot.slack.client import HTTP_ERRORS, Slack

log = logging.getLogger(__name__)
LIFE_SECONDS = 1_800.0
_MOST_KEPT = 1_000
_SECONDS = 5  # for one call


class ResponseUrls:
    """Those of requests that are not over yet."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[str, float]] = OrderedDict()  # a request's row -> address, since when
        self._lock = threading.Lock()

    def keep(self, row: int, url: str) -> None:
        """For what may have to be told of a request later; "" is nothing."""
        self.forget_old()
        if url:
            with self._lock:
                self._kept[row] = (url, time.monotonic())

    def of(self, row: int) -> str:
        """ "" where there is none, or none any more."""
        self.forget_old()
        with self._lock:
            return self._kept.get(row, ("", 0.0))[0]

    def forget_old(self) -> None:
        """Those that Slack takes no longer."""
        oldest = time.monotonic() - LIFE_SECONDS
        with self._lock:
            while self._kept and (len(self._kept) > _MOST_KEPT or next(iter(self._kept.values()))[1] < oldest):
                self._kept.popitem(last=False)


def respond(slack: Slack, url: str, text: str) -> bool:
    """Say a line to whoever acted, and to nobody else; whether Slack took it. text: mrkdwn.

    It stands in the conversation and in no thread: Slack's pages disagree on whether it may, and nobody would see one
    in a thread that is not there.
    """
    if not url:
        return False
    said = {"response_type": "ephemeral", "replace_original": False, "text": text, "unfurl_links": False}
    try:
        status = slack.post(url, json.dumps(said).encode(), {"Content-Type": "application/json"}, _SECONDS)
    except (*HTTP_ERRORS, OSError, ValueError, HTTPException) as error:
        log.info("a response URL could not be used: %s", type(error).__name__)  # the error's words hold the address
        return False
    if status != 200:  # used five times, or too old
        log.info("a response URL was refused: HTTP %s", status)
    return status == 200
