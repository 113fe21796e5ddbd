"""ThreadRef: the Slack thread that a message goes to, and for whom."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.intents.message_event import SlackMessage, extract_question
from store.tables.slack_requests import SlackRequest


@dataclass(frozen=True)
class ThreadRef:
    """thread_ts: "" for the conversation itself. user: who alone sees an ephemeral line, and whom a line speaks to.

    question: the words that it answers, whose language it takes; "" where they are not at hand. response_url: by which
    whoever clicked is reached where nothing else does, a secret; "" where nobody clicked just now.
    """

    channel: str
    thread_ts: str = ""
    user: str = ""
    team: str = ""
    question: str = ""
    response_url: str = field(default="", repr=False, compare=False)


def thread_of_request(request: SlackRequest) -> ThreadRef:
    return ThreadRef(request.channel, request.thread_ts, request.user, request.team, request.text)


def thread_of_message(message: SlackMessage) -> ThreadRef:
    """Where its answer goes: the thread that it stands in, or that it begins."""
    return ThreadRef(message.channel, message.root, message.user, message.team, extract_question(message.raw))
