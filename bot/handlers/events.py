"""Slack event, shortcut and button-click listeners (Bolt), wired to the dispatcher.

Invariant: a listener claims, puts into a queue and returns; it does no work of its own that could take long. Commands,
clicks and submissions are acknowledged before anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from bot import ids
from bot.handlers.dispatcher import Dispatcher
from bot.handlers.inbox import EventInbox
from bot.handlers.payload import (
    Body,
    action_value,
    message_of_click,
    once_key,
    response_url,
    team_id,
    thread_of_click,
    user_id,
)
from bot.intents.edition_views import ALL_PAPERS_REQUEST, FULL_SURVEY_REQUEST
from bot.intents.intents import (
    FILE_REQUEST,
    SEARCH_FILE_REQUEST,
    NewSurvey,
    SearchPapers,
    TooLong,
    parse_intent,
)
from bot.intents.message_event import parse_message_event
from bot.messages import replies
from bot.messages.reply import evidence_message
from bot.settings import Identity
from bot.slack.canvas import CANVAS_REQUEST
from bot.slack.client import Slack
from bot.slack.connection import Ack, App
from bot.slack.thread import thread_of_request
from digest.question.limits_input import limits_of, wanted_papers
from digest.render import edition_facts
from digest.render.formats import BIBTEX
from store.records.editions import Edition
from store.tables.slack_requests import NewSlackRequest, SlackRequest
from store.tables.slack_threads import Opinion


class Listeners:
    def __init__(self, dispatcher: Dispatcher, slack: Slack, me: Identity) -> None:
        self._dispatcher, self._slack, self._me = dispatcher, slack, me
        self._store = dispatcher.services.store

    def register(self, app: App, inbox: EventInbox) -> None:
        listeners = {ids.MENTION: self.mention, ids.MESSAGE: self.message, ids.SESSION_STOPPED: self.session_stopped}
        inbox.register(app, listeners)
        app.event(ids.SESSION_RENAMED)(self.session_renamed)
        app.message_shortcut(ids.SURVEY_THIS)(self.survey_this)
        clicks: dict[str, Callable[..., None]] = {
            ids.STOP: self.stop,
            ids.RETRY: self.retry,
            ids.ALL_PAPERS: self.all_papers,
            ids.FULL_SURVEY: self.full_survey,
            ids.OPEN_CANVAS: self.open_canvas,
            ids.REFRESH: self.refresh,
            ids.NARROWER: self.narrower,
            ids.DOWNLOAD: self.download,
            ids.BIBTEX: self.download,
            ids.FEEDBACK: self.feedback,
            ids.EVIDENCE: self.evidence,
            ids.OPEN_ARCHIVE: self.open_link,
            ids.TOPIC_CANVAS: self.open_link,
            **dict.fromkeys(ids.OPEN_PAPERS, self.open_link),
        }
        for action, clicked in clicks.items():
            app.action(action)(clicked)

    # Messages.

    def mention(self, event: Body, body: Body) -> None:
        if message := parse_message_event(event, team_id(body), self._me.user):
            self._dispatcher.message(message)

    def message(self, event: Body, body: Body) -> None:
        """A message; the twin of a mention is left to the mention, which tells more."""
        subtype = event.get("subtype")
        if subtype in ("message_changed", "message_deleted"):
            self._changed(event, team_id(body))
            return
        message = parse_message_event(event, team_id(body), self._me.user)
        if message and (message.direct or not message.mentions):
            self._dispatcher.message(message)

    def _changed(self, event: Body, team: str) -> None:
        before = event.get("previous_message") or {}
        ts = str(event.get("deleted_ts") or (event.get("message") or {}).get("ts") or before.get("ts") or "")
        request = self._store.slack_requests.of_message(team, str(event.get("channel", "")), ts)
        if request is None:
            return
        if event.get("subtype") == "message_deleted":
            self._dispatcher.withdraw(request)
            return
        now = dict(event.get("message") or {}) | {"channel": request.channel}
        if message := parse_message_event(now, team, self._me.user):
            self._dispatcher.reword(request, message)

    def session_stopped(self, event: Body, body: Body) -> None:
        """Slack's own Stop."""
        team, channel = team_id(body), str(event.get("channel") or event.get("channel_id") or "")
        user, publisher = str(event.get("user", "")), self._dispatcher.publisher
        for request in self._store.slack_requests.open_in(team, channel, str(event.get("thread_ts", ""))):
            self._dispatcher.worker.leave_stream(request.row)  # Slack has stopped it, whoever pressed
            answer, thread = self._dispatcher.stop(request.row, user), thread_of_request(request)
            if answer == replies.STOPPED:  # it waited, so that nothing else in its thread tells
                publisher.post_line(thread, answer)
            elif answer:
                publisher.post_ephemeral(replace(thread, user=user), answer)

    def session_renamed(self, event: Body) -> None:
        """A title is the people's: it is set where a session begins, and never again."""

    def survey_this(self, ack: Ack, body: Body) -> None:
        """The message shortcut: someone else's words become the presser's question."""
        ack()
        written = dict(body.get("message") or {})
        channel, user = str(body["channel"]["id"]), user_id(body)
        asked = written | {"user": user, "channel": channel, "team": team_id(body), "bot_id": None, "subtype": None}
        message = parse_message_event(asked, team_id(body), self._me.user)
        intent = parse_intent(message.raw) if message else None
        if message is None or not isinstance(intent, NewSurvey | SearchPapers):
            why = replies.too_long(intent.characters) if isinstance(intent, TooLong) else replies.NO_QUESTION
            self._dispatcher.publisher.post_ephemeral(thread_of_click(body), why)
            return
        new = NewSlackRequest(
            team=message.team,
            channel=message.channel,
            ts=once_key("shortcut", message.ts, user),
            thread_ts=message.root,
            user=message.user,
            kind="survey" if isinstance(intent, NewSurvey) else "followup",
            text=intent.parsed_question.question if isinstance(intent, NewSurvey) else message.raw,
        )
        self._dispatcher.claim_click(message, new, url=response_url(body))

    # Clicks. Their values come from outside: what they name is looked up, and who may is decided here.

    def stop(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        row = action_value(action)
        answer = self._dispatcher.stop(int(row), user_id(body)) if row.isdecimal() else replies.NOTHING_RUNS
        if answer:
            self._dispatcher.publisher.post_ephemeral(thread_of_click(body), answer)

    def retry(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        request = self._find_request(action_value(action), body)
        if request is None:
            self._dispatcher.publisher.post_ephemeral(thread_of_click(body), replies.NOTHING_RUNS)
            return
        new = NewSlackRequest(
            team=request.team,
            channel=request.channel,
            ts=once_key("retry", request.row),
            thread_ts=request.thread_ts,
            user=user_id(body),
            kind=request.kind,
            text=request.text,
            refresh=request.refresh,
            language=request.language,
            papers=request.papers,
            limits=request.limits,
            length=request.length,
        )
        self._dispatcher.claim_click(message_of_click(body), new, request.edition, url=response_url(body))

    def _find_request(self, row: str, body: Body) -> SlackRequest | None:
        """One of the conversation that the click was in."""
        request = self._store.slack_requests.get(int(row)) if row.isdecimal() else None
        is_here = request and (request.team, request.channel) == (team_id(body), thread_of_click(body).channel)
        return request if is_here else None

    def refresh(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        edition = self._store.editions.get(action_value(action))
        if edition is None or edition.kind != "survey":
            self._dispatcher.publisher.post_ephemeral(thread_of_click(body), replies.EDITION_GONE)
            return
        once = once_key("refresh", edition.id, thread_of_click(body).thread_ts)
        self._ask_from(body, edition, edition.question, once, refresh=True)

    def narrower(self, ack: Ack, body: Body, action: Body) -> None:
        """One of the questions that a survey on a broad one offers."""
        ack()
        place, _, id_ = action_value(action).partition(" ")
        edition = self._store.editions.get(id_)
        offered = edition_facts.narrower_questions(edition) if edition else []
        if edition is None or not place.isdecimal() or int(place) >= len(offered):
            self._dispatcher.publisher.post_ephemeral(thread_of_click(body), replies.EDITION_GONE)
            return
        once = once_key("narrower", place, edition.id, thread_of_click(body).thread_ts)
        self._ask_from(body, edition, offered[int(place)], once)

    def _ask_from(self, body: Body, edition: Edition, question: str, once: str, *, refresh: bool = False) -> None:
        """A question with the limits and the language of a survey that is there. once: what makes a click one click."""
        thread = thread_of_click(body)
        new = NewSlackRequest(
            team=thread.team,
            channel=thread.channel,
            ts=once,
            thread_ts=thread.thread_ts,
            user=thread.user,
            kind="survey",
            text=question,
            refresh=refresh,
            language=edition.language,
            papers=wanted_papers(edition) or 0,
            limits=limits_of(edition),
            length=self._store.slack_requests.length_asked(thread.team, thread.channel, edition.id),
        )
        self._dispatcher.claim_click(message_of_click(body), new, url=response_url(body))

    def all_papers(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        self._show(body, action, ALL_PAPERS_REQUEST)

    def full_survey(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        self._show(body, action, FULL_SURVEY_REQUEST)

    def _show(self, body: Body, action: Body, text: str) -> None:
        """What stands behind the first screen, once in a thread, whoever presses."""
        thread, edition = thread_of_click(body), action_value(action)
        if self._store.editions.get(edition) is None:
            self._dispatcher.publisher.post_ephemeral(thread, replies.EDITION_GONE)
            return
        once = once_key(text, edition, thread.thread_ts)
        if shown := self._store.slack_requests.of_message(thread.team, thread.channel, once):
            if shown.state == "answered":
                self._dispatcher.publisher.post_ephemeral(thread, replies.SHOWN_ALREADY)
                return
            if not shown.is_open:
                once = once_key(text, edition, thread.thread_ts, action.get("action_ts", ""))
        self._claim_follow_up(body, edition, text, once)

    def _claim_follow_up(self, body: Body, edition: str, text: str, once: str) -> None:
        """once: what makes a click one click."""
        thread = thread_of_click(body)
        new = NewSlackRequest(
            team=thread.team,
            channel=thread.channel,
            ts=once,
            thread_ts=thread.thread_ts,
            user=thread.user,
            kind="followup",
            text=text,
        )
        self._dispatcher.claim_click(message_of_click(body), new, edition, url=response_url(body))

    def open_canvas(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        edition = action_value(action)
        if self._store.editions.get(edition) is None:
            self._dispatcher.publisher.post_ephemeral(thread_of_click(body), replies.EDITION_GONE)
            return
        self._claim_follow_up(body, edition, CANVAS_REQUEST, once_key("canvas", action.get("action_ts", "")))

    def download(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        form, _, id_ = action_value(action).rpartition(" ")
        edition = ""
        if id_.startswith(ids.OF_REQUEST):
            asked = self._find_request(id_.removeprefix(ids.OF_REQUEST), body)
            text = SEARCH_FILE_REQUEST.format(asked.text, form) if asked else ""
        else:
            edition = id_ if self._store.editions.get(id_) else ""
            text = FILE_REQUEST.format(form or BIBTEX.name) if edition else ""
        if not text:
            self._dispatcher.publisher.post_ephemeral(thread_of_click(body), replies.EDITION_GONE)
            return
        self._claim_follow_up(body, edition, text, once_key("download", action.get("action_ts", "")))

    def feedback(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        opinion, _, id_ = action_value(action).partition(" ")
        if opinion not in ("good", "bad") or self._store.editions.get(id_) is None:
            self._dispatcher.publisher.post_ephemeral(thread_of_click(body), replies.EDITION_GONE)
            return
        kept: Opinion = "good" if opinion == "good" else "bad"
        self._store.slack_threads.judge(id_, team_id(body), user_id(body), kept, datetime.now(UTC))
        self._dispatcher.publisher.post_ephemeral(thread_of_click(body), replies.FEEDBACK_NOTED[kept])

    def evidence(self, ack: Ack, body: Body, action: Body) -> None:
        """What the statements of a part of the text rest on, to who asks alone."""
        ack()
        thread, (part, _, id_) = thread_of_click(body), action_value(action).partition(" ")
        if refusal := self._dispatcher.person_refusal(thread.team, thread.channel, thread.user):
            self._dispatcher.publisher.post_ephemeral(thread, refusal)
            return
        edition = self._store.editions.get(id_)
        message = evidence_message(edition, int(part)) if edition and re.fullmatch(r"-1|\d{1,3}", part) else None
        if message is None:
            self._dispatcher.publisher.post_ephemeral(thread, replies.EDITION_GONE)
            return
        self._dispatcher.publisher.post_ephemeral(thread, message.text, message.blocks)

    def open_link(self, ack: Ack) -> None:
        """A link: Slack opens it, and wants to hear that we know."""
        ack()
