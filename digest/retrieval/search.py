"""Paper search: queries -> the papers that stay, each with its reason; widened while too few stay.

Invariant: every paper that the source returned is in the store before it is looked at, and an answer of the source is
not asked for again while it stands. When the source is away, the store answers in its place and the edition says so.
Where too many stay, the nearest to the question do; a widened rule adds just enough beside those of the narrower one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.ports import PaperSource, SearchRequest
from digest.retrieval.filter import SelectedPaper, mark_widened, select, select_nearest, widen
from digest.retrieval.source_search import SourceResult, describe_found, search_source
from digest.run_context import RunContext
from digest.text import language
from store import Store
from store.records.editions import Paper, Query, SelectionReport
from store.records.lazy_text import AnyText, lazy_ngettext
from store.records.questions import StructuredQuestion
from store.text.tokens import tokens

_FREQUENCIES_FROM = 2000  # papers from which on the frequencies of words tell more than chance; decision 25


@dataclass(frozen=True)
class SearchResult:
    queries: tuple[Query, ...]  # as they were in the end
    kept: tuple[SelectedPaper, ...]
    found: int  # without those that were withdrawn
    strict_ids: frozenset[str]  # ids of the papers that a narrower rule had let in; all of them, where none was dropped
    widened: tuple[AnyText, ...] = ()
    complete: bool = True
    outage: AnyText = ""
    away: str = ""
    withdrawn: int = 0  # papers that would have been kept
    question: StructuredQuestion | None = None  # as it was understood, where papers were ranked, as is the next
    selection: SelectionReport | None = None  # `kept` then has the most relevant first
    below: tuple[SelectedPaper, ...] = ()  # of a digest's window: graded, and below the floor

    @property
    def searched_for(self) -> tuple[str, ...]:
        """For the reader: the concepts by their usual names, or the phrases of which every word had to be there."""
        concepts = self.question.concepts if self.question else ()
        return tuple(dict.fromkeys(concept.forms[0] for concept in concepts)) or tuple(q.text for q in self.queries)

    @property
    def is_off_topic(self) -> bool:
        """Whether nothing of what was found is on the question, and `kept` is what is nearest to it."""
        return self.selection is not None and self.selection.verdict == "nothing"


@dataclass(frozen=True)
class SearchSpec:
    """What to gather. min_papers: widen while fewer stay. unseen: the ids of those that are new to the reader."""

    request: SearchRequest
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    min_papers: int = 0
    period: AnyText = ""  # in words, where the question names one; a digest tells its window by itself
    reuse_since: datetime | None = None  # an answer of the source no older than this stands; None: it is asked anew
    unseen: Callable[[Sequence[str]], list[str]] = list


def search_and_filter(search: SearchSpec, source: PaperSource, store: Store, run: RunContext) -> SearchResult:
    """Raises SourceError only where the source refused the queries; where it is away, `outage` says so.

    While it is away nothing is widened: that few papers have the words says nothing but that the store is young.
    """
    result = _search_once(search, source, store, run)
    while len(result.kept) < search.min_papers and not result.outage:
        step = widen(result.queries, _frequencies(result.queries, store))
        if step is None:
            break
        queries, sentence = step
        wider = _search_once(replace(search, request=replace(search.request, queries=queries)), source, store, run)
        if wider.outage:
            return replace(result, outage=wider.outage, away=wider.away, complete=False) if result.kept else wider
        result = _merge_widened(result, wider, sentence)
    return result


def _merge_widened(narrow: SearchResult, wider: SearchResult, sentence: AnyText) -> SearchResult:
    """What a step of widening found; papers that came by an earlier, narrower rule keep their reason."""
    kept = mark_widened(narrow.kept, wider.kept)
    return replace(wider, kept=kept, strict_ids=_ids(narrow.kept), widened=(*narrow.widened, sentence))


def _search_once(search: SearchSpec, source: PaperSource, store: Store, run: RunContext) -> SearchResult:
    answer = _search(search, source, store, run)
    queries = search.request.queries
    found = answer.live
    with run.stage("filter", found) as stage:
        new = [answer.papers[id_] for id_ in search.unseen(list(answer.papers))]
        selected = select(new, queries, include=search.include, exclude=search.exclude)
        kept = tuple(one for one in selected if not one.paper.is_withdrawn)
        stage.detail = lazy_ngettext("{kept} of {n} paper kept", "{kept} of {n} papers kept", found, kept=len(kept))
    return SearchResult(
        queries,
        kept,
        found,
        _ids(kept),
        complete=answer.complete,
        outage=answer.outage,
        away=answer.away,
        withdrawn=len(selected) - len(kept),
    )


def _ids(kept: Sequence[SelectedPaper]) -> frozenset[str]:
    return frozenset(selected.paper.id for selected in kept)


def _frequencies(queries: Sequence[Query], store: Store) -> dict[str, int]:
    """In how many papers each word is; unknown in a young store, which knows only what was asked of it before."""
    if store.papers.count() < _FREQUENCIES_FROM:
        return {}
    return store.papers.frequencies({word for query in queries for term in query.terms for word in tokens(term)})


def _search(search: SearchSpec, source: PaperSource, store: Store, run: RunContext) -> SourceResult:
    with run.stage("search") as stage:
        found = search_source(search.request, search.reuse_since, source, store, run, stage)
        stage.detail = describe_found(found.live, asked_before=found.asked_before)
    return found


Similarity = Callable[[Sequence[Paper]], Sequence[float]]  # the cosine of each paper to the question


def limit_to_nearest(
    result: SearchResult, similarity: Similarity, *, min_papers: int, max_papers: int
) -> tuple[SelectedPaper, ...]:
    """At most `max_papers`, the nearest to the question, in the order they had; by a widened rule, just enough beside
    those of a narrower one to be `min_papers`. similarity: asked only where there are too many.
    """
    if not result.widened:
        return _nearest_papers(result.kept, max_papers, similarity)
    strict = [selected for selected in result.kept if selected.paper.id in result.strict_ids][:max_papers]
    others = tuple(selected for selected in result.kept if selected.paper.id not in result.strict_ids)
    enough = max(min_papers, len(strict)) - len(strict)
    chosen = {selected.paper.id: selected for selected in (*strict, *_nearest_papers(others, enough, similarity))}
    return tuple(chosen[selected.paper.id] for selected in result.kept if selected.paper.id in chosen)


def english_query_text(question: str, queries: Sequence[Query]) -> str:
    """What is compared with the papers: a question in another language would be near to none of their abstracts."""
    if language.detect_language(question) == "en":
        return question
    return ", ".join(" ".join(query.terms) for query in queries)


def _nearest_papers(kept: tuple[SelectedPaper, ...], most: int, similarity: Similarity) -> tuple[SelectedPaper, ...]:
    if len(kept) <= most:
        return kept
    return select_nearest(kept, similarity([selected.paper for selected in kept]), most)
