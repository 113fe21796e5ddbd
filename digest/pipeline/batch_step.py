"""Batch state machine, a step at a time: planned -> submitting -> running -> (cancelling) -> done, or failed.

Invariant: a step is one exchange with the provider (a submission at most two), under a lease, so that no two processes
take the same one. What is about to happen is in the store before the provider is asked; what came of a batch (its
summaries, its rows of usage, its end) goes there in one transaction. So a batch whose id was lost by a kill is looked
for before another is handed in, and none is counted twice. A dead process's lease is taken over at once: its marker, or
its time and size, find what it handed in, and where that is not found, nobody hands it in again for a minute after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from digest.errors import ModelError
from digest.ports import BatchResult, SummaryBatches
from store import Store
from store.db.owners import new_owner
from store.records.editions import Paper, SummaryKey
from store.records.lazy_text import AnyText, LazyText, lazy_gettext, lazy_ngettext
from store.tables.batches import Batch
from store.tables.usage import CallRecord

MARGIN = timedelta(minutes=15)  # before its slot a digest gives up waiting: time enough for plain calls
_NO_SUBMIT_AFTER = timedelta(minutes=30)  # before its slot nothing is handed in any more: it would hardly come back
_LISTED_AFTER = timedelta(minutes=1)  # after which a provider's list shows what was handed in, if it was
_GIVE_UP_AFTER = timedelta(hours=48)  # after the slot: a batch that has not ended by then never will
_LEASE_SECONDS = 300.0  # seconds; longer than any step may take


def advance_batch(batch: Batch, batches: SummaryBatches, store: Store, now: datetime) -> Batch:
    """The batch after one step; the same where another process is at it, or where there is nothing to do yet.

    Raises ModelError where only the operator can mend it.
    """
    name, owner = f"batch:{batch.marker}", new_owner()
    died = bool(store.leases.owner(name))  # if it can be taken now: while it was at the batch, perhaps a moment ago
    if not batch.open or not store.leases.acquire(name, owner, _LEASE_SECONDS):
        return batch
    try:
        batch = store.batches.of_slot(batch.topic, batch.slot) or batch
        if batch.open:
            batch = _BatchStep(batch, batches, store, now, after_kill=died).run()
        return batch
    finally:
        if died and batch.state == "submitting":
            store.leases.acquire(name, owner, _LISTED_AFTER.total_seconds())
        else:
            store.leases.release(name, owner)


class _BatchStep:
    """after_kill: the process that was at the batch before has just died."""

    def __init__(self, batch: Batch, batches: SummaryBatches, store: Store, now: datetime, *, after_kill: bool) -> None:
        self._batch, self._batches, self._store, self._now = batch, batches, store, now
        self._after_kill = after_kill

    def run(self) -> Batch:
        if self._batch.model != self._batches.model:
            return self._fail(
                lazy_gettext("the model of summaries is another now, and not {model}", model=self._batch.model)
            )
        if self._now > self._batch.slot + _GIVE_UP_AFTER:
            return self._fail(lazy_gettext("the batch never ended"))
        steps = {"planned": self._hand_in, "submitting": self._find, "running": self._look, "cancelling": self._look}
        try:
            return steps[self._batch.state]()
        except ModelError as error:
            return self._after(error)

    def _after(self, error: ModelError) -> Batch:
        """A passing failure is one for the next step; a lasting one ends the batch, unless the operator must know."""
        if error.kind == "refused_key":
            raise error
        if error.permanent and error.kind != "budget":
            return self._fail(error.text)
        return self._move(detail=error.text)

    def _hand_in(self) -> Batch:
        """Only what still lacks its summary: since it was planned, a survey may have made some."""
        if self._now > self._batch.slot - _NO_SUBMIT_AFTER:
            return self._fail(lazy_gettext("it was too late to hand anything in"))
        papers = self._missing()
        if not papers:
            return self._move(state="done", detail=lazy_gettext("every paper has its summary by now"))
        usd = self._batches.estimate(papers, self._batch.language)
        with self._batches.reserve_budget(usd):
            ids = tuple(paper.id for paper in papers)
            detail = lazy_gettext("being handed in")
            changes = {"usd": usd or 0.0, "paper_ids": ids, "tried_at": self._now, "detail": detail}
            if self._move(state="submitting", **changes).tried_at != self._now:
                return self._batch  # another process was faster
        return self._mark_running(self._batches.submit(self._batch.marker, papers, self._batch.language))

    def _missing(self) -> list[Paper]:
        papers = self._store.papers.get(self._batch.paper_ids)
        have = self._store.summaries.get([paper.text_hash for paper in papers.values()], self._key)
        return [paper for paper in papers.values() if paper.text_hash not in have]

    def _find(self) -> Batch:
        """Whether it was handed in is not known: its process died, or the provider's answer never came."""
        tried, count = self._batch.tried_at or self._now, len(self._batch.paper_ids)
        found = self._batches.find(self._batch.marker, tried, count, self._store.batches.ids())
        if found:
            return self._mark_running(found.id, certain=found.certain)
        if self._after_kill or self._now < tried + _LISTED_AFTER:
            return self._batch  # it may be on its way, or not in the list yet
        self._move(state="planned", detail=lazy_gettext("it never arrived"))
        return self._hand_in()

    def _mark_running(self, batch_id: str, *, certain: bool = True) -> Batch:
        detail = lazy_ngettext(
            "{n} summary handed in as {batch}",
            "{n} summaries handed in as {batch}",
            len(self._batch.paper_ids),
            batch=batch_id,
        )
        return self._move(state="running", batch_id=batch_id, certain=certain, detail=detail)

    def _look(self) -> Batch:
        news = self._batches.poll(self._batch.batch_id)
        if news.failure:
            return self._fail(news.failure)
        if news.ended:
            return self._collect()
        if self._now >= self._batch.slot - MARGIN and self._batch.state == "running":
            return self._cancel()
        total = news.total or len(self._batch.paper_ids)
        detail = lazy_ngettext(
            "{done} of {n} summary made so far", "{done} of {n} summaries made so far", total, done=news.done
        )
        return self._move(detail=detail)

    def _cancel(self) -> Batch:
        """One that may be another's is only let go; one that cannot be cancelled has just ended: look again."""
        try:
            if self._batch.certain:
                self._batches.cancel(self._batch.batch_id)
        except ModelError as error:
            if error.kind == "refused_key":
                raise
            return self._move(detail=error.text)
        return self._move(state="cancelling", detail=lazy_gettext("not done in time, so plain calls were made"))

    def _collect(self) -> Batch:
        results = self._batches.results(self._batch.batch_id, self._batch.marker, self._batch.language)
        if not results:  # another's, taken for ours by its time and size
            return self._move(state="submitting", batch_id="", detail=lazy_gettext("being looked for"))
        with self._store.write():
            done = self._move(state="done", detail=self._summed_up(results))
            if done.state == "done":
                self._keep(results)
        return done

    def _keep(self, results: Sequence[BatchResult]) -> None:
        about = ("digest", self._batch.topic, self._batch.edition_id)
        for result in results:
            if result.summary:
                self._store.summaries.add(result.text_hash, self._key, result.summary)
            self._store.usage.add(
                CallRecord(self._now, result.usage, *about, outcome=result.outcome, batch=self._batch.marker)
            )

    def _summed_up(self, results: Sequence[BatchResult]) -> LazyText:
        made, count = sum(result.summary is not None for result in results), len(self._batch.paper_ids)
        failed = tuple(sorted({result.outcome for result in results if result.summary is None}))
        came = lazy_ngettext(
            "{made} of {n} summary came in a batch", "{made} of {n} summaries came in a batch", count, made=made
        )
        return lazy_gettext("{came}; of the others: {failed:series}", came=came, failed=failed) if failed else came

    @property
    def _key(self) -> SummaryKey:
        return SummaryKey(self._batch.model, self._batch.prompt_hash, self._batch.language)

    def _fail(self, detail: AnyText) -> Batch:
        return self._move(state="failed", detail=detail)

    def _move(self, **changes: object) -> Batch:
        """The batch with what is new, once the store has it; as the store has it, where another moved it meanwhile."""
        new = replace(self._batch, **changes)  # type: ignore[arg-type]
        if self._store.batches.move(self._batch, new):
            self._batch = new
        else:
            self._batch = self._store.batches.of_slot(new.topic, new.slot) or new
        return self._batch
