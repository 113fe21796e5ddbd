"""Batch prefetch: what a digest whose slot is hours away lacks in summaries goes out as one batch.

Invariant: one batch for each (topic, slot), planned once; every call here does one step and returns, so that a
scheduler may call at each tick. The digest needs none of it: what a batch has not brought by its slot, plain calls do.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest import cadence
from digest.errors import BadInput, PaperRouteError, usage_or_raise
from digest.pipeline.batch_step import advance_batch
from digest.pipeline.edition_spec import EditionSpec, digest_search_spec, parse_moment, resolve_digest_spec
from digest.pipeline.services import DigestRequest, Services, SurveySettings
from digest.ports import SummaryBatches
from digest.retrieval.queries import find_queries
from digest.retrieval.search import english_query_text, limit_to_nearest, search_and_filter
from digest.run_context import RunContext, format_count
from store.records.editions import Paper, SummaryKey, Topic
from store.tables.batches import Batch, BatchState

_FINISH_TRIES = 5  # seconds that a digest waits for another process to end its step


@dataclass(frozen=True)
class PrefetchHours:
    """How long before its slot a digest may be prepared: not earlier than `most`, not later than `least`."""

    most: float = 6.0
    least: float = 1.0


@dataclass(frozen=True)
class BatchStatus:
    """How the preparation of a digest stands. more: there is something to do at once; else ask again in a while."""

    topic: str
    slot: datetime
    state: BatchState
    detail: str
    more: bool


def next_slot_to_prefetch(
    topic: Topic, asked: str, hours: PrefetchHours, parts: Services, now: datetime
) -> datetime | None:
    """The slot to prepare: the next one, where the hours allow or a batch is under way; or the one asked for.

    None: it is too early, or too late. Raises BadInput where the slot asked for is not far enough away.
    """
    coming = parse_moment(asked, topic) if asked else cadence.next_slot(topic.cadence, topic.at, topic.timezone, now)
    left = (coming - now) / timedelta(hours=1)
    if parts.store.batches.of_slot(topic.slug, coming) or hours.least <= left <= (math.inf if asked else hours.most):
        return coming
    if asked:
        raise BadInput(
            f"The slot {asked} is less than {hours.least:g} h away.",
            hint="Its digest is made with plain calls; models.batch_least_hours is the limit.",
        )
    return None


def prefetch_summaries(
    topic: Topic, slot: datetime, parts: Services, policy: SurveySettings, run: RunContext
) -> BatchStatus | None:
    """One step towards having the summaries of a coming digest. None where no batches are to be made.

    The first step searches as the digest will, up to now; each later one is one exchange with the provider, or none.
    Raises ModelError where only the operator can mend it, BadInput, SourceError (the queries were refused), Cancelled.
    """
    if parts.batches is None:
        return None
    batch = parts.store.batches.of_slot(topic.slug, slot)
    if batch is None:
        return _status_of(
            parts.store.batches.plan(_plan_batch(topic, slot, parts.batches, parts, policy, run)), planned=True
        )
    return _status_of(advance_batch(batch, parts.batches, parts.store, run.now))


def advance_open_batches(parts: Services, run: RunContext, stepped: Collection[BatchStatus] = ()) -> list[BatchStatus]:
    """A step for every batch under way, those of past slots too: what comes is kept, and what it took is counted.

    stepped: those that had their step already.
    """
    if parts.batches is None:
        return []
    done = {(one.topic, one.slot) for one in stepped}
    left = [batch for batch in parts.store.batches.open() if (batch.topic, batch.slot) not in done]
    return [_status_of(advance_batch(batch, parts.batches, parts.store, run.now)) for batch in left]


def collect_batch(commission: EditionSpec, parts: Services, run: RunContext) -> None:
    """At a digest's slot: take what its batch has brought, cancel what it has not, and count what it took."""
    if commission.slot is None or (batch := parts.store.batches.of_slot(commission.topic, commission.slot)) is None:
        return
    if batch.open and parts.batches is not None:
        batch = _finish_batch(batch, parts.batches, parts, run)
    taken = parts.store.usage.of_batch(batch.marker)
    run.count(taken)
    if taken or batch.open:
        run.add_health("batch", ok=True, detail=batch.detail)


def _finish_batch(batch: Batch, batches: SummaryBatches, parts: Services, run: RunContext) -> Batch:
    for _ in range(_FINISH_TRIES):
        try:
            new = advance_batch(batch, batches, parts.store, run.now)
        except PaperRouteError as error:
            usage_or_raise(error)
            return replace(batch, detail=str(error))
        if not new.open or new.state == "cancelling":
            return new
        if new == batch:  # another process is at it, or its provider did not answer
            run.wait(1.0, "its batch is being looked at")
        batch = new
    return batch


def _plan_batch(
    topic: Topic, slot: datetime, batches: SummaryBatches, parts: Services, policy: SurveySettings, run: RunContext
) -> Batch:
    """The papers of the window so far that lack a summary; the batch is closed at once where none does."""
    policy = replace(policy, max_papers=topic.max_papers, language=topic.language)
    commission = resolve_digest_spec(DigestRequest(topic.slug), topic, slot, parts, run)
    run.edition = commission.id
    papers = _papers_so_far(topic, commission, parts, policy, run)
    missing = _without_summary(papers, batches, commission.language, parts)
    batch = Batch(
        topic.slug,
        slot,
        secrets.token_hex(8),
        "planned",
        batches.model,
        batches.prompt_hash,
        commission.language,
        tuple(paper.id for paper in missing),
        commission.id,
        detail=f"{format_count(len(missing), 'summary', 'summaries')} to hand in",
    )
    return batch if missing else replace(batch, state="done", detail="every paper so far has its summary")


def _papers_so_far(
    topic: Topic, commission: EditionSpec, parts: Services, policy: SurveySettings, run: RunContext
) -> list[Paper]:
    """Those that the digest would show if its window ended now; on the hour, so that a second look searches no more."""
    until = run.now.replace(minute=0, second=0, microsecond=0)
    if commission.since is None or until <= commission.since:
        return []
    queries = find_queries(topic.question, topic.queries, parts, run)
    wanted = digest_search_spec(topic, queries, commission, parts, policy)
    wanted = replace(wanted, request=replace(wanted.request, until=until))
    found = search_and_filter(wanted, parts, policy, run)
    kept = limit_to_nearest(found, english_query_text(commission.question, wanted), wanted, parts, policy, run)
    return [one.paper for one in kept]


def _without_summary(papers: list[Paper], batches: SummaryBatches, language: str, parts: Services) -> list[Paper]:
    key = SummaryKey(batches.model, batches.prompt_hash, language)
    have = parts.store.summaries.get([paper.text_hash for paper in papers], key)
    return [paper for paper in papers if paper.text_hash not in have]


def _status_of(batch: Batch, *, planned: bool = False) -> BatchStatus:
    return BatchStatus(batch.topic, batch.slot, batch.state, batch.detail, more=planned and batch.open)
