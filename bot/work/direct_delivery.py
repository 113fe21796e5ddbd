"""Direct delivery: what was asked where the bot cannot answer is answered in a direct message to whoever asked.

Invariant: a request that is moved keeps its row, and what claimed it stays claimed, so that it is answered once; the
person is told where, by the one way that reaches them there. Section 8 of Slack's own order: the thread, a direct
message, the response URL alone.
"""

from __future__ import annotations

import logging

from bot.intents.message_event import extract_question
from bot.messages import replies
from bot.messages.blocks import Message
from bot.messages.escape import mrkdwn
from bot.slack.client import Slack, SlackFailure
from bot.slack.publisher import MessagePublisher
from bot.slack.response_url import ResponseUrls, respond
from bot.slack.thread import ThreadRef, thread_of_request
from digest.render.safe_text import to_line
from store import Store
from store.records.lazy_text import AnyText
from store.tables.slack_requests import SlackRequest

log = logging.getLogger(__name__)
_SECONDS = 10.0  # in which the direct message is tried
_OPENING_PART = 901  # the number of the message that begins the thread there, far from those of an answer's parts
UNREACHABLE = {
    *("not_in_channel", "channel_not_found", "is_archived", "restricted_action", "user_not_in_channel"),
    *(
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_non_threadable",
    ),
}


class DirectDelivery:
    def __init__(self, slack: Slack, publisher: MessagePublisher, store: Store, urls: ResponseUrls) -> None:
        self._slack, self._publisher, self._store, self._urls = slack, publisher, store, urls

    def place(self, request: SlackRequest, url: str) -> SlackRequest | None:
        """What a click or a shortcut asks for, where it can be answered: in its place, or else moved. None where nobody
        can be reached: then it is over, and whoever clicked was told so. url: the response URL.
        """
        self._urls.keep(request.row, url)
        if not self._is_out_of_reach(request, replies.LOOKING_INTO_IT):
            return request
        if (moved := self.move(request)) is None:
            self._store.slack_requests.end(request.row, "failed")
            self._tell(request, replies.NOT_REACHABLE)
        return moved

    def move_unreachable(self, request: SlackRequest) -> SlackRequest | None:
        """Likewise of one that could not be told something; None where that has another cause."""
        return self.move(request) if self._is_out_of_reach(request, "") else None

    def move(self, request: SlackRequest) -> SlackRequest | None:  # decision 126
        """The request as it goes on in a direct message; None where it is in one, or none can be sent."""
        try:
            channel = str(
                self._slack.call_until_done("conversations.open", seconds=_SECONDS, users=request.user)["channel"]["id"]
            )
            if channel == request.channel:
                return None
            ts = self._begin_thread(request, channel)
        except SlackFailure as failure:
            log.warning("request %d reaches nobody: %s", request.row, failure.error)
            return None
        moved = self._store.slack_requests.move(request.row, channel, ts)
        self._store.slack_posts.forget("ask", request.row, below=_OPENING_PART)
        self._tell(request, replies.answered_directly(self._slack.permalink(channel, ts)))
        return moved

    def _begin_thread(self, request: SlackRequest, channel: str) -> str:
        """The ts of the message that says in the direct message what is answered there."""
        link = self._slack.permalink(request.channel, request.thread_ts)
        asked = mrkdwn(to_line(extract_question(request.text), 300))
        thread = ThreadRef(channel, "", request.user, request.team, request.text)
        text = self._publisher.words_in(thread).show(replies.asked_elsewhere(asked, link))
        return self._publisher.post_parts(request.row, thread, [Message(text)], first=_OPENING_PART)

    def _is_out_of_reach(self, request: SlackRequest, sign: AnyText) -> bool:
        """By a sign in the thread: where that is refused, an answer would be, too."""
        thread = thread_of_request(request)
        status = self._publisher.words_in(thread).show(sign)
        try:
            self._slack.call(
                "assistant.threads.setStatus",
                quick=True,
                channel_id=thread.channel,
                thread_ts=thread.thread_ts,
                status=status,
            )
        except SlackFailure as failure:
            return failure.error in UNREACHABLE
        return False

    def _tell(self, request: SlackRequest, text: AnyText) -> None:
        said = self._publisher.words_in(thread_of_request(request)).show(text)
        respond(self._slack, self._urls.of(request.row), said)
