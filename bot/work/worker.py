"""Worker: runs one Slack request from its turn in the queue to its end, an answer or a line saying why none.

Invariant: a request that was begun ends in one of its end states, or stays resumable; what was done is in the store
before the next thing is done, so that whoever resumes it goes on from there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot import ids
from bot.limits import Block
from bot.messages import replies
from bot.messages.answer import answer_message
from bot.messages.blocks import actions, button, section
from bot.messages.escape import mrkdwn
from bot.settings import BotServices
from bot.slack.canvas import Canvases
from bot.slack.client import Interrupted, Slack, SlackFailure
from bot.slack.progress import ProgressMessage, close_abandoned_stream
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import thread_of_request
from bot.slack.uploads import FileUploader
from bot.work.direct_delivery import UNREACHABLE, DirectDelivery
from bot.work.follow_ups import FollowUps
from bot.work.thread_reader import ThreadReader, Unanswerable
from digest.errors import Cancelled, PaperRouteError
from digest.i18n.catalog import Catalog
from digest.pipeline.services import SurveyRequest
from digest.render.safe_text import to_line
from digest.run_context import RunContext
from store.records.editions import Edition
from store.records.lazy_text import AnyText
from store.tables.slack_requests import SlackRequest, SlackRequestState

log = logging.getLogger(__name__)
_MOST_TRIES = 3
_WHO_SECONDS = 1.0  # for Slack to say who asks, before work is begun; what it says later counts before it is posted
_MOST_TITLE = 200


@dataclass
class _Running:
    """A request that is worked on. cancel: ends it; progress: what shows its progress, once there is that."""

    request: SlackRequest
    cancel: threading.Event = field(default_factory=threading.Event)
    progress: ProgressMessage | None = None


@dataclass
class Worker:
    """Of one process. ending: set when it is about to end. refusal: why a person gets no answer, "" where they do; the
    seconds that Slack has to say who they are.
    """

    slack: Slack
    publisher: MessagePublisher
    files: FileUploader
    canvases: Canvases
    direct: DirectDelivery
    services: BotServices
    owner: str
    ending: threading.Event
    refusal: Callable[[str, float], AnyText] = lambda _user, _within: ""

    def __post_init__(self) -> None:
        self._running: dict[int, _Running] = {}  # row -> what is under way
        self._lock = threading.Lock()
        self.publisher.check = self._check
        self.follow_ups = FollowUps(self.publisher, self.files, self.canvases, self.services)
        self.threads = ThreadReader(self.slack, self.publisher, self.services.store.slack_requests)

    def process(self, row: int) -> None:
        """Whatever is left to do for a request."""
        request = self.services.store.slack_requests.begin(row, self.owner)
        if request is None:
            return
        running = _Running(request)
        with self._lock:
            self._running[row] = running
        self.publisher.forget_status(thread_of_request(request))  # its place in line is of yesterday
        try:
            self._answer(request, running.cancel)
        except Interrupted:
            log.info("request %d is left to whoever goes on with it", row)
        else:
            self._set_session(request, "active")  # last: Slack's own Stop is there as long as anything is to come
        finally:
            with self._lock:
                self._running.pop(row, None)

    def stop(self, row: int) -> bool:
        """Whether it was under way; it ends within a moment."""
        running = self._find(row)
        if running:
            running.cancel.set()
        return running is not None

    def leave_stream(self, row: int) -> None:
        """Slack has stopped the stream that shows its progress: nothing is appended any more."""
        running = self._find(row)
        if running and running.progress:
            running.progress.leave_stream()

    def under_way(self) -> list[SlackRequest]:
        with self._lock:
            return [running.request for running in self._running.values()]

    def _find(self, row: int) -> _Running | None:
        with self._lock:
            return self._running.get(row)

    def _check(self, row: int) -> None:
        """Raises Cancelled where nothing more is to be posted for a request; Interrupted where another process goes on
        with it, since this one was silent for too long.
        """
        running = self._find(row)
        if running and not self.services.store.slack_requests.is_owned(row, self.owner):
            raise Interrupted
        if running and (running.cancel.is_set() or self.refusal(running.request.user, 0.0)):
            raise Cancelled(replies.STOPPED)

    def _answer(self, request: SlackRequest, cancel: threading.Event) -> None:
        if request.tries > _MOST_TRIES:
            self._tell_failure(request, replies.TOO_OFTEN, "given up")
            return
        if refusal := self.refusal(request.user, _WHO_SECONDS):
            self._refuse(request, refusal)
            return
        try:
            if request.kind == "survey":
                self._survey(request, cancel)
            else:
                self.follow_ups.answer(request, self._edition(request), cancel)
                self._end(request, "answered")
        except Cancelled:
            self._end_cancelled(request)
        except SlackFailure as failure:
            if failure.error in UNREACHABLE and (moved := self.direct.move(request)):
                self._answer(moved, cancel)
                return
            log.warning("request %d could not be answered: %s", request.row, failure)
            self._end(request, "failed")
        except PaperRouteError as error:
            self._tell_failure(request, self._failure_line(request, error), "failed")
        except Interrupted:
            raise
        except Exception:
            log.exception("request %d failed", request.row)
            self._tell_failure(request, replies.FAULT, "failed")

    def _failure_line(self, request: SlackRequest, error: PaperRouteError) -> AnyText:
        if isinstance(error, Unanswerable):
            return error.told
        told = replies.what_failed(error)
        if told is replies.FAULT:
            log.error("request %d failed: %s", request.row, error)
            return told
        return replies.request_failed(request.kind, mrkdwn(self._words(request).show(told)))

    def _survey(self, request: SlackRequest, cancel: threading.Event) -> None:
        edition = self._edition(request) or self._make(self.threads.with_topic(request), cancel)
        # What is said here from now on is about this edition, also while its parts are still being posted.
        self.services.store.slack_threads.set_edition(request.team, request.channel, request.thread_ts, edition.id)
        thread, kept = thread_of_request(request), edition.created_at.timestamp() < request.created
        answer = answer_message(
            edition,
            page=self.follow_ups.public_page(edition),
            archive_url=self.follow_ups.page(edition),
            canvas=self.canvases.offered,
            kept=kept,
            opinions=self.services.feedback,
        )
        whole = self.follow_ups.full_survey(edition, request.length) if request.length == "full" else []
        self.publisher.post_parts(request.row, thread, [answer, *whole])
        self._end(request, "answered")
        self.files.route(thread, edition)

    def _make(self, request: SlackRequest, cancel: threading.Event) -> Edition:
        requests = self.services.store.slack_requests
        words = self._words(request)
        progress = ProgressMessage(
            self.slack,
            thread_of_request(request),
            request.row,
            words,
            cancel.set,
            lambda ts: requests.note_progress(request.row, ts),
        )
        if running := self._find(request.row):
            running.progress = progress
        run = RunContext(progress.hear, cancel=cancel)
        survey = SurveyRequest(
            request.text,
            max_papers=request.papers or None,
            language=request.language or None,
            limits=request.limits,
            refresh=request.refresh,
        )
        if request.progress:
            close_abandoned_stream(self.slack, thread_of_request(request), request.progress, words)
        self._set_session(request, "processing")
        progress.start()
        last_words, whole = words.gettext("Stopped"), False
        try:
            edition = self.services.survey(survey, run)
            last_words, whole = words.gettext("Done in {n} s", n=round(run.total_seconds())), True
        finally:
            progress.close(last_words, whole=whole)
        requests.note_edition(request.row, edition.id)
        return edition

    def _edition(self, request: SlackRequest) -> Edition | None:
        return self.services.store.editions.get(request.edition) if request.edition else None

    def _set_session(self, request: SlackRequest, status: str) -> None:
        """Slack's own Stop is there while a session is "processing", in apps that have the agent view."""
        begins = status == "processing"
        self.slack.call_or_none(
            "agents.sessions.setStatus",
            channel_id=request.channel,
            thread_ts=request.thread_ts,
            status=status,
            title=to_line(request.text, _MOST_TITLE) if begins else None,  # of a session that begins with it
            initiator_user_id=request.user if begins else None,
        )

    # Other ends.

    def _end(self, request: SlackRequest, state: SlackRequestState) -> None:
        """Raises Interrupted where another process goes on with it."""
        if not self.services.store.slack_requests.is_owned(request.row, self.owner):
            raise Interrupted
        self.services.store.slack_requests.end(request.row, state)

    def _refuse(self, request: SlackRequest, refusal: AnyText) -> None:
        self._end(request, "refused")
        self.publisher.set_status(thread_of_request(request), "")
        self.publisher.post_ephemeral(thread_of_request(request), refusal)

    def _end_cancelled(self, request: SlackRequest) -> None:
        store, thread = self.services.store, thread_of_request(request)
        if refusal := self.refusal(request.user, 0.0):
            self._refuse(request, refusal)
            return
        now = store.slack_requests.get(request.row)
        is_ours = store.slack_requests.is_owned(request.row, self.owner)
        if (self.ending.is_set() or not is_ours) and now is not None and now.state == "working":
            raise Interrupted
        if now is not None and now.state == "withdrawn":
            self.publisher.post_line(thread, replies.WITHDRAWN)
            return
        self._tell_failure(request, replies.STOPPED, "stopped")

    def _tell_failure(self, request: SlackRequest, text: AnyText, state: SlackRequestState) -> None:
        """The state first: what is told with a Retry button must be over."""
        self._end(request, state)
        words = self._words(request)
        shown = words.show(text)
        blocks = _retry_blocks(shown, request, words)
        if self.publisher.post_line(thread_of_request(request), shown, blocks) is None:
            moved = self.direct.move_unreachable(request)
            if moved is not None:
                self.publisher.post_line(thread_of_request(moved), shown, blocks)

    def _words(self, request: SlackRequest) -> Catalog:
        return self.publisher.words_in(thread_of_request(request))

    def give_up_expired(self, request: SlackRequest) -> None:
        """For one that lay too long."""
        self._tell_failure(request, replies.TOO_OLD, "given up")


def _retry_blocks(text: str, request: SlackRequest, words: Catalog) -> Sequence[Block]:
    about = words.gettext("Ask the same question again")
    retry = button(ids.RETRY, words.gettext("Retry"), str(request.row), about=about)
    return [section(text), actions([retry])]
