"""The search: papers by words and meaning, or by their ids; editions by words; papers by meaning alone.

Invariant: whatever is typed, the answer is a page, or the way to the page of the one paper that is named; found words
are marked by offsets in escaped text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from markupsafe import Markup, escape

from digest.i18n.catalog import Catalog
from digest.render import edition_facts, formats
from digest.render.html import lang_attribute
from digest.render.safe_text import strip_harmful, to_line
from digest.retrieval.paper_lookup import NamedPapers, find_named
from digest.retrieval.paper_search import search_papers, suggest_searches
from store.indexing.filters import NO_FILTER, SearchFilter
from store.indexing.search_syntax import SearchTerms, parse_search
from store.indexing.snippets import Snippet
from store.records.editions import EditionPaper, Paper
from store.text.names import person_key
from store.views.fulltext import EditionHit, PaperHit, make_hits, mark_words
from web import urls
from web.http import responses
from web.http.request_context import request_context_of
from web.http.state import AppState, app_state_of
from web.pages import bibliography_files
from web.views.empty_search import explain_empty_search
from web.views.listing import Pagination, page_number
from web.views.search_query import FIELDS, SearchQuery, parse_search_query

router = APIRouter()
_PAGE_SIZE = 10
_MOST_PEOPLE = 5
_MOST_NEAR = 100  # papers by meaning, in all
_MOST_FILTERED = 2_000  # nearest papers that a filter chooses from


@dataclass(frozen=True)
class SearchHit:
    path: str
    title: Markup
    lang: str
    about: str
    snippet: Markup
    near: bool = False  # by meaning alone


@dataclass(frozen=True)
class HitPage:
    hits: list[SearchHit]
    total: int  # that can be paged through
    more: bool = False  # there are more than these
    near: int = 0  # how many are there by meaning alone


@router.get(urls.SEARCH)
def search(request: Request) -> Response:
    if request.query_params.get("in", "papers") == "papers":
        papers = app_state_of(request).site.store.papers
        named = find_named(strip_harmful(request.query_params.get("q", "")), papers)
        if named and len(named.papers) == 1 and not named.missing:
            return responses.see_other(request_context_of(request).root + urls.paper(named.papers[0].id))
    limiter = app_state_of(request).search_limiter
    return responses.cached_page(request, lambda: _page(request), takes=(*FIELDS, "page"), limiter=limiter)


def _page(request: Request) -> str:
    state, context = app_state_of(request), request_context_of(request)
    ui = context.ui
    query = parse_search_query(request.query_params, ui)
    page = page_number(request, state.site.limits.last_page)
    named = find_named(query.words, state.site.store.papers) if query.where == "papers" else None
    offset = (page - 1) * _PAGE_SIZE
    results = _named_hits(named, offset, ui) if named else _results(state, query, offset, ui)
    is_unknown = query.where == "papers" and results.near == results.total and not named
    liked = state.site.store.papers.get([query.like]).get(query.like) if query.like else None
    return state.render(
        context,
        "search.html",
        title=ui.gettext("{query}: search", query=query.words) if query.words else ui.gettext("Search"),
        noindex=True,
        query=query,
        results=results,
        nothing=None if results.hits or named else explain_empty_search(state.site.store, query, ui),
        missing=named.missing if named else (),
        suggestions=_suggestions(state, query, context.root) if is_unknown else [],
        orders=_orders(query, context.root, ui) if parse_search(query.words).phrases and not named else [],
        liked=edition_facts.paper_title(EditionPaper.alone(liked)) if liked else "",
        pages=Pagination(page, results.total, _PAGE_SIZE, request, context.root),
        tabs=_tabs(state, query, context.root, ui),
        topics=[(topic.slug, to_line(topic.title, 80)) for topic in state.site.store.topics.list()],
        categories=_COMMON_CATEGORIES,
        syntax=_syntax(ui),
        people=_people(state, query),
        forms=_forms(query, context.root, ui) if query.where == "papers" else [],
        most_cited=bibliography_files.MOST_PAPERS,
        feed=urls.with_query(urls.SEARCH_FEED, query.parameters(**{"in": "", "like": ""})) if query.words else "",
    )


_COMMON_CATEGORIES = "cs.AI cs.CL cs.CV cs.LG cs.RO cs.* eess.AS stat.ML math.* physics.* quant-ph q-bio.*".split()


def _tabs(state: AppState, query: SearchQuery, root: str, ui: Catalog) -> list[tuple[str, str, bool]]:
    """(address, name, whether it is this one)."""
    places = [("papers", ui.gettext("Papers")), ("editions", ui.gettext("Editions"))]
    if state.site.embedder:
        places.append(("meaning", ui.gettext("Similar in meaning")))
    return [
        (
            root + urls.with_query(urls.SEARCH, query.parameters(**{"in": "" if at == "papers" else at, "like": ""})),
            name,
            query.where == at,
        )
        for at, name in places
    ]


def _syntax(ui: Catalog) -> list[tuple[str, str]]:
    """(what may be typed, what it means)."""
    return [
        ("speech recognition", ui.gettext("papers with both words, and those near in meaning")),
        ('"speech recognition"', ui.gettext("these words side by side")),
        ("speech -music", ui.gettext("without this word; before a quotation, too")),
        ('author:"Ada Example"', ui.gettext("by this person")),
        ("category:cs.CL", ui.gettext("of this arXiv category, or cs.* for all of an archive")),
        ("category:biorxiv:zoology", ui.gettext("of this subject area of bioRxiv or medRxiv")),
        ("2405.01234, 10.1000/xyz", ui.gettext("the papers with these arXiv ids or DOIs, in any form")),
    ]


def _people(state: AppState, query: SearchQuery) -> list[tuple[str, str]]:
    """(path, name) of the authors who are searched for by their whole name."""
    if query.where != "papers":
        return []
    known = (state.site.store.authors.get(person_key(name)) for name in parse_search(query.words).names[:_MOST_PEOPLE])
    return [(urls.author(author.person), to_line(author.names[0], 80)) for author in known if author]


def _forms(query: SearchQuery, root: str, ui: Catalog) -> list[tuple[str, str]]:
    """(address, name) of what is found as a bibliography."""
    return [
        (root + urls.search_as(form.extension, query.parameters()), ui.show(form.label))
        for form in formats.paper_formats()
    ]


def _orders(query: SearchQuery, root: str, ui: Catalog) -> list[tuple[str, str, bool]]:
    """(address, name, whether it is this one)."""
    names = {"rank": ui.gettext("Best first"), "date": ui.gettext("Newest first")}
    return [
        (
            root + urls.with_query(urls.SEARCH, query.parameters(sort="" if order == "rank" else order)),
            name,
            query.order == order,
        )
        for order, name in names.items()
    ]


def _suggestions(state: AppState, query: SearchQuery, root: str) -> list[tuple[str, str]]:
    """(address, words) of the same search with near spellings."""
    found = suggest_searches(query.words, state.site.store)
    return [(root + urls.with_query(urls.SEARCH, query.parameters(q=words)), words) for words in found]


def _results(state: AppState, query: SearchQuery, offset: int, ui: Catalog) -> HitPage:
    if query.where == "meaning":
        return _by_meaning(state, query, offset, ui)
    if not query.words:
        return HitPage([], 0)
    found = state.site.store.search
    if query.where == "editions":
        editions = found.editions(
            query.words, kind=query.kind, among=query.among, limit=_PAGE_SIZE, offset=offset, shown=_snippet_text
        )
        total = found.count_editions(query.words, query.kind, query.among)
        return HitPage([_edition_hit(hit, query.words, ui) for hit in editions], total)
    papers = search_papers(
        query.words,
        state.site.store,
        state.site.embedder,
        among=query.among,
        order=query.order,
        limit=_PAGE_SIZE,
        offset=offset,
        shown=_snippet_text,
    )
    hits = [_paper_hit(hit, query.words, ui) for hit in papers.hits]
    return HitPage(hits, papers.total, papers.more, papers.total - papers.with_words)


def _named_hits(named: NamedPapers, offset: int, ui: Catalog) -> HitPage:
    """In the order in which they are named."""
    shown = make_hits(named.papers[offset : offset + _PAGE_SIZE], SearchTerms(), _snippet_text)
    return HitPage([_paper_hit(hit, "", ui) for hit in shown], len(named.papers))


def _by_meaning(state: AppState, query: SearchQuery, offset: int, ui: Catalog) -> HitPage:
    """The nearest papers that the filters let through; none where nothing can be compared."""
    site = state.site
    if site.embedder is None or not (query.words or query.like):
        return HitPage([], 0)
    model = site.embedder.model
    if query.like:
        paper = site.store.papers.get([query.like]).get(query.like)
        vector = site.store.vectors.get([paper.text_hash], model).get(paper.text_hash) if paper else None
    else:
        vector = site.embedder.embed([query.words]).value[0]
    if vector is None or not vector.any():
        return HitPage([], 0)
    many = _MOST_FILTERED if query.among != NO_FILTER else _MOST_NEAR + 1
    found = [near for near in site.store.vectors.nearest(model, vector, many) if near[0] != query.like]
    kept = _apply_filters(state, found, query.among)[:_MOST_NEAR]
    shown = kept[offset : offset + _PAGE_SIZE]
    papers = site.store.papers.get(id_ for id_, _ in shown)
    hits = [_near_hit(papers[id_], cosine, ui) for id_, cosine in shown if id_ in papers]
    return HitPage(hits, len(kept))


def _apply_filters(state: AppState, found: Sequence[tuple[str, float]], among: SearchFilter) -> list[tuple[str, float]]:
    if among == NO_FILTER:
        return list(found)
    kept = state.site.store.papers.filter_ids((id_ for id_, _ in found), among)
    return [near for near in found if near[0] in kept]


def _paper_hit(hit: PaperHit, words: str, ui: Catalog) -> SearchHit:
    title = mark_words(edition_facts.paper_title(EditionPaper.alone(hit.paper)), words)
    return SearchHit(
        urls.paper(hit.paper.id),
        mark_matches(title),
        "en",
        _about(hit.paper, ui),
        mark_matches(hit.snippet),
        hit.found_by == "meaning",
    )


def _near_hit(paper: Paper, cosine: float, ui: Catalog) -> SearchHit:
    about = _about(paper, ui) + " · " + ui.gettext("closeness {n}", n=ui.number(cosine, 2))
    title = escape(edition_facts.paper_title(EditionPaper.alone(paper)))
    return SearchHit(urls.paper(paper.id), title, "en", about, escape(to_line(paper.abstract, 240)))


def _edition_hit(hit: EditionHit, words: str, ui: Catalog) -> SearchHit:
    head = hit.edition
    moment = ui.date(head.slot or head.created_at)
    about = " · ".join(
        [
            edition_facts.kind_name(head.kind, ui),
            moment,
            ui.ngettext("{n} paper", "{n} papers", head.papers) if head.papers else ui.gettext("nothing new"),
        ]
    )
    title = mark_words(to_line(head.title, 200) or head.id, words)
    path = urls.edition(head.id)
    return SearchHit(path, mark_matches(title), lang_attribute(head.language), about, mark_matches(hit.snippet))


def _about(paper: Paper, ui: Catalog) -> str:
    authors = edition_facts.authors(EditionPaper.alone(paper), ui)
    status = edition_facts.status_line(paper, ui)
    facts = (status, to_line(authors, 160), ui.date(paper.published), to_line(paper.primary_category, 40))
    return " · ".join(fact for fact in facts if fact)


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
    """A readable text, which is foreign, as snippets are cut from it."""
    return strip_harmful(text)
