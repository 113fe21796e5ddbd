"""Inbox of events: each is kept in the store before Slack is told that it is there, and taken out once it is done.

Invariant: an event that may ask something of us is acknowledged only after it was kept; where it cannot be kept, Slack
hears nothing and tells it again. What a process that died, or a listener that failed, left here, somebody goes on with.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

from bot import ids
from bot.handlers.payload import Body
from bot.settings import Identity
from bot.slack.connection import Ack, App
from store.tables.slack_posts import SlackInbox

log = logging.getLogger(__name__)
EventListener = Callable[[Body, Body], None]


class EventInbox:  # decision 117
    """executor: where events go on that were left; owner: of this process; lease: in seconds, of one elsewhere."""

    def __init__(self, kept: SlackInbox, me: Identity, executor: Executor, owner: str, lease: float) -> None:
        self._kept, self._me, self._executor, self._owner, self._lease = kept, me, executor, owner, lease
        self._listeners: Mapping[str, EventListener] = {}

    def register(self, app: App, listeners: Mapping[str, EventListener]) -> None:
        """listeners: by the type of the event."""
        self._listeners = listeners
        app.use(self._keep)
        for kind in listeners:
            app.event(kind)(self._listener)

    def take_over(self) -> None:
        """Go on with what dead processes left, and with what failed here."""
        for id_, body in self._kept.adopt(self._owner, self._lease):
            log.info("event %s is taken over", id_)
            self._executor.submit(self._run, id_, body["event"], body)

    def _keep(self, ack: Ack, body: Body, next_: Callable[[], Any]) -> Any:
        """Before anything is acknowledged. Raises StoreError, upon which Slack is told nothing."""
        if self._may_ask(body) and not self._kept.add(_id(body), body, self._owner):
            return ack()  # told again while it is being worked on
        return next_()

    def _may_ask(self, body: Body) -> bool:
        """Whether it may be for us: what people say to each other in a channel is not kept for a moment."""
        event = body.get("event") or {}
        if not _id(body) or event.get("type") not in self._listeners or event.get("bot_id"):
            return False
        is_addressed = f"<@{self._me.user}" in str(event.get("text") or "") or event.get("channel_type") == "im"
        return event["type"] != ids.MESSAGE or is_addressed or bool(event.get("thread_ts") or event.get("subtype"))

    def _listener(self, event: Body, body: Body) -> None:
        self._run(_id(body), event, body)

    def _run(self, id_: str, event: Body, body: Body) -> None:
        try:
            self._listeners[str(event["type"])](event, body)
        except Exception:
            log.exception("event %s failed", id_)
            self._kept.release(self._owner, id_)
        else:
            self._kept.remove(id_)


def _id(body: Body) -> str:
    return str(body.get("event_id") or "")
