"""Adjustment of what a search found to the readers of its topic: relevance moved, reasons told, an order made anew.

Invariant: no paper is lost: what readers want less of is told in brief below the others, with the reason; where that
were all papers, none is. Without feedback nothing changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from digest.fan_out import FanOut
from digest.feedback.reasons import add_reason, reason_for_all
from digest.ports import Embedder, Vectors
from digest.ranking.feedback import Examples, RelevanceChange, change_relevance
from digest.retrieval.embeddings import EmbeddingJob
from digest.retrieval.filter import SelectedPaper
from digest.retrieval.relevance import FLOOR
from digest.retrieval.search import SearchResult
from digest.run_context import RunContext, collect_results
from store import Store
from store.records.editions import Paper
from store.records.feedback import Feedback, Reader
from store.text.names import person_key

_MOST_EXAMPLES = 400  # the newest of each reader
_MOST_USUAL = 300  # papers of earlier editions
_CLEARLY_LESS = -0.2  # where nothing grades papers, what is moved so far down is told in brief
_HARDLY_WANTED = -0.4  # and so far down, however much it is on the topic


@dataclass(frozen=True)
class FeedbackReading:
    """What makes vectors of the papers, and where they are kept."""

    embedder: Embedder
    store: Store
    fan_out: FanOut


def adjust_to_feedback(result: SearchResult, topic: str, reading: FeedbackReading, run: RunContext) -> SearchResult:
    """Raises ModelError, Cancelled."""
    feedback = reading.store.feedback.of_topic(topic)
    found = [*result.kept, *result.below]
    if not feedback or not found:
        return result
    opinions = _in_turns([one for one in feedback if one.kind in ("keep", "more", "less", "seed")])[:_MOST_EXAMPLES]
    changes = _changes([one.paper for one in found], topic, opinions, feedback, reading, run)
    moved = [_move(one, change) for one, change in zip(found, changes, strict=True)]
    kept = [one for at, one in enumerate(moved) if at < len(result.kept) or _has_risen(one)]
    if result.selection:
        kept.sort(key=lambda one: -(one.relevance or 0.0))
    if all(one.in_brief for one in kept):
        kept = [replace(one, in_brief=False) for one in kept]
    return replace(result, kept=tuple(kept), strict_ids=result.strict_ids | {one.paper.id for one in kept})


def _in_turns(feedback: Sequence[Feedback]) -> list[Feedback]:
    """The first of each reader, then the second of each: whoever says much crowds nobody out."""
    counts: Counter[Reader] = Counter()
    turns: list[tuple[int, Feedback]] = []
    for one in feedback:
        turns.append((counts[one.reader], one))
        counts[one.reader] += 1
    return [one for _, one in sorted(turns, key=lambda turn: turn[0])]


def _changes(
    papers: Sequence[Paper],
    topic: str,
    opinions: Sequence[Feedback],
    feedback: Sequence[Feedback],
    reading: FeedbackReading,
    run: RunContext,
) -> list[RelevanceChange]:
    liked = reading.store.papers.get(one.subject for one in opinions)
    told = tuple(one for one in opinions if one.subject in liked)
    earlier = reading.store.papers.get(_earlier_papers(topic, reading.store))
    needed = {paper.id: paper for paper in (*papers, *liked.values(), *earlier.values())}
    job = EmbeddingJob(list(needed.values()), "", reading.embedder, reading.store, reading.fan_out, run)
    collect_results(run, job)
    authors = {one.subject: one for one in feedback if one.kind == "author"}
    vectors = _matrix(job, papers)
    examples = Examples(told, _matrix(job, [liked[one.subject] for one in told]), authors)
    usual = np.vstack([vectors, _matrix(job, list(earlier.values()))])
    people = [[person_key(name) for name in paper.authors] if authors else [] for paper in papers]
    return change_relevance(people, vectors, usual, examples)


def _matrix(job: EmbeddingJob, papers: Sequence[Paper]) -> Vectors:
    return job.matrix(papers) if papers else np.zeros((0, len(job.of_question)), np.float32)


def _earlier_papers(topic: str, store: Store) -> list[str]:
    ids: dict[str, None] = {}
    for head in store.editions.list(topic=topic, limit=20):
        if len(ids) < _MOST_USUAL:
            ids |= dict.fromkeys(sorted(store.edition_links.paper_ids(head.id)))
    return list(ids)


def _move(one: SelectedPaper, change: RelevanceChange) -> SelectedPaper:
    if change.cause is None:
        return one
    relevance = None if one.relevance is None else round(float(np.clip(one.relevance + change.amount, 0, 1)), 3)
    is_below = change.amount <= _CLEARLY_LESS if relevance is None else change.amount < 0 and relevance < FLOOR
    is_low = is_below or change.amount <= _HARDLY_WANTED
    because = reason_for_all(change.cause)
    return replace(
        one,
        relevance=relevance,
        reason=add_reason(one.reason, because),
        change=change.amount,
        because=because,
        in_brief=is_low,
    )


def _has_risen(one: SelectedPaper) -> bool:
    """Of a paper that was below the floor: whether what readers like brings it up."""
    return one.change > 0 and (one.relevance or 0.0) >= FLOOR
