"""Doctor of the schedule: topics without digests, and digests that a clock made which was ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from digest.operator.silent_topics import silent_topics
from digest.ports import Finding
from store import Store

_MOST_TOLD = 5


def examine_topics(store: Store, now: datetime) -> Iterator[Finding]:
    """How many are active; silent topics, resting ones that somebody waits for, and digests of slots to come."""
    yield _count_active(store)
    for silent in silent_topics(store, now):
        step = f"paperroute digest {silent.topic.slug}" if silent.is_served else "paperroute serve"
        yield Finding("topic", "fail", f"{silent.topic.slug}: {silent.told}", step)
    for topic in store.topics.list():
        waiting = 0 if topic.active else store.subscriptions.counts(topic.slug).get("active", 0)
        if waiting:
            step = "Put it back into config.toml, or end its subscriptions."
            yield Finding("topic", "warn", f"{topic.slug}: it rests, and {waiting} subscriptions wait for it", step)
    yield from _examine_future(store, now)


def _count_active(store: Store) -> Finding:
    active = store.topics.list(active_only=True)
    if active:
        return Finding("topics", "ok", f"{len(active)} active: {', '.join(topic.slug for topic in active[:6])}")
    step = 'paperroute topics add speech --question "Speech recognition"'
    return Finding("topics", "warn", "none yet, so there is nothing to write digests of", step)


def _examine_future(store: Store, now: datetime) -> Iterator[Finding]:
    ahead = store.editions.future_digests(now)
    if ahead:
        named = ", ".join(f"{head.topic} ({head.slot:%Y-%m-%d})" for head in ahead[:_MOST_TOLD])
        rest = f" and {len(ahead) - _MOST_TOLD} more" if len(ahead) > _MOST_TOLD else ""
        detail = f"digests of slots to come: {named}{rest}. The clock was ahead when they were made, or is behind now"
        step = "Look at the clock (`date`); if it is right, do nothing: the next digests come at their slots."
        yield Finding("clock", "warn", detail, step)
