"""Routes of the Atom feeds, with ETag, 304 and a cache: the whole archive, a topic, a search.

Invariant: a feed is made anew only when its editions are others than last time, or other papers in it are withdrawn;
whoever has it already is told so (304) without anything being rendered.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from digest.errors import BadInput, NotFound
from digest.i18n.catalog import get_catalog
from digest.mail import digest_mail
from digest.render import edition_facts
from digest.render.html import lang_attribute
from digest.render.safe_text import to_line, to_verbatim_line
from store import Store
from store.indexing.filters import NO_FILTER, SearchFilter
from store.records.editions import Edition, EditionKind, Paper, fingerprint
from store.records.lazy_text import lazy_gettext
from store.tables.editions import EditionHead
from web import urls
from web.feeds import atom, feed_entry
from web.http import responses
from web.http.access import RateLimiter
from web.http.page_cache import CachedPage
from web.http.request_context import request_context_of
from web.http.state import app_state_of
from web.views.listing import plain_line
from web.views.search_query import parse_search_query

router = APIRouter()
MOST_ENTRIES = 30
_CONTENT_TYPE = f"{atom.MEDIA_TYPE}; charset=utf-8"
_FRESHNESS = "max-age=300"


@dataclass(frozen=True)
class FeedSpec:
    """Which feed, in whose words, under which address."""

    path: str  # with its query
    page: str  # likewise
    name: tuple[str, ...]  # of its id
    title: str
    subtitle: str
    language: str
    among: SearchFilter = NO_FILTER
    kind: EditionKind | None = None
    words: str | None = None


@router.get(urls.FEED)
def archive_feed(request: Request) -> Response:
    return _feed(request, _archive(_language(request)))


@router.get(urls.SEARCH_FEED)
def search_feed(request: Request) -> Response:
    return _feed(
        request, _search(request.query_params, _language(request)), limiter=app_state_of(request).search_limiter
    )


@router.get(urls.TOPICS + "/{slug}/feed.xml")
def topic_feed(request: Request, slug: str) -> Response:
    return _feed(request, _topic(app_state_of(request).site.store, slug, _language(request)))


@router.get(urls.AUTHORS + "/{person}/feed.xml")
def author_feed(request: Request, person: str) -> Response:
    store, language, root = app_state_of(request).site.store, _language(request), _root(request)
    author = store.authors.get(person)
    if author is None:
        raise NotFound(lazy_gettext("There is no such author."))
    name = to_line(author.names[0], 80)
    about = get_catalog("web", language).gettext("Papers by {name}", name=name)
    spec = _with_key(
        request, FeedSpec(urls.author_feed(person), urls.author(person), ("authors", person), name, about, language)
    )
    papers = store.authors.papers(person, limit=MOST_ENTRIES)

    def render(tag: str) -> CachedPage:
        archive, _ = store.listings.archive()
        entries = tuple(_paper_entry(paper, archive, root) for paper in papers)
        modified = max(paper.published for paper in papers)
        is_dated = not any(paper.is_withdrawn for paper in papers)
        return _feed_page(spec, root, archive, modified, entries, tag, is_dated=is_dated)

    return _cached_feed(request, spec, root, [f"{paper.id}v{paper.version} {paper.status}" for paper in papers], render)


def _paper_entry(paper: Paper, archive: str, root: str) -> atom.Entry:
    """Its own text is the abstract, as its first version is dated: a revision is no news."""
    status = edition_facts.status_line(paper, get_catalog("web", "en"))
    names = ", ".join(edition_facts.author_names(paper)[:40])
    abstract = to_verbatim_line(paper.readable_abstract, 6_000)
    return atom.Entry(
        id=atom.tag_uri(archive, "papers", paper.id),
        title=to_verbatim_line(paper.readable_title, edition_facts.TITLE_LIMIT) or paper.id,
        published=paper.published,
        page=root + urls.paper(paper.id),
        language="en",
        html=Markup("").join(Markup("<p>{}</p>").format(text) for text in (status, names, abstract) if text),
        summary=to_verbatim_line(paper.readable_abstract, 400),
        categories=paper.categories,
    )


def _feed(request: Request, spec: FeedSpec, *, limiter: RateLimiter | None = None) -> Response:
    site, root, spec = app_state_of(request).site, _root(request), _with_key(request, spec)
    heads = site.store.listings.editions(spec.among, kind=spec.kind, words=spec.words, limit=MOST_ENTRIES)
    ids = [head.id for head in heads]
    withdrawn = site.store.edition_links.withdrawn(ids)
    return _cached_feed(
        request,
        spec,
        root,
        [*ids, "", *withdrawn],
        lambda tag: _render(site.store, root, spec, heads, tag, is_dated=not withdrawn),
        limiter,
    )


def _cached_feed(
    request: Request,
    spec: FeedSpec,
    root: str,
    shown: Sequence[str],
    render: Callable[[str], CachedPage],
    limiter: RateLimiter | None = None,
) -> Response:
    """shown: what tells this state of the feed from every other. render: makes it, under an ETag."""
    state = app_state_of(request)
    key = (_CONTENT_TYPE, state.site.version, root, spec.path, spec.language, spec.title)
    tag = f'"{fingerprint(*key, *shown)}"'
    if responses.has_etag(request, tag):  # before anything is rendered
        return responses.not_modified(request, tag, _FRESHNESS)
    page = state.cache.get(key, tag, responses.within_limit(request, limiter, lambda: render(tag)))
    return responses.conditional_response(request, page, _CONTENT_TYPE, _FRESHNESS)


def _with_key(request: Request, spec: FeedSpec) -> FeedSpec:
    """Under the address at which a feed reader asked for it: a feed names its own."""
    key = request_context_of(request).feed_key if app_state_of(request).site.access.mode == "token" else ""
    return replace(spec, path=urls.keyed_feed(key, spec.path)) if key else spec


def _root(request: Request) -> str:
    site, context = app_state_of(request).site, request_context_of(request)
    root = site.base_url or context.origin
    return root + (f"/{context.language}" if context.is_language_in_url else "")


def _render(
    store: Store, root: str, spec: FeedSpec, heads: Sequence[EditionHead], tag: str, *, is_dated: bool
) -> CachedPage:
    archive, since = store.listings.archive()
    loaded = [made for head in heads if (made := _load_entry(store, _state_of(store, head.id), head.id, archive, root))]
    modified = max((finished for _, finished in loaded), default=since)
    entries = tuple(entry for entry, _ in loaded)
    return _feed_page(spec, root, archive, modified, entries, tag, is_dated=is_dated)


def _feed_page(
    spec: FeedSpec,
    root: str,
    archive: str,
    modified: datetime,
    entries: tuple[atom.Entry, ...],
    tag: str,
    *,
    is_dated: bool,
) -> CachedPage:
    """is_dated: no paper in it was withdrawn since, on a day that nobody noted."""
    feed = atom.Feed(
        id=atom.tag_uri(archive, *spec.name),
        title=spec.title,
        subtitle=spec.subtitle,
        updated=modified,
        language=spec.language,
        here=root + spec.path,
        page=root + spec.page,
        icon=root + urls.ICON,
        entries=entries,
    )
    return CachedPage.of(atom.document(feed), tag, tag=tag, modified=modified if is_dated else None)


def _archive(language: str) -> FeedSpec:
    about = get_catalog("web", language).gettext("Every survey and digest of this archive.")
    return FeedSpec(urls.FEED, urls.EDITIONS, ("feed",), "Paper Route", about, language)


def _topic(store: Store, slug: str, language: str) -> FeedSpec:
    topic = store.topics.get(slug)
    newest = None if topic else next(iter(store.editions.list(topic=slug, limit=1)), None)
    if slug == "" or (topic is None and newest is None):
        raise NotFound(lazy_gettext("There is no such topic."))
    title = to_line(topic.title if topic else newest.title if newest else "", edition_facts.TITLE_LIMIT) or slug
    said = get_catalog("web", language).gettext("Digests of new papers on {title}.", title=title)
    return FeedSpec(
        urls.topic_feed(slug), urls.topic(slug), ("topics", slug), title, said, language, SearchFilter(topic=slug)
    )


def _search(query: Mapping[str, str], language: str) -> FeedSpec:
    """What the page of the same search finds among editions, the newest first."""
    ui = get_catalog("web", language)
    found = parse_search_query(query, ui)
    if not found.words:
        raise BadInput(lazy_gettext("A feed of a search needs words."), hint=lazy_gettext("Add ?q=your+words."))
    same = found.parameters(**{"in": "", "like": "", "category": ""})
    shown = plain_line(found.words, 200)
    return FeedSpec(
        urls.with_query(urls.SEARCH_FEED, same),
        urls.with_query(urls.SEARCH, {**same, "in": "editions"}),
        ("search", *(f"{name}={value}" for name, value in same.items() if value)),
        f"Paper Route{ui.colon}{shown}",
        ui.gettext("Surveys and digests with the words: {words}", words=shown),
        language,
        found.among,
        found.kind,
        found.words,
    )


def _state_of(store: Store, edition: str) -> Hashable:
    return store.revision(), *store.edition_links.withdrawn([edition])


@lru_cache(maxsize=300)  # decision 187
def _load_entry(
    store: Store,
    state: Hashable,  # noqa: ARG001 - what was read of an edition stands until that is another
    id_: str,
    archive: str,
    root: str,
) -> tuple[atom.Entry, datetime] | None:
    """An edition as an entry, and when it was finished. Every search has a feed, and all show the same editions."""
    edition = store.editions.get(id_)
    return (_entry(edition, archive, root), _finished_at(edition)) if edition else None


def _entry(edition: Edition, archive: str, root: str) -> atom.Entry:
    page = root + urls.edition(edition.id)
    return atom.Entry(
        id=atom.tag_uri(archive, "editions", edition.id),
        title=digest_mail.subject(edition),
        published=edition.created_at,
        page=page,
        language=lang_attribute(edition.language),
        html=feed_entry.entry_html(edition, page),
        summary=feed_entry.entry_summary(edition),
        categories=tuple(filter(None, (edition.kind, edition.topic))),
    )


def _finished_at(edition: Edition) -> datetime:
    """When it was frozen, rounded up: editions made side by side end in another order than they began."""
    ended = edition.created_at + timedelta(seconds=edition.seconds.get("total", 0.0))
    return (ended + timedelta(seconds=1)).astimezone(UTC).replace(microsecond=0)


def _language(request: Request) -> str:
    """That of the address; else English, whatever the reader's program says that it prefers."""
    context = request_context_of(request)
    return context.language if context.is_language_in_url else "en"
