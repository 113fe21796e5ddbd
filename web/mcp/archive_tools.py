"""Tools that read the archive: search, similar papers, papers, editions, topics.

Invariant: they only read, but that `read_paper` asks the source for a paper that is not here where it may; what an
answer holds is bounded, in words and as values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Literal

from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult
from pydantic import Field

from digest.i18n.catalog import get_catalog
from digest.ports import Embedder
from digest.render import markdown
from digest.render.formats import set_length
from digest.render.safe_text import to_line, to_verbatim_line
from digest.retrieval.paper_lookup import NamedPapers, PaperReference, find_named, find_paper, parse_reference
from digest.retrieval.paper_search import search_papers, suggest_searches
from digest.retrieval.queries import MOST_CHARACTERS
from store import Store
from store.indexing.filters import SearchFilter
from store.records.editions import Edition, EditionKind, EditionLength, Paper
from store.tables.editions import EditionHead
from store.views.fulltext import PaperHit
from web.mcp.text import cut_answer, edition_line, edition_lines, limit_answer, paper_line, paper_text, respond
from web.mcp.tool_errors import call_as_tool
from web.mcp.tool_parameters import MOST_ITEMS, Count, PaperName, Since, Until, read_limits
from web.mcp.tool_results import (
    EditionsAnswer,
    EditionText,
    FoundEditionEntry,
    FoundPaperEntry,
    NearPaperEntry,
    PaperDetails,
    SearchAnswer,
    SimilarAnswer,
    TopicsAnswer,
    edition_entries,
    edition_fields,
    edition_text,
    paper_fields,
    topic_entry,
)
from web.views.listing import plain_line, schedule

PaperFetcher = Callable[[PaperReference], Paper | None]  # of the store, or asked of the source; raises PaperRouteError

_MOST_TOPICS = 100
_MOST_SNIPPET = 400
_BY_MEANING = " (by meaning alone)"


class ArchiveTools:
    """root: what addresses of pages begin with; "" where this archive has none."""

    def __init__(self, store: Store, embedder: Embedder | None, fetch: PaperFetcher | None, root: str) -> None:
        self._store, self._embedder, self._fetch, self._root = store, embedder, fetch, root

    def search(
        self,
        words: Annotated[
            str,
            Field(
                min_length=1,
                max_length=500,
                description='Words, "phrases", -word, author:"full name", category:cs.CL; or arXiv ids or DOIs.',
            ),
        ],
        among: Annotated[
            Literal["editions", "papers"], Field(description="Surveys and digests, or papers.")
        ] = "papers",
        limit: Count = 10,
        sort: Annotated[Literal["rank", "date"], Field(description="Best first, or the last submitted.")] = "rank",
        since: Since = "",
        until: Until = "",
    ) -> Annotated[CallToolResult, SearchAnswer]:
        """Search the archive: papers by words and by meaning; editions by the words of their whole text."""
        limits = read_limits(since, until)
        window = SearchFilter(limits.since, limits.until)
        if among == "editions":
            return self._search_editions(words, window, limit)
        if named := call_as_tool(find_named, words, self._store.papers):
            return self._show_named(named)
        found = call_as_tool(search_papers, words, self._store, self._embedder, among=window, order=sort, limit=limit)
        if not found.hits:
            return self._show_nothing(words, among)
        lines = (f"{_found_line(hit)}\n  {to_line(hit.snippet.text, _MOST_SNIPPET)}" for hit in found.hits)
        papers = [
            FoundPaperEntry.model_validate({
                **paper_fields(hit.paper, self._root),
                "snippet": to_line(hit.snippet.text, _MOST_SNIPPET),
                "found_by": hit.found_by,
            })
            for hit in found.hits
        ]  # fmt: skip
        return respond(limit_answer("\n\n".join(lines)), SearchAnswer(papers=papers))

    def find_similar(
        self,
        like: Annotated[
            str,
            Field(
                min_length=1,
                max_length=MOST_CHARACTERS,
                description="A paper's id or DOI, or words that say what papers should be about.",
            ),
        ],
        limit: Count = 10,
    ) -> Annotated[CallToolResult, SimilarAnswer]:
        """Papers nearest in meaning to a paper or to a text, by vector: other words for the same are found, too."""
        assert self._embedder is not None  # noqa: S101 - for the type checker: without it this tool is not offered
        paper = call_as_tool(find_paper, like, self._store.papers)
        if paper is None and (reference := parse_reference(like)):
            raise ToolError(f"The archive has no paper “{reference.label}”. Say in words what it is about.")
        known = self._store.vectors.get([paper.text_hash], self._embedder.model) if paper else {}
        vector = next(iter(known.values()), None)
        if vector is None:
            vector = call_as_tool(self._embedder.embed, [paper.text if paper else like]).value[0]
        near = self._store.vectors.nearest(self._embedder.model, vector, limit + 1)
        near = [(id_, cosine) for id_, cosine in near if paper is None or id_ != paper.id][:limit]
        papers = self._store.papers.get(id_ for id_, _ in near)
        lines = [f"{paper_line(papers[id_])} [{cosine:.2f}]" for id_, cosine in near if id_ in papers]
        values = [
            NearPaperEntry.model_validate({**paper_fields(papers[id_], self._root), "cosine": round(cosine, 4)})
            for id_, cosine in near
            if id_ in papers
        ]
        return respond("\n".join(lines) or "The archive has no papers.", SimilarAnswer(papers=values))

    def read_paper(self, id: PaperName) -> Annotated[CallToolResult, PaperDetails]:  # noqa: A002
        """Read a paper: abstract, summary, and the editions that show it."""
        paper = self._find_paper(id)
        heads = call_as_tool(self._store.editions.with_paper, paper.id)[:MOST_ITEMS]
        summary, source = self._summary(heads, paper.id)
        told = [paper_text(paper), *([f"Summary ({source}): {summary}"] if summary else [])]
        if heads:
            told.append(f"In these editions:\n{edition_lines(heads)}")
        details = PaperDetails.model_validate({
            **paper_fields(paper, self._root),
            "version": paper.version,
            "updated": f"{paper.updated:%Y-%m-%d}",
            "abstract": to_verbatim_line(paper.readable_abstract, 8_000),
            "summary": summary,
            "editions": edition_entries(heads, self._root),
        })  # fmt: skip
        return respond(limit_answer("\n\n".join(told)), details)

    def read_edition(
        self,
        id: Annotated[str, Field(min_length=1, max_length=120, description="Its id, or “latest”.")],  # noqa: A002
        offset: Annotated[int, Field(ge=0, description="Where to go on in a long one.")] = 0,
        length: Annotated[
            EditionLength,
            Field(description="short: opening, what to read first and a line a paper. full: with all summaries."),
        ] = "full",
    ) -> Annotated[CallToolResult, EditionText]:
        """Read a survey or digest as markdown, its papers with links. [n] cites the paper of that number."""
        edition = call_as_tool(self._find_edition, id)
        if edition is None:
            raise ToolError(f"There is no edition “{plain_line(id, 120)}”. Search among editions, or read “latest”.")
        text, end = cut_answer(markdown.render(set_length(edition, length)), offset)
        return respond(text, edition_text(edition, text, end, self._root))

    def list_editions(
        self,
        topic: Annotated[str, Field(max_length=120, description="Only digests of this one: its slug.")] = "",
        kind: Annotated[Literal["", "survey", "digest"], Field(description="Only these; empty: both.")] = "",
        limit: Count = 10,
        after: Annotated[str, Field(max_length=120, description="Those behind the edition of this id.")] = "",
    ) -> Annotated[CallToolResult, EditionsAnswer]:
        """The latest surveys and digests, newest first: what is new in the archive, or in one topic."""
        if topic and self._store.topics.get(topic) is None and topic not in self._store.listings.topics():
            raise ToolError(f"There is no topic “{plain_line(topic, 120)}”. list_topics has them.")
        if after and self._store.editions.get(after) is None:
            raise ToolError(f"There is no edition “{plain_line(after, 120)}”.")
        wanted: EditionKind | None = kind or None
        found = self._store.listings.editions(SearchFilter(topic=topic), kind=wanted, limit=limit + 1, after=after)
        heads = found[:limit]
        following = heads[-1].id if len(found) > limit else None
        told = edition_lines(heads) or "There are no such editions."
        more = f"\n\nMore: list_editions with after = {following}." if following else ""
        return respond(told + more, EditionsAnswer(editions=edition_entries(heads, self._root), next=following))

    def list_topics(self) -> Annotated[CallToolResult, TopicsAnswer]:
        """What this archive watches: each topic gets digests of its new papers."""
        made, ui = self._store.listings.topics(), get_catalog("web", "en")
        topics = [
            topic_entry(topic, made.get(topic.slug), schedule(topic, ui), self._root)
            for topic in sorted(self._store.topics.list(), key=lambda topic: not topic.active)[:_MOST_TOPICS]
        ]
        lines = [
            f"- {topic.slug}: {topic.title} ({topic.schedule if topic.active else 'at rest'}; "
            f"{topic.editions} digest{'s' * (topic.editions != 1)}"
            f"{f', the newest of {topic.latest}' if topic.latest else ''})"
            for topic in topics
        ]
        return respond(limit_answer("\n".join(lines)) or "Nothing is watched here.", TopicsAnswer(topics=topics))

    def _search_editions(self, words: str, window: SearchFilter, limit: int) -> Annotated[CallToolResult, SearchAnswer]:
        hits = call_as_tool(self._store.search.editions, words, among=window, limit=limit)
        if not hits:
            return self._show_nothing(words, "editions")
        lines = (f"{edition_line(hit.edition)}\n  {to_line(hit.snippet.text, _MOST_SNIPPET)}" for hit in hits)
        editions = [
            FoundEditionEntry.model_validate({
                **edition_fields(hit.edition, self._root), "snippet": to_line(hit.snippet.text, _MOST_SNIPPET)
            })
            for hit in hits
        ]  # fmt: skip
        return respond(limit_answer("\n\n".join(lines)), SearchAnswer(editions=editions))

    def _show_nothing(self, words: str, among: str) -> CallToolResult:
        near = [to_line(text, 300) for text in call_as_tool(suggest_searches, words, self._store)]
        other = f" Did you mean: {'; '.join(near)}?" if near else ""
        told = f"No {among} have all of these words. Fewer or other words may find some.{other}"
        return respond(told, SearchAnswer(suggestions=near))

    def _show_named(self, named: NamedPapers) -> CallToolResult:
        """The papers that a search names; nothing is fetched by a tool that says that it only reads."""
        papers = [
            FoundPaperEntry.model_validate({
                **paper_fields(paper, self._root),
                "snippet": to_verbatim_line(paper.readable_abstract, _MOST_SNIPPET),
                "found_by": "words",
            })
            for paper in named.papers
        ]  # fmt: skip
        missing = [reference.url for reference in named.missing]
        return respond(
            limit_answer("\n\n".join(self._named_lines(named))),
            SearchAnswer(papers=papers, missing=missing),
        )

    def _named_lines(self, named: NamedPapers) -> Iterator[str]:
        for paper in named.papers:
            yield f"{paper_line(paper)}\n  {to_verbatim_line(paper.readable_abstract, _MOST_SNIPPET)}"
        for reference in named.missing:
            other = "read_paper asks arXiv for it." if self._fetch and reference.arxiv else f"See {reference.url}."
            yield f"The archive does not have {reference.label}. {other}"

    def _find_paper(self, typed: str) -> Paper:
        """Raises ToolError, with where it is outside of the archive."""
        paper, reference = call_as_tool(find_paper, typed, self._store.papers), parse_reference(typed)
        if paper is None and reference and self._fetch:
            paper = call_as_tool(self._fetch, reference)
        if paper is None:
            where = f"See {reference.url}." if reference else "Search among papers."
            raise ToolError(f"The archive has no paper “{plain_line(typed, 40)}”. {where}")
        return paper

    def _find_edition(self, asked: str) -> Edition | None:
        ids = self._store.editions.find(asked) if asked == "latest" else [asked]
        return self._store.editions.get(ids[0]) if ids else None

    def _summary(self, heads: Sequence[EditionHead], id_: str) -> tuple[str, str]:
        """In the newest edition that shows the paper, and whence; ("", "") where none does."""
        edition = call_as_tool(self._store.editions.get, heads[0].id) if heads else None
        found = [paper.summary for paper in (edition.papers if edition else ()) if paper.id == id_]
        return (to_line(found[0].text, 3_000), found[0].source) if found else ("", "")


def _found_line(hit: PaperHit) -> str:
    return paper_line(hit.paper) + _BY_MEANING * (hit.found_by == "meaning")
