"""Routes of the Atom feeds, with ETag, 304 and a cache: the whole archive, a topic, a search.

Invariant: a feed is made anew only when its editions are others than last time; whoever has it already is told so (304)
without anything being rendered.
"""

from __future__ import annotations

import gzip
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from fastapi import APIRouter, Request, Response

from digest.errors import BadInput, NotFound
from digest.mail import digest_mail
from digest.render import edition_facts, feed_entry
from digest.render.html import lang_attribute
from digest.render.safe_text import to_line
from store.indexing.filters import SearchFilter
from store.records.editions import Edition, EditionKind, fingerprint
from store.tables.editions import EditionHead
from store.views.listings import NO_FILTER
from web import urls
from web.feeds import atom
from web.http.request_context import request_context_of
from web.i18n.catalog import messages_in
from web.i18n.messages import Language
from web.settings import WebSettings
from web.views.search_query import parse_search_query
from web.views.shown_text import plain_line

MOST_ENTRIES = 30
_MOST_CACHED_FEEDS = 32  # feeds
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "archive": "Paper Route",
        "archive_of": "Every survey and digest of this archive.",
        "topic_of": "Digests of new papers on {title}.",
        "search": "Paper Route: {words}",
        "search_of": "Surveys and digests with the words: {words}",
    },
    "ja": {
        "archive": "Paper Route",
        "archive_of": "このアーカイブのすべてのサーベイとダイジェスト。",
        "topic_of": "{title} の新しい論文のダイジェスト。",
        "search": "Paper Route：{words}",
        "search_of": "「{words}」を含むサーベイとダイジェスト",
    },
}


@dataclass(frozen=True)
class FeedSpec:
    """Which feed, in whose words, under which address."""

    path: str  # with its query
    page: str  # likewise
    name: tuple[str, ...]  # of its id
    title: str
    subtitle: str
    language: Language
    among: SearchFilter = NO_FILTER
    kind: EditionKind | None = None
    words: str | None = None


@dataclass(frozen=True)
class _RenderedFeed:
    tag: str
    modified: datetime
    plain: bytes
    zipped: bytes


class Feeds:
    """The feeds of one site, the last ones that were asked for kept ready."""

    def __init__(self, site: WebSettings) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._rendered: OrderedDict[str, _RenderedFeed] = OrderedDict()

    def answer(self, request: Request, spec: FeedSpec) -> Response:
        context = request_context_of(request)
        root = self._site.base_url.rstrip("/") or _own_address(request)
        root += f"/{context.language}" if context.is_language_in_url else ""
        heads = self._site.store.listings.editions(spec.among, kind=spec.kind, words=spec.words, limit=MOST_ENTRIES)
        identity = (self._site.version, root, spec.path, spec.language, spec.title, *(head.id for head in heads))
        key = f'"{fingerprint(*identity)}"'
        with self._lock:
            made = self._rendered.get(key)
            if made:
                self._rendered.move_to_end(key)
        if made is None:
            if key in _requested_etags(request):
                return Response(status_code=304, headers=self._headers(key))
            made = self._keep(self._make(root, spec, heads, key))
        return self._conditional(request, made)

    def _make(self, root: str, spec: FeedSpec, heads: Sequence[EditionHead], key: str) -> _RenderedFeed:
        archive, since = self._site.store.listings.archive()
        editions = [edition for head in heads if (edition := self._site.store.editions.get(head.id))]
        modified = max((_finished_at(edition) for edition in editions), default=since)
        feed = atom.Feed(
            id=atom.tag_uri(archive, *spec.name),
            title=spec.title,
            subtitle=spec.subtitle,
            updated=modified,
            language=spec.language,
            here=root + spec.path,
            page=root + spec.page,
            icon=root + urls.ICON,
            entries=tuple(_entry(edition, archive, root) for edition in editions),
        )
        body = atom.document(feed)
        return _RenderedFeed(key, modified, body, gzip.compress(body, 6, mtime=0))

    def _keep(self, made: _RenderedFeed) -> _RenderedFeed:
        with self._lock:
            self._rendered[made.tag] = made
            while len(self._rendered) > _MOST_CACHED_FEEDS:
                self._rendered.popitem(last=False)
        return made

    def _conditional(self, request: Request, made: _RenderedFeed) -> Response:
        headers = self._headers(made.tag) | {"last-modified": format_datetime(made.modified, usegmt=True)}
        if made.tag in _requested_etags(request) or _not_modified_since(request, made.modified):
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(made.plain, headers=headers, media_type=_CONTENT_TYPE)
        return Response(made.zipped, headers={**headers, "content-encoding": "gzip"}, media_type=_CONTENT_TYPE)

    def _headers(self, tag: str) -> dict[str, str]:
        scope = "public" if self._site.access.mode == "public" else "private"
        return {"etag": tag, "cache-control": f"{scope}, max-age=300", "vary": "Accept-Encoding"}


_CONTENT_TYPE = f"{atom.MEDIA_TYPE}; charset=utf-8"


def create_router(site: WebSettings) -> APIRouter:
    """The routes of the feeds."""
    feeds = Feeds(site)
    router = APIRouter(include_in_schema=False)

    def archive(request: Request) -> Response:
        return feeds.answer(request, _archive(_language(request)))

    def topic(request: Request, slug: str) -> Response:
        return feeds.answer(request, _topic(site, slug, _language(request)))

    def search(request: Request) -> Response:
        return feeds.answer(request, _search(request.query_params, _language(request)))

    for path, made in ((urls.FEED, archive), (urls.SEARCH_FEED, search), ("/topics/{slug}/feed.xml", topic)):
        router.add_api_route(path, made, response_class=Response)
    return router


def _archive(language: Language) -> FeedSpec:
    said = _WORDS[language]
    return FeedSpec(urls.FEED, urls.EDITIONS, ("feed",), said["archive"], said["archive_of"], language)


def _topic(site: WebSettings, slug: str, language: Language) -> FeedSpec:
    topic = site.store.topics.get(slug)
    newest = None if topic else next(iter(site.store.editions.list(topic=slug, limit=1)), None)
    if slug == "" or (topic is None and newest is None):
        raise NotFound("There is no such topic.")
    title = to_line(topic.title if topic else newest.title if newest else "", edition_facts.TITLE_LIMIT) or slug
    said = _WORDS[language]["topic_of"].format(title=title)
    return FeedSpec(
        urls.topic_feed(slug), urls.topic(slug), ("topics", slug), title, said, language, SearchFilter(topic=slug)
    )


def _search(query: Mapping[str, str], language: Language) -> FeedSpec:
    """What the page of the same search finds among editions, the newest first."""
    found = parse_search_query(query, messages_in(language))
    if not found.words:
        raise BadInput("A feed of a search needs words.", hint="Add ?q=your+words.")
    same = found.parameters(**{"in": "", "like": "", "category": ""})
    shown = plain_line(found.words, 200)
    said = _WORDS[language]
    return FeedSpec(
        urls.with_query(urls.SEARCH_FEED, same),
        urls.with_query(urls.SEARCH, {**same, "in": "editions"}),
        ("search", *(f"{name}={value}" for name, value in same.items() if value)),
        said["search"].format(words=shown),
        said["search_of"].format(words=shown),
        language,
        found.among,
        found.kind,
        found.words,
    )


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


def _requested_etags(request: Request) -> set[str]:
    asked = request.headers.get("if-none-match", "")
    return {one.strip().removeprefix("W/") for one in asked.split(",")}


def _not_modified_since(request: Request, modified: datetime) -> bool:
    """Looked at only where there is no If-None-Match (RFC 9110)."""
    since = request.headers.get("if-modified-since", "")
    if not since or "if-none-match" in request.headers:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    return modified <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _own_address(request: Request) -> str:
    """Where the client says that it found us, for sites that were not told their address."""
    host = request.headers.get("host", "")
    return f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else ""


def _language(request: Request) -> Language:
    """That of the address; else English, whatever the reader's program says that it prefers."""
    context = request_context_of(request)
    return context.language if context.is_language_in_url else "en"
