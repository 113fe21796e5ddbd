"""Is the service well? What runs, what waits, and what only a person can settle."""

from __future__ import annotations

from collections.abc import Iterator

from paperroute.finding import Finding
from store import Store

_STEPS = {"outbox": "paperroute deliveries list --state uncertain"}


def examine_service(store: Store) -> Iterator[Finding]:
    """The running processes' own words, slots that wait, and the outbox."""
    running = store.services.list()
    if not running:
        yield Finding("service", "warn", "not running, so no digest is made on time", "paperroute serve")
    for said in running:
        state = said.part
        yield Finding(
            f"service: {state.part}", state.state, state.detail, _STEPS.get(state.part, "") * (state.state != "ok")
        )
    for slot in store.slots.list():
        detail = f"{slot.topic}, slot of {slot.slot:%Y-%m-%d %H:%M} UTC, failed {slot.attempts}×: {slot.reason}"
        yield Finding("digest", "warn", detail, f"It is tried again at {slot.next_at:%H:%M} UTC.")
    yield from _outbox(store)


def _outbox(store: Store) -> Iterator[Finding]:
    counts = store.deliveries.counts()
    waiting = counts.get("planned", 0) + counts.get("retry", 0) + counts.get("claimed", 0)
    detail = f"{counts.get('sent', 0)} sent, {waiting} waiting, {counts.get('failed', 0)} failed"
    yield Finding("deliveries", "ok", detail)
    if unsure := counts.get("uncertain", 0):
        step = "Look with `paperroute deliveries list --state uncertain`, settle with `paperroute deliveries resolve`."
        yield Finding("deliveries", "warn", f"{unsure} uncertain: they may have arrived", step)
