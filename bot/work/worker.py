"""Worker: runs one Slack request from its turn in the queue to its end, an answer or a line saying why none.

Invariant: a request that was begun ends in one of its end states, or stays resumable; what was done is in the store
before the next thing is done, so that whoever resumes it goes on from there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot import ids
from bot.intents.intents import AskPapers, SearchPapers, SendFile, parse_follow_up
from bot.intents.message_event import extract_question
from bot.limits import Block
from bot.messages import replies
from bot.messages.blocks import actions, button, section
from bot.messages.escape import mrkdwn
from bot.messages.paper_message import paper_message, search_messages
from bot.messages.reply import reply_messages
from bot.messages.survey import survey_messages
from bot.settings import BotServices
from bot.slack.client import Interrupted, Slack, SlackFailure
from bot.slack.progress import ProgressMessage, close_abandoned_stream
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import ThreadRef, thread_of_request
from bot.slack.uploads import FileUploader
from bot.work.thread_reader import ThreadReader, UnreadThread
from digest.errors import Cancelled, PaperRouteError
from digest.i18n.catalog import Catalog, get_catalog
from digest.pipeline.about_papers import edition_of_papers
from digest.pipeline.followup import AboutPapers
from digest.pipeline.services import SurveyRequest
from digest.question.understand import understand
from digest.render.formats import set_length
from digest.render.safe_text import to_line
from digest.retrieval.paper_lookup import find_named
from digest.run_context import RunContext
from digest.urls import SiteUrls
from store.records.editions import Edition, EditionPaper
from store.records.lazy_text import AnyText
from store.tables.slack_requests import SlackRequest, SlackRequestState

log = logging.getLogger(__name__)
_MOST_TRIES = 3
_MOST_FOUND = 20  # papers of a search that a message lists
_MOST_IN_FILE = 200


@dataclass
class Worker:
    """Of one process. ending: set when it is about to end."""

    slack: Slack
    publisher: MessagePublisher
    files: FileUploader
    services: BotServices
    owner: str
    ending: threading.Event

    def __post_init__(self) -> None:
        self._running: dict[int, tuple[SlackRequest, threading.Event]] = {}  # row -> what is under way, to cancel it
        self._lock = threading.Lock()
        self.threads = ThreadReader(self.slack, self.publisher, self.services.store.slack_requests)

    def process(self, row: int) -> None:
        """Whatever is left to do for a request."""
        request = self.services.store.slack_requests.begin(row, self.owner)
        if request is None:
            return
        cancel = threading.Event()
        with self._lock:
            self._running[row] = (request, cancel)
        try:
            self._answer(request, cancel)
        except Interrupted:
            log.info("request %d is left for the next start", row)
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
            return [request for request, _ in self._running.values()]

    def _answer(self, request: SlackRequest, cancel: threading.Event) -> None:
        if request.tries > _MOST_TRIES:
            self._tell_failure(request, replies.TOO_OFTEN, "given up")
            return
        try:
            if request.kind == "survey":
                self._survey(request, cancel)
            else:
                self._follow_up(request, cancel)
        except Cancelled:
            self._end_cancelled(request)
        except UnreadThread as unread:
            self._tell_failure(request, unread.told, "failed")
        except SlackFailure as failure:
            log.warning("request %d could not be answered: %s", request.row, failure)
            self.services.store.slack_requests.end(request.row, "failed")
        except PaperRouteError as error:
            self._tell_failure(
                request, replies.request_failed(request.kind, mrkdwn(self._words(request).show(error.text))), "failed"
            )
        except Interrupted:
            raise
        except Exception:
            log.exception("request %d failed", request.row)
            self._tell_failure(request, replies.FAULT, "failed")

    def _search(self, asked: SearchPapers, request: SlackRequest, cancel: threading.Event) -> None:
        """Papers by themselves: those that are named, or that a search of the archive finds."""
        words, thread, links = self._words(request), thread_of_request(request), SiteUrls(self.services.archive_url)
        named, told = find_named(asked.words, self.services.store.papers), list[str]()
        if named:
            named = self.services.named(named, RunContext(cancel=cancel))
            papers = list(named.papers)
            told += [words.show(replies.no_such_paper(named.unknown))] if named.missing else []
        else:
            most = _MOST_IN_FILE if asked.form else _MOST_FOUND
            found = self.services.search(asked.words, most)
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
        self.publisher.post_parts(
            request.row,
            thread,
            survey_messages(
                set_length(edition, request.length or self.services.length),
                archive_url=SiteUrls(self.services.archive_url).edition(edition.id),
                kept=kept,
                opinions=self.services.feedback,
            ),
        )
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
            self._set_session(request, "active")
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
        if isinstance(follow_up, SendFile):
            self._send_file(follow_up, thread, edition)
        else:
            edition = _in_language_of(request, edition)
            reply = self.services.reply(edition, follow_up, RunContext(cancel=cancel))
            self.publisher.post_parts(request.row, thread, reply_messages(edition, reply))
        self.services.store.slack_requests.end(request.row, "answered")

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
        self.slack.call_or_none(
            "agents.sessions.setStatus",
            channel_id=request.channel,
            thread_ts=request.thread_ts,
            status=status,
            initiator_user_id=request.user,
        )

    # Other ends.

    def _end_cancelled(self, request: SlackRequest) -> None:
        store, thread = self.services.store, thread_of_request(request)
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
        self.publisher.post_line(thread_of_request(request), shown, _retry_blocks(shown, request, words))

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
