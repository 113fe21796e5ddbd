"""Thread reader: what people in a thread talk about, where we were asked for papers on that.

Invariant: nothing of what people wrote is kept but the topic, in terms; that the thread was read is said in it, once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.intents.intents import ThreadSurvey, parse_intent
from bot.intents.thread_topic import find_topic
from bot.messages import replies
from bot.messages.blocks import Message
from bot.messages.escape import mrkdwn
from bot.slack.client import Slack, SlackFailure
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import thread_of_request
from digest.errors import BadInput
from store.records.lazy_text import AnyText
from store.tables.slack_requests import SlackRequest, SlackRequests

_MOST_MESSAGES = 100
_NOTE_PART = 900  # the number of our line among the parts of an answer


class Unanswerable(BadInput):
    """A message that gets no answer. told: what whoever wrote it is told instead."""

    def __init__(self, told: AnyText) -> None:
        super().__init__(told)
        self.told = told


@dataclass(frozen=True)
class ThreadReader:
    slack: Slack
    publisher: MessagePublisher
    requests: SlackRequests

    def with_topic(self, request: SlackRequest) -> SlackRequest:
        """The same request, with the topic of its thread where it asks for that. Raises Unanswerable."""
        asked = parse_intent(request.text, "in a thread")
        if not isinstance(asked, ThreadSurvey) or request.edition:
            return request
        written = self._messages(request)
        topic = find_topic(written)
        if not topic:
            raise Unanswerable(replies.THREAD_EMPTY)
        thread = thread_of_request(request)
        told = self.publisher.words_in(thread).show(replies.thread_read(len(written), mrkdwn(topic)))
        self.publisher.post_parts(request.row, thread, [Message(told)], first=_NOTE_PART)
        question = " ".join(filter(None, (topic, asked.options.period)))
        self.requests.note_question(request.row, question)
        return replace(request, text=question)

    def _messages(self, request: SlackRequest) -> list[str]:
        """What people wrote before they asked us, oldest first."""
        try:
            page = self.slack.call_until_done(
                "conversations.replies",
                seconds=20.0,
                channel=request.channel,
                ts=request.thread_ts,
                limit=_MOST_MESSAGES,
            )
        except SlackFailure as failure:
            told = replies.THREAD_UNREADABLE if failure.permanent else replies.THREAD_AWAY
            raise Unanswerable(told) from None
        until = request.ts if request.ts[:1].isdigit() else f"{datetime.now(UTC).timestamp()}"
        return [
            str(message["text"])
            for message in page.get("messages") or ()
            if message.get("text") and not message.get("bot_id") and float(message.get("ts") or 0) < float(until)
        ]
