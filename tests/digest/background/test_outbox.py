"""The outbox at work, over a real store: each delivery once, slow where the other side is slow, stopped in time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.background.channel_setup import ChannelSetup, SendPolicy
from digest.background.outbox import Outbox
from digest.background.send_queue import SendRate
from digest.errors import PaperRouteError
from digest.ports import Outgoing, Receipt
from digest.retry import Backoff
from digest.subscriptions.one_mail import OneMailSettings, plan_one_mail
from store import Store
from store.outbox.shards import ALL_SHARDS
from store.records.deliveries import Delivery
from store.records.editions import Edition, Topic
from tests.doubles.medium import SENT, Medium
from tests.factories import store as store_things
from tests.factories.databases import Place
from tests.factories.outbox import plain_outgoing, running_outbox, states, until

NOW = datetime.now(UTC) - timedelta(minutes=1)
QUICK = SendPolicy(
    connections=2, first_retry=timedelta(seconds=0.05), longest_retry=timedelta(seconds=0.2), lease_seconds=60.0
)
EDITION = replace(store_things.digest("speech-1"), topic="speech")


def planned(store: Store, count: int, domain: str = "example.org") -> list[int]:
    for number in range(count):
        store.subscriptions.add("speech", "mail", f"reader{number}@{domain}", "active", NOW)
    store.editions.freeze(EDITION, send_at=NOW)
    return sorted(delivery.id for delivery in store.deliveries.list(limit=-1))


@contextmanager
def running(store: Store, medium: Medium, terms: SendPolicy = QUICK, owner: str = "") -> Iterator[Outbox]:
    with running_outbox(store, ChannelSetup(medium.open, plain_outgoing, terms), owner) as outbox:
        yield outbox


def test_every_delivery_is_sent_once_over_few_connections(store: Store) -> None:
    planned(store, 40)
    medium = Medium()
    with running(store, medium):
        until(lambda: states(store) == {"sent": 40})
    assert sorted(outgoing.address for outgoing in medium.got) == sorted(f"reader{n}@example.org" for n in range(40))
    assert medium.opened <= QUICK.connections
    assert medium.closed == medium.opened
    assert {delivery.detail for delivery in store.deliveries.list()} == {"250 queued"}


def test_what_is_put_off_is_tried_again_until_it_is_taken(store: Store) -> None:
    planned(store, 1)
    answers = iter(
        [Receipt("retry", "451 greylisted", "recipient"), Receipt("retry", "451 greylisted", "recipient"), SENT]
    )
    with running(store, Medium(lambda _: next(answers))):
        until(lambda: states(store) == {"sent": 1})
    (delivery,) = store.deliveries.list()
    assert delivery.attempts == 3
    assert store.subscriptions.get(delivery.subscription).state == "active"


def test_what_is_put_off_for_too_long_is_given_up_with_the_last_words(store: Store) -> None:
    planned(store, 1)
    terms = replace(QUICK, give_up_after=timedelta(seconds=61))
    with running(store, Medium(lambda _: Receipt("retry", "452 mailbox full", "recipient")), terms):
        until(lambda: states(store) == {"failed": 1})
    (delivery,) = store.deliveries.list()
    assert "given up after" in delivery.detail
    assert delivery.detail.endswith("452 mailbox full")
    assert store.subscriptions.get(delivery.subscription).soft_bounces == 1


def test_what_waited_in_a_machine_that_slept_is_not_given_up_at_the_first_failure(store: Store) -> None:
    store.subscriptions.add("speech", "mail", "reader@example.org", "active", NOW)
    store.editions.freeze(EDITION, send_at=NOW - timedelta(hours=74))
    answers = iter([Receipt("retry", "relay.example.org:587: Network is unreachable", "relay"), SENT])
    with running(store, Medium(lambda _: next(answers)), replace(QUICK, give_up_after=timedelta(hours=48))):
        until(lambda: states(store) in ({"sent": 1}, {"failed": 1}))
    assert states(store) == {"sent": 1}


def test_a_delivery_and_what_follows_for_its_subscription_end_at_once(
    store: Store, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(store, 1)
    seen, record = [], store.subscriptions.record_soft_bounce

    def look_and_record(id_: int) -> int:
        with ThreadPoolExecutor(1) as pool, place.open() as other:  # this one is in the transaction
            seen.append(pool.submit(states, other).result())
        return record(id_)

    monkeypatch.setattr(store.subscriptions, "record_soft_bounce", look_and_record)
    terms = replace(QUICK, give_up_after=timedelta(seconds=61))
    with running(store, Medium(lambda _: Receipt("retry", "452 mailbox full", "recipient")), terms):
        until(lambda: states(store) == {"failed": 1})
    assert seen == [{"claimed": 1}]


def test_five_given_up_in_a_row_are_a_bounce_and_one_taken_between_them_is_not(store: Store) -> None:
    planned(store, 1)
    (sub,) = store.subscriptions.list()
    # One after the other: what is refused counts once its delivery has ended, which two threads may do in any order.
    terms = replace(QUICK, connections=1, give_up_after=timedelta(seconds=1))
    full = Receipt("retry", "452 mailbox full", "recipient")
    answers = iter([full, full, full, full, SENT, full, full, full, full, full])
    with running(store, Medium(lambda _: next(answers)), terms) as outbox:
        for number in range(2, 12):
            ended = number - 1
            until(lambda ended=ended: sum(states(store).get(s, 0) for s in ("failed", "sent")) == ended)
            until(lambda ended=ended: ended < 10 or store.subscriptions.get(sub.id).state == "bounced")
            if number < 11:
                assert store.subscriptions.get(sub.id).state == "active"
                store.editions.freeze(
                    replace(EDITION, id=f"speech-{number}", slot=NOW + timedelta(days=number)), send_at=NOW
                )
                outbox.wake()
    assert "5 deliveries in a row" in str(store.subscriptions.get(sub.id).reason)


def test_one_refusal_for_good_is_a_bounce_and_the_rest_go_on(store: Store) -> None:
    planned(store, 5)
    refused = Receipt("failed", "550 5.1.1 no such user", "recipient")
    with running(store, Medium(lambda it: refused if it.address.startswith("reader2@") else SENT)):
        until(lambda: states(store) == {"sent": 4, "failed": 1})
        until(lambda: store.subscriptions.counts() == {"active": 4, "bounced": 1})
    (gone,) = store.subscriptions.list(state="bounced")
    assert (gone.address, gone.reason) == ("reader2@example.org", "550 5.1.1 no such user")


@pytest.mark.parametrize("blames", ["relay", "content"])
def test_no_subscriber_bounces_for_the_fault_of_another(store: Store, blames: str) -> None:
    planned(store, 1)
    with running(store, Medium(lambda _: Receipt("failed", "554 no", blames))):
        until(lambda: states(store) == {"failed": 1})
    assert store.subscriptions.counts() == {"active": 1}


def test_what_nobody_can_know_is_never_sent_again_by_itself(store: Store) -> None:
    planned(store, 2)
    medium = Medium(lambda it: Receipt("uncertain", "cut after the dot") if it.address.startswith("reader0@") else SENT)
    with running(store, medium) as outbox:
        until(lambda: states(store) == {"sent": 1, "uncertain": 1})
        (unsure,) = store.deliveries.list(states=["uncertain"])
        medium.answer = lambda _: SENT
        assert store.deliveries.resolve(unsure.id, resend=True, now=NOW)
        outbox.wake()
        until(lambda: states(store) == {"sent": 2})
    assert [it.address for it in medium.got].count("reader0@example.org") == 2


def test_a_fault_in_a_channel_leaves_its_delivery_uncertain_and_the_lane_alive(store: Store) -> None:
    planned(store, 3)

    def answer(it: Outgoing) -> Receipt:
        if it.address.startswith("reader1@"):
            raise RuntimeError("a bug")
        return SENT

    with running(store, Medium(answer), replace(QUICK, connections=1)):
        until(lambda: states(store) == {"sent": 2, "uncertain": 1})


def test_a_relay_that_has_enough_slows_every_thread(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.background.send_queue._BACKOFF", Backoff(first=3600.0, most=3600.0))
    planned(store, 20)
    medium = Medium(lambda _: Receipt("retry", "421 too many", "relay"))
    with running(store, medium, replace(QUICK, connections=2)):
        medium.wait_for(1)
        until(lambda: states(store).get("retry", 0) >= 1)
        # Each thread may have had one under way when the first was told; then all of them rest, longer than this test.
        assert not _sends_more_than(medium, 2, seconds=0.5)
    assert len(medium.got) <= 2


def _sends_more_than(medium: Medium, count: int, seconds: float) -> bool:
    with medium.changed:
        return medium.changed.wait_for(lambda: len(medium.got) > count, seconds)


def test_a_relay_that_cannot_be_reached_costs_no_delivery_an_attempt(store: Store) -> None:
    planned(store, 3)
    medium = Medium()
    tries = threading.Semaphore(0)

    class Unreachable(Medium):
        def open(self) -> Medium:
            tries.release()
            raise PaperRouteError("The relay does not answer.", permanent=False)

    with running(store, Unreachable()):
        assert tries.acquire(timeout=180)
    assert medium.got == []
    assert {delivery.attempts for delivery in store.deliveries.list()} == {0}
    assert states(store) == {"planned": 3}


def test_two_senders_at_once_send_each_delivery_once(store: Store, place: Place) -> None:
    planned(store, 60)
    medium = Medium()
    with running(store, medium, owner="one"), place.open() as second, running(second, medium, owner="two"):
        until(lambda: states(store) == {"sent": 60})
    addresses = [outgoing.address for outgoing in medium.got]
    assert len(addresses) == len(set(addresses)) == 60


def test_what_a_dead_sender_began_is_uncertain_once_another_has_the_outbox(store: Store) -> None:
    first, *_ = planned(store, 3)
    assert store.shards.renew("mail", "dead", 0.3)
    assert store.deliveries.claim(first, "dead", NOW)
    assert store.deliveries.begin_text([first], "dead", NOW)
    medium = Medium()
    with running(store, medium, replace(QUICK, lease_seconds=1.0)):
        until(lambda: states(store) == {"sent": 2, "uncertain": 1})
    assert store.deliveries.get(first).state == "uncertain"
    assert first not in [it.delivery for it in medium.got]


def test_stopping_lets_what_is_under_way_end_and_begins_nothing_more(store: Store) -> None:
    planned(store, 10)
    go_on = threading.Event()
    medium = Medium(lambda _: (go_on.wait(180), SENT)[1])
    with running(store, medium, replace(QUICK, connections=3)) as outbox:  # one domain never has all of them
        medium.wait_for(2)
        stopping = threading.Thread(target=outbox.stop, args=(180.0,))
        stopping.start()
        until(lambda: outbox.stopping)
        go_on.set()
        stopping.join(180)
    assert states(store) == {"sent": 2, "planned": 8}
    assert store.shards.renew("mail", "another", 1.0) == ALL_SHARDS


def test_pausing_after_planning_is_honoured(store: Store) -> None:
    planned(store, 3)
    (first, *_) = store.subscriptions.list()
    store.subscriptions.move(first.id, ["active"], "paused", NOW)
    medium = Medium()
    with running(store, medium):
        until(lambda: states(store) == {"sent": 2, "skipped": 1})
    assert first.address not in [it.address for it in medium.got]


def test_a_full_disk_stops_claiming_before_any_effect(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(store, 2)
    asked = threading.Semaphore(0)

    def full(_: Store) -> int:
        asked.release()
        return 1024

    monkeypatch.setattr(Store, "free_bytes", full)
    medium = Medium()
    with running(store, medium):
        assert asked.acquire(timeout=180)
        assert not _sends_more_than(medium, 0, seconds=0.3)
    assert states(store) == {"planned": 2}


def test_a_store_that_is_locked_while_a_mail_is_out_stops_claiming_and_still_records_its_end(
    store: Store, place: Place
) -> None:
    planned(store, 4)
    writes, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with place.open() as other, other.write():
            writes.set()
            go_on.wait(180)

    def answer(_: Outgoing) -> Receipt:
        writer.start()  # another process writes, and goes on writing
        writes.wait(180)
        return SENT

    writer, medium = threading.Thread(target=write), Medium(answer)
    with (
        place.open(busy_seconds=0.2) as impatient,
        running(impatient, medium, replace(QUICK, connections=1)),
    ):
        medium.wait_for(1)
        assert not _sends_more_than(medium, 1, seconds=0.5)
        assert states(store) == {"claimed": 1, "planned": 3}
        go_on.set()
        until(lambda: states(store) == {"sent": 1, "planned": 3})
    writer.join()


def test_a_slow_domain_holds_up_no_other() -> None:
    now = [0.0]
    rates = SendRate(0, 60.0, lambda: now[0])
    assert rates.wait("slow.example") == 0.0
    assert rates.wait("slow.example") == pytest.approx(1.0)
    assert rates.wait("other.example") == 0.0
    now[0] += 1.0
    assert rates.wait("slow.example") == 0.0


def test_the_rate_in_all_holds_for_every_domain() -> None:
    now = [0.0]
    rates = SendRate(120.0, 0, lambda: now[0])
    assert rates.wait("a.example") == 0.0
    assert rates.wait("b.example") == pytest.approx(0.5)


def planned_together(store: Store, *topics: str) -> None:
    """A digest of each topic, all to one reader in one mail, of an hour that has begun."""
    slot = NOW.replace(minute=0, second=0, microsecond=0)
    for topic in topics:
        store.topics.put(Topic(topic, topic, topic, cadence="daily", at=f"{slot:%H:%M}"))
        store.subscriptions.add(topic, "mail", "ada@example.org", "active", NOW)
    for topic in topics:
        edition = replace(EDITION, id=f"{topic}-1", topic=topic, slot=slot)
        with store.write():
            plan_one_mail(store, store.editions.freeze(edition, send_at=NOW), OneMailSettings(default=True), NOW)


def test_digests_of_one_mail_go_at_once_and_end_alike(store: Store) -> None:
    planned_together(store, "speech", "lora", "walks")
    medium = Medium()
    with running(store, medium):
        until(lambda: states(store) == {"sent": 3})
    (mail,) = medium.got
    assert [one.edition.topic for one in (mail, *mail.others)] == ["speech", "lora", "walks"]
    assert len({delivery.message_id for delivery in store.deliveries.list()}) == 1
    assert all(subscription.last_sent_at for subscription in store.subscriptions.list())


def test_a_mail_that_is_put_off_is_tried_again_with_all_its_digests(store: Store) -> None:
    planned_together(store, "speech", "lora")
    answers = iter([Receipt("retry", "451 greylisted", "recipient"), SENT])
    medium = Medium(lambda _: next(answers))
    with running(store, medium):
        until(lambda: states(store) == {"sent": 2})
    assert [len(mail.others) for mail in medium.got] == [1, 1]
    assert {delivery.attempts for delivery in store.deliveries.list()} == {2}


def test_a_mail_of_which_nobody_knows_leaves_all_its_digests_uncertain(store: Store) -> None:
    planned_together(store, "speech", "lora")
    with running(store, Medium(lambda _: Receipt("uncertain", "cut after the dot"))):
        until(lambda: states(store) == {"uncertain": 2})


def test_a_digest_whose_edition_is_gone_holds_up_no_other_of_its_mail(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned_together(store, "speech", "lora")
    get = store.editions.get
    monkeypatch.setattr(store.editions, "get", lambda id_: None if id_ == "lora-1" else get(id_))

    def build(delivery: Delivery, edition: Edition | None) -> Outgoing:
        if edition is None:
            raise PaperRouteError("It has no edition.")
        return plain_outgoing(delivery, edition)

    medium = Medium()
    outbox = Outbox(store, {"mail": ChannelSetup(medium.open, build, QUICK)})
    outbox.start()
    until(lambda: states(store) == {"sent": 1, "failed": 1})
    assert outbox.stop(180.0)
    assert [mail.edition.topic for mail in medium.got] == ["speech"]
