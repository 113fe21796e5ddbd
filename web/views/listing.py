"""Lists as pages show them: rows, pagination, dates, schedules, plain lines, a thumbnail SVG of each route.

Invariant: pure but for the store's reads; every text is one readable line; a thumbnail is a few hundred bytes, whatever
the size of the edition.

A page number is 1 or more, and one beyond the list is not found.

What people and programs wrote is one line without anything that could act on a page, and without typography: two
hyphens stay two. Titles and texts of papers and editions go through `digest.render.safe_text.to_line`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from fastapi import HTTPException, Request
from markupsafe import Markup

from digest.cadence import describe_schedule
from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts
from digest.render.html import lang_attribute
from digest.render.safe_text import shorten, strip_harmful, to_line
from digest.subscriptions.addresses import to_readable_domain
from store import Store
from store.records.editions import Edition, Paper, Topic
from store.tables.editions import EditionHead
from web import urls
from web.http.request_context import request_context_of
from web.settings import WebSettings

_WIDTH, _HEIGHT, _MARGIN = 120, 76, 8
_MOST = 60  # papers drawn: more would be a blot


def draw_thumbnail(edition: Edition) -> Markup:
    """The line of the route, in its sections' colours: an SVG that screen readers pass over, empty without a route."""
    papers = edition.papers[:: max(1, len(edition.papers) // _MOST)][:_MOST]
    if len(papers) < 2:
        return Markup()
    places = [(_at(paper.x, _WIDTH), _at(paper.y, _HEIGHT), paper.section % 10) for paper in papers]
    drawn = []
    for section, own in groupby(range(len(places)), key=lambda at: places[at][2]):
        at = list(own)
        until = min(at[-1] + 2, len(places))  # to the first paper of the next section
        points = " ".join(f"{x},{y}" for x, y, _ in places[at[0] : until])
        drawn.append(f'<polyline class="s{section}" points="{points}"/>')
    (x, y, first), (u, v, last) = places[0], places[-1]
    ends = f'<circle class="s{first}" cx="{x}" cy="{y}" r="4"/><circle class="s{last} stop" cx="{u}" cy="{v}" r="4"/>'
    return Markup(  # noqa: S704  # numbers only
        f'<svg class="thumb pr-map" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
        f' aria-hidden="true" focusable="false">{"".join(drawn)}{ends}</svg>'
    )


def _at(share: float, size: int) -> int:
    return round(_MARGIN + min(max(share, 0.0), 1.0) * (size - 2 * _MARGIN))


@dataclass(frozen=True)
class ListedEdition:
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
class ListedTopic:
    path: str
    title: str
    when: str


@dataclass(frozen=True)
class EditionPreview:
    """What a list shows of an edition beyond its head."""

    thumb: Markup
    sections: tuple[str, ...]


def items(heads: Sequence[EditionHead], store: Store, ui: Catalog, *, topics: bool = True) -> list[ListedEdition]:
    """topics: name each one's topic, where it has one."""
    titles = {topic.slug: topic.title for topic in store.topics.list()} if topics else {}
    return [_item(head, edition_preview(store, head.id), titles.get(head.topic, ""), ui) for head in heads]


def edition_preview(store: Store, id_: str) -> EditionPreview:
    """An edition never changes, so what was seen of it once is kept."""
    return _load_preview(store, id_)


@lru_cache(maxsize=2_000)
def _load_preview(store: Store, id_: str) -> EditionPreview:
    edition = store.editions.get(id_)
    return EditionPreview(draw_thumbnail(edition), _sections(edition)) if edition else EditionPreview(Markup(), ())


def _sections(edition: Edition) -> tuple[str, ...]:
    return tuple(to_line(section.title, 60) for section in edition.sections if section.is_theme)[:6]


def _item(head: EditionHead, seen: EditionPreview, topic: str, ui: Catalog) -> ListedEdition:
    moment = head.slot or head.created_at
    cited = [ui.gettext("{n} cited", n=head.cited)] if head.cited else []
    return ListedEdition(
        path=urls.edition(head.id),
        kind=edition_facts.kind_name(head.kind, ui),
        title=to_line(head.title, 200) or head.id,
        lang=lang_attribute(head.language),
        iso=moment.date().isoformat(),
        date=ui.date(moment),
        topic=to_line(topic, 80) if topic != head.title else "",
        topic_path=urls.topic(head.topic),
        count=" · ".join([ui.ngettext("{n} paper", "{n} papers", head.papers), *cited])
        if head.papers
        else ui.gettext("nothing new"),
        quiet=to_line(get_catalog("edition", head.language).show(head.quiet), 200),
        sections=seen.sections,
        thumb=seen.thumb,
    )


def nearest_papers(site: WebSettings, paper: Paper, most: int) -> list[tuple[Paper, float]]:
    """Its neighbours with their cosines, nearest first, by the vectors that are there: none is computed for this."""
    if site.embedder is None:
        return []
    model, store = site.embedder.model, site.store
    vector = store.vectors.get([paper.text_hash], model).get(paper.text_hash)
    if vector is None:
        return []
    near = [(id_, cosine) for id_, cosine in store.vectors.nearest(model, vector, most + 1) if id_ != paper.id][:most]
    papers = store.papers.get(id_ for id_, _ in near)
    return [(papers[id_], cosine) for id_, cosine in near if id_ in papers]


def topic_items(topics: Iterable[Topic], ui: Catalog) -> list[ListedTopic]:
    return [
        ListedTopic(urls.topic(topic.slug), to_line(topic.title, 120) or topic.slug, schedule(topic, ui))
        for topic in topics
    ]


def schedule(topic: Topic, ui: Catalog) -> str:
    """When a topic's digests are made, in words."""
    return ui.show(describe_schedule(topic.cadence, topic.at, topic.timezone))


def page_number(request: Request, last: int) -> int:
    """The `page` of the query; 404 where it is no number from 1 to `last`."""
    asked = request.query_params.get("page", "1")
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 7 and 1 <= int(asked) <= last):
        raise HTTPException(404)
    return int(asked)


@dataclass(frozen=True)
class Pagination:
    """`total` things, `size` a page. Raises HTTPException 404 where there is no such page."""

    page: int
    total: int
    size: int
    request: Request
    root: str

    def __post_init__(self) -> None:
        if self.page > max(self.last, 1):
            raise HTTPException(404)

    @property
    def last(self) -> int:
        return -(-self.total // self.size)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    @property
    def previous(self) -> str:
        return self._at(self.page - 1) if self.page > 1 else ""

    @property
    def next(self) -> str:
        return self._at(self.page + 1) if self.page < self.last else ""

    def _at(self, page: int) -> str:
        query = {**self.request.query_params, "page": page if page > 1 else ""}
        return self.root + urls.with_query(request_context_of(self.request).address, query)


_LONGEST = 254


def plain_line(text: str, limit: int) -> str:
    return shorten(" ".join(strip_harmful(text).split()), limit)


def readable_address(kept: str) -> str:
    """A mail address for a sentence: me@xn--mnchen-3ya.de is me@münchen.de (xn--mnchen-3ya.de).

    The form in which it is kept stays there too, since letters of another script may look the same.
    """
    name, _, domain = plain_line(kept, _LONGEST).rpartition("@")
    there = to_readable_domain(domain)
    shown = f"{name}@{there}" if name else there
    return f"{shown} ({domain})" if there != domain else shown
