"""Doctor of the service: running processes, overdue digests, the outbox, subscriptions and signing keys.

Invariant: looking makes no key, and settles no delivery.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from digest.background.circuit_report import next_step, report_circuit
from digest.errors import PaperRouteError
from digest.ports import Finding, FindingState
from paperroute.compose import signing_keys
from store import Store
from store.tables.deliveries import count_waiting
from store.tables.part_states import are_of_several

_ALARMING_ATTEMPTS = 3  # attempts that failed: arXiv is away for a few minutes now and then
_STEPS = {
    "outbox": "paperroute deliveries list --state uncertain",
    "mailbox": "Check PAPERROUTE_MAIL__IMAP_URL and [reports].",
}


def examine_service(store: Store) -> Iterator[Finding]:
    """The running processes' own words, slots that wait, and the outbox."""
    running = [said for said in store.part_states.list() if not store.is_gone(said.owner)]
    if not running:
        awaited = store.subscriptions.counts().get("active", 0)
        what = f"not running, and {awaited} subscriptions wait for it" if awaited else "not running"
        yield Finding("service", "fail" if awaited else "warn", what, "paperroute serve")
    several = are_of_several(running)
    for said in running:
        part = said.part
        step = _STEPS.get(part.part, "") if part.state == "warn" else ""
        name = f"service {said.process}: {part.part}" if several else f"service: {part.part}"
        yield Finding(name, part.state, str(part.detail), step)
    for slot in store.digest_attempts.list():
        if slot.slot > datetime.now(UTC):  # a clock that was ahead tried it
            continue
        detail = f"{slot.topic}, slot of {slot.slot:%Y-%m-%d %H:%M} UTC, failed {slot.attempts}×: {slot.reason}"
        state: FindingState = "fail" if slot.attempts >= _ALARMING_ATTEMPTS else "warn"
        yield Finding("digest", state, detail, f"It is tried again at {slot.next_at:%H:%M} UTC.")
    yield from _outbox(store)


def _outbox(store: Store) -> Iterator[Finding]:
    counts = store.deliveries.counts()
    detail = f"{counts.get('sent', 0)} sent, {count_waiting(counts)} waiting, {counts.get('failed', 0)} failed"
    for last in store.deliveries.list(states=["retry"], limit=1):
        detail += f"; {counts.get('retry', 1)} put off, one of them with: {last.detail}"
    yield Finding("deliveries", "ok", detail)
    for circuit in store.circuits.list_open():
        yield Finding("deliveries", "fail", report_circuit(circuit), next_step(circuit))
    if unsure := counts.get("uncertain", 0):
        step = "See `paperroute deliveries list --state uncertain`; settle: `paperroute deliveries settle --log FILE`."
        yield Finding("deliveries", "warn", f"{unsure} uncertain: they may have arrived", step)


def examine_subscriptions(store: Store, environment: Mapping[str, str]) -> Iterator[Finding]:
    """How many there are in each state, and the keys that sign the links in their mails."""
    counts = store.subscriptions.counts()
    told = ", ".join(
        f"{counts[state]:,} {state}" for state in ("active", "pending", "paused", "bounced") if state in counts
    )
    yield Finding("subscriptions", "ok", told or "none yet")
    try:
        yield _examine_keys(store, environment)
    except PaperRouteError as error:
        yield Finding("links", "fail", error.message, error.hint)


def _examine_keys(store: Store, environment: Mapping[str, str]) -> Finding:
    path, variable = signing_keys.key_file(store), signing_keys.VARIABLE
    if environment.get(variable, "").strip() or environment.get(f"{variable}_FILE", "").strip():
        return Finding("links", "ok", f"signed with {_describe_key_count(store, environment)} of {variable}")
    if not path.exists():
        return Finding("links", "ok", f"{variable} is not set: a key is made when first needed, in {path}")
    if signing_keys.is_exposed(path):
        return Finding("links", "warn", f"others can read {path}, and so forge links", f"chmod 600 {path}")
    keys = _describe_key_count(store, environment)
    return Finding("links", "ok", f"signed with {keys} of {path}: keep a copy of it with those of the store")


def _describe_key_count(store: Store, environment: Mapping[str, str]) -> str:
    count = len(signing_keys.load_keys(store, environment))
    return "the key" if count == 1 else f"the first of {count} keys"
