"""Follow-ups: what is asked about an answer, or about papers by themselves, answered in its thread.

Invariant: a follow-up is answered once and whole, or raises what is to be said instead.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.intents.edition_views import EditionView
from bot.intents.intents import AskPapers, SearchPapers, SendFile, ShowMore, parse_follow_up
from bot.intents.message_event import extract_question
from bot.messages import replies
from bot.messages.answer import page_message
from bot.messages.blocks import Message
from bot.messages.escape import mrkdwn
from bot.messages.paper_message import paper_message, papers_message, search_messages
from bot.messages.reply import reply_messages
from bot.messages.survey import survey_messages
from bot.settings import BotServices
from bot.slack.canvas import CANVAS_REQUEST, Canvases
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import ThreadRef, thread_of_request
from bot.slack.uploads import FileUploader
from bot.work.thread_reader import Unanswerable
from digest.i18n.catalog import Catalog, get_catalog
from digest.pipeline.about_papers import edition_of_papers
from digest.pipeline.followup import AboutPapers
from digest.question.understand import understand
from digest.render.formats import MARKDOWN, set_length
from digest.render.safe_text import to_line
from digest.retrieval.paper_lookup import find_named
from digest.run_context import RunContext
from digest.urls import SiteUrls
from store.records.editions import Edition, EditionLength, EditionPaper
from store.tables.slack_requests import SlackRequest

_MOST_FOUND = 20  # papers of a search that a message lists
_MOST_IN_FILE = 200


@dataclass(frozen=True)
class FollowUps:
    publisher: MessagePublisher
    files: FileUploader
    canvases: Canvases
    services: BotServices

    def answer(self, request: SlackRequest, edition: Edition | None, cancel: threading.Event) -> None:
        """Raises Unanswerable with what is to be said where there is no answer."""
        thread = thread_of_request(request)
        follow_up = parse_follow_up(request.text, of_answer=bool(request.edition))
        if isinstance(follow_up, SearchPapers):
            self._search(follow_up, request, cancel)
            return
        if isinstance(follow_up, AskPapers):
            self._ask_papers(follow_up, edition, request, cancel)
            return
        if edition is None:
            raise Unanswerable(replies.EDITION_GONE)
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

    def _show(self, view: EditionView, request: SlackRequest, edition: Edition) -> None:
        """What stands behind the first screen of an answer."""
        thread = thread_of_request(request)
        if view == "papers":
            messages = [papers_message(edition, archive_url=self.page(edition))] if edition.papers else []
        elif page := self.public_page(edition):
            messages = [page_message(edition, page)]
        elif self.canvases.open_canvas(edition, thread, request.row):
            return
        else:
            messages = self.full_survey(edition, self._length_asked(request, edition))
        self.publisher.post_parts(request.row, thread, messages)

    def full_survey(self, edition: Edition, length: EditionLength) -> list[Message]:
        return survey_messages(
            set_length(edition, length), archive_url=self.page(edition), opinions=self.services.feedback
        )

    def _length_asked(self, request: SlackRequest, edition: Edition) -> EditionLength:
        """What whoever asked for the survey said of its length."""
        requests = self.services.store.slack_requests
        asked = requests.length_asked(request.team, request.channel, edition.id)
        return asked or self.services.length

    def page(self, edition: Edition) -> str:
        return SiteUrls(self.services.archive_url).edition(edition.id)

    def public_page(self, edition: Edition) -> str:
        return self.page(edition) if self.services.archive_is_public else ""

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
            raise Unanswerable(why)
        if asked.form:
            self.files.send_papers(asked.form, thread, words, "papers", [EditionPaper.alone(paper) for paper in papers])
        elif len(papers) == 1 and not told:
            message = paper_message(papers[0], words, links.paper(papers[0].id), request.row)
            self.publisher.post_parts(request.row, thread, [message])
        else:
            page = links.search(asked.words)
            messages = search_messages(papers, asked.words, told, words, page, request.row)
            self.publisher.post_parts(request.row, thread, messages)

    def _words(self, request: SlackRequest) -> Catalog:
        return self.publisher.words_in(thread_of_request(request))


def _in_language_of(request: SlackRequest, edition: Edition) -> Edition:
    """The edition as it is spoken of to whoever asks in another language; English words tell none ("BibTeX")."""
    asked = understand(extract_question(request.text)[:300], datetime.now(UTC)).language
    return edition if asked == "en" else replace(edition, language=asked)
