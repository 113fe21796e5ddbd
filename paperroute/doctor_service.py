"""Is the service well? What runs, what waits, and what only a person can settle."""

from __future__ import annotations

from collections.abc import Iterator

from digest.leases import is_gone
from paperroute.finding import Finding, State
from store import Store

_WORRYING = 3  # attempts that failed: arXiv is away for a few minutes now and then
_STEPS = {"outbox": "paperroute deliveries list --state uncertain"}


def examine_service(store: Store) -> Iterator[Finding]:
    """The running processes' own words, slots that wait, and the outbox."""
    running = [said for said in store.services.list() if not is_gone(said.owner)]
    if not running:
        awaited = store.subscriptions.counts().get("active", 0)
        what = f"not running, and {awaited} subscriptions wait for it" if awaited else "not running"
        yield Finding("service", "fail" if awaited else "warn", what, "paperroute serve")
    for said in running:
        part = said.part
        step = "" if part.state == "ok" else _STEPS.get(part.part, "")
        yield Finding(f"service: {part.part}", part.state, part.detail, step)
    for slot in store.slots.list():
        detail = f"{slot.topic}, slot of {slot.slot:%Y-%m-%d %H:%M} UTC, failed {slot.attempts}×: {slot.reason}"
        state: State = "fail" if slot.attempts >= _WORRYING else "warn"
        yield Finding("digest", state, detail, f"It is tried again at {slot.next_at:%H:%M} UTC.")
    yield from _outbox(store)


def _outbox(store: Store) -> Iterator[Finding]:
    counts = store.deliveries.counts()
    waiting = counts.get("planned", 0) + counts.get("retry", 0) + counts.get("claimed", 0)
    detail = f"{counts.get('sent', 0)} sent, {waiting} waiting, {counts.get('failed', 0)} failed"
    yield Finding("deliveries", "ok", detail)
    if unsure := counts.get("uncertain", 0):
        step = "Look with `paperroute deliveries list --state uncertain`, settle with `paperroute deliveries resolve`."
        yield Finding("deliveries", "warn", f"{unsure} uncertain: they may have arrived", step)
