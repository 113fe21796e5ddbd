"""Canvas clicks: an answer that is to be opened as a canvas goes into the queue, as a follow-up does.

Invariant: as for other clicks: acknowledged first, and what the button names is looked up.
"""

from __future__ import annotations

from bot import ids
from bot.handlers.dispatcher import Dispatcher
from bot.handlers.payload import Body, action_value, message_of_click, once_key, response_url, thread_of_click
from bot.messages import replies
from bot.slack.canvas import CANVAS_REQUEST
from bot.slack.connection import Ack, App
from store.tables.slack_requests import NewSlackRequest


class CanvasListeners:
    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def register(self, app: App) -> None:
        app.action(ids.OPEN_CANVAS)(self.open_canvas)

    def open_canvas(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        thread, edition = thread_of_click(body), action_value(action)
        if self._dispatcher.services.store.editions.get(edition) is None:
            self._dispatcher.publisher.post_ephemeral(thread, replies.EDITION_GONE)
            return
        new = NewSlackRequest(
            team=thread.team,
            channel=thread.channel,
            ts=once_key("canvas", action.get("action_ts", "")),
            thread_ts=thread.thread_ts,
            user=thread.user,
            kind="followup",
            text=CANVAS_REQUEST,
        )
        self._dispatcher.claim_click(message_of_click(body), new, edition, url=response_url(body))
