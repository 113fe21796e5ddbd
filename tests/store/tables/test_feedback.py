"""What readers said: kept once, taken back, bounded, erased, and heard only from those who get the digests."""

from dataclasses import replace
from datetime import timedelta

import pytest

from store import Store
from store.records.feedback import OPERATOR_READER, Feedback, Reader
from store.tables import feedback as table
from tests.factories.store import NOON

ADA, BEN = Reader("mail", "ada@example.org"), Reader("slack", "U1BEN")


def said(reader: Reader = ADA, kind: str = "keep", subject: str = "2603.00001", topic: str = "graphs") -> Feedback:
    return Feedback(reader, topic, kind, subject, f"About {subject}", NOON)


@pytest.fixture
def subscribed(store: Store) -> Store:
    store.subscriptions.add("graphs", "mail", ADA.address, "active", NOON)
    return store


def test_each_thing_is_said_once_and_more_and_less_exclude_each_other(store: Store) -> None:
    assert store.feedback.add([said(), said(), said(kind="more")]) == 3
    assert {one.kind for one in store.feedback.of_reader(ADA)} == {"keep", "more"}
    store.feedback.add([said(kind="less")])
    assert {one.kind for one in store.feedback.of_reader(ADA)} == {"keep", "less"}
    assert store.feedback.remove(ADA, ["keep"], "2603.00001") == 1
    assert store.feedback.remove(ADA, ["keep"], "2603.00001") == 0
    assert store.feedback.of_reader(BEN) == []


def test_the_newest_come_first(store: Store) -> None:
    store.feedback.add([said(subject="a"), replace(said(subject="b"), at=NOON + timedelta(1))])
    assert [one.subject for one in store.feedback.of_reader(ADA)] == ["b", "a"]


def test_a_reader_has_only_so_much_room(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(table, "MOST_ROWS", 2)
    assert store.feedback.add([said(subject=name) for name in "abc"]) == 2
    assert store.feedback.add([said(BEN)]) == 1


def test_without_room_the_same_is_said_again_turned_round_and_all_of_it_turned_off(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(table, "MOST_ROWS", 2)
    store.feedback.add([said(subject="a"), said(kind="more", subject="b")])
    again = [said(subject="a"), said(kind="less", subject="b"), said(kind="off", subject="", topic="")]
    assert store.feedback.add(again) == 3
    assert store.feedback.add([said(subject="c")]) == 0
    assert {one.kind for one in store.feedback.of_reader(ADA)} == {"keep", "less", "off"}


def test_a_topic_hears_whoever_gets_it(subscribed: Store) -> None:
    subscribed.feedback.add([said(), said(topic="", kind="seed", subject="s"), said(topic="other", subject="o")])
    assert {one.subject for one in subscribed.feedback.of_topic("graphs")} == {"2603.00001", "s"}
    subscribed.feedback.add([said(BEN, subject="b"), said(OPERATOR_READER, subject="x")])
    assert {one.subject for one in subscribed.feedback.of_topic("graphs")} == {"2603.00001", "s", "b", "x"}


def test_who_left_is_heard_no_more(subscribed: Store) -> None:
    subscribed.feedback.add([said()])
    (subscription,) = subscribed.subscriptions.of_address("mail", ADA.address)
    subscribed.subscriptions.move(subscription.id, ["active"], "unsubscribed", NOON)
    assert subscribed.feedback.of_topic("graphs") == []
    assert len(subscribed.feedback.of_reader(ADA)) == 1


def test_who_turned_it_off_is_not_heard_and_loses_nothing(subscribed: Store) -> None:
    subscribed.feedback.add([said(), said(kind="off", subject="", topic=""), said(BEN, subject="b")])
    assert [one.subject for one in subscribed.feedback.of_topic("graphs")] == ["b"]
    assert len(subscribed.feedback.of_reader(ADA)) == 2


def test_a_person_in_slack_is_heard_in_all_topics_of_theirs(store: Store) -> None:
    store.subscriptions.add("graphs", "slack", "C1GENERAL", "active", NOON, owner=BEN.address)
    store.feedback.add([said(BEN, "author", "ada-example", "")])
    assert len(store.feedback.of_topic("graphs")) == 1
    assert store.feedback.of_topic("other") == []


def test_what_is_handed_over_contradicts_nothing_that_the_new_address_said(store: Store) -> None:
    new = Reader("mail", "ada@example.com")
    store.feedback.add([said(kind="more"), said(kind="more", subject="b"), said(new, kind="less")])
    store.feedback.hand_over(ADA, new)
    assert {(one.kind, one.subject) for one in store.feedback.of_reader(new)} == {("less", "2603.00001"), ("more", "b")}


def test_it_is_erased_and_handed_over_with_the_address(store: Store) -> None:
    store.feedback.add([said(), said(BEN)])
    new = Reader("mail", "ada@example.com")
    store.feedback.hand_over(ADA, new)
    assert store.feedback.of_reader(ADA) == []
    assert [one.subject for one in store.feedback.of_reader(new)] == ["2603.00001"]
    assert store.feedback.erase(new) == 1
    assert store.feedback.of_reader(new) == []
    assert len(store.feedback.of_reader(BEN)) == 1
