"""A run over all collections: alone, recorded, and due once a night."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from digest.errors import Cancelled
from digest.harvest.harvester import LEASE, Harvester
from digest.harvest.plan import HarvestPlan
from digest.run_context import RunContext
from store import Store
from store.db.owners import new_owner
from store.records.harvests import Collection, HarvestCounts
from tests.doubles.harvest_source import MemoryHarvest, SteppingClock, fail_at
from tests.factories.store import paper

CS, MATH, BIO = Collection("arxiv", "cs"), Collection("arxiv", "math"), Collection("biorxiv")
TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def make_source() -> MemoryHarvest:
    source = MemoryHarvest(today=TODAY)
    source.put(TODAY - DAY, paper("2611.00001"), paper("2611.00002"))
    return source


def make_harvester(
    store: Store, clock: SteppingClock, collections: Sequence[Collection] = (CS,), **sources: MemoryHarvest
) -> Harvester:
    return Harvester(HarvestPlan(tuple(collections), TODAY - 3 * DAY, "04:15"), sources, store, clock)


def test_a_run_is_recorded_with_what_it_brought(store: Store) -> None:
    clock = SteppingClock()
    done = make_harvester(store, clock, arxiv=make_source()).run(RunContext(), clock.now)
    assert done == store.harvest_runs.last()
    assert done is not None
    assert (done.state, done.slot, done.brought) == ("done", clock.now, HarvestCounts(2))


def test_a_slot_is_due_until_it_was_harvested(store: Store) -> None:
    clock = SteppingClock()
    slot, harvester = clock.now, make_harvester(store, clock, arxiv=make_source())
    clock.now = slot - HOUR
    assert harvester.due() == slot - DAY  # nothing was ever harvested
    clock.now = slot + HOUR
    assert harvester.due() == slot
    harvester.run(RunContext(), slot)
    assert harvester.due() is None
    clock.now = slot + DAY
    assert harvester.due() == slot + DAY


def test_a_run_by_hand_does_the_slot_before_it(store: Store) -> None:
    clock = SteppingClock()
    harvester = make_harvester(store, clock, arxiv=make_source())
    harvester.run(RunContext())
    assert harvester.due() is None


def test_a_run_of_a_clock_that_was_ahead_is_in_the_way_of_no_slot(store: Store) -> None:
    clock = SteppingClock()
    harvester, slot = make_harvester(store, clock, arxiv=make_source()), clock.now
    clock.now = slot + 9 * DAY
    harvester.run(RunContext())
    clock.now = slot
    assert harvester.due() == slot


def test_a_slot_that_failed_is_tried_again_later_each_time(store: Store) -> None:
    clock, source = SteppingClock(), make_source()
    slot, harvester = clock.now, make_harvester(store, clock, arxiv=source)
    for pause in (300, 600, 1200):
        source.before = fail_at(len(source.requests))
        failed = harvester.run(RunContext(), slot)
        assert failed is not None
        assert (failed.state, str(failed.reason)) == ("failed", "cs: The line is down.")
        clock.now += timedelta(seconds=pause - 1)
        assert harvester.due() is None
        clock.now += timedelta(seconds=1)
        assert harvester.due() == slot
    harvester.run(RunContext(), slot)
    assert harvester.due() is None


def test_a_collection_that_fails_holds_up_no_other(store: Store) -> None:
    clock, down, up = SteppingClock(), make_source(), make_source()
    down.before = fail_at(0)
    done = make_harvester(store, clock, [CS, BIO], arxiv=down, biorxiv=up).run(RunContext())
    assert done is not None
    assert (done.state, done.brought) == ("failed", HarvestCounts(2))
    assert [covered.collection for covered in store.harvests.coverage()] == [BIO]


def test_an_unexpected_fault_is_recorded_and_raised(store: Store) -> None:
    clock, source = SteppingClock(), make_source()

    def fault(_: int) -> None:
        raise ZeroDivisionError("of ours")

    source.before = fault
    with pytest.raises(ZeroDivisionError):
        make_harvester(store, clock, arxiv=source).run(RunContext())
    last = store.harvest_runs.last()
    assert last is not None
    assert (last.state, last.reason) == ("failed", "ZeroDivisionError: of ours")


def test_a_stop_is_no_failure(store: Store) -> None:
    clock, source, cancel = SteppingClock(), make_source(), threading.Event()
    source.before = lambda _: cancel.set()
    harvester = make_harvester(store, clock, arxiv=source)
    with pytest.raises(Cancelled):
        harvester.run(RunContext(cancel=cancel))
    last = store.harvest_runs.last()
    assert last is not None
    assert last.state == "stopped"
    assert harvester.due() == clock.now


def test_two_processes_never_harvest_at_once(store: Store) -> None:
    clock, source, cancel = SteppingClock(), make_source(), threading.Event()
    harvester, other = make_harvester(store, clock, arxiv=source), new_owner()
    assert store.leases.acquire(LEASE, other, 60)
    waits: list[str] = []

    def listen(event: object) -> None:
        waits.append(str(getattr(event, "why", "")))
        cancel.set()

    with pytest.raises(Cancelled):
        harvester.run(RunContext(listen, cancel=cancel))
    assert (waits, source.requests, store.harvest_runs.last()) == (["another process is harvesting"], [], None)
    store.leases.release(LEASE, other)
    assert harvester.run(RunContext()) is not None


def test_a_slot_that_another_process_did_while_one_waited_is_not_done_again(store: Store) -> None:
    clock, source = SteppingClock(), make_source()
    harvester, slot = make_harvester(store, clock, arxiv=source), clock.now
    harvester.run(RunContext(), slot)
    source.requests.clear()
    assert harvester.run(RunContext(), slot) is None
    assert source.requests == []


def test_papers_of_earlier_days_are_harvested_once_they_are_wanted(store: Store) -> None:
    clock, source = SteppingClock(), make_source()
    source.put(TODAY - 20 * DAY, paper("2610.00001"))
    make_harvester(store, clock, arxiv=source).run(RunContext())
    assert store.papers.count() == 2
    plan = HarvestPlan((CS,), TODAY - 30 * DAY, "04:15")
    Harvester(plan, {"arxiv": source}, store, clock).run(RunContext())
    assert store.papers.count() == 3
    assert [covered.since and covered.since.date() for covered in store.harvests.coverage()] == [TODAY - 30 * DAY]


def test_what_a_check_finds_missing_in_numbers_is_harvested_in_the_same_run(store: Store, monkeypatch) -> None:
    from digest.harvest import id_check

    monkeypatch.setattr(id_check, "MOST_MISSING", 1)
    clock, source = SteppingClock(), make_source()
    source.hidden = set(source.records)
    read_ids = source.read_ids

    def show_all(*args, **options):
        source.hidden = set()
        return read_ids(*args, **options)

    source.read_ids = show_all  # type: ignore[method-assign]
    make_harvester(store, clock, arxiv=source).run(RunContext())
    assert store.papers.count() == 2
