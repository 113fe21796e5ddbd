"""First digests: whoever subscribed in Slack hears when the first one has nothing new, since a quiet one is not posted.

Invariant: told once for each subscription, to its owner; a digest that is posted needs no telling.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.messages import replies
from bot.messages.escape import mrkdwn
from bot.slack.client import Slack
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import ThreadRef
from bot.slack.users import UserDirectory
from digest import cadence
from digest.render.safe_text import to_line
from store import Store
from store.records.deliveries import Subscription
from store.tables.editions import EditionHead
from store.tables.slack_requests import NewSlackRequest

_FRESH = timedelta(days=2)  # how long a subscription is new: later its owner knows


class FirstDigests:
    def __init__(self, slack: Slack, publisher: MessagePublisher, users: UserDirectory, store: Store) -> None:
        self._slack, self._publisher, self._users, self._store = slack, publisher, users, store

    def look(self) -> None:
        """Tell whom there is to tell. Never raises for what Slack does."""
        now = datetime.now(UTC)
        subscriptions = self._store.subscriptions.list(channel="slack", state="active")
        fresh = [one for one in subscriptions if one.owner and not one.last_sent_at and one.created_at > now - _FRESH]
        newest = self._store.edition_links.newest_by_topic(now) if fresh else {}
        for subscription in fresh:
            if digest := newest.get(subscription.topic):
                self._tell_if_quiet(subscription, digest, now)

    def _tell_if_quiet(self, subscription: Subscription, newest: EditionHead, now: datetime) -> None:
        if not newest.quiet or newest.created_at < subscription.created_at:
            return
        if self._store.slack_requests.of_message("", "", _telling_key(subscription)):
            return  # a look comes every few seconds, and a claim writes
        if self._store.deliveries.list(subscription=subscription.id, limit=1):
            return  # quiet ones are posted here
        if claim_telling(self._store, subscription):
            self._tell(subscription, newest, now)

    def _tell(self, subscription: Subscription, quiet: EditionHead, now: datetime) -> None:
        topic = self._store.topics.get(subscription.topic)
        opened = self._slack.call_or_none("conversations.open", users=subscription.owner)
        if topic is None or opened is None:
            return
        self._users.profile(subscription.owner)  # so that their language is known
        thread = ThreadRef(str(opened["channel"]["id"]), user=subscription.owner)
        why = mrkdwn(to_line(self._publisher.words_in(thread).show(quiet.quiet), 400))
        next_at = cadence.next_slot(topic.cadence, topic.at, topic.timezone, now)
        self._publisher.post_line(thread, replies.first_is_quiet(mrkdwn(to_line(topic.title, 150)), why, next_at))


def claim_telling(store: Store, subscription: Subscription) -> bool:
    """Whether nobody has told its owner yet; from here on somebody has."""
    told = NewSlackRequest(
        team="",
        channel="",
        ts=_telling_key(subscription),
        thread_ts="",
        user=subscription.owner,
        kind="followup",
        text="",
    )
    return store.slack_requests.claim(told, "", 0.0, state="answered") is not None


def _telling_key(subscription: Subscription) -> str:
    return f"first digest:{subscription.id}"
