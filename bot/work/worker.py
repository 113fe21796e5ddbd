"""Worker: runs one Slack request from its turn in the queue to its end, an answer or a line saying why none.

Invariant: an ask that was begun ends in one of its end states, or stays resumable; what was done is in the store before
the next thing is done, so that whoever resumes it goes on from there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from bot import ids
from bot.intents.intents import parse_follow_up
from bot.limits import Block
from bot.messages.blocks import actions, button, section
from bot.messages.escape import mrkdwn
from bot.messages.reply import reply_messages
from bot.messages.survey import survey_messages
from bot.settings import BotServices
from bot.slack.client import Interrupted, Slack, SlackFailure
from bot.slack.progress import ProgressMessage, close_abandoned_stream
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import thread_of_request
from bot.slack.uploads import FileUploader
from bot.texts import replies
from digest.errors import Cancelled, PaperRouteError
from digest.pipeline.services import SurveyRequest
from digest.run_context import RunContext
from digest.urls import SiteUrls
from store.records.editions import Edition
from store.tables.slack_requests import SlackRequest, SlackRequestState

log = logging.getLogger(__name__)
_MOST_TRIES = 3


@dataclass
class Worker:
    """Of one process. running: the cancel events of the asks under way, by row; ending: the process is about to end."""

    slack: Slack
    poster: MessagePublisher
    files: FileUploader
    services: BotServices
    owner: str
    ending: threading.Event

    def __post_init__(self) -> None:
        self._running: dict[int, tuple[SlackRequest, threading.Event]] = {}
        self._lock = threading.Lock()

    def process(self, row: int) -> None:
        """Whatever is left to do for an ask."""
        ask = self.services.store.slack_requests.begin(row, self.owner)
        if ask is None:
            return
        cancel = threading.Event()
        with self._lock:
            self._running[row] = (ask, cancel)
        try:
            self._done(ask, cancel)
        except Interrupted:
            log.info("ask %d is left for the next start", row)
        finally:
            with self._lock:
                self._running.pop(row, None)

    def stop(self, row: int) -> bool:
        """Whether it was under way; it ends within a moment."""
        with self._lock:
            found = self._running.get(row)
        if found:
            found[1].set()
        return found is not None

    def under_way(self) -> list[SlackRequest]:
        with self._lock:
            return [ask for ask, _ in self._running.values()]

    def _done(self, ask: SlackRequest, cancel: threading.Event) -> None:
        if ask.tries > _MOST_TRIES:
            self._tell_failure(ask, replies.TOO_OFTEN, "given up")
            return
        try:
            if ask.kind == "survey":
                self._survey(ask, cancel)
            else:
                self._follow_up(ask, cancel)
        except Cancelled:
            self._cancelled(ask)
        except SlackFailure as failure:
            log.warning("ask %d could not be answered: %s", ask.row, failure)
            self.services.store.slack_requests.end(ask.row, "failed")
        except PaperRouteError as error:
            self._tell_failure(
                ask, replies.request_failed(ask.kind, mrkdwn(error.message), mrkdwn(error.hint)), "failed"
            )
        except Interrupted:
            raise
        except Exception:
            log.exception("ask %d failed", ask.row)
            self._tell_failure(ask, replies.FAULT, "failed")

    def _survey(self, ask: SlackRequest, cancel: threading.Event) -> None:
        edition = self._edition(ask) or self._made(ask, cancel)
        # What is said here from now on is about this edition, also while its parts are still being posted.
        self.services.store.slack_threads.set_edition(ask.team, ask.channel, ask.thread_ts, edition.id)
        place, kept = thread_of_request(ask), edition.created_at.timestamp() < ask.created
        self.poster.post_parts(
            ask.row,
            place,
            survey_messages(edition, archive_url=SiteUrls(self.services.archive_url).edition(edition.id), kept=kept),
        )
        self.services.store.slack_requests.end(ask.row, "answered")
        self.files.route(place, edition)

    def _made(self, ask: SlackRequest, cancel: threading.Event) -> Edition:
        asks = self.services.store.slack_requests
        progress = ProgressMessage(
            self.slack, thread_of_request(ask), ask.row, cancel.set, lambda ts: asks.note_progress(ask.row, ts)
        )
        run = RunContext(progress.hear, cancel=cancel)
        request = SurveyRequest(ask.text, (), ask.papers or None, language=ask.language or None, refresh=ask.refresh)
        if ask.progress:
            close_abandoned_stream(self.slack, thread_of_request(ask), ask.progress)
        self._session(ask, "processing")
        progress.start()
        last_words, whole = "Stopped", False
        try:
            edition = self.services.survey(request, run)
            last_words, whole = f"Done in {run.total_seconds():.0f} s", True
        finally:
            progress.close(last_words, whole=whole)
            self._session(ask, "active")
        asks.note_edition(ask.row, edition.id)
        return edition

    def _follow_up(self, ask: SlackRequest, cancel: threading.Event) -> None:
        edition = self._edition(ask)
        if edition is None:
            self._tell_failure(ask, replies.EDITION_GONE, "failed")
            return
        wish, place = parse_follow_up(ask.text), thread_of_request(ask)
        if wish is None:
            self.files.bibtex(place, edition)
        else:
            reply = self.services.reply(edition, wish, RunContext(cancel=cancel))
            self.poster.post_parts(ask.row, place, reply_messages(edition, reply))
        self.services.store.slack_requests.end(ask.row, "answered")

    def _edition(self, ask: SlackRequest) -> Edition | None:
        return self.services.store.editions.get(ask.edition) if ask.edition else None

    def _session(self, ask: SlackRequest, status: str) -> None:
        """Slack's own Stop is there while a session is "processing", in apps that have the agent view."""
        self.slack.call_or_none(
            "agents.sessions.setStatus",
            channel_id=ask.channel,
            thread_ts=ask.thread_ts,
            status=status,
            initiator_user_id=ask.user,
        )

    # Other ends.

    def _cancelled(self, ask: SlackRequest) -> None:
        store, place = self.services.store, thread_of_request(ask)
        now = store.slack_requests.get(ask.row)
        if self.ending.is_set() and now is not None and now.state == "working":
            raise Interrupted
        if now is not None and now.state == "withdrawn":
            self.poster.post_line(place, replies.WITHDRAWN)
            return
        store.slack_requests.end(ask.row, "stopped")
        self.poster.post_line(place, replies.STOPPED, _retry_blocks(replies.STOPPED, ask))

    def _tell_failure(self, ask: SlackRequest, text: str, state: SlackRequestState) -> None:
        """The state first: what is told with a Retry button must be over."""
        self.services.store.slack_requests.end(ask.row, state)
        self.poster.post_line(thread_of_request(ask), text, _retry_blocks(text, ask))

    def give_up_expired(self, ask: SlackRequest) -> None:
        """For one that lay too long."""
        self._tell_failure(ask, replies.TOO_OLD, "given up")


def _retry_blocks(text: str, ask: SlackRequest) -> Sequence[Block]:
    again = button(ids.RETRY, "Retry", str(ask.row), about="Ask the same question again")
    return [section(text), actions([again])]
