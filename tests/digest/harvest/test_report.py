"""How harvesting is, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.harvest.harvester import LEASE
from digest.harvest.plan import HarvestPlan
from digest.harvest.report import report_harvest
from store import Store
from store.db.owners import new_owner
from store.records.harvests import Collection, HarvestCounts, HarvestState

CS = Collection("arxiv", "cs")
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
PLAN = HarvestPlan((CS, Collection("biorxiv", "zoology")), date(2026, 1, 1), "04:15")


def told(store: Store, now: datetime = NOW) -> list[tuple[str, str, str]]:
    return [(line.name, line.state, str(line.detail)) for line in report_harvest(store, PLAN, now)]


def test_before_the_first_run(store: Store) -> None:
    assert told(store) == [
        ("", "warn", "nothing was harvested yet; next on 2026-11-23 04:15 UTC"),
        ("cs", "warn", "nothing of it is read yet"),
        ("biorxiv:zoology", "warn", "nothing of it is read yet"),
    ]


def test_a_night_that_went_well_and_a_collection_that_is_complete(store: Store) -> None:
    run = store.harvest_runs.begin(NOW - timedelta(minutes=105), NOW - timedelta(minutes=105))
    store.harvest_runs.count(run, HarvestCounts(1200, 30))
    store.harvest_runs.end(run, "done", NOW)
    store.harvests.keep(HarvestState(CS, date(2026, 1, 1), date(2026, 11, 21), NOW - timedelta(minutes=105)))
    store.harvests.keep(HarvestState(PLAN.collections[1], None, date(2026, 11, 21), NOW - timedelta(days=2)))
    assert told(store) == [
        ("", "ok", "harvested on 2026-11-22 04:15 UTC: papers new 1,200, changed 30; next on 2026-11-23 04:15 UTC"),
        ("cs", "ok", "complete from 2026-01-01 until 2026-11-22 04:15 UTC"),
        ("biorxiv:zoology", "warn", "complete until 2026-11-20 06:00 UTC"),
    ]


def test_a_first_fill_says_how_far_it_is(store: Store) -> None:
    store.harvests.keep(HarvestState(CS, None, date(2016, 3, 1)))
    assert told(store)[1] == ("cs", "warn", "being read for the first time, so far to 2016-03-01")


@pytest.mark.parametrize("held", [True, False])
def test_a_run_that_is_under_way_and_one_that_was_killed(store: Store, held: bool) -> None:
    run = store.harvest_runs.begin(None, NOW)
    store.harvest_runs.count(run, HarvestCounts(5, 0, 1, 2))
    if held:
        store.leases.acquire(LEASE, new_owner(), 60)
    state, detail = told(store)[0][1:]
    assert state == "ok"
    brought = "papers new 5, changed 0, removed 1, not read 2"
    begins = "harvesting since" if held else "the harvest of"
    assert detail.startswith(f"{begins} 2026-11-22 06:00 UTC")
    assert brought in detail


def test_a_failure_says_why(store: Store) -> None:
    run = store.harvest_runs.begin(None, NOW)
    store.harvest_runs.end(run, "failed", NOW, "cs: arXiv did not answer.")
    assert told(store)[0] == ("", "fail", "the harvest of 2026-11-22 06:00 UTC failed: cs: arXiv did not answer.")


def test_a_run_that_was_killed_is_over_once_another_begins(store: Store) -> None:
    store.harvest_runs.begin(None, NOW)
    second = store.harvest_runs.begin(None, NOW + timedelta(hours=1))
    assert [run.state for run in store.harvest_runs.since(NOW)] == ["running", "stopped"]
    assert store.harvest_runs.last("running") == replace(store.harvest_runs.since(NOW)[0], id=second)
