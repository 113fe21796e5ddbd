"""Status writer: the one place that sets a thread's status, at Slack's pace.

Invariant: the first status of a thread goes out at once, and whoever set it waits for that, but not for a Slack that
hangs; what follows is sent one every few seconds, a thread not more often than it has to be, and of what a thread was
to say meanwhile the newest only.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass

from bot.slack.client import Slack, SlackFailure
from bot.slack.thread import ThreadRef

log = logging.getLogger(__name__)
_INTERVAL = 2.5  # seconds between two statuses that are not the first of their threads
_THREAD_INTERVAL = 30.0  # and between two that tell a thread something else
_STANDS = 85.0  # Slack takes a status away after two minutes: the same is said again
_FIRST_SECONDS = 0.5  # for a first one to get there, before anything else is done
_TURNS = 64  # locks that the threads share, by hash
_SENDERS = 16
_MOST_KEPT = 5_000  # threads

_Key = tuple[str, str]


@dataclass
class _Shown:
    text: str
    at: float  # time.monotonic()


class StatusWriter:  # decision 120
    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._shown: dict[_Key, _Shown] = {}
        self._wanted: dict[_Key, str] = {}
        self._changed = threading.Condition()
        self._not_before = 0.0  # of the next one that is no first: by our pace, or by Slack's word
        self._ended = False
        self._turns = tuple(threading.Lock() for _ in range(_TURNS))  # of a thread's statuses, one after the other
        self._senders = ThreadPoolExecutor(_SENDERS, thread_name_prefix="slack-status")
        self._thread = threading.Thread(target=self._run, name="slack-status", daemon=True)

    def set(self, thread: ThreadRef, text: str) -> None:
        """text: "" takes the status away."""
        key = (thread.channel, thread.thread_ts)
        with self._changed:
            if self._ended:
                return
            if not self._thread.is_alive():
                self._thread.start()
            shown = self._shown.get(key)
            if text and shown is not None:
                self._wanted[key] = text
                self._changed.notify()
                return
            self._note(key, text)
        wait_for([self._senders.submit(self._send, key, text)], _FIRST_SECONDS)

    def forget(self, thread: ThreadRef) -> None:
        """Whatever was to be said there is not said any more."""
        key = (thread.channel, thread.thread_ts)
        with self._changed:
            self._wanted.pop(key, None)
            self._shown.pop(key, None)

    def close(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._senders.shutdown(wait=True, cancel_futures=True)

    def _note(self, key: _Key, text: str) -> None:
        self._wanted.pop(key, None)
        self._shown.pop(key, None)
        if text:
            while len(self._shown) >= _MOST_KEPT:
                del self._shown[next(iter(self._shown))]
            self._shown[key] = _Shown(text, time.monotonic())

    def _run(self) -> None:
        while (found := self._next()) is not None:
            self._send(*found)

    def _next(self) -> tuple[_Key, str] | None:
        """What is due, as soon as it is; None at the end."""
        with self._changed:
            while not self._ended:
                now = time.monotonic()
                due = min(((self._due(key, text), key) for key, text in self._wanted.items()), default=None)
                if due is not None and due[0] <= now:
                    key = due[1]
                    text = self._wanted[key]
                    self._note(key, text)
                    self._not_before = now + _INTERVAL
                    return key, text
                self._changed.wait(None if due is None else due[0] - now)
        return None

    def _due(self, key: _Key, text: str) -> float:
        shown = self._shown.get(key)
        if shown is None:
            return self._not_before
        return max(self._not_before, shown.at + (_STANDS if shown.text == text else _THREAD_INTERVAL))

    def _is_current(self, key: _Key, text: str) -> bool:
        """Whether nothing newer was said there meanwhile: a late status may not follow the one that took it away."""
        with self._changed:
            shown = self._shown.get(key)
            return (shown.text if shown else "") == text

    def _send(self, key: _Key, text: str) -> None:
        channel, thread_ts = key
        try:
            with self._turns[hash(key) % len(self._turns)]:
                if self._is_current(key, text):
                    self._slack.call(
                        "assistant.threads.setStatus", quick=True, channel_id=channel, thread_ts=thread_ts, status=text
                    )
        except SlackFailure as failure:
            log.info("assistant.threads.setStatus: %s", failure.error)
            with self._changed:
                self._not_before = max(self._not_before, time.monotonic() + failure.after)
