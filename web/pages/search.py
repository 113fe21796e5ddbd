"""The search: by words over papers and editions, and by meaning over papers.

Invariant: whatever is typed, the answer is a page; found words are marked by offsets in escaped text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from markupsafe import Markup, escape

from digest.i18n.edition_texts import strings
from digest.render import edition_facts
from digest.render.html import language_tag
from digest.render.safe_text import line, safe
from digest.text.latex import readable
from store.indexing.filters import NO_FILTER, SearchFilter
from store.indexing.snippets import Snippet
from store.records.editions import Paper
from store.views.fulltext import MAX_RANKED, EditionHit, PaperHit, mark_words
from web import urls
from web.http import responses
from web.http.paging import Pages, page_number
from web.http.request_context import visit_of
from web.http.state import Room, room_of
from web.i18n.catalog import words_in
from web.i18n.messages import Words
from web.pages.papers import as_shown
from web.views import listing
from web.views.empty_search import nothing
from web.views.search_query import FIELDS, Asked, asked

router = APIRouter()
_A_PAGE = 10
_MOST_NEAR = 100  # papers by meaning, in all
_LOOKED_AT = 2_000  # nearest papers that a filter chooses from


@dataclass(frozen=True)
class Hit:
    path: str
    title: Markup
    lang: str
    about: str
    snippet: Markup


@dataclass(frozen=True)
class Results:
    hits: list[Hit]
    total: int  # that can be paged through
    more: bool = False  # there are more than these


@router.get(urls.SEARCH)
def search(request: Request) -> Response:
    return responses.page(request, lambda: _page(request), takes=(*FIELDS, "page"))


def _page(request: Request) -> str:
    room, visit = room_of(request), visit_of(request)
    ui = words_in(visit.language)
    wanted = asked(request.query_params, ui)
    page = page_number(request, room.site.limits.last_page)
    results = _results(room, wanted, (page - 1) * _A_PAGE, ui)
    liked = room.site.store.papers.get([wanted.like]).get(wanted.like) if wanted.like else None
    return room.render(
        visit,
        "search.html",
        title=ui.results_for.format(query=wanted.words) if wanted.words else ui.search_title,
        noindex=True,
        asked=wanted,
        results=results,
        nothing=None if results.hits else nothing(room.site.store, wanted, ui),
        liked=edition_facts.paper_title(as_shown(liked)) if liked else "",
        pages=Pages(page, results.total, _A_PAGE, request, visit.root),
        tabs=_tabs(room, wanted, visit.root, ui),
        topics=[(topic.slug, line(topic.title, 80)) for topic in room.site.store.topics.list()],
        categories=_COMMON,
        feed=urls.with_query(urls.SEARCH_FEED, wanted.query(**{"in": "", "like": ""})) if wanted.words else "",
    )


_COMMON = "cs.AI cs.CL cs.CV cs.LG cs.RO cs.* eess.AS stat.ML math.* physics.* quant-ph q-bio.*".split()


def _tabs(room: Room, wanted: Asked, root: str, ui: Words) -> list[tuple[str, str, bool]]:
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


def _results(room: Room, wanted: Asked, offset: int, ui: Words) -> Results:
    if wanted.where == "meaning":
        return _by_meaning(room, wanted, offset, ui)
    if not wanted.words:
        return Results([], 0)
    found = room.site.store.search
    if wanted.where == "editions":
        editions = found.editions(
            wanted.words, kind=wanted.kind, among=wanted.among, limit=_A_PAGE, offset=offset, shown=_plain
        )
        total = found.count_editions(wanted.words, wanted.kind, wanted.among)
        return Results([_edition_hit(one, wanted.words, ui) for one in editions], total)
    papers, total = found.find_papers(wanted.words, among=wanted.among, limit=_A_PAGE, offset=offset, shown=_plain)
    return Results([_paper_hit(one, wanted.words, ui) for one in papers], min(total, MAX_RANKED), total > MAX_RANKED)


def _by_meaning(room: Room, wanted: Asked, offset: int, ui: Words) -> Results:
    """The nearest papers that the filters let through; none where nothing can be compared."""
    site = room.site
    if site.embedder is None or not (wanted.words or wanted.like):
        return Results([], 0)
    model = site.embedder.model
    if wanted.like:
        paper = site.store.papers.get([wanted.like]).get(wanted.like)
        vector = site.store.vectors.get([paper.text_hash], model).get(paper.text_hash) if paper else None
    else:
        vector = site.embedder.embed([wanted.words]).value[0]
    if vector is None or not vector.any():
        return Results([], 0)
    many = _LOOKED_AT if wanted.among != NO_FILTER else _MOST_NEAR + 1
    found = [one for one in site.store.vectors.nearest(model, vector, many) if one[0] != wanted.like]
    kept = _let_through(room, found, wanted.among)[:_MOST_NEAR]
    shown = kept[offset : offset + _A_PAGE]
    papers = site.store.papers.get(id_ for id_, _ in shown)
    hits = [_near_hit(papers[id_], cosine, ui) for id_, cosine in shown if id_ in papers]
    return Results(hits, len(kept))


def _let_through(room: Room, found: Sequence[tuple[str, float]], among: SearchFilter) -> list[tuple[str, float]]:
    if among == NO_FILTER:
        return list(found)
    kept = room.site.store.papers.among((id_ for id_, _ in found), among)
    return [one for one in found if one[0] in kept]


def _paper_hit(hit: PaperHit, words: str, ui: Words) -> Hit:
    title = mark_words(edition_facts.paper_title(as_shown(hit.paper)), words)
    return Hit(urls.paper(hit.paper.id), with_marks(title), "en", _about(hit.paper, ui), with_marks(hit.snippet))


def _near_hit(paper: Paper, cosine: float, ui: Words) -> Hit:
    about = f"{_about(paper, ui)} · {ui.closeness.format(n=f'{cosine:.2f}')}"
    title = escape(edition_facts.paper_title(as_shown(paper)))
    return Hit(urls.paper(paper.id), title, "en", about, escape(line(paper.abstract, 240)))


def _edition_hit(hit: EditionHit, words: str, ui: Words) -> Hit:
    head = hit.edition
    moment = listing.date(head.slot or head.created_at, ui)
    about = " · ".join(
        [ui.kinds[head.kind], moment, listing.counted(ui.papers, head.papers) if head.papers else ui.quiet]
    )
    title = mark_words(line(head.title, 200) or head.id, words)
    path = urls.edition(head.id)
    return Hit(path, with_marks(title), language_tag(head.language), about, with_marks(hit.snippet))


def _about(paper: Paper, ui: Words) -> str:
    words = strings(ui.tag)
    authors = edition_facts.authors(as_shown(paper), words)
    return " · ".join([line(authors, 160), listing.date(paper.published, ui), line(paper.primary_category, 40)])


def with_marks(snippet: Snippet) -> Markup:
    """Escaped text, the words that were found in <mark>."""
    return Markup("".join(_pieces(snippet)))  # noqa: S704  # each piece is escaped


def _pieces(snippet: Snippet) -> Iterable[str]:
    end = 0
    for start, stop in snippet.matches:
        yield f"{escape(snippet.text[end:start])}<mark>{escape(snippet.text[start:stop])}</mark>"
        end = stop
    yield str(escape(snippet.text[end:]))


def _plain(text: str) -> str:
    """A foreign text as snippets are cut from it."""
    return safe(readable(text))
