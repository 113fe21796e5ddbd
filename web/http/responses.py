"""HTTP responses: ETag, gzip, Cache-Control, 304 where nothing changed, redirects after a POST.

Invariant: what is answered is complete; a page of its own for one reader never goes through the cache.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from digest.i18n.catalog import Catalog
from web.http.access import RateLimiter
from web.http.negotiation import accepts_gzip, matches_etag
from web.http.page_cache import CachedPage, weak_etag
from web.http.request_context import request_context_of
from web.http.state import app_state_of

HTML = "text/html; charset=utf-8"
_FEWEST_ZIPPED = 500  # bytes: below, the envelope of gzip eats what it saves
_PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}


def wait_text(seconds: int, ui: Catalog) -> str:
    """How long, in whole minutes, rounded up."""
    return ui.ngettext("a minute", "{n} minutes", max(1, -(-seconds // 60)))


def cached_page(
    request: Request,
    make: Callable[[], str | bytes],
    *,
    takes: tuple[str, ...] = (),
    media_type: str = HTML,
    limiter: RateLimiter | None = None,
) -> Response:
    """A page that is the same for everybody: from the cache while the store has not changed since.

    takes: the parameters that it reads; others, whatever they are, give the same page and find it in the cache.
    limiter: of the pages that one client may have made, for those of which there is no end. Raises HTTPException 429.
    """
    state, context = app_state_of(request), request_context_of(request)
    read = (f"{name}={request.query_params[name]}" for name in takes if name in request.query_params)
    key = (context.root, context.language, context.path, *read)
    revision = state.site.store.revision()
    made = within_limit(request, limiter, lambda: CachedPage.of(make(), revision))
    page = state.cache.get(key, revision, made)
    return conditional_response(request, page, media_type, "no-cache")


def within_limit(
    request: Request, limiter: RateLimiter | None, make: Callable[[], CachedPage]
) -> Callable[[], CachedPage]:  # decision 187
    """`make`, counted as one of its client's. Raises HTTPException 429 when it is called once too often."""

    def make_within() -> CachedPage:
        if limiter:
            require_allowance(limiter, request_context_of(request).client)
        return make()

    return make_within


def require_allowance(limiter: RateLimiter, client: str) -> None:
    """Count one more. Raises HTTPException 429, with when to ask again."""
    if not limiter.allow(client):
        raise HTTPException(429, headers=retry_after_header(limiter.seconds_until_allowed(client)))


def conditional_response(request: Request, page: CachedPage, media_type: str, freshness: str) -> Response:
    """A page, or 304 for whoever has it already. freshness: of Cache-Control, how long it needs no asking again."""
    if has_etag(request, page.tag) or _is_unmodified_since(request, page.modified):
        return not_modified(request, page.tag, freshness)
    headers = _validators(request, page.tag, freshness)
    if page.modified:
        headers["last-modified"] = format_datetime(page.modified, usegmt=True)
    return _encoded_response(request, page.zipped, headers, media_type)


def not_modified(request: Request, tag: str, freshness: str) -> Response:
    return Response(status_code=304, headers=_validators(request, tag, freshness))


def has_etag(request: Request, tag: str) -> bool:
    """Whether the client has it already."""
    return matches_etag(request.headers.getlist("if-none-match"), tag)


def conditional_data(request: Request, body: bytes, headers: dict[str, str], *, shared: bool) -> Response:
    """An answer of the API, compressed where that is worth it, or 304. headers: its own, media type included.

    shared: whether caches between may keep it for others.
    """
    kept = {**headers, **_cache_headers(weak_etag(body), "no-cache", shared=shared)}
    kept.pop("content-length", None)
    if has_etag(request, kept["etag"]):
        return Response(status_code=304, headers={name: kept[name] for name in kept if name != "content-type"})
    if len(body) < _FEWEST_ZIPPED or not accepts_gzip(request.headers.getlist("accept-encoding")):
        return Response(body, headers=kept)
    return Response(gzip.compress(body, 5, mtime=0), headers={**kept, "content-encoding": "gzip"})


def _is_unmodified_since(request: Request, modified: datetime | None) -> bool:
    """Looked at only where there is no If-None-Match (RFC 9110, 13.1.3)."""
    since = request.headers.get("if-modified-since", "")
    if not since or modified is None or "if-none-match" in request.headers:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    return modified <= (moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _validators(request: Request, tag: str, freshness: str) -> dict[str, str]:
    return _cache_headers(tag, freshness, shared=app_state_of(request).site.access.mode == "public")


def _cache_headers(tag: str, freshness: str, *, shared: bool) -> dict[str, str]:
    """The tag weak, since with and without gzip it is the same page in other bytes (RFC 9110, 8.8.3.3)."""
    scope = "public" if shared else "private"
    return {
        "etag": f"W/{tag.removeprefix('W/')}",
        "cache-control": f"{scope}, {freshness}",
        "vary": "Accept-Encoding",
    }


def _encoded_response(request: Request, zipped: bytes, headers: dict[str, str], media_type: str) -> Response:
    if not accepts_gzip(request.headers.getlist("accept-encoding")):
        return Response(gzip.decompress(zipped), headers=headers, media_type=media_type)
    return Response(zipped, headers={**headers, "content-encoding": "gzip"}, media_type=media_type)


def static_file(request: Request, body: str, media_type: str, lasts: str) -> Response:
    """A file of ours, the same until the program is another."""
    zipped = _gzip_text(body)
    headers = {"cache-control": lasts, "vary": "Accept-Encoding", "etag": weak_etag(zipped)}
    if has_etag(request, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return _encoded_response(request, zipped, headers, media_type)


@lru_cache(maxsize=8)
def _gzip_text(body: str) -> bytes:
    return gzip.compress(body.encode(), mtime=0)


def private_page(body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A page for one reader."""
    return HTMLResponse(body, status, _PRIVATE | (headers or {}))


def private_json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Data for the script of a page, of one reader."""
    return JSONResponse(body, status, _PRIVATE | (headers or {}))


def retry_after_header(seconds: int) -> dict[str, str]:
    """The header that says when to try again."""
    return {"retry-after": str(seconds)}


def see_other(address: str) -> Response:
    """See other: what a POST did is shown there."""
    return Response(status_code=303, headers={"location": address, "cache-control": "no-store"})
