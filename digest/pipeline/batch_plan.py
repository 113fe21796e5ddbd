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
from digest.errors import BadInput, PaperRouteError, is_fatal
from digest.pipeline.batch_step import advance_batch
from digest.pipeline.edition_spec import EditionSpec, parse_moment, resolve_digest_spec
from digest.pipeline.selection import comparison_text, find_topic_papers, limit_papers
from digest.pipeline.services import DigestRequest, Services, SurveySettings
from digest.ports import SummaryBatches
from digest.run_context import RunContext
from store import Store
from store.records.editions import Paper, SummaryKey, Topic
from store.records.lazy_text import lazy_gettext, lazy_ngettext
from store.records.questions import SearchLimits
from store.tables.batches import Batch, Batches, BatchState
from store.tables.model_texts import Summaries

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
    topic: Topic, asked: str, hours: PrefetchHours, batches: Batches, now: datetime
) -> datetime | None:
    """The slot to prepare: the next one, where the hours allow or a batch is under way; or the one asked for.

    None: it is too early, or too late. Raises BadInput where the slot asked for is not far enough away.
    """
    coming = parse_moment(asked, topic) if asked else cadence.next_slot(topic.cadence, topic.at, topic.timezone, now)
    left = (coming - now) / timedelta(hours=1)
    if batches.of_slot(topic.slug, coming) or hours.least <= left <= (math.inf if asked else hours.most):
        return coming
    if asked:
        least = f"{hours.least:g}"
        raise BadInput(
            lazy_gettext("The slot {slot} is less than {n} h away.", slot=asked, n=least),
            hint=lazy_gettext("Its digest is made with plain calls; models.batch_least_hours is the limit."),
        )
    return None


def prefetch_summaries(
    topic: Topic, slot: datetime, services: Services, settings: SurveySettings, run: RunContext
) -> BatchStatus | None:
    """One step towards having the summaries of a coming digest. None where no batches are to be made.

    The first step searches as the digest will, up to now; each later one is one exchange with the provider, or none.
    Raises ModelError where only the operator can mend it, BadInput, SourceError (the queries were refused), Cancelled.
    """
    batches, store = services.batches, services.store
    if batches is None:
        return None
    batch = store.batches.of_slot(topic.slug, slot)
    if batch is None:
        planned = store.batches.plan(_plan_batch(topic, slot, batches, services, settings, run))
        return _status_of(planned, planned=True)
    return _status_of(advance_batch(batch, batches, store, run.now))


def advance_open_batches(
    batches: SummaryBatches, store: Store, now: datetime, stepped: Collection[BatchStatus] = ()
) -> list[BatchStatus]:
    """A step for every batch under way, those of past slots too: what comes is kept, and what it took is counted.

    stepped: those that had their step already.
    """
    done = {(status.topic, status.slot) for status in stepped}
    left = [batch for batch in store.batches.open() if (batch.topic, batch.slot) not in done]
    return [_status_of(advance_batch(batch, batches, store, now)) for batch in left]


def collect_batch(spec: EditionSpec, batches: SummaryBatches | None, store: Store, run: RunContext) -> None:
    """At a digest's slot: take what its batch has brought, cancel what it has not, and count what it took."""
    if spec.slot is None or (batch := store.batches.of_slot(spec.topic, spec.slot)) is None:
        return
    if batch.open and batches is not None:
        batch = _finish_batch(batch, batches, store, run)
    taken = store.usage.of_batch(batch.marker)
    run.count(taken)
    if taken or batch.open:
        run.add_health("batch", ok=True, detail=batch.detail)


def _finish_batch(batch: Batch, batches: SummaryBatches, store: Store, run: RunContext) -> Batch:
    for _ in range(_FINISH_TRIES):
        try:
            new = advance_batch(batch, batches, store, run.now)
        except PaperRouteError as error:
            if is_fatal(error):
                raise
            return replace(batch, detail=error.text)
        if not new.open or new.state == "cancelling":
            return new
        if new == batch:  # another process is at it, or its provider did not answer
            run.wait(1.0, lazy_gettext("its batch is being looked at"))
        batch = new
    return batch


def _plan_batch(
    topic: Topic,
    slot: datetime,
    batches: SummaryBatches,
    services: Services,
    settings: SurveySettings,
    run: RunContext,
) -> Batch:
    """The papers of the window so far that lack a summary; the batch is closed at once where none does."""
    store = services.store
    spec = resolve_digest_spec(DigestRequest(topic.slug), topic, slot, services.synthesis, store.editions, run)
    papers = _papers_so_far(topic, spec, services, settings, run)
    missing = _without_summary(papers, SummaryKey(batches.model, batches.prompt_hash, spec.language), store.summaries)
    batch = Batch(
        topic.slug,
        slot,
        secrets.token_hex(8),
        "planned",
        batches.model,
        batches.prompt_hash,
        spec.language,
        tuple(paper.id for paper in missing),
        spec.id,
        detail=lazy_ngettext("{n} summary to hand in", "{n} summaries to hand in", len(missing)),
    )
    return batch if missing else replace(batch, state="done", detail=lazy_gettext("every paper so far has its summary"))


def _papers_so_far(
    topic: Topic, spec: EditionSpec, services: Services, settings: SurveySettings, run: RunContext
) -> list[Paper]:
    """Those that the digest would show if its window ended now; on the hour, so that a second look searches no more."""
    until = run.now.replace(minute=0, second=0, microsecond=0)
    if spec.since is None or until <= spec.since:
        return []
    search, result = find_topic_papers(
        topic,
        SearchLimits(spec.since, until),
        services,
        settings,
        run,
        limit=settings.max_window_results,
        editions=services.store.editions,
    )
    question = comparison_text(spec.question, search)
    kept = limit_papers(result, question, services, run, min_papers=settings.min_papers, max_papers=topic.max_papers)
    return [selected.paper for selected in kept]


def _without_summary(papers: list[Paper], key: SummaryKey, summaries: Summaries) -> list[Paper]:
    have = summaries.get([paper.text_hash for paper in papers], key)
    return [paper for paper in papers if paper.text_hash not in have]


def _status_of(batch: Batch, *, planned: bool = False) -> BatchStatus:
    return BatchStatus(batch.topic, batch.slot, batch.state, str(batch.detail), more=planned and batch.open)
