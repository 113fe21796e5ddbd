"""API routes for bibliographies: of an edition or a section of it, of a list of papers, of what a search finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AfterValidator, Field

from digest.errors import NotFound
from digest.render import edition_facts, formats
from digest.retrieval.paper_lookup import find_named, find_paper
from digest.retrieval.paper_search import search_papers
from store.indexing.filters import SearchFilter
from store.records.editions import EditionPaper
from web.api.conditional_route import ConditionalRoute
from web.api.parameters import (
    CATEGORY,
    CATEGORY_MEANS,
    ApiContext,
    Count,
    EditionId,
    PaperIds,
    QueryParameters,
    SearchWords,
    Window,
    api_context_of,
    count_search,
)
from web.api.schemas import BibliographyText
from web.http import problems

router = APIRouter(route_class=ConditionalRoute, tags=["Bibliographies"])
MOST_PAPERS = 200


def _known_form(name: str) -> str:
    if name not in _names():
        raise ValueError(f"one of {', '.join(_names())}")
    return name


def _names() -> list[str]:
    return [form.name for form in formats.paper_formats()]


FormName = Annotated[str, AfterValidator(_known_form), Field(json_schema_extra={"enum": _names()})]


class _Formatted(QueryParameters):
    format: FormName = Field(formats.BIBTEX.name, description="What it is to be.")


class SectionAsked(_Formatted):
    section: Count = Field(0, ge=0, le=999, description="Only the papers of this section; the first is 1, all is 0.")


class PapersNamed(_Formatted):
    ids: PaperIds


class PapersFound(Window, _Formatted):
    q: SearchWords
    category: str | None = Field(None, pattern=CATEGORY, description=CATEGORY_MEANS)


@router.get("/editions/{id}/bibliography", responses=problems.error_responses(404, 422))
def cite_edition(request: Request, id: EditionId, query: Annotated[SectionAsked, Query()]) -> BibliographyText:  # noqa: A002 - what the address calls it
    """The papers of an edition, or of one of its sections, in route order."""
    edition = api_context_of(request).store.editions.get(id)
    if edition is None:
        raise NotFound("There is no such edition.", hint="GET /editions lists them.")
    papers = edition_facts.papers_of_section(edition, query.section) if query.section else edition.papers
    if query.section and not papers:
        raise NotFound("The edition has no such section.", hint=f"It has {len(edition.sections)}.")
    return _bibliography(papers, query.format)


@router.get("/bibliography", responses=problems.error_responses(404, 422))
def cite_papers(request: Request, query: Annotated[PapersNamed, Query()]) -> BibliographyText:
    """Papers by their ids, in this order. One that is not here is an error: none is left out in silence."""
    named = [id_.strip() for id_ in query.ids.split(",")]
    papers = {name: find_paper(name, api_context_of(request).store.papers) for name in named}
    if missing := [name for name, paper in papers.items() if paper is None]:
        raise NotFound(f"Not here: {', '.join(missing)}.", hint="GET /papers lists those that were found so far.")
    found = {paper.id: paper for paper in papers.values() if paper}
    return _bibliography([EditionPaper.alone(paper) for paper in found.values()], query.format)


@router.get(
    "/search/papers/bibliography",
    responses=problems.error_responses(422, 429),
    dependencies=[Depends(count_search)],
)
def cite_search(request: Request, query: Annotated[PapersFound, Query()]) -> BibliographyText:
    """What a search for papers finds, best first, at most 200; or the papers that it names."""
    api_context: ApiContext = api_context_of(request)
    if named := find_named(query.q, api_context.store.papers):
        return _bibliography([EditionPaper.alone(paper) for paper in named.papers], query.format)
    found = search_papers(
        query.q,
        api_context.store,
        api_context.site.embedder,
        among=SearchFilter(query.begins, query.ends, category=query.category or ""),
        limit=MOST_PAPERS,
    )
    return _bibliography([EditionPaper.alone(hit.paper) for hit in found.hits], query.format)


def _bibliography(papers: Sequence[EditionPaper], name: str) -> BibliographyText:
    form = next(form for form in formats.paper_formats() if form.name == name)
    return BibliographyText(
        format=form.name,
        media_type=form.media_type,
        extension=form.extension,
        papers=[paper.id for paper in papers],
        text=form.render_papers(papers) if form.render_papers else "",
    )
