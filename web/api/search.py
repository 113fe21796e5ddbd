"""API routes for search: by words over papers and editions, and by meaning over papers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from digest.retrieval import paper_search
from digest.retrieval.paper_lookup import find_named
from store.indexing.filters import SearchFilter
from store.indexing.search_syntax import SearchTerms
from store.views.fulltext import make_hits
from web.api.archive import require_topic
from web.api.conditional_route import ConditionalRoute
from web.api.parameters import (
    FURTHEST,
    ApiContext,
    FindEditions,
    FindPapers,
    FindSimilar,
    Ranked,
    api_context_of,
    count_search,
    set_next_link,
    split_page,
)
from web.api.schemas import (
    FoundEdition,
    FoundEditions,
    FoundPaper,
    FoundPapers,
    PaperItem,
    SimilarPaper,
    SimilarPapers,
)
from web.http import problems

router = APIRouter(route_class=ConditionalRoute, tags=["Search"], dependencies=[Depends(count_search)])
similar = APIRouter(
    route_class=ConditionalRoute, tags=["Search"], dependencies=[Depends(count_search)]
)  # where the site has an embedder


@router.get("/search/papers", responses=problems.error_responses(422, 429))
def search_papers(request: Request, response: Response, query: Annotated[FindPapers, Query()]) -> FoundPapers:
    """Papers whose title, abstract or authors hold every word, and those near in meaning, as one ranking.

    arXiv ids or DOIs in place of words bring the papers that they name.
    """
    api_context = api_context_of(request)
    if named := find_named(query.q, api_context.store.papers):
        hits = make_hits(named.papers[query.offset : query.offset + query.limit], SearchTerms(), str)
        items = [FoundPaper.of(hit, api_context.root) for hit in hits]
        missing = [reference.url for reference in named.missing]
        more = query.offset + query.limit < len(named.papers)
        link = _next(api_context, "/search/papers", query, response, more=more)
        return FoundPapers(items=items, next=link, elsewhere=next(iter(missing), None), missing=missing)
    found = paper_search.search_papers(
        query.q,
        api_context.store,
        api_context.site.embedder,
        among=SearchFilter(query.begins, query.ends, category=query.category or ""),
        order=query.sort,
        limit=query.limit,
        offset=query.offset,
    )
    more = query.offset + query.limit < found.total
    link = _next(api_context, "/search/papers", query, response, more=more)
    items = [FoundPaper.of(hit, api_context.root) for hit in found.hits]
    return FoundPapers(items=items, next=link, elsewhere=None, missing=[])


@router.get("/search/editions", responses=problems.error_responses(404, 422, 429))
def search_editions(request: Request, response: Response, query: Annotated[FindEditions, Query()]) -> FoundEditions:
    """Editions whose title, question, text or papers' titles hold every word, best first."""
    api_context = api_context_of(request)
    if query.topic:
        require_topic(api_context, query.topic)
    among = SearchFilter(query.begins, query.ends, topic=query.topic or "")
    found = api_context.store.search.editions(
        query.q, kind=query.kind, among=among, limit=query.limit + 1, offset=query.offset
    )
    hits, more = split_page(found, query.limit)
    link = _next(api_context, "/search/editions", query, response, more=more)
    return FoundEditions(items=[FoundEdition.of(hit, api_context.root) for hit in hits], next=link)


@similar.get("/search/similar", responses=problems.error_responses(422, 429, 503))
def search_similar(request: Request, query: Annotated[FindSimilar, Query()]) -> SimilarPapers:
    """Papers nearest in meaning to a text, by vector."""
    api_context = api_context_of(request)
    embedder = api_context.site.embedder
    if embedder is None:
        return SimilarPapers(items=[])
    vector = embedder.embed([query.q]).value[0]
    near = api_context.store.vectors.nearest(embedder.model, vector, query.limit)
    papers = api_context.store.papers.get(id_ for id_, _ in near)
    return SimilarPapers(
        items=[SimilarPaper(paper=PaperItem.of(papers[id_], api_context.root), cosine=cosine) for id_, cosine in near]
    )


def _next(api_context: ApiContext, path: str, query: Ranked, response: Response, *, more: bool) -> str | None:
    offset = query.offset + query.limit
    return (
        set_next_link(api_context.root, path, query, response, offset=offset) if more and offset <= FURTHEST else None
    )
