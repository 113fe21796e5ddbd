"""The search: by words over papers and editions, and by meaning over papers.

Invariant: whatever is typed, the answer is a page; found words are marked by offsets in escaped text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from markupsafe import Markup, escape

from digest.i18n.edition_texts import get_edition_texts
from digest.render import edition_facts
from digest.render.html import lang_attribute
from digest.render.safe_text import strip_harmful, to_line
from digest.text.latex import latex_to_unicode
from store.indexing.filters import NO_FILTER, SearchFilter
from store.indexing.snippets import Snippet
from store.records.editions import Paper
from store.views.fulltext import MAX_RANKED, EditionHit, PaperHit, mark_words
from web import urls
from web.http import responses
from web.http.paging import Pagination, page_number
from web.http.request_context import request_context_of
from web.http.state import AppState, app_state_of
from web.i18n.catalog import messages_in
from web.i18n.messages import PageMessages
from web.pages.papers import as_edition_paper
from web.views import listing
from web.views.empty_search import explain_empty_search
from web.views.search_query import FIELDS, SearchQuery, parse_search_query

router = APIRouter()
_PAGE_SIZE = 10
_MOST_NEAR = 100  # papers by meaning, in all
_MOST_FILTERED = 2_000  # nearest papers that a filter chooses from


@dataclass(frozen=True)
class SearchHit:
    path: str
    title: Markup
    lang: str
    about: str
    snippet: Markup


@dataclass(frozen=True)
class HitPage:
    hits: list[SearchHit]
    total: int  # that can be paged through
    more: bool = False  # there are more than these


@router.get(urls.SEARCH)
def search(request: Request) -> Response:
    return responses.cached_page(request, lambda: _page(request), takes=(*FIELDS, "page"))


def _page(request: Request) -> str:
    room, visit = app_state_of(request), request_context_of(request)
    ui = messages_in(visit.language)
    wanted = parse_search_query(request.query_params, ui)
    page = page_number(request, room.site.limits.last_page)
    results = _results(room, wanted, (page - 1) * _PAGE_SIZE, ui)
    liked = room.site.store.papers.get([wanted.like]).get(wanted.like) if wanted.like else None
    return room.render(
        visit,
        "search.html",
        title=ui.results_for.format(query=wanted.words) if wanted.words else ui.search_title,
        noindex=True,
        asked=wanted,
        results=results,
        nothing=None if results.hits else explain_empty_search(room.site.store, wanted, ui),
        liked=edition_facts.paper_title(as_edition_paper(liked)) if liked else "",
        pages=Pagination(page, results.total, _PAGE_SIZE, request, visit.root),
        tabs=_tabs(room, wanted, visit.root, ui),
        topics=[(topic.slug, to_line(topic.title, 80)) for topic in room.site.store.topics.list()],
        categories=_COMMON_CATEGORIES,
        feed=urls.with_query(urls.SEARCH_FEED, wanted.query(**{"in": "", "like": ""})) if wanted.words else "",
    )


_COMMON_CATEGORIES = "cs.AI cs.CL cs.CV cs.LG cs.RO cs.* eess.AS stat.ML math.* physics.* quant-ph q-bio.*".split()


def _tabs(room: AppState, wanted: SearchQuery, root: str, ui: PageMessages) -> list[tuple[str, str, bool]]:
    """(address, name, whether it is this one)."""
    places = [("papers", ui.in_papers), ("editions", ui.in_editions)]
    if room.site.embedder:
        places.append(("meaning", ui.in_meaning))
    return [
        (
            root + urls.with_query(urls.SEARCH, wanted.query(**{"in": "" if at == "papers" else at, "like": ""})),
            name,
            wanted.where == at,
        )
        for at, name in places
    ]


def _results(room: AppState, wanted: SearchQuery, offset: int, ui: PageMessages) -> HitPage:
    if wanted.where == "meaning":
        return _by_meaning(room, wanted, offset, ui)
    if not wanted.words:
        return HitPage([], 0)
    found = room.site.store.search
    if wanted.where == "editions":
        editions = found.editions(
            wanted.words, kind=wanted.kind, among=wanted.among, limit=_PAGE_SIZE, offset=offset, shown=_snippet_text
        )
        total = found.count_editions(wanted.words, wanted.kind, wanted.among)
        return HitPage([_edition_hit(one, wanted.words, ui) for one in editions], total)
    papers, total = found.find_papers(
        wanted.words, among=wanted.among, limit=_PAGE_SIZE, offset=offset, shown=_snippet_text
    )
    return HitPage([_paper_hit(one, wanted.words, ui) for one in papers], min(total, MAX_RANKED), total > MAX_RANKED)


def _by_meaning(room: AppState, wanted: SearchQuery, offset: int, ui: PageMessages) -> HitPage:
    """The nearest papers that the filters let through; none where nothing can be compared."""
    site = room.site
    if site.embedder is None or not (wanted.words or wanted.like):
        return HitPage([], 0)
    model = site.embedder.model
    if wanted.like:
        paper = site.store.papers.get([wanted.like]).get(wanted.like)
        vector = site.store.vectors.get([paper.text_hash], model).get(paper.text_hash) if paper else None
    else:
        vector = site.embedder.embed([wanted.words]).value[0]
    if vector is None or not vector.any():
        return HitPage([], 0)
    many = _MOST_FILTERED if wanted.among != NO_FILTER else _MOST_NEAR + 1
    found = [one for one in site.store.vectors.nearest(model, vector, many) if one[0] != wanted.like]
    kept = _apply_filters(room, found, wanted.among)[:_MOST_NEAR]
    shown = kept[offset : offset + _PAGE_SIZE]
    papers = site.store.papers.get(id_ for id_, _ in shown)
    hits = [_near_hit(papers[id_], cosine, ui) for id_, cosine in shown if id_ in papers]
    return HitPage(hits, len(kept))


def _apply_filters(room: AppState, found: Sequence[tuple[str, float]], among: SearchFilter) -> list[tuple[str, float]]:
    if among == NO_FILTER:
        return list(found)
    kept = room.site.store.papers.filter_ids((id_ for id_, _ in found), among)
    return [one for one in found if one[0] in kept]


def _paper_hit(hit: PaperHit, words: str, ui: PageMessages) -> SearchHit:
    title = mark_words(edition_facts.paper_title(as_edition_paper(hit.paper)), words)
    return SearchHit(
        urls.paper(hit.paper.id), mark_matches(title), "en", _about(hit.paper, ui), mark_matches(hit.snippet)
    )


def _near_hit(paper: Paper, cosine: float, ui: PageMessages) -> SearchHit:
    about = f"{_about(paper, ui)} · {ui.closeness.format(n=f'{cosine:.2f}')}"
    title = escape(edition_facts.paper_title(as_edition_paper(paper)))
    return SearchHit(urls.paper(paper.id), title, "en", about, escape(to_line(paper.abstract, 240)))


def _edition_hit(hit: EditionHit, words: str, ui: PageMessages) -> SearchHit:
    head = hit.edition
    moment = listing.date(head.slot or head.created_at, ui)
    about = " · ".join(
        [ui.kinds[head.kind], moment, listing.format_plural(ui.papers, head.papers) if head.papers else ui.quiet]
    )
    title = mark_words(to_line(head.title, 200) or head.id, words)
    path = urls.edition(head.id)
    return SearchHit(path, mark_matches(title), lang_attribute(head.language), about, mark_matches(hit.snippet))


def _about(paper: Paper, ui: PageMessages) -> str:
    words = get_edition_texts(ui.tag)
    authors = edition_facts.authors(as_edition_paper(paper), words)
    return " · ".join([to_line(authors, 160), listing.date(paper.published, ui), to_line(paper.primary_category, 40)])


def mark_matches(snippet: Snippet) -> Markup:
    """Escaped text, the words that were found in <mark>."""
    return Markup("".join(_pieces(snippet)))  # noqa: S704  # each piece is escaped


def _pieces(snippet: Snippet) -> Iterable[str]:
    end = 0
    for start, stop in snippet.matches:
        yield f"{escape(snippet.text[end:start])}<mark>{escape(snippet.text[start:stop])}</mark>"
        end = stop
    yield str(escape(snippet.text[end:]))


def _snippet_text(text: str) -> str:
    """A foreign text as snippets are cut from it."""
    return strip_harmful(latex_to_unicode(text))
