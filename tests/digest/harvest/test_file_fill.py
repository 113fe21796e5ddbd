"""A first fill from arXiv's bulk file: what belongs to the collections, and on from where it was left."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from digest.errors import BadInput
from digest.harvest.file_fill import fill_from_file
from digest.harvest.harvester import Harvester
from digest.harvest.plan import HarvestPlan
from digest.run_context import Advanced, RunContext, RunEvent
from store import Store
from store.records.harvests import Collection, HarvestCounts
from tests.doubles.harvest_source import MemoryHarvest, SteppingClock
from tests.factories.store import paper

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


def line(n: int, categories: str = "cs.CL", month: int = 10) -> str:
    told = {
        "id": f"26{month:02}.{n:05}",
        "submitter": "Ada Example",
        "authors": "Ada Example, Ben Sample",
        "title": f"Counting\n  Pebbles {n}",
        "comments": None,
        "journal-ref": None,
        "doi": None,
        "categories": categories,
        "license": None,
        "abstract": "  We count.\n",
        "versions": [{"version": "v1", "created": f"Thu, 1 Oct 20{month + 15} 09:15:00 GMT"}],
        "update_date": "2026-10-02",
        "authors_parsed": [["Example", "Ada", ""], ["Sample", "Ben", ""]],
    }
    return json.dumps(told)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """600 papers of cs, 100 of math, ten of 2024, and a line that is none."""
    lines = [line(n) for n in range(600)] + [line(n, "math.NT") for n in range(600, 700)]
    lines += [line(n, month=9) for n in range(10)] + ["{no paper"]
    place = tmp_path / "arxiv.json.gz"
    place.write_bytes(gzip.compress("".join(f"{one}\n" for one in lines).encode()))
    return place


def make_harvester(store: Store, *collections: Collection, since: date | None = None) -> Harvester:
    return Harvester(HarvestPlan(collections, since, "04:15"), {}, store, SteppingClock())


def test_what_belongs_to_the_collections_is_kept(file: Path, store: Store) -> None:
    harvester = make_harvester(store, Collection("arxiv", "cs"), Collection("biorxiv"))
    assert fill_from_file(file, harvester, store, RunContext()) == HarvestCounts(610, 0, 0, 1)
    kept = store.papers.get(["2610.00007"])["2610.00007"]
    assert (kept.title, kept.authors, kept.published.date()) == (
        "Counting Pebbles 7",
        ("Ada Example", "Ben Sample"),
        date(2025, 10, 1),
    )
    assert store.check() == ()


def test_the_next_harvest_asks_for_what_came_since(file: Path, store: Store) -> None:
    harvester = make_harvester(store, Collection("arxiv", "cs"))
    fill_from_file(file, harvester, store, RunContext())
    (state,) = store.harvests.list()
    assert (state.next_day, state.until) == (date(2025, 9, 30), None)
    assert store.harvests.coverage() == []  # before that harvest


def test_papers_from_before_the_first_day_are_left_out(file: Path, store: Store) -> None:
    harvester = make_harvester(store, Collection("arxiv"), since=date(2025, 1, 1))
    assert fill_from_file(file, harvester, store, RunContext()).new == 700


def test_a_fill_that_was_stopped_goes_on_behind_what_it_kept(file: Path, store: Store) -> None:
    harvester = make_harvester(store, Collection("arxiv", "cs"))

    def die(event: RunEvent) -> None:
        if isinstance(event, Advanced):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill_from_file(file, harvester, store, RunContext(die))
    assert (store.papers.count(), store.harvests.list()) == (100, [])
    assert fill_from_file(file, harvester, store, RunContext()).new == 510
    assert fill_from_file(file, harvester, store, RunContext()) == HarvestCounts()


def test_other_collections_take_from_the_same_file(file: Path, store: Store) -> None:
    fill_from_file(file, make_harvester(store, Collection("arxiv", "cs")), store, RunContext())
    more = make_harvester(store, Collection("arxiv", "cs"), Collection("arxiv", "math"))
    assert fill_from_file(file, more, store, RunContext()).new == 100


def test_a_file_that_was_cut_off_puts_nothing_down_as_read(file: Path, store: Store) -> None:
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(BadInput, match="cannot be read"):
        fill_from_file(file, make_harvester(store, Collection("arxiv", "cs")), store, RunContext())
    assert store.harvests.list() == []


def test_a_file_where_nothing_is_arxivs_is_refused(file: Path, store: Store) -> None:
    with pytest.raises(BadInput, match=r"nothing of arXiv"):
        fill_from_file(file, make_harvester(store, Collection("biorxiv")), store, RunContext())


def test_a_collection_that_is_read_further_stays_so(file: Path, store: Store) -> None:
    source = MemoryHarvest(today=TODAY)
    source.put(TODAY - DAY, paper("2611.00001"))
    clock = SteppingClock()
    plan = HarvestPlan((Collection("arxiv", "cs"),), TODAY - 9 * DAY, "04:15")
    harvester = Harvester(plan, {"arxiv": source}, store, clock)
    harvester.run(RunContext())
    before = store.harvests.list()
    fill_from_file(file, harvester, store, RunContext())
    assert store.harvests.list() == before
