"""The start page: what this is, the newest edition, the latest ones, the topics."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from digest.render.maps.map_svg import draw_edition_map
from digest.render.safe_text import strip_markers, to_line
from store.records.editions import Edition
from web import urls
from web.http import responses
from web.http.request_context import request_context_of
from web.http.state import app_state_of
from web.views import listing

router = APIRouter()
_SHOWN = 9


@router.get(urls.HOME)
def home(request: Request) -> Response:
    return responses.cached_page(request, lambda: _home(request))


def _home(request: Request) -> str:
    state, context = app_state_of(request), request_context_of(request)
    store, ui = state.site.store, context.ui
    heads = store.editions.list(limit=_SHOWN)
    first = next((head for head in heads if head.papers), None)
    newest = store.editions.get(first.id) if first else None
    rest = [head for head in heads if head is not first]
    return state.render(
        context,
        "home.html",
        title=ui.gettext("The papers, in a good order.").rstrip("。."),
        description=ui.gettext(
            "Surveys and digests of new arXiv papers. Each one follows a route through its papers, "
            "so that neighbours in the text are neighbours in meaning, "
            "and every sentence leads to the paper it rests on."
        ),
        newest=listing.items([first], store, ui)[0] if first else None,
        newest_map=_picture(newest) if newest else None,
        opening=to_line(strip_markers(newest.opening), 320) if newest else "",
        items=listing.items(rest, store, ui),
        total=store.edition_links.count(),
        topics=listing.topic_items(store.topics.list(active_only=True), ui),
    )


def _picture(edition: Edition) -> Markup | None:
    drawn = draw_edition_map(edition, [], styled=False)
    return Markup(drawn) if drawn else None  # noqa: S704  # our own drawing
