"""Outgoing messages: a delivery put together for its channel, an edition or a notice, with its links.

Invariant: the same delivery is put together the same way at any time, but for the topics of a notice, which are those
that it is about when it goes out, and the reasons of papers that come from what its reader said, who may take it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from digest.feedback.reasons import address_reader
from digest.ports import Outgoing, SubscriptionNotice
from digest.subscriptions.signed_links import SignedLinks
from digest.text import language
from store import Store
from store.records.deliveries import Delivery, Subscription
from store.records.editions import Edition, EditionLength, Topic
from store.records.feedback import Reader

_FOR_ALL = ("welcome", "link")  # letters that may be about several topics, and have a way out of them
_SAME_CLICK = timedelta(minutes=1)  # what was confirmed with one click


class OutgoingBuilder:
    """confirm_hours: how long a link to confirm holds. length: of digests to whoever chose none. feedback: whether
    digests ask what their readers think.
    """

    def __init__(
        self,
        store: Store,
        tokens: SignedLinks,
        confirm_hours: float,
        length: EditionLength = "standard",
        *,
        feedback: bool = True,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._feedback = feedback
        self._hours = round(confirm_hours)
        self._length = length

    def __call__(self, delivery: Delivery, edition: Edition | None) -> Outgoing:
        subscription = self._store.subscriptions.get(delivery.subscription)
        length = (subscription and subscription.length) or self._length
        shown = edition and self._address(edition, delivery, subscription)
        if delivery.channel != "mail":
            return Outgoing(delivery.id, shown, delivery.address, "", self._previous(delivery), length=length)
        sign, number = self._tokens.sign, delivery.subscription
        return Outgoing(
            delivery.id,
            shown,
            delivery.address,
            sign("confirm" if delivery.kind == "confirm" else "unsubscribe", number),
            self._previous(delivery) if edition else (),
            None if edition else self._notice(delivery),
            # Whoever has not confirmed yet has nothing to see there.
            "" if delivery.kind == "confirm" else sign("preferences", number),
            length,
            sign("feedback", number) if edition and self._feedback else "",
            unsubscribe_all=sign("unsubscribe-all", number) if delivery.mail_hour or delivery.kind in _FOR_ALL else "",
            bounce=self._tokens.bounce_ids.sign(delivery.id),
            is_personal=shown is not edition,
        )

    def _address(self, edition: Edition, delivery: Delivery, subscription: Subscription | None) -> Edition:
        """With what its only reader said told as theirs; a Slack channel has many readers."""
        owner = subscription.owner if subscription and delivery.address.startswith("D") else ""
        reader = delivery.address if delivery.channel == "mail" else owner
        if not self._feedback or not reader:
            return edition
        return address_reader(edition, self._store.feedback.of_reader(Reader(delivery.channel, reader)))

    def _previous(self, delivery: Delivery) -> tuple[str, ...]:
        return self._store.deliveries.earlier_messages(delivery.subscription, delivery.id)

    def _notice(self, delivery: Delivery) -> SubscriptionNotice | None:
        """The notice, about every topic that it is for; None where the edition of a digest is gone."""
        if delivery.kind == "digest":
            return None
        topics = tuple(self._topic(slug) for slug in self._about(delivery))
        return SubscriptionNotice(delivery.kind, topics, _language(topics), delivery.planned_at, self._hours)

    def _about(self, delivery: Delivery) -> list[str]:
        """Slugs: the subscription's own first."""
        subscriptions = self._store.subscriptions.of_address(delivery.channel, delivery.address)
        slugs = [delivery.topic]
        for subscription in subscriptions:
            if subscription.topic not in slugs and _is_concerned(subscription, delivery, subscriptions):
                slugs.append(subscription.topic)
        return slugs

    def _topic(self, slug: str) -> Topic:
        """A topic that was removed meanwhile is still told of by its name."""
        return self._store.topics.get(slug) or Topic(slug, slug.replace("-", " ").capitalize())


def _is_concerned(subscription: Subscription, delivery: Delivery, all_: Sequence[Subscription]) -> bool:
    """Whether a notice to an address is about this one of its subscriptions, too."""
    if delivery.kind == "confirm":
        return subscription.state == "pending"
    if delivery.kind == "link":
        return subscription.state in ("active", "paused", "bounced")
    if delivery.kind == "welcome":
        since = delivery.planned_at - _SAME_CLICK
        confirmed = subscription.confirmed_at
        return subscription.state == "active" and confirmed is not None and confirmed >= since
    # Who left everything is told so; who keeps something, only what was left.
    return subscription.state == "unsubscribed" and not any(other.state in ("active", "paused") for other in all_)


def _language(topics: tuple[Topic, ...]) -> str:
    first = topics[0]
    return language.detect_language(first.question or first.title) if first.language == "auto" else first.language
