"""Papers of a digest's window by authors whom its readers follow, asked of the source beside the topic's own request.

Invariant: one query of all the authors, within the topic's categories, window and word rules; what it brings is no more
than a candidate, which the author's weight lifts (`digest/feedback/adjustment.py`) and what readers want less lowers.
Without it the topic's own papers stand, and the health says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digest.errors import SourceError
from digest.ports import PaperSource, SearchRequest
from digest.retrieval.filter import SelectedPaper
from digest.retrieval.search import SearchResult, SearchSpec
from digest.retrieval.source_search import SourceResult, describe_found, search_source
from digest.run_context import RunContext
from store import Store
from store.records.editions import Paper, Query, Topic
from store.records.lazy_text import lazy_gettext
from store.text.names import person_key
from store.text.term_match import has_stems

_MOST_AUTHORS = 30  # those followed last: so many fit into one address


def add_followed_papers(
    result: SearchResult, topic: Topic, search: SearchSpec, source: PaperSource, store: Store, run: RunContext
) -> SearchResult:
    """search: what the topic was asked for, with its window, and `unseen` of the topic's editions. Raises Cancelled."""
    followed = {one.subject: one.label for one in store.feedback.of_topic(topic.slug) if one.kind == "author"}
    if not followed or result.outage:
        return result
    found = _ask(list(followed.values())[:_MOST_AUTHORS], topic, search, source, store, run)
    if found is None:
        return result
    known = {one.paper.id for one in (*result.kept, *result.below)}
    new = [found.papers[id_] for id_ in search.unseen([id_ for id_ in found.papers if id_ not in known])]
    added = tuple(_candidate(paper, result) for paper in new if _is_wanted(paper, topic, followed))
    ranked = result.selection is not None
    return replace(
        result,
        kept=result.kept + (() if ranked else added),
        below=result.below + (added if ranked else ()),
        found=result.found + len(added),
        complete=result.complete and found.complete,
    )


def _ask(
    names: Sequence[str], topic: Topic, search: SearchSpec, source: PaperSource, store: Store, run: RunContext
) -> SourceResult | None:
    asked = search.request
    request = SearchRequest(
        tuple(Query((name,), "author") for name in names),
        topic.categories,
        since=asked.since,
        until=asked.until,
        limit=asked.limit,
        order="submitted",
    )
    try:
        with run.stage("search") as stage:
            found = search_source(request, search.reuse_since, source, store, run, stage)
            stage.detail = describe_found(found.live, asked_before=found.asked_before)
    except SourceError as error:
        run.add_health(source.name, ok=False, detail=error.summary)
        return None
    return found


def _is_wanted(paper: Paper, topic: Topic, followed: dict[str, str]) -> bool:
    """A source may answer with other people of the same names."""
    return (
        not paper.is_withdrawn
        and any(person_key(name) in followed for name in paper.authors)
        and all(has_stems(paper.stems, term) for term in topic.include)
        and not any(has_stems(paper.stems, term) for term in topic.exclude)
    )


def _candidate(paper: Paper, result: SearchResult) -> SelectedPaper:
    reason = lazy_gettext("not found by the topic’s words")
    return SelectedPaper(paper, reason, relevance=0.0 if result.selection else None, core=False)
