"""How editions stand to each other, what narrows a search, and when readers' pages are no longer true."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from store import Store
from store.errors import StoreError
from store.indexing.filters import SearchFilter, is_category
from store.records.editions import Topic
from store.views.fulltext import MAX_RANKED
from tests.factories.databases import Place
from tests.factories.store import NOON, digest, paper, survey


def test_a_digest_stands_between_those_of_its_topic(store: Store) -> None:
    days = [store.editions.freeze(digest(f"d{day}", (f"2603.{day:05}",), day)) for day in (3, 1, 2)]
    store.editions.freeze(digest("other", ("2603.00009",), 2, topic="another"))
    third, first, second = days
    assert store.edition_links.previous(first) is None
    assert store.edition_links.previous(third).id == "d2"
    assert store.edition_links.next(first).id == second.id
    assert store.edition_links.next(third) is None
    assert store.edition_links.newest_by_topic()["walks"].id == "d3"


def test_a_survey_follows_the_last_of_the_same_question(store: Store) -> None:
    old = store.editions.freeze(survey("old"))
    new = store.editions.freeze(survey("new", created_at=NOON + timedelta(days=1)))
    store.editions.freeze(survey("other", question="Another?", created_at=NOON + timedelta(hours=1)))
    assert store.edition_links.previous(new).id == "old"
    assert store.edition_links.next(old).id == "new"


def test_where_a_paper_was_shown(store: Store) -> None:
    store.editions.freeze(survey("one", ("a", "b")))
    store.editions.freeze(survey("two", ("b",), created_at=NOON + timedelta(days=1)))
    shown = store.edition_links.shown_in(["a", "b", "c"])
    assert {id_: [head.id for head in heads] for id_, heads in shown.items()} == {"a": ["one"], "b": ["two", "one"]}
    before = store.edition_links.shown_in(["b"], before=NOON + timedelta(days=1))
    assert [head.id for head in before["b"]] == ["one"]
    assert store.edition_links.paper_ids("one") == {"a", "b"}
    assert (store.edition_links.count(), store.edition_links.count("digest")) == (2, 0)


def filled(store: Store) -> None:
    months = [replace(paper(f"2603.{n:05}", title="Graph walks"), published=NOON + timedelta(days=n)) for n in range(6)]
    store.papers.add([replace(months[0], categories=("hep-th",)), replace(months[1], categories=("math.CO", "cs.DM"))])
    store.papers.add(months[2:])
    store.editions.freeze(digest("d", ("2603.00002", "2603.00003")))


@pytest.mark.parametrize(
    ("among", "expected"),
    [
        (SearchFilter(), {0, 1, 2, 3, 4, 5}),
        (SearchFilter(since=NOON + timedelta(days=4)), {4, 5}),
        (SearchFilter(until=NOON + timedelta(days=1)), {0}),
        (SearchFilter(category="cs.CL"), {2, 3, 4, 5}),
        (SearchFilter(category="cs.cl"), {2, 3, 4, 5}),
        (SearchFilter(category="cs"), {1, 2, 3, 4, 5}),
        (SearchFilter(category="cs.*"), {1, 2, 3, 4, 5}),
        (SearchFilter(category="hep-th"), {0}),
        (SearchFilter(category="hep"), set()),
        (SearchFilter(topic="walks"), {2, 3}),
        (SearchFilter(topic="walks", since=NOON + timedelta(days=3)), {3}),
        (SearchFilter(topic="nothing"), set()),
    ],
)
def test_filters(store: Store, among: SearchFilter, expected: set[int]) -> None:
    filled(store)
    wanted = {f"2603.{n:05}" for n in expected}
    hits, total = store.search.find_papers("walks", among=among)
    assert {hit.paper.id for hit in hits} == wanted
    assert total == len(wanted)
    assert store.papers.filter_ids([f"2603.{n:05}" for n in range(6)], among) == wanted


def test_editions_are_narrowed_by_topic_and_slot(store: Store) -> None:
    filled(store)
    store.editions.freeze(survey("s", created_at=NOON + timedelta(days=9)))
    assert {hit.edition.id for hit in store.search.editions("graph")} == {"d", "s"}
    assert [hit.edition.id for hit in store.search.editions("graph", among=SearchFilter(topic="walks"))] == ["d"]
    assert store.search.count_editions("graph", among=SearchFilter(since=NOON + timedelta(days=1))) == 1
    assert store.search.count_editions("graph", "digest") == 1


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        *[(name, True) for name in ("cs.CL", "hep-th", "cs.*", "cell_biology", "Cell Biology", "neuroscience")],
        *[(name, False) for name in ('cs"', "%", "", "_", "cell_", "cell  biology")],
    ],
)
def test_categories(text: str, is_one: bool) -> None:
    assert is_category(text) is is_one


def test_what_is_too_common_comes_latest_first_titles_before_the_rest(store: Store) -> None:
    many = MAX_RANKED + 50
    store.papers.add(
        paper(f"p{n:05}", title="Walks on graphs" if n % 100 == 0 else "Other", abstract="graphs and walks")
        for n in range(many)
    )
    hits, total = store.search.find_papers("walks graphs", limit=20)
    assert total == MAX_RANKED + 1
    titled = [n for n in range(many) if n % 100 == 0][::-1]
    assert [hit.paper.id for hit in hits[: len(titled)]] == [f"p{n:05}" for n in titled]
    assert [hit.paper.id for hit in hits[len(titled) :]][:2] == [f"p{many - 1:05}", f"p{many - 2:05}"]
    pages = [
        hit.paper.id for page in range(0, 60, 7) for hit in store.search.papers("walks graphs", limit=7, offset=page)
    ]
    assert len(set(pages)) == len(pages)
    assert pages[:20] == [hit.paper.id for hit in hits]


def test_the_revision_changes_with_what_readers_are_shown_and_with_nothing_else(store: Store, place: Place) -> None:
    seen = [store.revision()]

    def changed() -> bool:
        seen.append(store.revision())
        return seen[-1] != seen[-2]

    assert not changed()
    store.part_states.remove("nobody")
    store.subscriptions.add("walks", "mail", "a@example.org", "active", NOON)
    assert not changed()
    store.papers.add([paper()])
    assert changed()
    store.topics.put(Topic("walks", "Walks"))
    assert changed()
    store.topics.put(Topic("walks", "Walks", cadence="daily"))
    assert changed()
    with place.open() as other:
        other.editions.freeze(survey())
    assert changed()
    assert not changed()


def test_a_closed_store_has_no_revision(store: Store) -> None:
    store.close()
    with pytest.raises(StoreError, match="is closed"):
        store.revision()
