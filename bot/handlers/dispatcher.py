"""Dispatcher of incoming messages: permission, idempotent claim, first status, then into the job queue.

Invariant: nothing visible happens before the claim, and no claim is made before it is decided that the message is for
us; so a twin that is not for us never takes it away from the one that is.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot.handlers import permissions
from bot.intents import listening
from bot.intents.intents import (
    SEARCH_FILE_REQUEST,
    AskPapers,
    Intent,
    NewSurvey,
    Place,
    RepeatSurvey,
    SearchPapers,
    SendFile,
    ThreadSurvey,
    TooLong,
    parse_intent,
)
from bot.intents.message_event import SlackMessage, extract_question, is_reaction
from bot.intents.question_options import Options, ParsedQuestion, without_period
from bot.intents.small_talk import SmallTalk
from bot.messages import replies
from bot.messages.views import help_message
from bot.settings import AccessRules, BotServices
from bot.slack.client import Slack
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import thread_of_message, thread_of_request
from bot.slack.users import UserDirectory
from bot.work.direct_delivery import DirectDelivery
from bot.work.worker import Worker
from digest.background.job_queue import JobQueue, QueuePosition
from digest.question.limits_input import limits_of, wanted_papers
from digest.question.understand import narrow, understand
from store.records.editions import Edition
from store.records.lazy_text import AnyText
from store.records.questions import NO_LIMITS, SearchLimits
from store.tables.slack_requests import NewSlackRequest, SlackRequest, SlackRequestState
from store.tables.slack_threads import SlackThread

log = logging.getLogger(__name__)
_MOST_JUDGED = 2  # messages at a time that a model judges; more of them are not for us
_CONTINUES_SECONDS = 3_600.0  # for which a direct message goes on with the last answer


@dataclass(frozen=True)
class Dispatcher:
    slack: Slack
    publisher: MessagePublisher
    users: UserDirectory
    services: BotServices
    rules: AccessRules
    surveys: JobQueue[SlackRequest]
    follow_ups: JobQueue[SlackRequest]  # follow-ups, which do not wait behind surveys
    worker: Worker
    direct: DirectDelivery
    owner: str
    judging: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(_MOST_JUDGED))
    receiving: list[str] = field(default_factory=list)  # ts of messages that are looked at just now

    def __post_init__(self) -> None:
        parse_intent("tables of words")  # are read now, and not while somebody waits for the first sign

    @property
    def busy(self) -> bool:
        """Whether somebody is just being received."""
        return bool(self.receiving)

    def message(self, message: SlackMessage) -> None:
        """A message that may be for us."""
        self.receiving.append(message.ts)
        try:
            self._dispatch(message)
        finally:
            self.receiving.remove(message.ts)

    def _dispatch(self, message: SlackMessage) -> None:
        thread = self.services.store.slack_threads.get(message.team, message.channel, message.root)
        if not self._is_for_us(message, thread):
            return
        if message.edited and self._is_rewording(message):
            return
        if not permissions.is_allowed(message, self.rules):
            self._refuse(message, replies.NOT_HERE)
            return
        place, edition = self._place_of(message, thread)
        if not edition and (text := self._file_of_search(message)):
            self._follow_up(message, "", text)
        else:
            self._answer(message, parse_intent(message.raw, place), edition)

    def _place_of(self, message: SlackMessage, thread: SlackThread | None) -> tuple[Place, str]:
        """Where a message stands, and the edition that it may be about; "" where there is none."""
        if thread and thread.edition:
            return "of an answer", thread.edition
        if message.direct:
            since = time.time() - _CONTINUES_SECONDS
            if edition := self.services.store.slack_requests.last_edition(message.team, message.channel, since):
                return "after an answer", edition
        return ("in a thread" if message.thread_ts not in ("", message.ts) else "alone"), ""

    def _file_of_search(self, message: SlackMessage) -> str:
        """Where a form is named in the thread of a search: the request for its papers in that form; else ""."""
        asked = parse_intent(message.raw, "of an answer") if message.thread_ts else None
        if not isinstance(asked, SendFile) or asked.numbers or asked.section or not asked.form.render_papers:
            return ""
        requests = self.services.store.slack_requests.in_thread(message.team, message.channel, message.root)
        listed = ((request.text, parse_intent(request.text)) for request in requests)
        searches = (text for text, intent in listed if isinstance(intent, SearchPapers) and not intent.form)
        return next((SEARCH_FILE_REQUEST.format(text, asked.form.name) for text in searches), "")

    def _is_for_us(self, message: SlackMessage, thread: SlackThread | None) -> bool:  # decision 114
        """Named, or alone with us; or, in a thread of ours, a question to us, or what stops or silences us."""
        if message.mentions or message.direct:
            return not message.of_us
        if not message.thread_ts:
            return False
        said = parse_intent(message.raw)
        if isinstance(said, SmallTalk) and said.kind in listening.CONTROLS:
            return not message.to_others and self._is_ours(message, thread, said)
        if thread is None or thread.muted or not thread.edition:
            return False
        edition = self.services.store.editions.get(thread.edition)
        judgement = listening.judge(message, edition)
        if judgement == "unsure" and edition:
            self._judge_aside(message, edition)
        return judgement == "yes"

    def _judge_aside(self, message: SlackMessage, edition: Edition) -> None:
        """By the model, where there is one: it may take seconds, in which others are to be heard; else it is not."""
        asks = self.services.is_for_us
        if asks is None or not permissions.is_allowed(message, self.rules) or not self.judging.acquire(blocking=False):
            return

        def judge() -> None:
            try:
                if asks(extract_question(message.raw), edition.question or edition.title):
                    self._answer(message, parse_intent(message.raw, "of an answer"), edition.id)
            except Exception:
                log.exception("message %s was not judged", message.ts)
            finally:
                self.judging.release()

        threading.Thread(target=judge, name="slack-judge", daemon=True).start()

    def _is_ours(self, message: SlackMessage, thread: SlackThread | None, said: SmallTalk) -> bool:
        """Whether there is something to stop or to silence in a thread."""
        requests = self.services.store.slack_requests
        if said.kind == "stop":
            return bool(requests.open_in(message.team, message.channel, message.thread_ts))
        return thread is not None or bool(requests.in_thread(message.team, message.channel, message.thread_ts))

    def _answer(self, message: SlackMessage, intent: Intent, edition: str) -> None:
        """edition: what the message may be about; "" where it is about nothing yet."""
        if isinstance(intent, SmallTalk):
            is_emoji = edition and is_reaction(message.raw)  # which asks for nothing, and for no help either
            self._small_talk(message, SmallTalk("assent") if is_emoji else intent)
        elif isinstance(intent, TooLong):
            self._say_once(message, replies.too_long(intent.characters))
        elif isinstance(intent, NewSurvey):
            self.survey(message, self._new_survey(message, intent.parsed_question))
        elif isinstance(intent, ThreadSurvey):
            self.survey(message, self._thread_survey(message, intent.options))
        elif isinstance(intent, RepeatSurvey):
            self._survey_again(message, edition, intent)
        elif not edition and not isinstance(intent, SearchPapers | AskPapers):
            self._say_once(message, replies.WHICH_ANSWER)
        else:
            self._follow_up(message, edition)

    def _small_talk(self, message: SlackMessage, said: SmallTalk) -> None:
        if said.kind == "mute":
            self._say_once(message, self._mute(message), said.language)
        elif said.kind == "unmute":
            self.services.store.slack_threads.unmute(message.team, message.channel, message.root)
            self._say_once(message, replies.UNMUTED, said.language)
        elif said.kind == "stop":
            self._stop_here(message, said.language)
        elif line := replies.SMALL_TALK.get(said.kind):
            self._say_once(message, line, said.language)
        else:
            empty = extract_question(message.raw) and said.kind == "empty"
            if message.files or empty:
                self._say_once(message, replies.ONLY_FILES if message.files else replies.NO_QUESTION)
            elif self._claim_as_over(message, "answered"):
                thread = replace(thread_of_message(message), language=said.language)
                help_ = help_message(self.publisher.words_in(thread))
                self.publisher.post_line(thread, help_.text, help_.blocks)

    def _mute(self, message: SlackMessage) -> AnyText:
        store = self.services.store
        if not store.slack_threads.mute(message.team, message.channel, message.root):
            return replies.NOT_LISTENING
        is_awaited = store.slack_requests.open_in(message.team, message.channel, message.root)
        return replies.MUTED_BUT_FOR_ANSWER if is_awaited else replies.MUTED

    def _stop_here(self, message: SlackMessage, language: str) -> None:
        """Claimed before anything is stopped: Slack tells a mention twice, and the second finds nothing running."""
        requests = self.services.store.slack_requests
        own = requests.open_in(message.team, message.channel, message.root)
        if message.direct or not message.thread_ts:  # outside of the thread: whatever they wait for
            own = own or requests.open_of(message.team, message.channel, message.user)
        if not self._claim_as_over(message, "answered"):
            return
        answers = [self.stop(request.row, message.user) for request in own] or [replies.NOTHING_RUNS]
        thread = replace(thread_of_message(message), language=language)
        thread = replace(thread, question=own[0].text) if own else thread
        answer = next((answer for answer in answers if answer), None)
        if answer == replies.NOT_YOURS and not message.mentions:
            self.publisher.post_ephemeral(thread, answer)
        elif answer:
            self.publisher.post_line(thread, answer)

    def _new_survey(
        self, message: SlackMessage, question: ParsedQuestion, limits: SearchLimits = NO_LIMITS
    ) -> NewSlackRequest:
        """The question and its options, as they will be worked on."""
        options = question.options
        return NewSlackRequest(
            team=message.team,
            channel=message.channel,
            ts=message.ts,
            thread_ts=message.root,
            user=message.user,
            kind="survey",
            text=question.question,
            refresh=options.refresh,
            language=options.language,
            papers=options.max_papers or 0,
            limits=limits,
            length=options.length,
        )

    def _thread_survey(self, message: SlackMessage, options: Options) -> NewSlackRequest:
        """What is asked stays in the request's words: the thread is read when its turn comes."""
        asked = understand(extract_question(message.raw), datetime.now(UTC)).language
        language = options.language or ("" if asked == "en" else asked)
        words = ParsedQuestion(extract_question(message.raw), replace(options, period="", language=language))
        return self._new_survey(message, words)

    def _survey_again(self, message: SlackMessage, id_: str, wish: RepeatSurvey) -> None:
        """What was asked for the first time stands where this message says nothing else."""
        edition = self.services.store.editions.get(id_)
        if edition is None:
            self._say_once(message, replies.EDITION_GONE)
            return
        options, question, requests = wish.options, edition.question, self.services.store.slack_requests
        limits = narrow(limits_of(edition), wish.limits)
        if options.period:  # in the place of the one before
            limits, question = replace(limits, since=None, until=None), without_period(question)
        options = replace(
            options,
            max_papers=options.max_papers or wanted_papers(edition),
            language=options.language or edition.language,
            length=options.length or requests.length_asked(message.team, message.channel, id_),
        )
        self.survey(message, self._new_survey(message, ParsedQuestion(question, options), limits))

    def survey(self, message: SlackMessage, new: NewSlackRequest) -> None:
        """Claim it, and put it into the queue; or say once why not. Whoever names us wants us to listen again, too."""
        if refusal := self._survey_refusal(message):
            self._refuse(message, refusal)
            return
        if message.mentions:
            self.services.store.slack_threads.unmute(message.team, message.channel, message.root)
        self._claim(new)

    def claim_click(self, message: SlackMessage, new: NewSlackRequest, edition: str = "", *, url: str = "") -> None:
        """What a click asks for, by the same rules as what is written. url: its response URL."""
        refusal: AnyText = "" if permissions.is_allowed(message, self.rules) else replies.NOT_HERE
        refusal = refusal or (
            self._survey_refusal(message) if new.kind == "survey" else self._followup_refusal(message)
        )
        if refusal:
            self.publisher.post_ephemeral(replace(thread_of_message(message), response_url=url), refusal)
        else:
            self._claim(new, edition, url)

    def _claim(self, new: NewSlackRequest, edition: str = "", url: str = "") -> None:
        requests = self.services.store.slack_requests
        request = requests.claim(new, self.owner, self.rules.lease_seconds)
        if request is None:
            return
        if edition:
            requests.note_edition(request.row, edition)
        if url and (request := self.direct.place(request, url)) is None:
            return
        self.show_position(request, self._queue_of(request).next_position())  # the first sign, before any other call
        self.enqueue(request)

    def enqueue(self, request: SlackRequest) -> None:
        """Into the queue; its place is told where there is one to tell."""
        position = self._queue_of(request).put(request)
        if position.ahead:
            self.show_position(request, position)

    def _queue_of(self, request: SlackRequest) -> JobQueue[SlackRequest]:
        return self.surveys if request.kind == "survey" else self.follow_ups

    def show_position(self, request: SlackRequest, position: QueuePosition) -> None:
        """Tell someone who waits where they stand."""
        self.publisher.set_status(
            thread_of_request(request),
            replies.queue_position(position.ahead, position.seconds) if position.ahead else replies.LOOKING_INTO_IT,
        )
        now = self.services.store.slack_requests.get(request.row)
        if now is not None and not now.is_open:  # a Stop came first, and took away less
            self.publisher.set_status(thread_of_request(request), "")

    def _follow_up(self, message: SlackMessage, edition: str, text: str = "") -> None:
        """edition: what it is about; "" where it looks for papers. text: what is asked; "": what is written."""
        if refusal := self._followup_refusal(message):
            self._refuse(message, refusal)
            return
        if edition and message.direct:  # what is said below this message goes on with it, too
            self.services.store.slack_threads.set_edition(message.team, message.channel, message.root, edition)
        self._claim(_new_followup(message, text or message.raw), edition)

    def person_refusal(self, team: str, channel: str, user: str, *, within: float | None = None) -> AnyText:
        """Why someone may not use us at all, here; "" where they may. within: seconds that Slack has to say who."""
        asking = SlackMessage(team, channel, "", "", user, "", channel.startswith("D"), mentions=True, outside=False)
        if not permissions.is_allowed(asking, self.rules):
            return replies.NOT_HERE
        standing = "member" if self.rules.guests else self.users.standing(user, within=within)
        return permissions.standing_refusal(standing, self.rules)

    def _standing_refusal(self, message: SlackMessage) -> AnyText:
        """By what is known without asking: the worker asks, and the first sign comes before that."""
        if message.outside and not self.rules.guests:
            return replies.GUESTS
        return permissions.standing_refusal(self.users.known_standing(message.user), self.rules)

    def _followup_refusal(self, message: SlackMessage) -> AnyText:
        """Why a follow-up gets no reply; "" where it gets one."""
        requests, rules = self.services.store.slack_requests, self.rules
        return (
            self._standing_refusal(message)
            or permissions.followup_quota_refusal(requests, message.team, message.user, rules)
            or self.services.budget()
        )

    def _survey_refusal(self, message: SlackMessage) -> AnyText:
        """Why no survey is made for this one; "" where one is."""
        rules, requests = self.rules, self.services.store.slack_requests
        return (
            self._standing_refusal(message)
            or permissions.survey_quota_refusal(requests, message.team, message.user, message.channel, rules)
            or self._full_queue_refusal()
            or self.services.budget()
        )

    def _full_queue_refusal(self) -> AnyText:
        if self.surveys.waiting < self.rules.waiting:
            return ""
        position = self.surveys.next_position()
        return replies.queue_full(position.ahead, position.seconds)

    def _refuse(self, message: SlackMessage, text: AnyText) -> None:
        """Politely, to whom it concerns, and once."""
        if self._claim_as_over(message, "refused"):
            self.publisher.post_ephemeral(thread_of_message(message), text)

    def _say_once(self, message: SlackMessage, text: AnyText, language: str = "") -> None:
        """language: of the message, where its words tell it."""
        if self._claim_as_over(message, "answered"):
            self.publisher.post_line(replace(thread_of_message(message), language=language), text)

    def _claim_as_over(self, message: SlackMessage, state: SlackRequestState) -> bool:
        new = _new_followup(message, "")
        return self.services.store.slack_requests.claim(new, self.owner, 0.0, state=state) is not None

    # What else can happen to a question.

    def stop(self, row: int, user: str) -> AnyText:
        """Stop a request; what the one who wanted it should be told, "" where they will see it."""
        request = self.services.store.slack_requests.get(row)
        if request is None or not request.is_open:
            return replies.NOTHING_RUNS
        if request.user != user:
            return replies.NOT_YOURS
        requests = self.services.store.slack_requests
        if requests.withdraw(row):
            self._leave_queue(request)
            return replies.STOPPED
        requests.stop(row, "stopped")  # first: whichever process works on it looks there, too
        self.worker.stop(row)
        return ""

    def _is_rewording(self, message: SlackMessage) -> bool:
        """Whether this is the edit of a question that we have already."""
        request = self.services.store.slack_requests.of_message(message.team, message.channel, message.ts)
        if request is None:
            return False
        self.reword(request, message)
        return True

    def reword(self, request: SlackRequest, message: SlackMessage) -> None:
        """The question was edited."""
        intent = parse_intent(message.raw)
        if request.kind != "survey" or not isinstance(intent, NewSurvey):
            return
        new = self._new_survey(message, intent.parsed_question)
        if (new.text, new.papers, new.language, new.refresh, new.length) == (
            request.text,
            request.papers,
            request.language,
            request.refresh,
            request.length,
        ):
            return
        if not self.services.store.slack_requests.reword(new) and request.state == "working":
            self.publisher.post_ephemeral(thread_of_request(request), replies.TOO_LATE)

    def withdraw(self, request: SlackRequest) -> None:
        """The question was deleted."""
        if not request.is_open:
            return
        if self.services.store.slack_requests.withdraw(request.row):
            self._leave_queue(request)
        else:
            self.services.store.slack_requests.stop(request.row, "withdrawn")
            self.worker.stop(request.row)

    def _leave_queue(self, request: SlackRequest) -> None:
        self.surveys.remove(request.row)
        self.follow_ups.remove(request.row)
        self.publisher.set_status(thread_of_request(request), "")


def _new_followup(message: SlackMessage, text: str) -> NewSlackRequest:
    return NewSlackRequest(
        team=message.team,
        channel=message.channel,
        ts=message.ts,
        thread_ts=message.root,
        user=message.user,
        kind="followup",
        text=text,
    )
