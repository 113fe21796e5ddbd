"""One collection: every record once, whatever changes, fails or is killed meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import Cancelled, SourceError, TokenExpired
from digest.harvest.collection_harvest import CollectionHarvest
from digest.run_context import RunContext
from store import Store
from store.records.harvests import Collection, HarvestCounts, HarvestState
from tests.doubles.harvest_source import MemoryHarvest, SteppingClock, expire_at, fail_at
from tests.factories.store import paper

CS = Collection("arxiv", "cs")
TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
SINCE = TODAY - 30 * DAY


def make_source(count: int = 40) -> MemoryHarvest:
    """Records of the last month, several a day."""
    source = MemoryHarvest(today=TODAY)
    for n in range(count):
        source.put(TODAY - (n % 10) * 3 * DAY, paper(f"2611.{n:05}", title=f"Paper {n}"))
    return source


def read(
    source: MemoryHarvest, store: Store, run: RunContext | None = None, clock: SteppingClock | None = None
) -> None:
    state = store.harvests.get(CS) or HarvestState(CS, SINCE)
    CollectionHarvest(source, store, run or RunContext(), lambda _: None, clock or SteppingClock()).read_all(state)


def versions(store: Store, source: MemoryHarvest) -> dict[str, int]:
    return {id_: kept.version for id_, kept in store.papers.get(source.records).items()}


def wanted(source: MemoryHarvest) -> dict[str, int]:
    return {id_: kept.version for id_, (_, kept) in source.records.items()}


def test_all_records_are_kept_and_can_be_searched_at_once(store: Store) -> None:
    source = make_source()
    read(source, store)
    assert versions(store, source) == wanted(source)
    assert store.check() == ()  # none is missing from the index
    (state,) = store.harvests.list()
    assert (state.next_day, state.window, state.since) == (TODAY - DAY, None, SINCE)
    assert [covered.collection for covered in store.harvests.coverage()] == [CS]


def test_the_next_night_asks_for_little_and_brings_what_is_new(store: Store) -> None:
    source, clock = make_source(), SteppingClock()
    read(source, store, clock=clock)
    source.requests.clear()
    source.today, clock.now = TODAY + DAY, clock.now + DAY
    source.put(source.today, paper("2611.00001", 2), paper("2612.00001"))
    read(source, store, clock=clock)
    assert versions(store, source) == wanted(source)
    assert {window.since for window, _ in source.requests} == {TODAY - DAY}


@pytest.mark.parametrize("failing", [0, 1, 5, 9])
def test_a_harvest_that_failed_goes_on_from_its_page(store: Store, failing: int) -> None:
    source = make_source()
    source.before = fail_at(failing)
    with pytest.raises(SourceError):
        read(source, store)
    before = list(source.requests)
    read(source, store)
    assert versions(store, source) == wanted(source)
    again = [request for request in source.requests[failing:] if request in before and request[1]]
    assert again == []  # no page twice


@pytest.mark.parametrize("numbers", [(1,), (2, 3), (1, 4, 7)])
def test_a_token_that_is_refused_begins_its_window_again(store: Store, numbers: tuple[int, ...]) -> None:
    source = make_source()
    source.before = expire_at(*numbers)
    read(source, store)
    assert versions(store, source) == wanted(source)


def test_a_source_that_refuses_every_token_is_given_up(store: Store) -> None:
    source = make_source()

    def refuse(_: int) -> None:
        raise TokenExpired("No.")

    source.before = refuse
    with pytest.raises(TokenExpired):
        read(source, store)


def test_a_token_of_yesterday_is_not_used(store: Store) -> None:
    source, clock = make_source(), SteppingClock()
    source.before = fail_at(3)
    with pytest.raises(SourceError):
        read(source, store, clock=clock)
    source.requests.clear()
    source.today, clock.now = TODAY + DAY, clock.now + DAY
    read(source, store, clock=clock)
    assert source.requests[0][1] == ""
    assert versions(store, source) == wanted(source)


def test_a_stop_keeps_what_came(store: Store) -> None:
    source, cancel = make_source(), threading.Event()
    source.before = lambda number: cancel.set() if number == 4 else None
    with pytest.raises(Cancelled):
        read(source, store, RunContext(cancel=cancel))
    assert store.papers.count() > 0
    source.before = lambda _: None
    read(source, store)
    assert versions(store, source) == wanted(source)


def test_a_stop_does_not_wait_for_an_answer(store: Store) -> None:
    source, cancel, asked, free = make_source(), threading.Event(), threading.Event(), threading.Event()

    def hang(_: int) -> None:
        asked.set()
        free.wait(60)

    source.before = hang
    ended: list[type[BaseException]] = []

    def work() -> None:
        try:
            read(source, store, RunContext(cancel=cancel))
        except Cancelled as error:
            ended.append(type(error))

    thread = threading.Thread(target=work)
    thread.start()
    assert asked.wait(30)
    cancel.set()
    thread.join(30)
    free.set()
    assert ended == [Cancelled]


def test_large_pages_are_kept_in_pieces_and_the_token_with_the_last(store: Store, monkeypatch) -> None:
    source = make_source(600)
    source.page_size = 500
    kept: list[tuple[int, str]] = []
    keep = store.harvests.keep

    def watch(state: HarvestState, papers=(), deleted=()):
        kept.append((len(papers), state.token))
        return keep(state, papers, deleted)

    monkeypatch.setattr(store.harvests, "keep", watch)
    read(source, store)
    assert max(count for count, _ in kept) == 100
    assert versions(store, source) == wanted(source)


def test_what_is_gone_is_marked_and_what_cannot_be_read_is_counted(store: Store) -> None:
    source, counts = make_source(4), []
    read(source, store)
    source.deleted, source.set_aside = ("2611.00002",), ("2611.99999 (no title)",)
    state = store.harvests.get(CS) or HarvestState(CS)
    CollectionHarvest(source, store, RunContext(), counts.append, SteppingClock()).read_all(state)
    assert store.papers.get(["2611.00002"])["2611.00002"].status == "removed"
    assert (counts[-1].removed, counts[-1].unread) == (1, 1)


def test_counts_say_what_is_new_and_what_changed(store: Store) -> None:
    source, counts = make_source(3), []
    source.put(TODAY, paper("2611.00000"), paper("2611.00001"), paper("2611.00002"))
    store.papers.add([paper("2611.00000"), paper("2611.00001", comment="Older.")])
    source.put(TODAY, replace(paper("2611.00001"), comment="Newer."))
    CollectionHarvest(source, store, RunContext(), counts.append, SteppingClock()).read_all(HarvestState(CS, TODAY))
    assert sum(counts, HarvestCounts()) == HarvestCounts(1, 1)


Step = tuple[int, int, int]  # at which request of a night, which record changes, and how the request ends


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 14), st.integers(0, 3)), max_size=3), max_size=4))
def test_nights_of_changes_failures_and_refusals_lose_nothing(nights: list[list[Step]]) -> None:
    """As many nights more without any bring what a shifted list had hidden."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "s.db") as store:
        source, clock = make_source(12), SteppingClock()
        for night in [*nights, [], []]:
            source.requests.clear()
            source.before = make_trouble(source, night)
            for _ in range(12):
                try:
                    read(source, store, clock=clock)
                    break
                except SourceError:
                    continue
            source.today, clock.now = source.today + DAY, clock.now + DAY
        assert versions(store, source) == wanted(source)


def make_trouble(source: MemoryHarvest, night: list[Step]) -> Callable[[int], None]:
    left = list(night)

    def before(number: int) -> None:
        for step in [step for step in left if step[0] == number]:
            left.remove(step)
            _, record, ending = step
            id_ = f"2611.{record:05}"
            version = source.records[id_][1].version + 1 if id_ in source.records else 1
            source.put(source.today, paper(id_, version))
            if ending:
                raise (SourceError if ending == 1 else TokenExpired)("Trouble.")

    return before
