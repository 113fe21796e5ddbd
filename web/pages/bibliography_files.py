"""Bibliographies of papers that stand in no edition: what a search finds, and a list of ids.

Invariant: the papers of a search come as its page lists them, and at most `MOST_PAPERS` at once; of a list none is left
out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import APIRouter, HTTPException, Request, Response

from digest.render import formats
from digest.render.safe_text import strip_harmful
from digest.retrieval.paper_lookup import find_named, find_paper
from digest.retrieval.paper_search import search_papers
from store.records.editions import EditionPaper, Paper
from web import urls
from web.http import responses
from web.http.request_context import request_context_of
from web.http.state import app_state_of
from web.settings import WebSettings
from web.views.search_query import FIELDS, SearchQuery, parse_search_query

router = APIRouter()
MOST_PAPERS = 200


@router.get(urls.SEARCH + ".{extension}")
def search_as_bibliography(request: Request, extension: str) -> Response:
    site, ui = app_state_of(request).site, request_context_of(request).ui
    query = parse_search_query(request.query_params, ui)
    return _answer(request, extension, lambda: found_papers(query, site), "search", takes=FIELDS)


@router.get("/papers.{extension}")
def papers_as_bibliography(request: Request, extension: str) -> Response:
    """ids: in any form, with commas between them."""
    site = app_state_of(request).site
    return _answer(
        request, extension, lambda: _named_papers(request.query_params.get("ids", ""), site), "papers", takes=("ids",)
    )


def found_papers(query: SearchQuery, site: WebSettings) -> list[Paper]:
    """As the page of the search lists them."""
    if query.where != "papers" or not query.words:
        raise HTTPException(404)
    if named := find_named(query.words, site.store.papers):
        return list(named.papers)
    found = search_papers(
        query.words, site.store, site.embedder, among=query.among, order=query.order, limit=MOST_PAPERS
    )
    return [hit.paper for hit in found.hits]


def _named_papers(ids: str, site: WebSettings) -> list[Paper]:
    named = [id_ for part in strip_harmful(ids).split(",") if (id_ := part.strip())]
    found = [find_paper(id_, site.store.papers) for id_ in named[: MOST_PAPERS + 1]]
    papers = {paper.id: paper for paper in found if paper}
    if not papers or None in found or len(named) > MOST_PAPERS:
        raise HTTPException(404)
    return list(papers.values())


def _answer(
    request: Request, extension: str, find: Callable[[], Sequence[Paper]], name: str, *, takes: tuple[str, ...]
) -> Response:
    form = next((form for form in formats.paper_formats() if form.extension == extension), None)
    if form is None or (render := form.render_papers) is None:
        raise HTTPException(404)
    answer = responses.cached_page(
        request,
        lambda: render([EditionPaper.alone(paper) for paper in find()]),
        takes=takes,
        media_type=form.media_type,
        limiter=app_state_of(request).search_limiter,
    )
    answer.headers["content-disposition"] = f'attachment; filename="{name}.{form.extension}"'
    return answer
