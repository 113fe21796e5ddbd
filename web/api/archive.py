"""API routes that read the archive: editions, papers, topics."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from digest.errors import NotFound
from digest.render import edition_json
from digest.retrieval.paper_lookup import find_paper
from store import Store
from store.indexing.filters import SearchFilter
from store.views.authors import AuthorSummary
from web.api.conditional_route import ConditionalRoute
from web.api.edition_schema import EditionDocument
from web.api.parameters import (
    ApiContext,
    AuthorPapersAsked,
    EditionId,
    EditionsAsked,
    PaperId,
    PapersAsked,
    Person,
    TopicSlug,
    api_context_of,
    set_next_link,
    split_page,
)
from web.api.schemas import (
    AuthorItem,
    EditionPage,
    Gist,
    Nearest,
    PaperDocument,
    PaperItem,
    PaperPage,
    TopicItem,
    TopicList,
    edition_items,
)
from web.http import problems
from web.views.listing import nearest_papers

router = APIRouter(route_class=ConditionalRoute)

_EDITIONS_OF_A_PAPER = 50
_NEAREST = 10


@router.get("/editions", tags=["Editions"], responses=problems.error_responses(404, 422))
def list_editions(request: Request, response: Response, query: Annotated[EditionsAsked, Query()]) -> EditionPage:
    """Surveys and digests, newest first."""
    api_context = api_context_of(request)
    if query.topic:
        require_topic(api_context, query.topic)
    if query.after and api_context.store.editions.get(query.after) is None:
        raise _no_edition()
    among = SearchFilter(query.begins, query.ends, topic=query.topic or "")
    found = api_context.store.listings.editions(among, kind=query.kind, limit=query.limit + 1, after=query.after or "")
    heads, more = split_page(found, query.limit)
    link = set_next_link(api_context.root, "/editions", query, response, after=heads[-1].id) if more else None
    return EditionPage(items=edition_items(heads, api_context.root), next=link)


@router.get(
    "/editions/{id}",
    tags=["Editions"],
    responses=problems.error_responses(404, 422),
    response_model=EditionDocument,
    response_class=JSONResponse,  # what is described; what is sent are the renderer's own bytes
)
def read_edition(request: Request, id: EditionId) -> Response:  # noqa: A002 - what the address calls it
    """An edition, whole: the schema paperroute.edition/1. It never changes."""
    edition = api_context_of(request).store.editions.get(id)
    if edition is None:
        raise _no_edition()
    return Response(edition_json.render(edition), media_type="application/json")


@router.get("/papers", tags=["Papers"], responses=problems.error_responses(404, 422))
def list_papers(request: Request, response: Response, query: Annotated[PapersAsked, Query()]) -> PaperPage:
    """Every paper that was ever found, the last submitted first."""
    api_context = api_context_of(request)
    if query.after and not api_context.store.papers.get([query.after]):
        raise _no_paper()
    among = SearchFilter(query.begins, query.ends, category=query.category or "")
    found = api_context.store.listings.papers(among, limit=query.limit + 1, after=query.after or "")
    papers, more = split_page(found, query.limit)
    link = set_next_link(api_context.root, "/papers", query, response, after=papers[-1].id) if more else None
    return PaperPage(items=[PaperItem.of(paper, api_context.root) for paper in papers], next=link)


@router.get("/papers/{id:path}", tags=["Papers"], responses=problems.error_responses(404, 422))
def read_paper(request: Request, id: PaperId) -> PaperDocument:  # noqa: A002 - likewise
    """A paper: its summary, the editions that show it, and the papers nearest to it in meaning.

    A version, "arXiv:" before it, a DOI lead to the same. The slash in the id of an old paper may stand as it is or as
    %2F.
    """
    api_context = api_context_of(request)
    paper = find_paper(id, api_context.store.papers)
    if paper is None:
        raise _no_paper()
    heads = api_context.store.editions.with_paper(paper.id)[:_EDITIONS_OF_A_PAPER]
    return PaperDocument.whole(
        paper,
        api_context.root,
        summary=_gist(api_context.store, paper.id, [head.id for head in heads[:1]]),
        editions=edition_items(heads, api_context.root),
        nearest=[
            Nearest(id=near.id, title=near.title, cosine=cosine)
            for near, cosine in nearest_papers(api_context.site, paper, _NEAREST)
        ],
    )


@router.get("/authors/{person}", tags=["Authors"], responses=problems.error_responses(404, 422))
def read_author(request: Request, person: Person) -> AuthorItem:
    """A person whose papers are here, and the editions that show one."""
    api_context = api_context_of(request)
    author = _require_author(api_context, person)
    heads = api_context.store.listings.editions(SearchFilter(person=person), limit=_EDITIONS_OF_A_PAPER)
    return AuthorItem.of(author, heads, api_context.root)


@router.get("/authors/{person}/papers", tags=["Authors"], responses=problems.error_responses(404, 422))
def list_author_papers(
    request: Request, response: Response, person: Person, query: Annotated[AuthorPapersAsked, Query()]
) -> PaperPage:
    """The papers of a person, the last submitted first."""
    api_context = api_context_of(request)
    _require_author(api_context, person)
    if query.after and not api_context.store.papers.get([query.after]):
        raise _no_paper()
    among = SearchFilter(person=person)
    found = api_context.store.listings.papers(among, limit=query.limit + 1, after=query.after or "")
    papers, more = split_page(found, query.limit)
    path = f"/authors/{quote(person, safe='')}/papers"
    link = set_next_link(api_context.root, path, query, response, after=papers[-1].id) if more else None
    return PaperPage(items=[PaperItem.of(paper, api_context.root) for paper in papers], next=link)


def _require_author(api_context: ApiContext, person: str) -> AuthorSummary:
    author = api_context.store.authors.get(person)
    if author is None:
        raise NotFound("There is no such author here.", hint="GET /search/papers?q=author:NAME finds papers.")
    return author


@router.get("/topics", tags=["Topics"])
def list_topics(request: Request) -> TopicList:
    """What is watched, by slug."""
    api_context = api_context_of(request)
    made = api_context.store.listings.topics()
    return TopicList(
        items=[TopicItem.of(topic, made.get(topic.slug), api_context.root) for topic in api_context.store.topics.list()]
    )


@router.get("/topics/{slug}", tags=["Topics"], responses=problems.error_responses(404, 422))
def read_topic(request: Request, slug: TopicSlug) -> TopicItem:
    """One topic."""
    api_context = api_context_of(request)
    topic = api_context.store.topics.get(slug)
    if topic is None:
        raise NotFound("There is no such topic.", hint="GET /topics lists them.")
    return TopicItem.of(topic, api_context.store.listings.topics().get(slug), api_context.root)


def require_topic(api_context: ApiContext, slug: str) -> None:
    """A topic that is no more may still have its digests here."""
    if api_context.store.topics.get(slug) is None and not api_context.store.editions.list(topic=slug, limit=1):
        raise NotFound("There is no such topic.", hint="GET /topics lists them.")


def _gist(store: Store, paper: str, editions: list[str]) -> Gist | None:
    shown = [edition for id_ in editions if (edition := store.editions.get(id_))]
    found = [other.summary for edition in shown for other in edition.papers if other.id == paper]
    return Gist.model_validate(found[0], from_attributes=True) if found else None


def _no_edition() -> NotFound:
    return NotFound("There is no such edition.", hint="GET /editions lists them.")


def _no_paper() -> NotFound:
    return NotFound("There is no such paper here.", hint="GET /papers lists those that were found so far.")
