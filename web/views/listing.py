"""Lists of editions, topics and near papers: rows, dates, schedules in words, and a thumbnail SVG of each route.

Invariant: pure but for the store's reads; every text is one readable line; a thumbnail is a few hundred bytes, whatever
the size of the edition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from markupsafe import Markup

from digest.cadence import describe_schedule
from digest.i18n.edition_texts import format_date, format_plural
from digest.render.html import lang_attribute
from digest.render.safe_text import to_line
from store import Store
from store.records.editions import Edition, Paper, Topic
from store.tables.editions import EditionHead
from web import urls
from web.i18n.messages import PageMessages
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


def items(heads: Sequence[EditionHead], store: Store, ui: PageMessages, *, topics: bool = True) -> list[ListedEdition]:
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
    return tuple(to_line(section.title, 60) for section in edition.sections[:6])


def _item(head: EditionHead, seen: EditionPreview, topic: str, ui: PageMessages) -> ListedEdition:
    moment = head.slot or head.created_at
    cited = [ui.cited.format(n=f"{head.cited:,}")] if head.cited else []
    return ListedEdition(
        path=urls.edition(head.id),
        kind=ui.kinds[head.kind],
        title=to_line(head.title, 200) or head.id,
        lang=lang_attribute(head.language),
        iso=moment.date().isoformat(),
        date=format_date(moment, ui),
        topic=to_line(topic, 80) if topic != head.title else "",
        topic_path=urls.topic(head.topic),
        count=" · ".join([format_plural(ui.papers, head.papers), *cited]) if head.papers else ui.quiet,
        quiet=to_line(head.quiet, 200),
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


def topic_items(topics: Iterable[Topic], ui: PageMessages) -> list[ListedTopic]:
    return [
        ListedTopic(urls.topic(topic.slug), to_line(topic.title, 120) or topic.slug, schedule(topic, ui))
        for topic in topics
    ]


def schedule(topic: Topic, ui: PageMessages) -> str:
    """When a topic's digests are made, in words."""
    return describe_schedule(topic.cadence, topic.at, topic.timezone, ui.cadence)
