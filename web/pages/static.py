"""Static files: the style sheet, script, icon, robots.txt and OpenSearch description."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Request, Response

from web import urls
from web.http import responses
from web.http.request_context import request_context_of
from web.http.state import app_state_of

router = APIRouter()
_DAY = "public, max-age=86400"
_FOR_GOOD = "public, max-age=31536000, immutable"

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#9c3d16"/>'
    '<path d="M6 23C9 8 13 8 16 16S23 25 26 9" fill="none" stroke="#fcfbf8" stroke-width="2.4" stroke-linecap="round"/>'
    '<g fill="#fcfbf8"><circle cx="6" cy="23" r="3"/><circle cx="16" cy="16" r="3"/><circle cx="26" cy="9" r="3"/></g>'
    "</svg>"
)


@router.get(urls.STYLE)
def style(request: Request) -> Response:
    state = app_state_of(request)
    lasts = _FOR_GOOD if request.query_params.get("v") == state.stylesheet_tag else "no-cache"
    return responses.static_file(request, state.stylesheet, "text/css", lasts)


@router.get(urls.ASK_SCRIPT)
@router.get(urls.EDITION_SCRIPT)
def script(request: Request) -> Response:
    body = app_state_of(request).script(request_context_of(request).path)
    return responses.static_file(request, body, "text/javascript", _DAY)


@router.get(urls.ICON)
@router.get("/favicon.ico")
def icon() -> Response:
    return Response(ICON, media_type="image/svg+xml", headers={"cache-control": _DAY})


@router.get("/robots.txt")
def robots(request: Request) -> Response:
    """Open archives may be found; searches, forms and other forms of the same are no pages of their own."""
    if app_state_of(request).site.access.mode == "token":
        return Response("User-agent: *\nDisallow: /\n", media_type="text/plain")
    closed = (urls.SEARCH, urls.ASK, urls.SUBSCRIBE, urls.UNSUBSCRIBE, urls.API)
    lines = ["User-agent: *", *(f"Disallow: {request_context_of(request).prefix}{path}" for path in closed)]
    return Response("\n".join(lines) + "\n", media_type="text/plain")


@router.get(urls.OPEN_SEARCH)
def open_search(request: Request) -> Response:
    """So that a browser can search the archive from its address bar."""
    site, context = app_state_of(request).site, request_context_of(request)
    base = site.base_url or context.prefix
    template = escape(f"{base}{urls.SEARCH}?q={{searchTerms}}")
    name = escape(context.ui.gettext("Search papers and editions"))
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">'
        f"<ShortName>Paper Route</ShortName><Description>{name}</Description><InputEncoding>UTF-8</InputEncoding>"
        f'<Url type="text/html" template="{template}"/></OpenSearchDescription>\n'
    )
    return Response(body, media_type="application/opensearchdescription+xml", headers={"cache-control": _DAY})
