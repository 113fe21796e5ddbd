"""Composition of the store alone: where the configuration says, with the topics that stand there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from paperroute.config.load import Config
from store import Store


@contextmanager
def open_store(config: Config) -> Iterator[Store]:
    """Open it, and close it at the end. Raises StoreError."""
    with Store.open(config.store.path, url=config.store.url, busy_seconds=config.store.busy_seconds) as store:
        if not store.readonly:
            _sync_topics(config, store)
        yield store


def find_place(config: Config, said: str) -> str:
    """A file or an address as it was said; of the word "configured", those of the configuration's store."""
    return (config.store.url or str(config.store.path)) if said == "configured" else said


def _sync_topics(config: Config, store: Store) -> None:  # decision 10
    """Make the store's topics those of the file: new and changed ones are put, ones no longer there are put to rest.

    A resting topic keeps its editions. A topic of the file takes the place of one of the same slug made by command. A
    configuration without any topic says nothing of topics: it may be that the file is not there.
    """
    if not config.topics:
        return
    named = {section.slug: section.topic() for section in config.topics}
    stored = {topic.slug: topic for topic in store.topics.list()}
    for slug, topic in named.items():
        if stored.get(slug) != topic:
            store.topics.put(topic)
    for slug, topic in stored.items():
        if topic.origin == "config" and topic.active and slug not in named:
            store.topics.put(replace(topic, active=False))
