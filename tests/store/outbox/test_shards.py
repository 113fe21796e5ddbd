"""Shards of the outbox: shared evenly, one sender each, never given up over what is under way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from store import Store
from store.outbox.shards import ALL_SHARDS, SHARDS, Shards, shard_of
from store.tables.deliveries import AttemptResult
from tests.factories import store as store_things

NOW = datetime.now(UTC) - timedelta(minutes=1)
SECONDS = 20.0


class Clock:
    now = 1e9

    def __call__(self) -> float:
        return self.now


def plan(store: Store, domains: int = 40) -> None:
    with store.write():
        for number in range(domains):
            store.subscriptions.add("speech", "mail", f"ada@{number}.example", "active", NOW)
    store.editions.freeze(replace(store_things.digest("speech-1"), topic="speech"), send_at=NOW)


def shards_of(shards: Shards, *owners: str, rounds: int = 3) -> list[frozenset[int]]:
    """What each has once all have come to know of each other."""
    for _ in range(rounds):
        held = [shards.renew("mail", owner, SECONDS) for owner in owners]
    return held


def test_one_sender_has_all_at_once_and_each_channel_its_own(store: Store) -> None:
    assert store.shards.renew("mail", "one", SECONDS) == ALL_SHARDS
    assert store.shards.renew("slack", "two", SECONDS) == ALL_SHARDS


def test_several_senders_have_as_many_each_or_one_more(store: Store) -> None:
    for count in (2, 3, 5, 16):
        held = shards_of(store.shards, *(f"sender {number:02}" for number in range(count)))
        assert sum(map(len, held)) == SHARDS
        assert frozenset().union(*held) == ALL_SHARDS
        assert {len(shards) for shards in held} <= {SHARDS // count, SHARDS // count + 1}


def test_one_more_sender_than_there_are_shards_waits(store: Store) -> None:
    held = shards_of(store.shards, *(f"sender {number:02}" for number in range(SHARDS + 1)))
    assert sorted(map(len, held)) == [0, *[1] * SHARDS]


def test_who_stopped_leaves_all_and_who_froze_has_lost_all(store: Store) -> None:
    clock = Clock()
    shards = Shards(store._database, clock)
    shards_of(shards, "one", "two", "three")
    shards.release("three")
    assert {len(held) for held in shards_of(shards, "one", "two")} == {SHARDS // 2}
    clock.now += SECONDS + 1  # nobody said anything for so long
    assert shards.renew("mail", "one", SECONDS) == ALL_SHARDS
    assert shards.renew("mail", "two", SECONDS) == frozenset()
    with store._database.read() as session:
        assert not shards.held(session, "two")("mail", "example.org")


def test_a_shard_with_a_delivery_under_way_is_not_given_up_before_its_end(store: Store) -> None:
    plan(store)
    store.shards.renew("mail", "one", SECONDS)
    numbers = [number for number, _ in store.deliveries.due("mail", NOW, 99)]
    for number in numbers:
        assert store.deliveries.claim(number, "one", NOW)
    assert store.shards.renew("mail", "two", SECONDS) == frozenset()
    mine = store.shards.renew("mail", "one", SECONDS)
    assert len(mine) == SHARDS // 2  # it claims nothing more of the others ...
    assert store.shards.renew("mail", "two", SECONDS) == frozenset()  # ... and nobody else does
    for number in numbers:
        assert store.deliveries.begin_text([number], "one", NOW)
        assert store.deliveries.end(number, "one", NOW, AttemptResult("sent", "250 ok"))
    store.shards.renew("mail", "one", SECONDS)
    assert store.shards.renew("mail", "two", SECONDS) == ALL_SHARDS - mine


def test_only_the_holder_of_its_shard_claims_a_delivery_and_is_told_that_it_is_due(store: Store) -> None:
    plan(store)
    one, two = shards_of(store.shards, "one", "two")
    assert {len(one), len(two)} == {SHARDS // 2}
    for number, domain in store.deliveries.due("mail", NOW, 99):
        mine, other = ("one", "two") if shard_of(domain) in one else ("two", "one")
        assert store.deliveries.claim(number, other, NOW) == ()
        assert store.deliveries.claim(number, mine, NOW)


def test_what_is_due_is_of_the_shards_that_are_named(store: Store) -> None:
    plan(store)
    one, two = frozenset(range(5)), frozenset(range(5, SHARDS))
    due = [store.deliveries.due("mail", NOW, 99, shards=shards) for shards in (one, two)]
    assert all(shard_of(domain) in shards for shards, found in zip((one, two), due, strict=True) for _, domain in found)
    assert sorted(due[0] + due[1]) == sorted(store.deliveries.due("mail", NOW, 99))


def test_what_a_sender_left_is_settled_by_who_has_its_shard(store: Store) -> None:
    plan(store, 2)
    clock = Clock()
    first, second = (number for number, _ in store.deliveries.due("mail", NOW, 9))
    store.shards.renew("mail", "dead", SECONDS)
    for number in (first, second):
        assert store.deliveries.claim(number, "dead", NOW)
    assert store.deliveries.begin_text([first], "dead", NOW)
    clock.now = store._database.clock() + SECONDS + 1
    store.shards.renew("mail", "other", SECONDS)
    assert store.deliveries.abandon("other", NOW) == 0  # it may live, and has its shards
    Shards(store._database, clock).renew("mail", "other", SECONDS)
    assert store.deliveries.abandon("other", NOW) == 1
    assert store.deliveries.get(first).state == "uncertain"
    assert store.deliveries.get(second).state == "planned"
    assert not store.deliveries.begin_text([second], "dead", NOW)
