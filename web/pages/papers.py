"""A paper: what it says, its nearest neighbours in meaning, the editions that show it."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request, Response

from digest.i18n.catalog import get_catalog
from digest.render import edition_facts, formats
from digest.render.html import paper_view
from digest.render.safe_text import to_line
from digest.retrieval.paper_lookup import find_paper
from store import Store
from store.records.editions import NO_SUMMARY, EditionPaper, Paper, Summary
from store.records.repositories import category_of
from store.tables.editions import EditionHead
from store.text.names import person_key
from web import urls
from web.http import responses
from web.http.request_context import request_context_of
from web.http.state import app_state_of
from web.views import listing
from web.views.citation_tags import meta_tags
from web.views.mathml import SETTING, render_line

router = APIRouter()
_NEAREST = 8


@dataclass(frozen=True)
class NearPaper:
    path: str
    title: str
    authors: str
    date: str
    closeness: str


@router.get("/papers/{id_:path}")
def show_paper(request: Request, id_: str) -> Response:
    store = app_state_of(request).site.store
    paper_id, form = formats.split_file_name(id_)
    if form and (render := form.render_papers):
        if other := _own_address(store, paper_id, form.extension):
            return responses.see_other(request_context_of(request).root + other)
        paper = _require_paper(store, paper_id)
        answer = responses.cached_page(request, lambda: render([EditionPaper.alone(paper)]), media_type=form.media_type)
        answer.headers["content-disposition"] = f'attachment; filename="paper.{form.extension}"'
        return answer
    if other := _own_address(store, id_):
        return responses.see_other(request_context_of(request).root + other)
    return responses.cached_page(request, lambda: _page(request, _require_paper(store, id_)))


def _own_address(store: Store, id_: str, form: str = "") -> str:
    """The path of a paper that goes by another name there: a version, arXiv's address, a DOI; else ""."""
    paper = find_paper(id_, store.papers)
    return urls.paper(paper.id, form) if paper and paper.id != id_ else ""


def _require_paper(store: Store, id_: str) -> Paper:
    found = store.papers.get([id_]).get(id_)
    if found is None:
        raise HTTPException(404)
    return found


def _page(request: Request, paper: Paper) -> str:
    state, context = app_state_of(request), request_context_of(request)
    site, ui = state.site, context.ui
    heads = site.store.edition_links.shown_in([paper.id]).get(paper.id, [])
    summary, language = _summary(site.store, heads, paper.id, context.language)
    shown = EditionPaper.alone(paper, summary)
    view = paper_view(shown, ui, SETTING)
    neighbours = listing.nearest_papers(site, paper, _NEAREST)
    return state.render(
        context,
        "paper.html",
        title=edition_facts.paper_title(shown),
        description=to_line(paper.abstract, 200),
        view=view,
        citation_tags=meta_tags(shown, paper.abstract),
        forms=[(form.extension, ui.show(form.label)) for form in formats.paper_formats()],
        parts=view.parts if summary is not NO_SUMMARY else [],
        parts_language=language,
        all_authors=(names := edition_facts.author_names(shown)),
        author_paths=_author_paths(site.store, paper.id, names),
        abstract=render_line(paper.abstract, 6_000),
        version=ui.gettext("version {n}, {date}", n=paper.version, date=ui.date(paper.updated))
        if paper.version > 1
        else "",
        submitted=ui.gettext("Submitted {date}", date=ui.date(paper.published)),
        categories=[(to_line(filed, 60), category_of(paper.source, filed)) for filed in paper.categories],
        comment=render_line(paper.comment, 400),
        nearest=[_near_paper(near, cosine, context.language) for near, cosine in neighbours],
        items=listing.items(heads, site.store, ui),
    )


def _author_paths(store: Store, id_: str, names: list[str]) -> dict[str, str]:
    """The page of each author who has one, by name."""
    people = set(store.authors.people_of(id_).values())
    return {name: urls.author(person) for name in names if (person := person_key(name)) in people}


def _summary(store: Store, heads: list[EditionHead], id_: str, language: str) -> tuple[Summary, str]:
    """That of the newest edition in the reader's language, else of the newest of all; with the language it is in."""
    for head in sorted(heads, key=lambda head: head.language != language):  # stable: newest first within each
        edition = store.editions.get(head.id)
        shown = [shown_paper for shown_paper in edition.papers if shown_paper.id == id_] if edition else []
        if shown and shown[0].summary.source != "abstract":
            return shown[0].summary, head.language
    return NO_SUMMARY, language


def _near_paper(paper: Paper, cosine: float, language: str) -> NearPaper:
    ui, shown = get_catalog("web", language), EditionPaper.alone(paper)
    return NearPaper(
        urls.paper(paper.id),
        edition_facts.paper_title(shown, render_line),
        " · ".join(filter(None, (edition_facts.status_line(shown, ui), edition_facts.authors(shown, ui)))),
        ui.date(paper.published),
        ui.gettext("closeness {n}", n=ui.number(cosine, 2)),
    )
