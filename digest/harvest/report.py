"""How harvesting is, in words: the last run and what it brought, the next, and how complete each collection is.

Invariant: it is read from the store alone, so the doctor and the status page say the same as the process that harvests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.harvest.collections import show_collection
from digest.harvest.harvester import LEASE
from digest.harvest.plan import HarvestPlan
from digest.ports import FindingState
from store import Store
from store.records.harvests import HarvestCounts, HarvestRun, HarvestState
from store.records.lazy_text import AnyText, LazyText, lazy_gettext

_LATE = timedelta(hours=36)  # one night without a harvest may be


@dataclass(frozen=True)
class HarvestLine:
    """Of harvesting as a whole (name: "") or of one collection."""

    name: str
    state: FindingState
    detail: AnyText


def report_harvest(store: Store, plan: HarvestPlan, now: datetime) -> Iterator[HarvestLine]:
    """The last run first, then each collection of the plan."""
    yield HarvestLine("", *_describe_runs(store, plan, now))
    held = {state.collection: state for state in store.harvests.list()}
    for collection in plan.collections:
        yield HarvestLine(show_collection(collection), *_describe_collection(held.get(collection), now))


def _describe_runs(store: Store, plan: HarvestPlan, now: datetime) -> tuple[FindingState, LazyText]:
    last, following = store.harvest_runs.last(), _show_moment(plan.next_slot(now))
    if last is None:
        return "warn", lazy_gettext("nothing was harvested yet; next on {next} UTC", next=following)
    told = describe_run(last, is_running=bool(store.leases.owner(LEASE)))
    if last.state == "failed":
        return "fail", told
    return "ok", lazy_gettext("{last}; next on {next} UTC", last=told, next=following)


def describe_run(run: HarvestRun, *, is_running: bool = False) -> LazyText:
    began, brought = _show_moment(run.began_at), describe_counts(run.brought)
    if run.state == "running" and is_running:
        return lazy_gettext("harvesting since {at} UTC: {brought}", at=began, brought=brought)
    if run.state == "failed":
        return lazy_gettext("the harvest of {at} UTC failed: {why}", at=began, why=run.reason)
    if run.state == "done":
        return lazy_gettext("harvested on {at} UTC: {brought}", at=began, brought=brought)
    return lazy_gettext(
        "the harvest of {at} UTC was stopped, and goes on at the next: {brought}", at=began, brought=brought
    )


def describe_counts(brought: HarvestCounts) -> LazyText:
    if brought.removed or brought.unread:
        return lazy_gettext(
            "papers new {new}, changed {changed}, removed {removed}, not read {unread}",
            new=brought.new,
            changed=brought.changed,
            removed=brought.removed,
            unread=brought.unread,
        )
    return lazy_gettext("papers new {new}, changed {changed}", new=brought.new, changed=brought.changed)


def _describe_collection(state: HarvestState | None, now: datetime) -> tuple[FindingState, LazyText]:
    if state is None or (state.until is None and state.next_day is None):
        return "warn", lazy_gettext("nothing of it is read yet")
    if state.until is None:
        return "warn", lazy_gettext("being read for the first time, so far to {day}", day=str(state.next_day))
    told: FindingState = "ok" if now - state.until <= _LATE else "warn"
    if state.since is None:
        return told, lazy_gettext("complete until {at} UTC", at=_show_moment(state.until))
    since, at = state.since.isoformat(), _show_moment(state.until)
    return told, lazy_gettext("complete from {since} until {at} UTC", since=since, at=at)


def _show_moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
