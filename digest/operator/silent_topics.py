"""Silent topics: active ones of which two slots in a row have passed without a digest, each with its reason.

Invariant: a quiet digest is one, too; what a topic's digest said or to whom it went is not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest import cadence
from store import Store
from store.records.editions import Topic
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext
from store.tables.schedule import PostponedDigest

_SCHEDULE = "schedule"  # the part of the service that makes digests
_MOST_DAYS = 92  # two months of a monthly cadence, and what may be missing of a third


@dataclass(frozen=True)
class SilentTopic:
    """since: the slot of its last digest; None where it never had one. missed: slots after that."""

    topic: Topic
    since: datetime | None
    missed: int
    reason: AnyText
    is_served: bool  # whether a service runs that makes digests

    @property
    def told(self) -> AnyText:
        """In a line for the reader, the reason included."""
        if self.since is None:
            return lazy_ngettext(
                "no digest yet, and {n} slot has passed: {reason}",
                "no digest yet, and {n} slots have passed: {reason}",
                self.missed,
                reason=self.reason,
            )
        return lazy_ngettext(
            "no digest since {day}, and {n} slot has passed: {reason}",
            "no digest since {day}, and {n} slots have passed: {reason}",
            self.missed,
            day=self.since.date().isoformat(),
            reason=self.reason,
        )


def silent_topics(store: Store, now: datetime) -> list[SilentTopic]:
    """By slug."""
    newest, watched = store.edition_links.newest_by_topic(now), store.topics.watched_since()
    failed = {attempt.topic: attempt for attempt in store.digest_attempts.list() if attempt.slot <= now}
    runs = any(said.part.part == _SCHEDULE and not store.is_gone(said.owner) for said in store.part_states.list(now))
    found = []
    for topic in store.topics.list(active_only=True):
        last = newest.get(topic.slug)
        since = last.slot if last else None
        missed = _count_missed(topic, since or watched.get(topic.slug, now), now)
        if missed > 1:
            found.append(SilentTopic(topic, since, missed, _reason(failed.get(topic.slug), runs=runs), runs))
    return found


def _count_missed(topic: Topic, since: datetime, now: datetime) -> int:
    """The slots between, of those in the last three months; a topic whose zone is unknown misses all it has."""
    since = max(since, now - timedelta(days=_MOST_DAYS))
    try:
        return sum(1 for _ in cadence.slots(topic.cadence, topic.at, topic.timezone, since, now))
    except (ValueError, KeyError):
        return 2


def _reason(attempt: PostponedDigest | None, *, runs: bool) -> AnyText:
    if not runs:
        return lazy_gettext("no service runs (“paperroute serve”)")
    if attempt is None:
        return lazy_gettext("the service runs and has not made it; its log says more")
    return lazy_ngettext("it failed once: {why}", "it failed {n} times: {why}", attempt.attempts, why=attempt.reason)
