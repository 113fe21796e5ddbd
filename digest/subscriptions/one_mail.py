"""One mail for several topics: which deliveries of an address go together, and how long they wait for each other.

Invariant: each topic keeps a delivery of its own, so that "once" holds for each; what is decided here is only when it
goes, and with which others. None waits for longer than `OneMailSettings.wait` after it, and the last slot that it waits
for, were due, whatever becomes of the other topics.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from digest import cadence
from store import Store
from store.records.deliveries import OneMailChoice, Subscription
from store.records.editions import Edition, Topic
from store.tables.editions import EditionHead

_CHANNEL = "mail"
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class OneMailSettings:
    default: bool = False  # of whoever chose nothing
    wait: timedelta = timedelta(minutes=30)


@dataclass(frozen=True)
class _MailHour:
    """Topics of one subscriber whose slots fall into one hour, and until when the first of them wait for the others."""

    start: datetime
    subscriptions: tuple[int, ...]
    waits_until: datetime | None  # None: nothing more is to come


def plan_one_mail(store: Store, edition: Edition, settings: OneMailSettings, now: datetime) -> None:  # decision 130
    """In the transaction that freezes a topic's newest digest, a quiet one that is not sent, too: its deliveries to
    those who want one mail wait for their other topics of this hour, or let these go where it is the last.
    """
    topics = {topic.slug: topic for topic in store.topics.list(active_only=True)}
    if edition.slot is None or edition.topic not in topics:
        return
    newest = store.edition_links.newest_by_topic(now)
    choices: list[OneMailChoice] = ["yes", ""] if settings.default else ["yes"]
    for (start, waits_until), hours in _by_time(
        _mail_hour(edition, those, topics, newest, now + settings.wait, settings.wait)
        for those in _by_address(store.subscriptions.beside(edition.topic, _CHANNEL, choices))
    ).items():
        every = [number for hour in hours for number in hour.subscriptions]
        store.deliveries.share_mail(edition.id, every, start, waits_until or now)
        if waits_until is None:
            store.deliveries.release_mail(every, start, now)


def _by_address(those: Sequence[Subscription]) -> Iterable[list[Subscription]]:
    found: dict[str, list[Subscription]] = defaultdict(list)
    for one in those:
        found[one.address].append(one)
    return found.values()


def _by_time(hours: Iterable[_MailHour | None]) -> Mapping[tuple[datetime, datetime | None], list[_MailHour]]:
    """Thousands of subscribers have few hours among them: a statement for each of these is enough."""
    found: dict[tuple[datetime, datetime | None], list[_MailHour]] = defaultdict(list)
    for hour in hours:
        if hour:
            found[hour.start, hour.waits_until].append(hour)
    return found


def _mail_hour(
    edition: Edition,
    those: Sequence[Subscription],
    topics: Mapping[str, Topic],
    newest: Mapping[str, EditionHead],
    until: datetime,
    wait: timedelta,
) -> _MailHour | None:
    """None where no other topic of the subscriber falls into the hour."""
    own = [one for one in those if one.topic in topics]
    if edition.slot is None or not own:
        return None
    start = _hour_of(edition.slot, topics[own[0].topic])
    slots = {one.topic: slot for one in own if (slot := _slot_in_hour(topics[one.topic], start))}
    if len(slots) < 2 or edition.topic not in slots:
        return None
    others = ((newest.get(topic), slot) for topic, slot in slots.items() if topic != edition.topic)
    missing = [slot for head, slot in others if not _is_made(head, slot)]
    numbers = tuple(one.id for one in own if one.topic in slots)
    return _MailHour(start, numbers, max([until, *(slot + wait for slot in missing)]) if missing else None)


def _hour_of(slot: datetime, topic: Topic) -> datetime:
    """The hour in the subscriber's zone, for which that of the topic that they have had longest stands."""
    try:
        zone = ZoneInfo(topic.timezone)
    except (ValueError, KeyError):  # this machine lost it
        zone = ZoneInfo("UTC")
    return slot.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


@lru_cache(1_000)
def _slot_in_hour(topic: Topic, start: datetime) -> datetime | None:
    last = start + timedelta(hours=1) - _TICK
    try:
        return next(cadence.slots(topic.cadence, topic.at, topic.timezone, start - _TICK, last), None)
    except (ValueError, KeyError):
        return None


def _is_made(head: EditionHead | None, slot: datetime) -> bool:
    return head is not None and head.slot is not None and head.slot >= slot
