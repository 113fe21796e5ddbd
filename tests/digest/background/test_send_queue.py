"""The send queue: no recipient's domain holds up another, by its pace, its refusals, or being slow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.background.domain_paces import DomainPaces
from digest.background.domain_turns import DomainTurns
from digest.background.send_queue import SendQueue, SendRate
from digest.ports import Receipt
from store import Store
from tests.factories import store as store_things

NOW = datetime.now(UTC) - timedelta(minutes=1)
SENT = Receipt("sent", "250 ok")
ENOUGH = Receipt("retry", "450 4.7.1 too many, slow down", "domain", code=450, wants_pace=True)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class TickingClock(Clock):
    """A moment later at each look, however busy the machine is."""

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def plan(store: Store, **domains: int) -> None:
    """So many readers at a.example, b.example ..., planned in that order."""
    with store.write():
        for domain, count in domains.items():
            for number in range(count):
                store.subscriptions.add("speech", "mail", f"reader{number}@{domain}.example", "active", NOW)
    store.editions.freeze(replace(store_things.digest("speech-1"), topic="speech"), send_at=NOW)


def taken(queue: SendQueue, store: Store, count: int) -> list[str]:
    found = [store.deliveries.get(id_) for id_ in (queue.next() for _ in range(count)) if id_ is not None]
    return [delivery.address.partition("@")[2][0] for delivery in found]


def test_ten_thousand_of_one_domain_do_not_keep_another_waiting(store: Store) -> None:
    plan(store, a=10_000, b=5)
    queue = SendQueue("mail", store, SendRate(0, 0), connections=20)
    queue._turns = DomainTurns(20, TickingClock())  # a pause of the machine would count as time of whoever had more
    assert taken(queue, store, 15).count("b") == 5


def test_a_domain_that_has_enough_rests_and_the_others_go_on(store: Store) -> None:
    plan(store, a=30, b=3)
    queue = SendQueue("mail", store, SendRate(0, 0), connections=10)
    queue.note("a.example", ENOUGH)
    assert taken(queue, store, 3) == ["b", "b", "b"]


@pytest.mark.parametrize(
    "receipt",
    [
        Receipt("retry", "421 4.7.0 try again later", "recipient", code=421),
        Receipt("retry", "450 4.2.1 rate limited", "recipient", code=450, wants_pace=True),
        Receipt("retry", "451 4.7.0 throttled", "domain", code=451, wants_pace=True),
    ],
)
def test_what_is_said_of_one_reader_rests_no_more_than_the_domain(store: Store, receipt: Receipt) -> None:
    plan(store, a=5, b=5)
    queue = SendQueue("mail", store, SendRate(0, 0), connections=10)
    queue.note("a.example", receipt)
    assert set(taken(queue, store, 5)) == {"b"}


@pytest.mark.parametrize("blames", ["recipient", "domain"])
def test_greylisting_rests_nobody_else(store: Store, blames: str) -> None:
    plan(store, a=5)
    queue = SendQueue("mail", store, SendRate(0, 0), connections=10)
    queue.note("a.example", Receipt("retry", "451 4.7.1 greylisted", blames, code=451))
    assert taken(queue, store, 2) == ["a", "a"]


def test_a_relay_that_has_enough_itself_rests_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.background.send_queue._LONGEST_REST", 0.01)
    plan(store, a=5, b=5)
    queue = SendQueue("mail", store, SendRate(0, 0), connections=10)
    queue.note("a.example", Receipt("retry", "421 too many connections", "relay", code=421, wants_pace=True))
    assert taken(queue, store, 3) == []


def test_what_a_canary_holds_up_is_looked_for_each_second(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    plan(store, a=101)
    queue, rests = SendQueue("mail", store, SendRate(0, 0), connections=2), list[float]()
    monkeypatch.setattr(queue._news, "wait", rests.append)
    store.shards.renew("mail", "me", 60.0)
    canary = queue.next()
    assert canary
    assert store.deliveries.claim(canary, "me", datetime.now(UTC))
    while not rests:
        queue.wake()
        queue.next()
    assert rests == [1.0]


def test_a_slow_domain_never_has_every_connection() -> None:
    clock = Clock()
    turns = DomainTurns(3, clock)
    turns.take(1, "slow")
    turns.take(2, "slow")
    assert turns.sort(["slow"]) == []  # not before it was seen to be quick
    clock.now = 10.0
    turns.end(1)
    assert turns.sort(["slow"]) == ["slow"]
    turns.take(3, "slow")
    assert turns.sort(["slow", "quick"]) == ["quick"]
    assert turns.sort(["slow"]) == []


def test_two_slow_domains_leave_a_connection_for_a_third() -> None:
    clock = Clock()
    turns = DomainTurns(3, clock)
    for id_, domain in ((1, "one"), (2, "two")):
        turns.take(id_, domain)
        clock.now += 5.0
        turns.end(id_)
        turns.take(id_ + 10, domain)
    assert turns.sort(["one", "two", "three"]) == ["three"]


def test_a_quick_domain_alone_has_them_all() -> None:
    clock = Clock()
    turns = DomainTurns(2, clock)
    turns.take(1, "quick")
    clock.now = 0.1
    turns.end(1)
    turns.take(2, "quick")
    assert turns.sort(["quick"]) == ["quick"]
    assert turns.sort(["quick", "other"])[0] == "other"
    turns.take(3, "quick")


def test_one_connection_goes_to_who_had_the_least_of_its_time() -> None:
    clock = Clock()
    turns, order = DomainTurns(1, clock), []
    for id_ in range(9):
        (domain, *_) = turns.sort(["slow", "quick"])
        order.append(domain)
        turns.take(id_, domain)
        clock.now += 10.0 if domain == "slow" else 1.0
        turns.end(id_)
    assert order == ["slow", *["quick"] * 8]


def test_a_pace_is_learnt_from_what_was_taken_in_the_last_minute_kept_and_recovers(store: Store) -> None:
    clock = Clock()
    paces = DomainPaces("mail", store, clock)
    for _ in range(21):
        paces.begin("a.example")
        clock.now += 0.1
    paces.slow_down("a.example", "450 too many", learn=True)
    assert store.paces.gaps("mail") == {"a.example": pytest.approx(3.0)}
    assert paces.resting() == ["a.example"]
    assert paces.wait("b.example") == 0.0
    clock.now += 75.0
    assert paces.wait("a.example") == 0.0
    paces.begin("a.example")
    assert paces.wait("a.example") == pytest.approx(3.0)
    again = DomainPaces("mail", store, Clock())
    again.begin("a.example")
    assert again.wait("a.example") == pytest.approx(3.0)
    for _ in range(200):
        again.speed_up("a.example")
    assert store.paces.gaps("mail") == {}


def test_a_domain_that_says_it_again_gets_half_as_many_and_rests_longer(store: Store) -> None:
    clock = Clock()
    paces = DomainPaces("mail", store, clock)
    paces.slow_down("a.example", "421 rate", learn=True)
    first = paces.wait("a.example")
    paces.slow_down("a.example", "421 rate", learn=True)  # another thread met the same
    assert paces.wait("a.example") == first
    clock.now += 1000.0
    paces.slow_down("a.example", "421 rate", learn=True)
    assert store.paces.gaps("mail") == {"a.example": 2.0}
    for _ in range(2):  # the minute that it counts is over, and it still has enough
        clock.now += 1000.0
        paces.slow_down("a.example", "421 rate", learn=True)
    assert paces.wait("a.example") > first


def test_a_domain_that_is_away_rests_and_is_not_held_to_a_pace(store: Store) -> None:
    paces = DomainPaces("mail", store, Clock())
    paces.slow_down("a.example", "451 4.4.1 no route", learn=False)
    assert paces.wait("a.example") > 0
    assert store.paces.gaps("mail") == {}
