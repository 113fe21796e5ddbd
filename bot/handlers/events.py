"""Slack event, shortcut and button-click listeners (Bolt), wired to the dispatcher.

Invariant: a listener claims, puts into a line and returns; it does no work of its own that could take long. Commands,
clicks and submissions are acknowledged before anything else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from slack_bolt import Ack, App

from bot import ids
from bot.handlers.dispatcher import Dispatcher
from bot.intents.intents import NewSurvey, TooLong, parse_intent
from bot.intents.message_event import SlackMessage, parse_message_event
from bot.settings import Identity
from bot.slack.client import Slack
from bot.slack.progress import ThreadRef
from bot.texts import replies
from store.tables.slack_requests import NewSlackRequest
from store.tables.slack_threads import Opinion

log = logging.getLogger(__name__)
Body = Mapping[str, Any]


class Listeners:
    def __init__(self, desk: Dispatcher, slack: Slack, me: Identity) -> None:
        self._desk, self._slack, self._me = desk, slack, me
        self._store = desk.services.store

    def register(self, app: App) -> None:
        app.event(ids.MENTION)(self.mention)
        app.event(ids.MESSAGE)(self.message)
        app.event(ids.SESSION_STOPPED)(self.session_stopped)
        app.message_shortcut(ids.SURVEY_THIS)(self.survey_this)
        clicks: dict[str, Callable[..., None]] = {
            ids.STOP: self.stop,
            ids.RETRY: self.retry,
            ids.REFRESH: self.refresh,
            ids.BIBTEX: self.bibtex,
            ids.FEEDBACK: self.feedback,
            ids.OPEN_ARCHIVE: self.open_archive,
        }
        for action, clicked in clicks.items():
            app.action(action)(clicked)

    # Messages.

    def mention(self, event: Body, body: Body) -> None:
        if message := parse_message_event(event, _team_id(body), self._me.user):
            self._desk.message(message)

    def message(self, event: Body, body: Body) -> None:
        """A message; the twin of a mention is left to the mention, which tells more."""
        subtype = event.get("subtype")
        if subtype in ("message_changed", "message_deleted"):
            self._changed(event, _team_id(body))
            return
        message = parse_message_event(event, _team_id(body), self._me.user)
        if message and (message.direct or not message.mentions):
            self._desk.message(message)

    def _changed(self, event: Body, team: str) -> None:
        before = event.get("previous_message") or {}
        ts = str(event.get("deleted_ts") or (event.get("message") or {}).get("ts") or before.get("ts") or "")
        ask = self._store.slack_requests.of_message(team, str(event.get("channel", "")), ts)
        if ask is None:
            return
        if event.get("subtype") == "message_deleted":
            self._desk.withdraw(ask)
            return
        now = dict(event.get("message") or {}) | {"channel": ask.channel}
        if message := parse_message_event(now, team, self._me.user):
            self._desk.reword(ask, message)

    def session_stopped(self, event: Body, body: Body) -> None:
        """Slack's own Stop."""
        team, channel = _team_id(body), str(event.get("channel") or event.get("channel_id") or "")
        for ask in self._store.slack_requests.open_in(team, channel, str(event.get("thread_ts", ""))):
            self._desk.stop(ask.row, str(event.get("user", "")))

    def survey_this(self, ack: Ack, body: Body) -> None:
        """The message shortcut: someone else's words become the presser's question."""
        ack()
        said = dict(body.get("message") or {})
        channel, user = str(body["channel"]["id"]), str(body["user"]["id"])
        asked = said | {"user": user, "channel": channel, "team": _team_id(body), "bot_id": None, "subtype": None}
        message = parse_message_event(asked, _team_id(body), self._me.user)
        meant = parse_intent(message.raw) if message else None
        if message is None or not isinstance(meant, NewSurvey):
            said_why = replies.too_long(meant.characters) if isinstance(meant, TooLong) else replies.NO_QUESTION
            self._desk.poster.post_ephemeral(_thread_of_click(body), said_why)
            return
        mark = f"shortcut:{message.ts}:{user}"
        place = (message.team, message.channel, mark, message.root, message.user)
        self._desk.claim_click(message, NewSlackRequest(*place, "survey", meant.parsed_question.question))

    # Clicks. Their values come from outside: what they name is looked up, and who may is decided here.

    def stop(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        row = str(action.get("value", ""))
        said = self._desk.stop(int(row), _user_id(body)) if row.isdecimal() else replies.NOTHING_RUNS
        if said:
            self._desk.poster.post_ephemeral(_thread_of_click(body), said)

    def retry(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        row = str(action.get("value", ""))
        ask = self._store.slack_requests.get(int(row)) if row.isdecimal() else None
        if ask is None or ask.team != _team_id(body) or ask.channel != _thread_of_click(body).channel:
            self._desk.poster.post_ephemeral(_thread_of_click(body), replies.NOTHING_RUNS)
            return
        new = NewSlackRequest(
            *(
                ask.team,
                ask.channel,
                f"retry:{ask.row}",
                ask.thread_ts,
                _user_id(body),
                ask.kind,
                ask.text,
                ask.refresh,
            ),
            language=ask.language,
            papers=ask.papers,
        )
        self._desk.claim_click(_message_of_click(body), new, ask.edition)

    def refresh(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        edition = self._store.editions.get(str(action.get("value", "")))
        if edition is None or edition.kind != "survey":
            self._desk.poster.post_ephemeral(_thread_of_click(body), replies.EDITION_GONE)
            return
        place = _thread_of_click(body)
        mark = f"refresh:{edition.id}:{place.thread_ts}"
        new = NewSlackRequest(
            *(place.team, place.channel, mark, place.thread_ts, place.user, "survey", edition.question),
            refresh=True,
            language=edition.language,
        )
        self._desk.claim_click(_message_of_click(body), new)

    def bibtex(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        edition = self._store.editions.get(str(action.get("value", "")))
        if edition is None:
            self._desk.poster.post_ephemeral(_thread_of_click(body), replies.EDITION_GONE)
            return
        place = _thread_of_click(body)
        mark = f"bibtex:{action.get('action_ts', '')}"
        new = NewSlackRequest(place.team, place.channel, mark, place.thread_ts, place.user, "followup", "BibTeX")
        self._desk.claim_click(_message_of_click(body), new, edition.id)

    def feedback(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        opinion, _, id_ = str(action.get("value", "")).partition(" ")
        if opinion not in ("good", "bad") or self._store.editions.get(id_) is None:
            self._desk.poster.post_ephemeral(_thread_of_click(body), replies.EDITION_GONE)
            return
        kept: Opinion = "good" if opinion == "good" else "bad"
        self._store.slack_threads.judge(id_, _team_id(body), _user_id(body), kept, datetime.now(UTC))
        self._desk.poster.post_ephemeral(_thread_of_click(body), replies.FEEDBACK_NOTED[kept])

    def open_archive(self, ack: Ack) -> None:
        """A link: Slack opens it, and wants to hear that we know."""
        ack()


def _team_id(body: Body) -> str:
    team = body.get("team")
    return str(body.get("team_id") or (team or {}).get("id") or "")


def _user_id(body: Body) -> str:
    return str((body.get("user") or {}).get("id") or "")


def _thread_of_click(body: Body) -> ThreadRef:
    """The thread that a click happened in, and who clicked."""
    message, container = body.get("message") or {}, body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    ts = str(message.get("thread_ts") or message.get("ts") or container.get("message_ts") or "")
    return ThreadRef(_team_id(body), channel, ts, _user_id(body))


def _message_of_click(body: Body) -> SlackMessage:
    """Who clicked, as if they had written: the same rules are for them."""
    place = _thread_of_click(body)
    outside = ((body.get("user") or {}).get("team_id") or place.team) != place.team
    direct = place.channel.startswith("D")
    return SlackMessage(
        place.team, place.channel, place.thread_ts, place.thread_ts, place.user, "", direct, True, outside
    )
