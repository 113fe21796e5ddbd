"""Editions and topics as lists show them.

Invariant: pure but for the store's reads; every text is one readable line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from digest.render.html import language_tag
from digest.render.safe_text import line
from store import Store
from store.records.editions import Edition, Topic
from store.tables.editions import EditionHead
from web import addresses
from web.thumb import thumb
from web.wording import Words

_MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True)
class Item:
    """An edition in a list."""

    path: str
    kind: str
    title: str
    lang: str
    iso: str
    date: str
    topic: str
    topic_path: str
    count: str
    quiet: str
    sections: tuple[str, ...]
    thumb: Markup


@dataclass(frozen=True)
class TopicItem:
    path: str
    title: str
    when: str


@dataclass(frozen=True)
class Glance:
    """What a list shows of an edition beyond its head."""

    thumb: Markup
    sections: tuple[str, ...]


def date(moment: datetime, ui: Words) -> str:
    return ui.date.format(day=moment.day, month=moment.month, name=_MONTHS[moment.month - 1], year=moment.year)


def counted(forms: tuple[str, str], n: int, **fields: object) -> str:
    return forms[n != 1].format(n=f"{n:,}", **fields)


def items(heads: Sequence[EditionHead], store: Store, ui: Words, *, topics: bool = True) -> list[Item]:
    """topics: name each one's topic, where it has one."""
    titles = {topic.slug: topic.title for topic in store.topics.list()} if topics else {}
    return [_item(head, glance(store, head.id), titles.get(head.topic, ""), ui) for head in heads]


def glance(store: Store, id_: str) -> Glance:
    """An edition never changes, so what was seen of it once is kept."""
    return _glance(store, id_)


@lru_cache(maxsize=2_000)
def _glance(store: Store, id_: str) -> Glance:
    edition = store.editions.get(id_)
    return Glance(thumb(edition), _sections(edition)) if edition else Glance(Markup(), ())


def _sections(edition: Edition) -> tuple[str, ...]:
    return tuple(line(section.title, 60) for section in edition.sections[:6])


def _item(head: EditionHead, seen: Glance, topic: str, ui: Words) -> Item:
    moment = head.slot or head.created_at
    cited = [ui.cited.format(n=f"{head.cited:,}")] if head.cited else []
    return Item(
        path=addresses.edition(head.id),
        kind=ui.kinds[head.kind],
        title=line(head.title, 200) or head.id,
        lang=language_tag(head.language),
        iso=moment.date().isoformat(),
        date=date(moment, ui),
        topic=line(topic, 80) if topic != head.title else "",
        topic_path=addresses.topic(head.topic),
        count=" · ".join([counted(ui.papers, head.papers), *cited]) if head.papers else ui.quiet,
        quiet=line(head.quiet, 200),
        sections=seen.sections,
        thumb=seen.thumb,
    )


def topic_items(topics: Iterable[Topic], ui: Words) -> list[TopicItem]:
    return [TopicItem(addresses.topic(one.slug), line(one.title, 120) or one.slug, cadence(one, ui)) for one in topics]


def cadence(topic: Topic, ui: Words) -> str:
    """When a topic's digests are made, in words."""
    name, _, argument = topic.cadence.partition(":")
    if name == "weekly":
        days = ui.weekly.format(day=ui.days.get(argument, argument))
    else:
        days = ui.monthly.format(day=argument) if name == "monthly" else ui.cadences.get(name, name)
    return f"{days} {ui.at_time.format(at=topic.at, timezone=topic.timezone)}"
