"""Opinions, reading lists and seeds over a real store."""

from datetime import timedelta

import pytest

from digest.errors import BadInput, NotFound
from digest.feedback.opinions import (
    clear_opinions,
    follow_author,
    is_off,
    opinions_on,
    set_opinion,
    turn_off,
    turn_on,
)
from digest.feedback.reading_list import reading_list
from digest.feedback.seed_files import parse_seed_file
from digest.feedback.seeds import import_seeds
from digest.subscriptions import lookup
from digest.subscriptions.addresses import MAIL_ADDRESSES
from store import Store
from store.records.editions import Topic
from store.records.feedback import OPERATOR_READER, Reader
from store.tables import feedback as table
from tests.factories.store import NOON, paper

ADA = Reader("mail", "ada@example.org")


@pytest.fixture
def filled(store: Store) -> Store:
    store.topics.put(Topic("graphs", "Graphs"))
    store.papers.add([paper(f"2603.{n:05}", title=f"Invented paper number {n}") for n in range(5)])
    return store


class Source:
    """Has one paper that the store lacks."""

    name = "arxiv"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, ids, *, wait):
        self.asked += ids
        return tuple(paper(id_, title="Fetched") for id_ in ids if id_ == "2401.00001")


def test_the_reading_list_has_what_was_kept_unseen_first(filled: Store) -> None:
    for minutes, id_ in enumerate(("2603.00001", "2603.00002", "2603.00003")):
        set_opinion(filled, ADA, "graphs", id_, "keep", NOON + timedelta(minutes=minutes))
    set_opinion(filled, ADA, "graphs", "2603.00003", "seen", NOON)
    items = reading_list(filled, ADA)
    assert [item.paper.id for item in items] == ["2603.00002", "2603.00001", "2603.00003"]
    assert [item.is_seen for item in items] == [False, False, True]
    assert items[0].topics == ("graphs",)
    assert len(reading_list(filled, ADA, with_seen=False)) == 2
    clear_opinions(filled, ADA, "2603.00002", ["keep"])
    assert [item.paper.id for item in reading_list(filled, ADA)] == ["2603.00001", "2603.00003"]
    assert reading_list(filled, OPERATOR_READER) == []


def test_only_what_there_is_gets_an_opinion(filled: Store, monkeypatch) -> None:
    with pytest.raises(NotFound, match="not in the archive"):
        set_opinion(filled, ADA, "graphs", "9999.00001", "keep", NOON)
    with pytest.raises(NotFound, match="no topic"):
        set_opinion(filled, ADA, "other", "2603.00001", "keep", NOON)
    with pytest.raises(NotFound):
        clear_opinions(filled, ADA, "x" * 10_000)
    with pytest.raises(BadInput, match="not the name"):
        follow_author(filled, ADA, "", "123 --", NOON)
    monkeypatch.setattr(table, "MOST_ROWS", 1)
    set_opinion(filled, ADA, "graphs", "2603.00001", "keep", NOON)
    with pytest.raises(BadInput, match="no room"):
        set_opinion(filled, ADA, "graphs", "2603.00002", "keep", NOON)


def test_it_is_turned_off_and_on(filled: Store) -> None:
    turn_off(filled, ADA, NOON)
    turn_off(filled, ADA, NOON)
    assert is_off(filled, ADA)
    assert not is_off(filled, OPERATOR_READER)
    turn_on(filled, ADA)
    assert not is_off(filled, ADA)


def test_seeds_come_from_the_store_by_id_and_title_and_from_the_source(filled: Store) -> None:
    source = Source()
    text = "@misc{a, eprint={2401.00001}}\n@misc{b, title={Invented paper number 2}}\n@misc{c, eprint={2603.00003}}\n"
    text += "@misc{d, title={Nobody has this}}\n@misc{e, eprint={2401.00009}}\n"
    done = import_seeds(filled, ADA, "graphs", parse_seed_file(text), source, lambda *_: None, NOON)
    assert {one.id for one in done.added} == {"2401.00001", "2603.00002", "2603.00003"}
    assert [entry.label for entry in done.missing] == ["Nobody has this", "arXiv:2401.00009"]
    assert source.asked == ["2401.00001", "2401.00009"]
    assert opinions_on(filled, ADA, "2401.00001") == {"seed"}


def test_personal_data_hold_it_and_erasing_takes_it(filled: Store) -> None:
    filled.subscriptions.add("graphs", "mail", ADA.address, "active", NOON)
    set_opinion(filled, ADA, "graphs", "2603.00001", "keep", NOON)
    (row,) = lookup.export(filled, MAIL_ADDRESSES, ADA.address)["feedback"]
    assert row == {
        "topic": "graphs",
        "kind": "keep",
        "subject": "2603.00001",
        "label": "Invented paper number 1",
        "at": NOON.isoformat(),
    }
    lookup.erase(filled, MAIL_ADDRESSES, ADA.address)
    assert filled.feedback.of_reader(ADA) == []
