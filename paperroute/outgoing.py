"""A row of the outbox -> what a channel sends: the edition or the letter, with its signed links.

Invariant: what it says is true when it is sent, not when it was planned: a letter names the subscriptions as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from digest.deliver import Compose
from digest.errors import BadInput
from digest.ports import Errand, Outgoing
from digest.tokens import Action
from digest.window import tongue_of
from paperroute.app import App
from store.records import Delivery, Edition, LetterKind, Subscription, SubscriptionState, Topic

_ABOUT: dict[LetterKind, SubscriptionState] = {"confirm": "pending", "welcome": "active", "goodbye": "unsubscribed"}


def outgoing(app: App) -> Compose:
    """For the deliveries of an open App; called from several threads at once. Raises ConfigError (keys)."""
    tokens = app.tokens

    def compose(delivery: Delivery, edition: Edition | None) -> Outgoing:
        """Raises BadInput where there is nothing to send, so that the delivery fails with this reason."""
        action: Action = "confirm" if delivery.kind == "confirm" else "unsubscribe"
        return Outgoing(
            delivery.id,
            edition,
            delivery.address,
            tokens.sign(action, delivery.subscription),
            app.store.deliveries.earlier_messages(delivery.subscription, delivery.id) if edition else (),
            None if edition else _errand(app, delivery),
            tokens.sign("preferences", delivery.subscription),
        )

    return compose


def _errand(app: App, delivery: Delivery) -> Errand:
    if delivery.kind == "digest":
        raise BadInput(f"The edition {delivery.edition} is no longer there.")
    topics = tuple(
        _topic(app, slug) for slug in dict.fromkeys(one.topic for one in _about(app, delivery, delivery.kind))
    )
    hours = math.floor(app.config.subscriptions.confirm_hours)
    return Errand(delivery.kind, topics, _language(topics[0]), delivery.planned_at, hours)


def _about(app: App, delivery: Delivery, kind: LetterKind) -> Sequence[Subscription]:
    """The letter's own subscription, and those of the same address that it speaks for."""
    own = app.store.subscriptions.get(delivery.subscription)
    if own is None:
        raise BadInput("Its subscription is no longer there.")
    others = [
        one
        for one in app.store.subscriptions.of_address(own.channel, own.address)
        if one.id != own.id and one.state == _ABOUT[kind]
    ]
    # A welcome greets what was confirmed in one go.
    return [own, *(one for one in others if kind != "welcome" or one.confirmed_at == own.confirmed_at)]


def _topic(app: App, slug: str) -> Topic:
    return app.store.topics.get(slug) or Topic(slug, slug)


def _language(topic: Topic) -> str:
    return tongue_of(topic.language, topic.question or " ".join(topic.queries) or topic.title)
