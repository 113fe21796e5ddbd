"""Slack channel of the outbox: a digest as one parent message, the rest in its thread.

Invariant: of one delivery every message is posted once; where a parent's fate is unknown, nobody posts it again
unasked. A conversation that is gone, archived or left rests its subscription, and its owner is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from bot.messages import replies
from bot.messages.digest import digest_post
from bot.messages.escape import mrkdwn
from bot.slack.canvas import Canvases
from bot.slack.client import TOKEN_ERRORS, Interrupted, Slack, SlackFailure
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import ThreadRef
from bot.slack.translator import Translator
from bot.slack.users import UserDirectory
from digest.ports import Outgoing, Receipt
from digest.render import edition_facts
from digest.render.formats import set_length
from digest.urls import SiteUrls
from store import Store
from store.records.editions import Edition
from store.records.lazy_text import LazyText

log = logging.getLogger(__name__)
_MOST_TITLE = 200
_REFUSED_TOKEN = 401  # as HTTP says it: for good, whatever is posted
_RETRY_SECONDS = 30.0  # seconds; the outbox tries again by itself


class SlackChannel:
    """archive_url: where the archive is; "" where there is none. opinions: whether readers are asked what they think of
    papers.
    """

    def __init__(self, slack: Slack, store: Store, archive_url: str = "", *, opinions: bool = True) -> None:
        self._slack, self._store, self._links, self._opinions = slack, store, SiteUrls(archive_url), opinions
        self._users = UserDirectory(slack)
        translator = Translator(self._users, store.slack_requests)
        self._publisher = MessagePublisher(slack, store.slack_posts, translator, _RETRY_SECONDS)
        self._canvases = Canvases(slack, self._publisher, store.slack_canvases)

    def send(self, outgoing: Outgoing, begin: Callable[[], object] = lambda: None) -> Receipt:
        """One digest into one conversation. Never raises for what Slack does."""
        if outgoing.edition is None:
            return Receipt("failed", "Slack gets digests only, and no letters", blames="content")
        began = bool(self._store.slack_posts.of("delivery", outgoing.delivery).get(0))
        begun: list[object] = []
        try:
            ts = self._post(outgoing, outgoing.edition, lambda: begun.append(begin()))
        except Interrupted:
            return Receipt("uncertain" if begun and not began else "retry", "the process ended")
        except SlackFailure as failure:
            return self._receipt_for(outgoing, outgoing.edition, failure)
        return Receipt("sent", f"posted as {ts}", message_id=ts)

    def close(self) -> None:
        self._slack.close()

    def _post(self, outgoing: Outgoing, edition: Edition, begin: Callable[[], object]) -> str:
        delivery = self._store.deliveries.get(outgoing.delivery)
        subscription = str(delivery.subscription) if delivery else ""
        channel = self._conversation(outgoing.address)
        shown, page = set_length(edition, outgoing.length), self._links.edition(edition.id)
        canvas = self._canvas_url(edition, channel)
        post = digest_post(
            shown, subscription=subscription, archive_url=page, canvas_url=canvas, opinions=self._opinions
        )
        begin()
        ts = self._publisher.post_parts(outgoing.delivery, ThreadRef(channel), [post.parent], "delivery")
        if channel.startswith("D"):  # there every thread is a session, which is listed by its title
            title = edition_facts.plain_title(edition, _MOST_TITLE)
            self._slack.call_or_none("agents.sessions.rename", channel_id=channel, thread_ts=ts, title=title)
        self._publisher.post_parts(outgoing.delivery, ThreadRef(channel, ts), post.thread, "delivery", first=1)
        return ts

    def _canvas_url(self, edition: Edition, channel: str) -> str:
        """Of the canvas that the topic keeps there; "" where none is yet, or none any more."""
        canvas = self._store.slack_canvases.get("topic", edition.topic, channel)
        return self._canvases.link(canvas.canvas) if canvas and canvas.canvas and canvas.kept else ""

    def _conversation(self, address: str) -> str:
        """Where to post: for a person, their direct channel with us."""
        if not address.startswith(("U", "W")):
            return address
        return str(
            self._slack.call_until_done("conversations.open", seconds=_RETRY_SECONDS, users=address)["channel"]["id"]
        )

    def _receipt_for(self, outgoing: Outgoing, edition: Edition, failure: SlackFailure) -> Receipt:
        if failure.error in replies.UNREACHABLE_REASONS:
            self._pause_subscription(outgoing, edition, replies.UNREACHABLE_REASONS[failure.error])
            return Receipt("failed", failure.message)
        if failure.error in TOKEN_ERRORS or not failure.permanent:
            parent = self._store.slack_posts.of("delivery", outgoing.delivery).get(0)
            unknown = failure.uncertain and failure.method == "chat.postMessage" and not parent
            code = _REFUSED_TOKEN if failure.error in TOKEN_ERRORS else 0
            return Receipt(
                "uncertain" if unknown else "retry", failure.message, blames="" if unknown else "relay", code=code
            )
        return Receipt("failed", failure.message, blames="content")

    def _pause_subscription(self, outgoing: Outgoing, edition: Edition, why: LazyText) -> None:
        delivery = self._store.deliveries.get(outgoing.delivery)
        if delivery is None:
            return
        kept = self._store.subscriptions.get(delivery.subscription)
        now = datetime.now(UTC)
        if self._store.subscriptions.move(delivery.subscription, ["active"], "paused", now, reason=why):
            self._tell_owner(kept.owner if kept else "", edition, why)

    def _tell_owner(self, owner: str, edition: Edition, why: LazyText) -> None:
        """To whoever subscribed; the log where there is nobody to tell."""
        log.warning("a subscription to %s rests: %s", edition.topic, why)
        opened = self._slack.call_or_none("conversations.open", users=owner) if owner else None
        if opened is not None:
            self._users.profile(owner)  # so that their language is known
            text = replies.digest_paused(mrkdwn(edition_facts.plain_title(edition)), why)
            self._publisher.post_line(ThreadRef(str(opened["channel"]["id"]), user=owner), text)
