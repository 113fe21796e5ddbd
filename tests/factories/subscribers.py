"""What the tests of subscriptions share."""

from __future__ import annotations

from store.records.editions import Topic

ADA, BEN = "ada@example.org", "ben@example.org"


def with_topics(store, *slugs):
    for slug in slugs or ("speech", "lora"):
        store.topics.put(Topic(slug, slug.title(), slug))
    return store


def states(store, address, channel="mail"):
    return {subscription.topic: subscription.state for subscription in store.subscriptions.of_address(channel, address)}


def letters(store, kind=None):
    """Kind, address and time of every letter, in the order of planning."""
    planned = sorted(store.deliveries.list(edition="", limit=-1), key=lambda delivery: delivery.id)
    return [
        (delivery.kind, delivery.address, delivery.planned_at) for delivery in planned if kind in (None, delivery.kind)
    ]
