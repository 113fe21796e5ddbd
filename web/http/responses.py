"""HTTP responses for pages: ETag, gzip, Cache-Control, 304 where nothing changed, redirects after a POST.

Invariant: what is answered is complete; a page of its own for one reader never goes through the cache.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from web.http.page_cache import CachedPage
from web.http.request_context import request_context_of
from web.http.state import AppState, app_state_of

HTML = "text/html; charset=utf-8"


def cached_page(
    request: Request, make: Callable[[], str | bytes], *, takes: tuple[str, ...] = (), media_type: str = HTML
) -> Response:
    """A page that is the same for everybody: from the cache while the store has not changed since.

    takes: the parameters that it reads; others, whatever they are, give the same page and find it in the cache.
    """
    state, context = app_state_of(request), request_context_of(request)
    read = (f"{name}={request.query_params[name]}" for name in takes if name in request.query_params)
    key = (context.root, context.language, context.path, *read)
    kept = state.cache.get(key, state.site.store.revision(), make)
    return _conditional_response(request, state, kept, media_type)


def static_file(request: Request, body: str, media_type: str, lasts: str) -> Response:
    """A file of ours, the same until the program is another."""
    headers = {"cache-control": lasts, "vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(body, headers=headers, media_type=media_type)
    return Response(_gzip_text(body), headers={**headers, "content-encoding": "gzip"}, media_type=media_type)


@lru_cache(maxsize=8)
def _gzip_text(body: str) -> bytes:
    return gzip.compress(body.encode(), mtime=0)


def private_page(body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A page for one reader."""
    return HTMLResponse(body, status, {"cache-control": "no-store", "x-robots-tag": "noindex", **(headers or {})})


def retry_after_header(seconds: int) -> dict[str, str]:
    """The header that says when to try again."""
    return {"retry-after": str(seconds)}


def see_other(address: str) -> Response:
    """See other: what a POST did is shown there."""
    return Response(status_code=303, headers={"location": address, "cache-control": "no-store"})


def _conditional_response(request: Request, state: AppState, kept: CachedPage, media_type: str) -> Response:
    scope = "public" if state.site.access.mode == "public" else "private"
    headers = {"etag": kept.tag, "cache-control": f"{scope}, no-cache", "vary": "Accept-Encoding"}
    asked = request.headers.get("if-none-match", "")
    if kept.tag in [one.strip() for one in asked.split(",")]:
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(kept.plain, headers=headers, media_type=media_type)
    return Response(kept.zipped, headers={**headers, "content-encoding": "gzip"}, media_type=media_type)
