"""Progress message of one survey: a plan in a stream; else a message that is updated; else nothing.

Invariant: one thread of its own makes every call, so that a slow Slack never slows the work; a failure only ever leads
to the next simpler way of showing, and never to the survey's end.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from enum import Enum
from typing import Any

from bot import ids
from bot.messages.escape import mrkdwn
from bot.messages.progress_plan import Plan
from bot.slack.client import Slack, SlackFailure
from bot.slack.thread import ThreadRef
from digest.i18n.catalog import Catalog
from digest.run_context import RunEvent

log = logging.getLogger(__name__)
_STREAM_INTERVAL = 1.5  # seconds between two calls of a stream: Slack allows about 100 a minute
_UPDATE_INTERVAL = 3.0  # and of updates: 50
_STREAM_SECONDS = 270.0  # Slack ends a stream after about 5 minutes
_STOP_SECONDS = 6.0
_JOIN_SECONDS, _JOIN_WHEN_STOPPED = 8.0, 1.0  # who pressed Stop waits for the word that it is


class _Display(Enum):
    """How the progress is shown just now, from the best way to none; the method that is called next."""

    NOT_YET = "chat.startStream"
    STREAM = "chat.appendStream"
    NO_STREAM = "chat.postMessage"  # no stream could be opened
    MESSAGE = "chat.update"
    NONE = ""  # only the answer will be seen


_PACED = (_Display.STREAM, _Display.MESSAGE)
_NOT_STREAMING = "message_not_in_streaming_state"


class ProgressMessage:
    """row: of the request. stopped: called when Slack says that the reader stopped the stream; noted: with the ts."""

    def __init__(
        self,
        slack: Slack,
        thread: ThreadRef,
        row: int,
        words: Catalog,
        stopped: Callable[[], None],
        noted: Callable[[str], None],
    ) -> None:
        self._slack, self._thread_ref, self._row, self._words = slack, thread, row, words
        self._stopped, self._noted, self._pace = stopped, noted, _STREAM_INTERVAL
        self._plan, self._shown = Plan(words), dict[str, tuple[str, str]]()
        self._ts, self._display = "", _Display.NOT_YET
        self._began = 0.0
        self._news, self._changed, self._last_words = threading.Condition(), False, ""
        self._closing, self._left, self._session = False, False, "processing"
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)  # decision 67

    def start(self) -> None:
        self._thread.start()

    def hear(self, event: RunEvent) -> None:
        """A `digest` listener."""
        with self._news:
            if self._plan.apply_event(event):
                self._changed = True
                self._news.notify()

    def leave_stream(self) -> None:
        """Slack has stopped the stream: its message may be updated, and nothing is appended to it any more."""
        self._left = True

    def close(self, last_words: str, *, whole: bool) -> None:
        """Say how it ended. Waits a little for what is under way, and no longer."""
        with self._news:
            if not whole:
                self._plan.stop()
                self._session = "active"
            self._closing, self._last_words = True, last_words
            self._news.notify()
        self._thread.join(_JOIN_SECONDS if whole else _JOIN_WHEN_STOPPED)
        self._session = "active"  # what is still said of it comes behind the worker's own word

    def _run(self) -> None:
        try:
            while self._wait():
                self._show()
            self._finish()
        except Exception:
            log.exception("the progress could not be shown")  # a fault of ours; the survey goes on

    def _wait(self) -> bool:
        """Until there is news and the pace allows it; False when it is over."""
        due = time.monotonic() + (self._pace if self._ts else 0)
        with self._news:
            while not self._closing:
                paced = self._slack.free_at(self._display.value) if self._display in _PACED else 0.0
                left = max(due, paced) - time.monotonic()
                if self._changed and left <= 0:
                    self._changed = False
                    return True
                self._news.wait(left if self._changed else None)
            return False

    def _show(self) -> None:
        match self._display:
            case _Display.NOT_YET:
                self._open_stream()
            case _Display.STREAM if self._left:
                self._go_on_as_message()
            case _Display.STREAM:
                self._append()
            case _Display.NO_STREAM:
                self._open_message()
            case _Display.MESSAGE:
                self._update()
            case _Display.NONE:
                pass

    def _open_stream(self) -> None:
        thread = self._thread_ref
        if self._slack.free_at("chat.startStream") > time.monotonic():  # Slack wants no more of them for a while
            self._display = _Display.NO_STREAM
            self._show()
            return
        chunks = [
            {"type": "plan_update", "title": self._words.gettext("Surveying")},
            *self._plan.chunks(self._shown),
            self._stop_chunk(),
        ]
        try:
            posted = self._slack.call(
                "chat.startStream",
                quick=True,
                channel=thread.channel,
                thread_ts=thread.thread_ts,
                recipient_team_id=thread.team,
                recipient_user_id=thread.user,
                task_display_mode="plan",
                chunks=chunks,
            )
        except SlackFailure as failure:
            log.info("no stream (%s): a message instead", failure.error)
            self._display = _Display.NO_STREAM
            self._show()
            return
        self._note_opened(posted)
        self._display = _Display.STREAM

    def _append(self) -> None:
        if time.monotonic() - self._began > _STREAM_SECONDS:
            self._go_on_by_updates()
            return
        before = dict(self._shown)
        chunks = self._plan.chunks(self._shown)
        if not chunks:  # Slack refuses to append nothing
            return
        try:
            self._stream("chat.appendStream", chunks=chunks)
        except SlackFailure as failure:
            self._shown = before
            if failure.error == "stopped_by_user":
                self._left = True
                self._stopped()
            elif failure.permanent:
                self._go_on_by_updates()
            else:
                self._mark_unshown()

    def _go_on_by_updates(self) -> None:
        """The stream is over before the work: its message is updated from here on."""
        log.info("the stream has ended: updates instead")
        # Without its word Slack would take the session for over, and its Stop away, while the work goes on.
        more = {"channel": self._thread_ref.channel, "ts": self._ts, "session_status": "processing"}
        if self._slack.call_or_none("chat.stopStream", **more) is None:
            log.info("and it could not be stopped")
        self._go_on_as_message()

    def _go_on_as_message(self) -> None:
        self._pace, self._display = _UPDATE_INTERVAL, _Display.MESSAGE
        self._show()

    def _open_message(self) -> None:
        try:
            posted = self._slack.call(
                "chat.postMessage",
                quick=True,
                channel=self._thread_ref.channel,
                thread_ts=self._thread_ref.thread_ts,
                unfurl_links=False,
                unfurl_media=False,
                **self._message(self._words.gettext("Working on it")),
            )
        except SlackFailure as failure:
            log.info("no progress message (%s)", failure.error)
            if failure.permanent or failure.uncertain:
                self._display = _Display.NONE
            else:
                self._mark_unshown()
            return
        self._note_opened(posted)
        self._pace, self._display = _UPDATE_INTERVAL, _Display.MESSAGE

    def _update(self) -> None:
        try:
            self._slack.call(
                "chat.update",
                quick=True,
                channel=self._thread_ref.channel,
                ts=self._ts,
                **self._message(self._words.gettext("Working on it")),
            )
        except SlackFailure as failure:
            if failure.permanent:
                self._display = _Display.NONE
            else:
                self._mark_unshown()

    def _mark_unshown(self) -> None:
        """What could not be said now is news still."""
        with self._news:
            self._changed = True

    def _finish(self) -> None:
        if not self._ts:
            return
        if self._display is _Display.STREAM and not self._left and self._stop_stream():
            return
        message = self._message(self._last_words, stop=False)
        self._slack.call_or_none("chat.update", channel=self._thread_ref.channel, ts=self._ts, **message)

    def _stop_stream(self) -> bool:
        """Whether there is no more to do: it was stopped with its last words, or nothing else would succeed either."""
        title = {"type": "plan_update", "title": self._last_words}
        chunks = [title, *self._plan.chunks(self._shown)]
        channel, ts = self._thread_ref.channel, self._ts
        try:
            # Where an answer is yet to come, the session goes on: the worker ends it behind that.
            self._slack.call_until_done(
                "chat.stopStream",
                seconds=_STOP_SECONDS,
                chunks=chunks,
                channel=channel,
                ts=ts,
                session_status=self._session,
            )
        except SlackFailure as failure:
            log.info("the stream was not stopped: %s", failure.error)
            return failure.error not in (_NOT_STREAMING, "stopped_by_user")
        return True

    def _note_opened(self, posted: dict[str, Any]) -> None:
        self._ts, self._began = str(posted.get("ts", "")), time.monotonic()
        self._noted(self._ts)

    def _stream(self, method: str, **more: Any) -> None:
        self._slack.call(method, quick=True, channel=self._thread_ref.channel, ts=self._ts, **more)

    def _stop_chunk(self) -> dict[str, Any]:
        return {"type": "blocks", "blocks": [self._stop_block()]}

    def _stop_block(self) -> dict[str, Any]:
        return {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": ids.STOP,
                    "text": {"type": "plain_text", "text": self._words.gettext("Stop")},
                    "value": str(self._row),
                    "accessibility_label": self._words.gettext("Stop this survey; what was done is kept"),
                }
            ],
        }

    def _message(self, head: str, *, stop: bool = True) -> dict[str, Any]:
        text = f"*{mrkdwn(head)}*\n{mrkdwn(self._plan.text())}"
        block = {"type": "section", "text": {"type": "mrkdwn", "text": text[:3_000]}}
        return {
            "text": head + self._words.colon + self._plan.now,
            "blocks": [block, *([self._stop_block()] if stop else [])],
        }


def close_abandoned_stream(slack: Slack, thread: ThreadRef, ts: str, words: Catalog) -> None:
    """End the card that a process left which is gone; where it cannot be ended, Slack does so in time."""
    title = {"type": "plan_update", "title": words.gettext("Interrupted by a restart")}
    stopped = {"channel": thread.channel, "ts": ts, "chunks": [title], "session_status": "processing"}
    slack.call_or_none("chat.stopStream", **stopped)
