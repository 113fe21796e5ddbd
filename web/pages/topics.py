"""Topics: what is watched, when, and the editions of each by date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Request, Response

from digest.i18n.catalog import Catalog
from digest.render.safe_text import to_line
from store.records.editions import Topic
from store.records.repositories import category_name
from store.tables.editions import EditionHead
from web import urls
from web.http import responses
from web.http.request_context import request_context_of
from web.http.state import app_state_of
from web.pages.subscribe import HONEYPOT
from web.views import listing
from web.views.listing import Pagination, page_number, plain_line

router = APIRouter()
_PAGE_SIZE = 30


@dataclass(frozen=True)
class TopicListRow:
    """A topic in the list of all."""

    item: listing.ListedTopic
    searches: list[tuple[str, str]]
    last: listing.ListedEdition | None
    resting: bool


@router.get(urls.TOPICS)
def show_topics(request: Request) -> Response:
    return responses.cached_page(request, lambda: _topics_page(request))


@router.get(urls.TOPICS + "/{slug}")
def show_topic(request: Request, slug: str) -> Response:
    return responses.cached_page(request, lambda: _topic_page(request, slug), takes=("page",))


def _topics_page(request: Request) -> str:
    state, context = app_state_of(request), request_context_of(request)
    store, ui = state.site.store, context.ui
    newest = store.edition_links.newest_by_topic(datetime.now(UTC))
    topics = sorted(store.topics.list(), key=lambda topic: (not topic.active, topic.title.lower()))
    rows = [_row(topic, newest.get(topic.slug), request, ui) for topic in topics]
    return state.render(context, "topics.html", title=ui.gettext("Topics"), rows=rows)


def _row(topic: Topic, head: EditionHead | None, request: Request, ui: Catalog) -> TopicListRow:
    store = app_state_of(request).site.store
    last = listing.items([head], store, ui, topics=False)[0] if head else None
    return TopicListRow(listing.topic_items([topic], ui)[0], searches(topic, ui), last, not topic.active)


def _topic_page(request: Request, slug: str) -> str:
    state, context = app_state_of(request), request_context_of(request)
    store, ui = state.site.store, context.ui
    topic = store.topics.get(slug)
    total = store.edition_links.count("digest", slug)
    if topic is None and not total:
        raise HTTPException(404)
    pages = Pagination(page_number(request, state.site.limits.last_page), total, _PAGE_SIZE, request, context.root)
    heads = store.editions.list("digest", slug, _PAGE_SIZE, pages.offset)
    title = to_line(topic.title, 200) if topic else slug
    return state.render(
        context,
        "topic.html",
        title=title,
        description=plain_line(topic.question, 200) if topic else "",
        topic=topic,
        slug=slug,
        when=listing.schedule(topic, ui) if topic and topic.active else "",
        searches=searches(topic, ui) if topic else [],
        items=listing.items(heads, store, ui, topics=False),
        pages=pages,
        feed=urls.topic_feed(slug),
        honeypot=HONEYPOT,
    )


def searches(topic: Topic, ui: Catalog) -> list[tuple[str, str]]:
    """What the topic looks for, as (label, text)."""
    asked = " · ".join(topic.queries) or topic.question
    rows = [
        (ui.gettext("Looks for"), asked),
        (ui.gettext("Only in"), ", ".join(map(category_name, topic.categories))),
        (ui.gettext("Each paper has"), ", ".join(topic.include)),
        (ui.gettext("None has"), ", ".join(topic.exclude)),
    ]
    return [(label, plain_line(text, 300)) for label, text in rows if text]
