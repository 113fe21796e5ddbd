"""Worker: runs one Slack request from its turn in the queue to its end, an answer or a line saying why none.

Invariant: a request that was begun ends in one of its end states, or stays resumable; what was done is in the store
before the next thing is done, so that whoever resumes it goes on from there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot import ids
from bot.intents.edition_views import EditionView
from bot.intents.intents import AskPapers, SearchPapers, SendFile, ShowMore, parse_follow_up
from bot.intents.message_event import extract_question
from bot.limits import Block
from bot.messages import replies
from bot.messages.answer import answer_message, page_message
from bot.messages.blocks import Message, actions, button, section
from bot.messages.escape import mrkdwn
from bot.messages.paper_message import paper_message, papers_message, search_messages
from bot.messages.reply import reply_messages
from bot.messages.survey import survey_messages
from bot.settings import BotServices
from bot.slack.canvas import CANVAS_REQUEST, Canvases
from bot.slack.client import Interrupted, Slack, SlackFailure
from bot.slack.progress import ProgressMessage, close_abandoned_stream
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import ThreadRef, thread_of_request
from bot.slack.uploads import FileUploader
from bot.work.direct_delivery import UNREACHABLE, DirectDelivery
from bot.work.thread_reader import ThreadReader, UnreadThread
from digest.errors import Cancelled, PaperRouteError
from digest.i18n.catalog import Catalog, get_catalog
from digest.pipeline.about_papers import edition_of_papers
from digest.pipeline.followup import AboutPapers
from digest.pipeline.services import SurveyRequest
from digest.question.understand import understand
from digest.render.formats import MARKDOWN, set_length
from digest.render.safe_text import to_line
from digest.retrieval.paper_lookup import find_named
from digest.run_context import RunContext
from digest.urls import SiteUrls
from store.records.editions import Edition, EditionLength, EditionPaper
from store.records.lazy_text import AnyText
from store.tables.slack_requests import SlackRequest, SlackRequestState

log = logging.getLogger(__name__)
_MOST_TRIES = 3
_WHO_SECONDS = 1.0  # for Slack to say who asks, before work is begun; what it says later counts before it is posted
_MOST_FOUND = 20  # papers of a search that a message lists
_MOST_IN_FILE = 200
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
            log.info("request %d is left for the next start", row)
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
        """Raises Cancelled where nothing more is to be posted for a request."""
        running = self._find(row)
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
                self._follow_up(request, cancel)
        except Cancelled:
            self._end_cancelled(request)
        except SlackFailure as failure:
            if failure.error in UNREACHABLE and (moved := self.direct.move(request)):
                self._answer(moved, cancel)
                return
            log.warning("request %d could not be answered: %s", request.row, failure)
            self.services.store.slack_requests.end(request.row, "failed")
        except PaperRouteError as error:
            self._tell_failure(request, self._failure_line(request, error), "failed")
        except Interrupted:
            raise
        except Exception:
            log.exception("request %d failed", request.row)
            self._tell_failure(request, replies.FAULT, "failed")

    def _failure_line(self, request: SlackRequest, error: PaperRouteError) -> AnyText:
        if isinstance(error, UnreadThread):
            return error.told
        told = replies.what_failed(error)
        if told is replies.FAULT:
            log.error("request %d failed: %s", request.row, error)
            return told
        return replies.request_failed(request.kind, mrkdwn(self._words(request).show(told)))

    def _search(self, asked: SearchPapers, request: SlackRequest, cancel: threading.Event) -> None:
        """Papers by themselves: those that are named, or that a search of the archive finds."""
        words, thread, links = self._words(request), thread_of_request(request), SiteUrls(self.services.archive_url)
        named, told = find_named(asked.words, self.services.store.papers), list[str]()
        run = RunContext(cancel=cancel)
        if named:
            named = self.services.named(named, run)
            papers = list(named.papers)
            told += [words.show(replies.no_such_paper(named.unknown))] if named.missing else []
        else:
            most = _MOST_IN_FILE if asked.form else _MOST_FOUND
            found = run.outside(lambda: self.services.search(asked.words, most))
            papers = [hit.paper for hit in found.hits]
            told += [words.show(replies.more_found(found.total - len(papers)))] if found.total > len(papers) else []
        if not papers:
            why = mrkdwn(told[0]) if named else replies.no_papers(mrkdwn(to_line(asked.words, 200)))
            self._tell_failure(request, why, "failed")
            return
        if asked.form:
            self.files.send_papers(asked.form, thread, words, "papers", [EditionPaper.alone(paper) for paper in papers])
        elif len(papers) == 1 and not told:
            message = paper_message(papers[0], words, links.paper(papers[0].id), request.row)
            self.publisher.post_parts(request.row, thread, [message])
        else:
            page = links.search(asked.words)
            messages = search_messages(papers, asked.words, told, words, page, request.row)
            self.publisher.post_parts(request.row, thread, messages)
        self.services.store.slack_requests.end(request.row, "answered")

    def _survey(self, request: SlackRequest, cancel: threading.Event) -> None:
        edition = self._edition(request) or self._make(self.threads.with_topic(request), cancel)
        # What is said here from now on is about this edition, also while its parts are still being posted.
        self.services.store.slack_threads.set_edition(request.team, request.channel, request.thread_ts, edition.id)
        thread, kept = thread_of_request(request), edition.created_at.timestamp() < request.created
        answer = answer_message(
            edition,
            page=self._public_page(edition),
            archive_url=self._page(edition),
            canvas=self.canvases.offered,
            kept=kept,
            opinions=self.services.feedback,
        )
        whole = self._whole(edition, request.length) if request.length == "full" else []
        self.publisher.post_parts(request.row, thread, [answer, *whole])
        self.services.store.slack_requests.end(request.row, "answered")
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

    def _follow_up(self, request: SlackRequest, cancel: threading.Event) -> None:
        edition, thread = self._edition(request), thread_of_request(request)
        follow_up = parse_follow_up(request.text, of_answer=bool(request.edition))
        if isinstance(follow_up, SearchPapers):
            self._search(follow_up, request, cancel)
            return
        if isinstance(follow_up, AskPapers):
            self._ask_papers(follow_up, edition, request, cancel)
            return
        if edition is None:
            self._tell_failure(request, replies.EDITION_GONE, "failed")
            return
        if isinstance(follow_up, ShowMore):
            self._show(follow_up.view, request, edition)
        elif request.text == CANVAS_REQUEST:
            if not self.canvases.open_canvas(edition, thread, request.row):
                self.files.send_edition(MARKDOWN, thread, edition)
        elif isinstance(follow_up, SendFile):
            self._send_file(follow_up, thread, edition)
        else:
            edition = _in_language_of(request, edition)
            reply = self.services.reply(edition, follow_up, RunContext(cancel=cancel))
            self.publisher.post_parts(request.row, thread, reply_messages(edition, reply))
        self.services.store.slack_requests.end(request.row, "answered")

    def _show(self, view: EditionView, request: SlackRequest, edition: Edition) -> None:
        """What stands behind the first screen of an answer."""
        thread = thread_of_request(request)
        if view == "papers":
            messages = [papers_message(edition, archive_url=self._page(edition))] if edition.papers else []
        elif page := self._public_page(edition):
            messages = [page_message(edition, page)]
        elif self.canvases.open_canvas(edition, thread, request.row):
            return
        else:
            messages = self._whole(edition, self._length_asked(request, edition))
        self.publisher.post_parts(request.row, thread, messages)

    def _whole(self, edition: Edition, length: EditionLength) -> list[Message]:
        return survey_messages(
            set_length(edition, length), archive_url=self._page(edition), opinions=self.services.feedback
        )

    def _length_asked(self, request: SlackRequest, edition: Edition) -> EditionLength:
        """What whoever asked for the survey said of its length."""
        requests = self.services.store.slack_requests
        asked = requests.length_asked(request.team, request.channel, edition.id)
        return asked or self.services.length

    def _page(self, edition: Edition) -> str:
        return SiteUrls(self.services.archive_url).edition(edition.id)

    def _public_page(self, edition: Edition) -> str:
        return self._page(edition) if self.services.archive_is_public else ""

    def _ask_papers(
        self, asked: AskPapers, edition: Edition | None, request: SlackRequest, cancel: threading.Event
    ) -> None:
        """Papers named by ids: by their numbers where the edition has them all, else by themselves."""
        numbers = {paper.id: paper.number for paper in edition.papers} if edition else {}
        named = [numbers[reference.arxiv] for reference in asked.references if reference.arxiv in numbers]
        run = RunContext(cancel=cancel)
        if edition is None or len(named) < len(asked.references):
            labels = " ".join(reference.label for reference in asked.references)
            found = find_named(labels, self.services.store.papers)
            whole = self.services.named(found, run) if found else None
            if whole is None or whole.missing or len(whole.papers) < 2:
                self._search(SearchPapers(labels), request, cancel)
                return
            edition = edition_of_papers(whole.papers, asked.question, self._words(request).tag, run.now)
            named = [paper.number for paper in edition.papers]
        edition = _in_language_of(request, edition)
        reply = self.services.reply(edition, AboutPapers(asked.question, tuple(named)), run)
        self.publisher.post_parts(request.row, thread_of_request(request), reply_messages(edition, reply))
        self.services.store.slack_requests.end(request.row, "answered")

    def _send_file(self, asked: SendFile, thread: ThreadRef, edition: Edition) -> None:
        if not asked.numbers and asked.section is None:
            self.files.send_edition(asked.form, thread, edition)
            return
        numbers = set(asked.numbers)
        if asked.section is not None and 0 < asked.section <= len(edition.sections):
            numbers = set(edition.sections[asked.section - 1].papers)
        papers = [paper for paper in edition.papers if paper.number in numbers]
        if papers:
            words = get_catalog("slack", edition.language)
            self.files.send_papers(asked.form, thread, words, edition.id, papers)
        else:
            self.publisher.post_line(thread, replies.NO_SUCH_PAPERS)

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

    def _refuse(self, request: SlackRequest, refusal: AnyText) -> None:
        self.services.store.slack_requests.end(request.row, "refused")
        self.publisher.set_status(thread_of_request(request), "")
        self.publisher.post_ephemeral(thread_of_request(request), refusal)

    def _end_cancelled(self, request: SlackRequest) -> None:
        store, thread = self.services.store, thread_of_request(request)
        if refusal := self.refusal(request.user, 0.0):
            self._refuse(request, refusal)
            return
        now = store.slack_requests.get(request.row)
        if self.ending.is_set() and now is not None and now.state == "working":
            raise Interrupted
        if now is not None and now.state == "withdrawn":
            self.publisher.post_line(thread, replies.WITHDRAWN)
            return
        self._tell_failure(request, replies.STOPPED, "stopped")

    def _tell_failure(self, request: SlackRequest, text: AnyText, state: SlackRequestState) -> None:
        """The state first: what is told with a Retry button must be over."""
        self.services.store.slack_requests.end(request.row, state)
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


def _in_language_of(request: SlackRequest, edition: Edition) -> Edition:
    """The edition as it is spoken of to whoever asks in another language; English words tell none ("BibTeX")."""
    asked = understand(extract_question(request.text)[:300], datetime.now(UTC)).language
    return edition if asked == "en" else replace(edition, language=asked)


def _retry_blocks(text: str, request: SlackRequest, words: Catalog) -> Sequence[Block]:
    about = words.gettext("Ask the same question again")
    retry = button(ids.RETRY, words.gettext("Retry"), str(request.row), about=about)
    return [section(text), actions([retry])]
