"""The part of the service: what is due is harvested, vectors follow, and it stops at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from digest.extractive.embedder import WordLlamaEmbedder
from digest.harvest.harvest_part import HarvestPart
from digest.harvest.harvester import Harvester
from digest.harvest.plan import HarvestPlan
from store import Store
from store.records.harvests import Collection
from tests.doubles.harvest_source import MemoryHarvest
from tests.factories.store import paper

DAY = timedelta(days=1)


def make_part(store: Store, source: MemoryHarvest, *, vectors: bool = True) -> HarvestPart:
    plan = HarvestPlan((Collection("arxiv", "cs"),), source.today - 3 * DAY, "04:15")
    return HarvestPart(Harvester(plan, {"arxiv": source}, store), store, WordLlamaEmbedder() if vectors else None)


def make_source() -> MemoryHarvest:
    today = datetime.now(UTC).date()
    source = MemoryHarvest(today=today)
    source.put(today - DAY, *(paper(f"2611.{n:05}", title=f"Paper {n}") for n in range(5)))
    return source


def wait_until(condition, seconds: float = 60.0) -> bool:
    waiting = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if condition():
            return True
        waiting.wait(0.05)
    return False


def test_a_slot_that_is_due_is_harvested_and_its_papers_get_vectors(store: Store) -> None:
    source, model = make_source(), WordLlamaEmbedder.model
    part = make_part(store, source)
    part.start()
    try:
        hashes = [kept.text_hash for _, kept in source.records.values()]
        assert wait_until(lambda: len(store.vectors.get(hashes, model)) == 5)
        assert wait_until(lambda: part.state().state == "ok")
        assert str(part.state().detail).startswith("harvested on")
    finally:
        assert part.stop(30)


def test_it_stops_while_a_source_hangs(store: Store) -> None:
    source, asked, free = make_source(), threading.Event(), threading.Event()

    def hang(_: int) -> None:
        asked.set()
        free.wait(120)

    source.before = hang
    part = make_part(store, source, vectors=False)
    part.start()
    assert asked.wait(30)
    assert part.stop(30)
    free.set()
    last = store.harvest_runs.last()
    assert last is not None
    assert last.state == "stopped"


def test_a_fault_of_ours_is_told_and_ends_no_thread(store: Store) -> None:
    source = make_source()

    def fault(_: int) -> None:
        raise ZeroDivisionError

    source.before = fault
    part = make_part(store, source, vectors=False)
    part.start()
    try:
        assert wait_until(lambda: part.state().state == "fail")
        assert "ZeroDivisionError" in str(part.state().detail)
    finally:
        assert part.stop(30)
