"""The outbox in the store: planned once, claimed once, and never sent again by itself when nobody can know."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from store.tables.deliveries import AttemptResult
from store.tables.leases import Leases
from tests.factories import store as store_things
from tests.factories.databases import SQLITE_ONLY
from tests.factories.store import NOON


@pytest.fixture
def store(place):
    with place.open() as store:
        yield store


@pytest.fixture
def digest():
    return replace(store_things.digest("speech-2026-03-02"), topic="speech", slot=NOON)


def subscribed(store, *names, state="active", topic="speech"):
    return [store.subscriptions.add(topic, "mail", f"{name}@Example.org", state, NOON).id for name in names]


def frozen(store, digest):
    store.editions.freeze(digest, send_at=NOON)
    return sorted(delivery.id for delivery in store.deliveries.list(edition=digest.id))


def hold(store, owner="me", seconds=60.0):
    assert store.shards.renew("mail", owner, seconds)
    return owner


def test_freezing_plans_one_delivery_for_each_active_subscription(store, digest):
    first, second = subscribed(store, "ada", "ben")
    subscribed(store, "pending", state="pending")
    subscribed(store, "elsewhere", topic="other")
    frozen(store, digest)
    frozen(store, digest)
    planned = store.deliveries.list(edition=digest.id)
    assert sorted(delivery.subscription for delivery in planned) == [first, second]
    assert {(delivery.state, delivery.address) for delivery in planned} == {
        ("planned", "ada@Example.org"),
        ("planned", "ben@Example.org"),
    }
    assert {domain for _, domain in store.deliveries.due("mail", NOON, 10)} == {"example.org"}


def test_an_edition_that_is_not_to_be_sent_plans_nothing(store, digest):
    subscribed(store, "ada")
    store.editions.freeze(digest)
    assert store.deliveries.list() == []


def test_a_delivery_is_claimed_by_one_of_many_threads(store, digest):
    subscribed(store, "ada")
    (only,) = frozen(store, digest)
    owner, claimed = hold(store), []
    threads = [
        threading.Thread(target=lambda: claimed.append(store.deliveries.claim(only, owner, NOON))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (won,) = [delivery for deliveries in claimed for delivery in deliveries]
    assert (won.state, won.attempts) == ("claimed", 1)


def test_only_the_holder_of_the_outbox_claims(store, digest):
    subscribed(store, "ada")
    (only,) = frozen(store, digest)
    hold(store, "another")
    assert store.deliveries.claim(only, "me", NOON) == ()
    assert store.deliveries.get(only).state == "planned"


@pytest.mark.parametrize("state", ["paused", "unsubscribed", "bounced"])
def test_who_no_longer_wants_it_is_skipped_when_it_is_claimed(store, digest, state):
    (subscription,) = subscribed(store, "ada")
    (only,) = frozen(store, digest)
    store.subscriptions.move(subscription, ["active"], state, NOON)
    assert store.deliveries.claim(only, hold(store), NOON) == ()
    skipped = store.deliveries.get(only)
    assert (skipped.state, skipped.detail) == ("skipped", f"the subscription is {state}")


def test_what_was_sent_is_sent_for_good_and_noted_at_its_subscription(store, digest):
    (subscription,) = subscribed(store, "ada")
    (only,) = frozen(store, digest)
    owner = hold(store)
    store.deliveries.claim(only, owner, NOON)
    assert store.deliveries.end(only, owner, NOON, AttemptResult("sent", "250 queued as A1", "<1@here>"))
    sent = store.deliveries.get(only)
    assert (sent.state, sent.detail, sent.message_id) == ("sent", "250 queued as A1", "<1@here>")
    assert store.subscriptions.get(subscription).last_sent_at == NOON
    assert store.deliveries.claim(only, owner, NOON) == ()
    assert not store.deliveries.retry(only, NOON)


def test_a_retry_waits_for_its_time(store, digest):
    subscribed(store, "ada")
    (only,) = frozen(store, digest)
    owner, later = hold(store), NOON + timedelta(minutes=5)
    store.deliveries.claim(only, owner, NOON)
    store.deliveries.end(only, owner, NOON, AttemptResult("retry", "451 later", next_at=later))
    assert store.deliveries.due("mail", NOON, 10) == []
    assert store.deliveries.next_due("mail") == later
    assert store.deliveries.due("mail", later, 10) == [(only, "example.org")]
    assert store.deliveries.claim(only, owner, later)[0].attempts == 2


def test_what_a_dead_sender_had_claimed_is_uncertain_and_never_sent_by_itself(store, digest):
    subscribed(store, "ada", "ben")
    first, second = frozen(store, digest)
    hold(store, "dead")
    store.deliveries.claim(first, "dead", NOON)
    assert store.deliveries.begin_text([first], "dead", NOON)
    store.shards.release("dead")
    hold(store, "me")
    assert store.deliveries.abandon("me", NOON) == 1
    assert store.deliveries.get(first).state == "uncertain"
    assert [id_ for id_, _ in store.deliveries.due("mail", NOON, 10)] == [second]
    assert store.deliveries.claim(first, "me", NOON) == ()


def test_a_sender_that_was_only_slow_still_says_how_it_ended(store, digest):
    subscribed(store, "ada")
    (only,) = frozen(store, digest)
    hold(store, "slow")
    store.deliveries.claim(only, "slow", NOON)
    assert store.deliveries.begin_text([only], "slow", NOON)
    store.shards.release("slow")
    hold(store, "me")
    store.deliveries.abandon("me", NOON)
    assert store.deliveries.end(only, "slow", NOON, AttemptResult("sent", "250 ok"))
    assert store.deliveries.get(only).state == "sent"


def test_what_a_dead_sender_had_not_begun_to_hand_over_waits_again_as_if_nothing_had_been(store, digest):
    subscribed(store, "ada")
    (only,) = frozen(store, digest)
    hold(store, "dead")
    store.deliveries.claim(only, "dead", NOON)
    store.shards.release("dead")
    assert store.deliveries.abandon(hold(store), NOON) == 0
    left = store.deliveries.get(only)
    assert (left.state, left.attempts, left.next_at) == ("planned", 0, NOON)
    assert store.deliveries.due("mail", NOON, 10) == [(only, "example.org")]


def test_who_lost_a_claim_may_no_longer_begin_nor_end_it(store, digest):
    subscribed(store, "ada", "ben")
    first, second = frozen(store, digest)
    hold(store, "asleep")
    for number in (first, second):
        store.deliveries.claim(number, "asleep", NOON)
    assert store.deliveries.begin_text([second], "asleep", NOON)
    store.shards.release("asleep")
    store.deliveries.abandon(hold(store), NOON)
    assert not store.deliveries.begin_text([first], "asleep", NOON)
    assert not store.deliveries.begin_text([first, second], "asleep", NOON)
    store.deliveries.claim(first, "me", NOON)
    assert not store.deliveries.begin_text([first], "asleep", NOON)
    assert not store.deliveries.end(first, "asleep", NOON, AttemptResult("sent", "250 ok"))
    assert store.deliveries.get(first).text_at is None


def test_an_attempt_begins_without_the_text_of_the_one_before(store, digest):
    subscribed(store, "ada")
    (only,) = frozen(store, digest)
    owner = hold(store)
    store.deliveries.claim(only, owner, NOON)
    assert store.deliveries.begin_text([only], owner, NOON)
    store.deliveries.end(only, owner, NOON, AttemptResult("retry", "451 later", next_at=NOON))
    assert store.deliveries.get(only).text_at == NOON
    (again,) = store.deliveries.claim(only, owner, NOON)
    assert (again.attempts, again.text_at) == (2, None)


def test_what_became_uncertain_is_sent_again_three_times_further_apart_where_that_is_the_policy(store, digest):
    subscribed(store, "ada")
    (only,) = frozen(store, digest)
    owner, now, waits = hold(store), NOON, []
    while True:
        store.deliveries.claim(only, owner, now)
        store.deliveries.end(only, owner, now, AttemptResult("uncertain", "cut after the dot"))
        assert store.deliveries.send_uncertain_again("slack", NOON, now) == 0
        if not store.deliveries.send_uncertain_again("mail", NOON, now):
            break
        waits.append(store.deliveries.get(only).next_at - now)
        now = store.deliveries.get(only).next_at
    assert waits == [timedelta(0), timedelta(minutes=10), timedelta(hours=1)]
    assert store.deliveries.get(only).state == "uncertain"


def test_what_was_planned_too_long_ago_is_left_to_a_person(store, digest):
    subscribed(store, "ada")
    (only,) = frozen(store, digest)
    owner = hold(store)
    store.deliveries.claim(only, owner, NOON)
    store.deliveries.end(only, owner, NOON, AttemptResult("uncertain", "cut after the dot"))
    assert store.deliveries.send_uncertain_again("mail", NOON + timedelta(seconds=1), NOON) == 0


def test_many_for_one_domain_leave_out_no_other(store, digest):
    subscribed(store, *(f"reader{number}" for number in range(30)))
    store.subscriptions.add("speech", "mail", "ada@late.example", "active", NOON)
    frozen(store, digest)
    late, *others = store.deliveries.list()
    oldest = min(delivery.id for delivery in others)
    assert store.deliveries.due("mail", NOON, 2) == [(oldest, "example.org"), (late.id, "late.example")]
    assert len(store.deliveries.due("mail", NOON, 100, each=7)) == 8
    assert store.deliveries.due("mail", NOON, 100, without=["example.org"]) == [(late.id, "late.example")]


@SQLITE_ONLY
def test_no_read_of_the_outbox_goes_through_all_deliveries_nor_asks_circuits_for_each(store, digest):
    subscribed(store, "ada", "ben")
    first = store.deliveries.get(frozen(store, digest)[0])
    asked: list[str] = []
    with store._database.read() as session:
        session.db.conn.set_trace_callback(asked.append)
    for read in (
        lambda: store.deliveries.due("mail", NOON, 10, each=5, without=["a.example"]),
        lambda: store.deliveries.next_due("mail"),
        lambda: store.deliveries.letter_waits("link", "mail", "ada@example.org"),
        lambda: store.deliveries.last_letter("link", "mail", "ada@example.org"),
        lambda: store.circuits.covering(first),
        lambda: store.circuits.took_edition("mail", digest.id, NOON),
        lambda: store.refusals.count("mail", likeness="550"),
        lambda: store.delivery_reports.of_message("<1@example.org>"),
        lambda: store.delivery_reports.newest_of("ada@example.org"),
        lambda: store.delivery_reports.same_mail(first.id),
        lambda: store.clock_changes.follow(NOON),
    ):
        read()
    with store._database.read() as session:
        session.db.conn.set_trace_callback(None)
        plans = {sql: [step[3] for step in session.rows(f"EXPLAIN QUERY PLAN {sql}")] for sql in asked}
    assert len(plans) >= 11
    for sql, steps in plans.items():
        assert not [step for step in steps if step.split()[:2] in (["SCAN", "d"], ["SCAN", "deliveries"])], sql
    held = next(steps for sql, steps in plans.items() if "min(next_at)" in sql)
    assert not [step for step in held if "CORRELATED" in step]
    waits = next(steps for sql, steps in plans.items() if "d.kind = 'link' AND d.state" in sql)
    assert waits[0].startswith("SEARCH s ")


@pytest.mark.parametrize(("resend", "state"), [(True, "planned"), (False, "sent")])
def test_a_person_settles_what_is_uncertain(store, digest, resend, state):
    subscribed(store, "ada")
    (only,) = frozen(store, digest)
    owner = hold(store)
    store.deliveries.claim(only, owner, NOON)
    assert not store.deliveries.resolve(only, resend=resend, now=NOON)
    store.deliveries.end(only, owner, NOON, AttemptResult("uncertain", "cut after the dot"))
    assert store.deliveries.resolve(only, resend=resend, now=NOON)
    assert store.deliveries.get(only).state == state
    assert "by hand" in store.deliveries.get(only).detail


def test_letters_are_sent_only_in_the_state_they_were_written_for(store):
    (id_,) = subscribed(store, "ada", state="pending")
    owner, subscription = hold(store), store.subscriptions.get(id_)
    confirm = store.deliveries.plan_letter("confirm", subscription, NOON)
    welcome = store.deliveries.plan_letter("welcome", subscription, NOON)
    assert store.deliveries.claim(confirm, owner, NOON)[0].kind == "confirm"
    assert store.deliveries.claim(welcome, owner, NOON) == ()
    assert store.deliveries.letters_since("confirm", NOON, "ada@Example.org") == 1
    assert store.deliveries.letters_since("confirm", NOON + timedelta(hours=1)) == 0


def test_erasing_an_address_erases_what_was_sent_to_it(store, digest):
    subscribed(store, "ada", "ben")
    frozen(store, digest)
    assert store.subscriptions.erase("mail", "ada@Example.org") == 1
    assert [delivery.address for delivery in store.deliveries.list()] == ["ben@Example.org"]
    assert store.check() == ()


def test_a_number_never_comes_back(store):
    (erased,) = subscribed(store, "ada")
    store.subscriptions.erase("mail", "ada@Example.org")
    (later,) = subscribed(store, "ben")
    assert later > erased


def test_a_state_changes_only_from_those_that_are_named(store):
    (subscription,) = subscribed(store, "ada", state="pending")
    assert not store.subscriptions.move(subscription, ["active"], "paused", NOON)
    assert store.subscriptions.move(subscription, ["pending"], "active", NOON)
    assert store.subscriptions.get(subscription).confirmed_at == NOON
    assert store.subscriptions.counts() == {"active": 1}


def test_an_address_moves_only_where_it_does_not_meet_itself(store):
    one, two = subscribed(store, "ada", "ben")
    assert store.subscriptions.move_address(one, "ada@new.example")
    assert not store.subscriptions.move_address(two, "ada@new.example")
    assert [sub.id for sub in store.subscriptions.of_address("mail", "ada@new.example")] == [one]


def test_a_lease_is_one_owners_until_it_ends(store):
    now = [1000.0]
    leases = Leases(store._database, lambda: now[0])
    assert leases.acquire("outbox", "a", 30.0)
    assert not leases.acquire("outbox", "b", 30.0)
    assert leases.acquire("outbox", "a", 30.0)
    now[0] += 31
    assert leases.owner("outbox") == ""
    assert leases.acquire("outbox", "b", 30.0)
    assert not leases.acquire("outbox", "a", 30.0)


def test_a_clock_set_back_ends_a_lease_from_the_future(store):
    now = [10_000.0]
    leases = Leases(store._database, lambda: now[0])
    assert leases.acquire("outbox", "a", 30.0)
    now[0] = 5_000.0
    assert leases.acquire("outbox", "b", 30.0)


def test_a_slot_is_postponed_with_its_reason_until_it_is_made(store):
    later = NOON + timedelta(minutes=5)
    store.digest_attempts.postpone("speech", NOON, NOON, later, "arXiv was down")
    store.digest_attempts.postpone("speech", NOON, later, later + timedelta(minutes=10), "arXiv was still down")
    (waiting,) = store.digest_attempts.list()
    assert (waiting.attempts, waiting.reason) == (2, "arXiv was still down")
    store.digest_attempts.clear("speech", NOON + timedelta(days=1))
    assert store.digest_attempts.get("speech", NOON) is None
