"""The harvest tables: what is kept with its papers, what is covered, and what is marked."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from store import Store
from store.records.harvests import Collection, HarvestCoverage, HarvestState, HarvestWindow
from store.tables.harvests import REMOVED_NOTE
from tests.factories.store import paper as make_paper

CS = Collection("arxiv", "cs")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FULL = HarvestState(
    CS,
    since=date(2026, 1, 1),
    next_day=date(2026, 11, 21),
    until=NOON,
    window=HarvestWindow(date(2026, 11, 20), None),
    begun_at=NOON,
    answer_day=date(2026, 11, 22),
    token="next%3D1",
    token_at=NOON,
    ids_token="ids%3D1",
    ids_token_at=NOON,
    ids_checked_at=NOON,
)


@pytest.mark.parametrize("state", [HarvestState(CS), FULL, replace(FULL, window=HarvestWindow(None, date(2026, 1, 2)))])
def test_a_state_comes_back_as_it_was_put(store: Store, state: HarvestState) -> None:
    store.harvests.keep(HarvestState(CS, token="earlier"))
    store.harvests.keep(state)
    assert store.harvests.get(CS) == state
    assert store.harvests.list() == [state]
    assert store.harvests.get(Collection("arxiv", "math")) is None


def test_what_was_never_read_to_its_end_is_not_covered(store: Store) -> None:
    store.harvests.keep(replace(FULL, until=None))
    assert store.harvests.coverage() == []
    store.harvests.keep(FULL)
    store.harvests.keep(HarvestState(Collection("biorxiv"), until=NOON))
    assert store.harvests.coverage() == [
        HarvestCoverage(CS, datetime(2026, 1, 1, tzinfo=UTC), NOON),
        HarvestCoverage(Collection("biorxiv"), None, NOON),
    ]


def test_papers_and_state_are_kept_together_or_not_at_all(store: Store) -> None:
    broken = replace(FULL, token_at=NOON.replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        store.harvests.keep(broken, [make_paper("2611.00001")])
    assert (store.papers.count(), store.harvests.get(CS)) == (0, None)
    store.harvests.keep(FULL, [make_paper("2611.00001")])
    assert (store.papers.count(), store.harvests.get(CS)) == (1, FULL)


def test_new_and_changed_papers_are_counted(store: Store) -> None:
    one, two = make_paper("2611.00001"), make_paper("2611.00002")
    store.papers.add([one, two])
    kept = store.harvests.keep(FULL, [one, replace(two, comment="12 pages"), make_paper("2611.00003")])
    assert (kept.new, kept.changed) == (1, 1)


def test_a_deleted_paper_stays_marked_until_it_comes_again(store: Store) -> None:
    paper = make_paper("2611.00001")
    store.papers.add([paper])
    store.harvests.keep(FULL, deleted=[paper.id, "2611.99999"])
    marked = store.papers.get([paper.id])[paper.id]
    assert (marked.status, marked.status_note, marked.title) == ("removed", REMOVED_NOTE, paper.title)
    store.harvests.keep(FULL, [paper])
    assert store.papers.get([paper.id])[paper.id].status == "live"


def test_pages_know_that_a_harvest_changed_a_paper(store: Store) -> None:
    paper = make_paper("2611.00001")
    store.papers.add([paper])
    before = store.revision()
    store.harvests.keep(FULL, [replace(paper, comment="12 pages")])
    assert store.revision() != before
