"""Papers by the day of their submission: which match, and when they are read anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.records.editions import Query
from store.records.harvests import Collection
from store.tables.harvests import HarvestState
from store.views import submissions
from tests.factories.store import NOON, paper

DAY = timedelta(days=1)


def ids(store, *queries, since=NOON - DAY, until=NOON + 9 * DAY):
    return [paper.id for paper in store.submissions.matching(queries, since, until)]


def test_every_term_of_any_query_where_it_looks_for_them(store):
    store.papers.add(
        [
            paper("1", title="LoRA for images", abstract="Few-shot learners."),
            paper("2", title="Images", abstract="Of LoRA and fewshot exploration.", published=NOON + DAY),
            paper("3", title="Nothing", abstract="At all.", authors=("Lora B. Example",), published=NOON + 2 * DAY),
        ]
    )
    assert ids(store) == ["1", "2", "3"]
    assert ids(store, Query(("image", "lora"))) == ["1", "2"]
    assert ids(store, Query(("lora",), "title"), Query(("Lora Example",), "author")) == ["1", "3"]
    assert ids(store, Query(("few-shot",)), Query(("nothing",))) == ["1", "2", "3"]
    assert ids(store, Query(("of lora", "!"))) == ["2"]  # a sign asks for nothing
    assert ids(store, Query(("!",)), Query(())) == []


def test_the_window_begins_and_ends_within_a_day(store):
    store.papers.add([paper(str(n), published=NOON + timedelta(hours=n)) for n in range(40)])
    inside = ids(store, since=NOON + timedelta(hours=2), until=NOON + timedelta(hours=38))
    assert inside == [str(n) for n in range(2, 38)]


def test_the_same_days_are_read_once_for_all_and_anew_after_a_change(store):
    store.papers.add([paper("1")])
    first, again = (next(store.submissions.matching((), NOON, NOON + DAY)) for _ in range(2))
    assert first is again

    store.papers.add([paper("2")])
    assert ids(store) == ["1", "2"]

    state = HarvestState(Collection("arxiv"), until=NOON)
    store.harvests.keep(state, [paper("1", 2, abstract="Owls.")])
    assert ids(store, Query(("owl",))) == ["1"]

    store.harvests.keep(state, deleted=["1"])
    assert [paper.status for paper in store.submissions.matching((Query(("owl",)),), NOON, NOON + DAY)] == ["removed"]


def test_no_more_papers_are_held_than_is_allowed(store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(submissions, "MOST_HELD", 5)
    store.papers.add(
        [paper(f"{day}.{n}", published=NOON + day * DAY) for day in range(4) for n in range(2 + 4 * (day == 2))]
    )
    for _ in range(2):
        assert len(ids(store)) == 12
        assert store.submissions.held <= 6  # a day alone may be larger
