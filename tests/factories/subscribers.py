"""What the tests of subscriptions share."""

from __future__ import annotations

from store.records.editions import Topic

ADA, BEN = "ada@example.org", "ben@example.org"


def with_topics(store, *slugs):
    for slug in slugs or ("speech", "lora"):
        store.topics.put(Topic(slug, slug.title(), slug))
    return store


def states(store, address, channel="mail"):
    return {one.topic: one.state for one in store.subscriptions.of_address(channel, address)}


def letters(store, kind=None):
    """Kind, address and time of every letter, in the order of planning."""
    planned = sorted(store.deliveries.list(edition="", limit=-1), key=lambda one: one.id)
    return [(one.kind, one.address, one.planned_at) for one in planned if kind in (None, one.kind)]
