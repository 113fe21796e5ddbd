"""Pages of the archive: the newest first, none missed, none twice, whatever is added meanwhile."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from store import Store
from store.indexing.filters import SearchFilter
from tests.factories.databases import NewPlace, Place
from tests.factories.store import NOON, digest, paper, survey


def read_editions(store: Store, limit: int, **wanted: Any) -> list[str]:
    seen: list[str] = []
    while page := store.listings.editions(**wanted, limit=limit, after=seen[-1] if seen else ""):
        assert len(page) <= limit
        seen += [head.id for head in page]
    return seen


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_pages_of_editions_hold_each_once_newest_first(store: Store, limit: int) -> None:
    made = [survey(f"s{n}", created_at=NOON + timedelta(hours=n // 2)) for n in range(7)]  # two of each hour
    for edition in made:
        store.editions.freeze(edition)
    assert read_editions(store, limit) == [edition.id for edition in reversed(made)]


def test_what_is_added_meanwhile_moves_no_page(store: Store) -> None:
    for n in range(4):
        store.editions.freeze(survey(f"s{n}", created_at=NOON + timedelta(hours=n)))
    first = store.listings.editions(SearchFilter(), limit=2)
    store.editions.freeze(survey("late", created_at=NOON + timedelta(hours=9)))
    second = store.listings.editions(SearchFilter(), limit=2, after=first[-1].id)
    assert [head.id for head in (*first, *second)] == ["s3", "s2", "s1", "s0"]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({"kind": "survey"}, ["s"]),
        ({"among": SearchFilter(topic="walks")}, ["d2", "d0"]),
        ({"among": SearchFilter(topic="none")}, []),
        ({"among": SearchFilter(since=NOON + timedelta(days=1))}, ["d2", "s"]),
        ({"among": SearchFilter(until=NOON + timedelta(days=1))}, ["d0"]),
        ({"kind": "digest", "among": SearchFilter(NOON, NOON + timedelta(days=2), topic="walks")}, ["d0"]),
        ({"words": "graph walks"}, ["d2", "s", "d0"]),
        ({"words": "graph walks", "kind": "digest"}, ["d2", "d0"]),
        ({"words": '"walks graph"'}, []),
        ({"words": "?!"}, []),
        ({"words": ""}, []),
    ],
)
def test_editions_are_filtered(store: Store, wanted: dict[str, Any], ids: list[str]) -> None:
    store.editions.freeze(digest("d0", day=0))
    store.editions.freeze(digest("d2", day=2))
    store.editions.freeze(survey("s", created_at=NOON + timedelta(days=1)))
    assert read_editions(store, 1, **wanted) == ids


def test_a_page_behind_nothing_is_empty(store: Store) -> None:
    store.editions.freeze(survey("s"))
    store.papers.add([paper()])
    assert store.listings.editions(SearchFilter(), limit=5, after="no such") == []
    assert store.listings.papers(SearchFilter(), limit=5, after="no such") == []


def test_papers_are_paged_and_filtered(store: Store) -> None:
    store.papers.add(
        [
            paper("a", published=NOON, categories=("cs.CL", "eess.AS")),
            paper("b", published=NOON, categories=("cs.LG",)),
            paper("c", published=NOON + timedelta(days=3), categories=("csx.CL", "hep-th")),
        ]
    )

    def ids(**wanted: object) -> list[str]:
        return [paper.id for paper in store.listings.papers(SearchFilter(**wanted), limit=9)]

    assert ids() == ["c", "b", "a"]
    assert [paper.id for paper in store.listings.papers(SearchFilter(), limit=9, after="b")] == ["a"]
    assert ids(category="cs.CL") == ["a"]
    assert ids(category="cs") == ["b", "a"]
    assert ids(category="hep-th") == ["c"]
    assert ids(since=NOON + timedelta(days=1)) == ["c"]
    assert ids(until=NOON + timedelta(days=1), category="cs.LG") == ["b"]


def test_topics_tell_what_the_archive_has_of_them(store: Store) -> None:
    store.editions.freeze(digest("d0", day=0))
    store.editions.freeze(digest("d2", day=2))
    store.editions.freeze(digest("x", day=1, topic="gone"))
    store.editions.freeze(survey("s"))
    found = store.listings.topics()
    assert {slug: (topic.editions, topic.latest) for slug, topic in found.items()} == {
        "gone": (1, NOON + timedelta(days=1)),
        "walks": (2, NOON + timedelta(days=2)),
    }
    assert store.listings.editions_by_kind() == {"digest": 3, "survey": 1}


def test_an_archive_keeps_its_name_and_no_other_has_it(place: Place, new_place: NewPlace, tmp_path: Path) -> None:
    with new_place() as second, place.open() as one, second.open() as other:
        name, since = one.listings.archive()
        assert name != other.listings.archive()[0]
        one.backup(tmp_path / "copy.db")
    with place.open() as again, Store.open(tmp_path / "copy.db") as copy:
        assert again.listings.archive() == copy.listings.archive() == (name, since)
        assert since.tzinfo is not None
