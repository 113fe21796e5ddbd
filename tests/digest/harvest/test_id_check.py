"""Once a month the list of ids is held against the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.errors import SourceError
from digest.harvest import id_check
from digest.harvest.collection_harvest import CollectionHarvest
from digest.harvest.id_check import IdCheck, is_check_due
from digest.run_context import RunContext
from store import Store
from store.records.harvests import Collection, HarvestCounts, HarvestState
from tests.doubles.harvest_source import MemoryHarvest, SteppingClock
from tests.factories.store import paper

CS = Collection("arxiv", "cs")
TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
CLOCK = SteppingClock()


def make_source(count: int = 20, hidden: int = 4) -> MemoryHarvest:
    """Of whose records some came with no page."""
    source = MemoryHarvest(today=TODAY)
    source.put(TODAY - DAY, *(paper(f"2611.{n:05}") for n in range(count)))
    source.hidden = {f"2611.{n:05}" for n in range(hidden)}
    return source


def harvest(source: MemoryHarvest, store: Store) -> HarvestState:
    start = HarvestState(CS, TODAY - 3 * DAY)
    return CollectionHarvest(source, store, RunContext(), lambda _: None, CLOCK).read_all(start)


def test_papers_that_no_page_brought_are_fetched(store: Store) -> None:
    source, counts = make_source(), []
    state = IdCheck(source, store, RunContext(), counts.append, CLOCK).check(harvest(source, store))
    assert store.papers.known_ids(source.records) == set(source.records)
    assert sorted(source.fetched) == sorted(source.hidden)
    assert sum(counts, HarvestCounts()) == HarvestCounts(4)
    assert store.harvests.get(CS) == state
    assert (state.ids_checked_at, state.ids_token) == (CLOCK.now, "")


def test_a_check_goes_on_from_the_list_at_which_it_failed(store: Store) -> None:
    source = make_source(hidden=20)
    state = harvest(source, store)
    read_papers = source.read_papers

    def fail(ids, *, wait):
        if "2611.00009" in ids:
            raise SourceError("The line is down.")
        return read_papers(ids, wait=wait)

    source.read_papers = fail  # type: ignore[method-assign]
    with pytest.raises(SourceError):
        IdCheck(source, store, RunContext(), lambda _: None, CLOCK).check(state)
    assert store.papers.count() == 9
    source.read_papers = read_papers  # type: ignore[method-assign]
    IdCheck(source, store, RunContext(), lambda _: None, CLOCK).check(store.harvests.get(CS) or state)
    assert store.papers.count() == 20
    assert len(source.fetched) == 20


def test_where_much_is_missing_the_collection_is_harvested_again(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(id_check, "MOST_MISSING", 2)
    source = make_source()
    state = IdCheck(source, store, RunContext(), lambda _: None, CLOCK).check(harvest(source, store))
    assert (state.next_day, source.fetched) == (None, [])
    assert not is_check_due(state, CLOCK.now)  # not at once again


def test_a_check_is_due_once_all_was_read_and_then_every_month() -> None:
    state = HarvestState(CS)
    assert not is_check_due(state, CLOCK.now)
    assert is_check_due(replace(state, until=CLOCK.now), CLOCK.now)
    checked = replace(state, until=CLOCK.now, ids_checked_at=CLOCK.now)
    assert not is_check_due(checked, CLOCK.now + 29 * DAY)
    assert is_check_due(checked, CLOCK.now + 30 * DAY)
    assert is_check_due(checked, CLOCK.now - DAY)  # the clock was ahead then
