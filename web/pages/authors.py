"""A person: every paper of theirs that is kept, and the editions that show one."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request, Response

from digest.i18n.catalog import Catalog
from digest.render import edition_facts
from digest.render.safe_text import to_line
from store.indexing.filters import SearchFilter
from store.records.editions import EditionPaper, Paper
from web import urls
from web.http import responses
from web.http.request_context import request_context_of
from web.http.state import app_state_of
from web.views import listing
from web.views.listing import Pagination, page_number
from web.views.mathml import render_line

router = APIRouter()
_PAGE_SIZE = 20
_MOST_EDITIONS = 10
MOST_NAME = 80  # letters of a name that are shown


@dataclass(frozen=True)
class ListedPaper:
    """A paper in a list of a person's."""

    path: str
    title: str
    authors: str
    date: str
    category: str
    status: str  # that it was withdrawn; "" of every other


@router.get(urls.AUTHORS + "/{person}")
def show_author(request: Request, person: str) -> Response:
    return responses.cached_page(request, lambda: _page(request, person), takes=("page",))


def _page(request: Request, person: str) -> str:
    state, context = app_state_of(request), request_context_of(request)
    store, ui = state.site.store, context.ui
    author = store.authors.get(person)
    if author is None:
        raise HTTPException(404)
    pages = Pagination(
        page_number(request, state.site.limits.last_page), author.papers, _PAGE_SIZE, request, context.root
    )
    name, *others = (to_line(name, MOST_NAME) for name in author.names)
    heads = store.listings.editions(SearchFilter(person=person), limit=_MOST_EDITIONS) if pages.page == 1 else []
    return state.render(
        context,
        "author.html",
        title=name,
        description=ui.gettext("Papers by {name}", name=name),
        others=others,
        papers=[_listed(paper, ui) for paper in store.authors.papers(person, limit=_PAGE_SIZE, offset=pages.offset)],
        total=author.papers,
        pages=pages,
        items=listing.items(heads, store, ui),
        feed=urls.author_feed(person),
    )


def _listed(paper: Paper, ui: Catalog) -> ListedPaper:
    shown = EditionPaper.alone(paper)
    return ListedPaper(
        urls.paper(paper.id),
        edition_facts.paper_title(shown, render_line),
        edition_facts.authors(shown, ui),
        ui.date(paper.published),
        to_line(paper.primary_category, 40),
        edition_facts.status_line(paper, ui),
    )
