"""Dispatcher of incoming messages: permission, idempotent claim, first status, then into the job queue.

Invariant: nothing visible happens before the claim, and no claim is made before it is decided that the message is for
us; so a twin that is not for us never takes it away from the one that is.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from bot.handlers import permissions
from bot.intents.intents import Intent, NewSurvey, RepeatSurvey, SmallTalk, TooLong, parse_intent
from bot.intents.message_event import SlackMessage
from bot.intents.question_options import Options, ParsedQuestion
from bot.messages.escape import question_of
from bot.messages.views import help_message
from bot.settings import AccessRules, BotServices
from bot.slack.client import Slack
from bot.slack.progress import ThreadRef
from bot.slack.publisher import MessagePublisher
from bot.slack.users import UserDirectory
from bot.texts import replies
from bot.texts.messages import bot_strings
from bot.work.worker import Worker, thread_of_request
from digest.background.job_queue import JobQueue, QueuePosition
from store.tables.slack_requests import NewSlackRequest, SlackRequest, SlackRequestState

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Dispatcher:
    slack: Slack
    poster: MessagePublisher
    people: UserDirectory
    services: BotServices
    rules: AccessRules
    surveys: JobQueue[SlackRequest]
    follow_ups: JobQueue[SlackRequest]  # follow-ups, which do not wait behind surveys
    work: Worker
    owner: str
    receiving: list[str] = field(default_factory=list)  # ts of messages that are looked at just now

    @property
    def busy(self) -> bool:
        """Whether somebody is just being received."""
        return bool(self.receiving)

    def message(self, message: SlackMessage) -> None:
        """A message that may be for us."""
        self.receiving.append(message.ts)
        try:
            self._received(message)
        finally:
            self.receiving.remove(message.ts)

    def _received(self, message: SlackMessage) -> None:
        if not self._is_for_us(message):
            return
        if message.edited and self._reworded(message):
            return
        if not permissions.is_allowed(message, self.rules):
            self._refuse(message, replies.NOT_HERE)
            return
        thread = self.services.store.slack_threads.get(message.team, message.channel, message.root)
        edition = thread.edition if thread else ""
        self._answer(message, parse_intent(message.raw, of_answer=bool(edition)), edition)

    def _is_for_us(self, message: SlackMessage) -> bool:
        """Named, or alone with us, or in a thread that we answered in and may listen to."""
        if message.mentions or message.direct:
            return True
        if not message.thread_ts:
            return False
        thread = self.services.store.slack_threads.get(message.team, message.channel, message.thread_ts)
        return thread is not None and not thread.muted

    def _answer(self, message: SlackMessage, meant: Intent, edition: str) -> None:
        """edition: what the thread is about; "" where it is about nothing yet."""
        if isinstance(meant, SmallTalk):
            self._small_talk(message, meant)
        elif isinstance(meant, TooLong):
            self._say_once(message, replies.too_long(meant.characters))
        elif isinstance(meant, NewSurvey):
            self.survey(message, self._new(message, meant.parsed_question))
        elif isinstance(meant, RepeatSurvey):
            self._survey_again(message, edition, meant.options)
        else:
            self._follow_up(message, edition)

    def _small_talk(self, message: SlackMessage, meant: SmallTalk) -> None:
        if meant.kind == "mute":
            self._say_once(message, self._mute(message))
        elif meant.kind == "unmute":
            self.services.store.slack_threads.unmute(message.team, message.channel, message.root)
            self._say_once(message, replies.UNMUTED)
        elif meant.kind == "stop":
            self._stop_here(message)
        elif meant.kind == "thanks":
            self._say_once(message, replies.THANKS)
        else:
            empty = question_of(message.raw).strip() and meant.kind == "empty"
            if message.files or empty:
                self._say_once(message, replies.ONLY_FILES if message.files else replies.NO_QUESTION)
            elif self._claimed_as_over(message, "answered"):
                known = self.people.known(message.user) or {}
                told = help_message(bot_strings(str(known.get("locale") or "")).forms)
                self.poster.post_line(_thread_of_message(message), told.text, told.blocks)

    def _mute(self, message: SlackMessage) -> str:
        muted = self.services.store.slack_threads.mute(message.team, message.channel, message.root)
        return replies.MUTED if muted else replies.NOT_LISTENING

    def _stop_here(self, message: SlackMessage) -> None:
        own = self.services.store.slack_requests.open_in(message.team, message.channel, message.root)
        said = [self.stop(ask.row, message.user) for ask in own] or [replies.NOTHING_RUNS]
        if told := next(filter(None, said), ""):
            self._say_once(message, told)

    def _new(self, message: SlackMessage, asked: ParsedQuestion) -> NewSlackRequest:
        """The question and its options, as they will be worked on."""
        options = asked.options
        return NewSlackRequest(
            *(message.team, message.channel, message.ts, message.root, message.user, "survey", asked.question),
            refresh=options.refresh,
            language=options.language,
            papers=options.max_papers or 0,
        )

    def _survey_again(self, message: SlackMessage, id_: str, options: Options) -> None:
        edition = self.services.store.editions.get(id_)
        if edition is None:
            self._say_once(message, replies.EDITION_GONE)
            return
        self.survey(message, self._new(message, ParsedQuestion(edition.question, options)))

    def survey(self, message: SlackMessage, new: NewSlackRequest) -> None:
        """Claim it, and put it into the line; or say once why not."""
        if refusal := self._refusal(message):
            self._refuse(message, refusal)
        else:
            self._claim(new)

    def claim_click(self, message: SlackMessage, new: NewSlackRequest, edition: str = "") -> None:
        """What a click asks for, by the same rules as what is written."""
        refusal = "" if permissions.is_allowed(message, self.rules) else replies.NOT_HERE
        refusal = refusal or (self._refusal(message) if new.kind == "survey" else self._no_reply(message))
        if refusal:
            self.poster.post_ephemeral(_thread_of_message(message), refusal)
        else:
            self._claim(new, edition)

    def _claim(self, new: NewSlackRequest, edition: str = "") -> None:
        asks = self.services.store.slack_requests
        ask = asks.claim(new, self.owner, self.rules.lease_seconds)
        if ask is None:
            return
        if edition:
            asks.note_edition(ask.row, edition)
        self._sign(ask, replies.LOOKING_INTO_IT)
        self.enqueue(ask)

    def enqueue(self, ask: SlackRequest) -> None:
        """Into the line; its place is told where there is one to tell."""
        position = (self.surveys if ask.kind == "survey" else self.follow_ups).put(ask)
        if position.ahead:
            self.show_position(ask, position)

    def show_position(self, ask: SlackRequest, position: QueuePosition) -> None:
        """Tell someone who waits where they stand."""
        self._sign(ask, replies.queue_position(position) if position.ahead else replies.LOOKING_INTO_IT)

    def _follow_up(self, message: SlackMessage, edition: str) -> None:
        if refusal := self._no_reply(message):
            self._refuse(message, refusal)
            return
        new = NewSlackRequest(
            message.team, message.channel, message.ts, message.root, message.user, "followup", message.raw
        )
        self._claim(new, edition)

    def refused_person(self, team: str, channel: str, user: str) -> str:
        """Why someone may not use us at all, here; "" where they may."""
        asking = SlackMessage(team, channel, "", "", user, "", channel.startswith("D"), mentions=True, outside=False)
        return self._standing(asking) if permissions.is_allowed(asking, self.rules) else replies.NOT_HERE

    def _standing(self, message: SlackMessage) -> str:
        if message.outside and not self.rules.guests:
            return replies.GUESTS
        return "" if self.rules.guests else permissions.standing_refusal(self.people.standing(message.user), self.rules)

    def _no_reply(self, message: SlackMessage) -> str:
        """Why a follow-up gets no reply; "" where it gets one."""
        asks, rules = self.services.store.slack_requests, self.rules
        return (
            self._standing(message)
            or permissions.followup_quota_refusal(asks, message.team, message.user, rules)
            or self.services.budget()
        )

    def _refusal(self, message: SlackMessage) -> str:
        """Why no survey is made for this one; "" where one is."""
        rules, asks = self.rules, self.services.store.slack_requests
        return (
            self._standing(message)
            or permissions.survey_quota_refusal(asks, message.team, message.user, message.channel, rules)
            or (replies.queue_full(self.surveys.next_position()) if self.surveys.waiting >= rules.waiting else "")
            or self.services.budget()
        )

    def _refuse(self, message: SlackMessage, text: str) -> None:
        """Politely, to whom it concerns, and once."""
        if self._claimed_as_over(message, "refused"):
            self.poster.post_ephemeral(_thread_of_message(message), text)

    def _say_once(self, message: SlackMessage, text: str) -> None:
        if self._claimed_as_over(message, "answered"):
            self.poster.post_line(_thread_of_message(message), text)

    def _claimed_as_over(self, message: SlackMessage, state: SlackRequestState) -> bool:
        new = NewSlackRequest(message.team, message.channel, message.ts, message.root, message.user, "followup", "")
        return self.services.store.slack_requests.claim(new, self.owner, 0.0, state=state) is not None

    def _sign(self, ask: SlackRequest, status: str) -> None:
        """The first thing seen; where a status cannot be set, the progress message will be."""
        self.slack.call_or_none(
            "assistant.threads.setStatus", channel_id=ask.channel, thread_ts=ask.thread_ts, status=status
        )

    # What else can happen to a question.

    def stop(self, row: int, user: str) -> str:
        """Stop an ask; what the one who wanted it should be told, "" where they will see it."""
        ask = self.services.store.slack_requests.get(row)
        if ask is None or ask.state not in ("waiting", "working"):
            return replies.NOTHING_RUNS
        if ask.user != user:
            return replies.NOT_YOURS
        asks = self.services.store.slack_requests
        if asks.withdraw(row):
            self._leave_line(ask)
            return replies.STOPPED
        asks.stop(row, "stopped")  # first: whichever process works on it looks there, too
        self.work.stop(row)
        return ""

    def _reworded(self, message: SlackMessage) -> bool:
        """Whether this is the edit of a question that we have already."""
        ask = self.services.store.slack_requests.of_message(message.team, message.channel, message.ts)
        if ask is None:
            return False
        self.reword(ask, message)
        return True

    def reword(self, ask: SlackRequest, message: SlackMessage) -> None:
        """The question was edited."""
        meant = parse_intent(message.raw)
        if ask.kind != "survey" or not isinstance(meant, NewSurvey):
            return
        new = self._new(message, meant.parsed_question)
        if (new.text, new.papers, new.language, new.refresh) == (ask.text, ask.papers, ask.language, ask.refresh):
            return
        if not self.services.store.slack_requests.reword(new) and ask.state == "working":
            self.poster.post_ephemeral(thread_of_request(ask), replies.TOO_LATE)

    def withdraw(self, ask: SlackRequest) -> None:
        """The question was deleted."""
        if ask.state not in ("waiting", "working"):
            return
        if self.services.store.slack_requests.withdraw(ask.row):
            self._leave_line(ask)
        else:
            self.services.store.slack_requests.stop(ask.row, "withdrawn")
            self.work.stop(ask.row)

    def _leave_line(self, ask: SlackRequest) -> None:
        self.surveys.remove(ask.row)
        self.follow_ups.remove(ask.row)
        self._sign(ask, "")


def _thread_of_message(message: SlackMessage) -> ThreadRef:
    return ThreadRef(message.team, message.channel, message.root, message.user)
