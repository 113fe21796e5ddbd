"""Several processes that send at once over one store, on both engines: killed and frozen, no mail twice, none lost."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.background.channel_setup import ChannelSetup, SendPolicy
from digest.background.send_queue import SendQueue, SendRate
from digest.ports import Outgoing, Receipt
from store import Store
from store.errors import StoreError
from store.outbox.shards import ALL_SHARDS
from store.records.deliveries import Delivery
from store.tables.deliveries import count_waiting
from tests.digest.background.test_kill_loop import Inbox, Service, relay, until_done
from tests.doubles.medium import SENT, Medium
from tests.factories import store as store_things
from tests.factories.databases import Place
from tests.factories.outbox import plain_outgoing, running_outbox, states, until

READERS, DOMAINS, TROUBLES = 60, 12, 12
LEASE = 0.5  # seconds
QUICK = SendPolicy(connections=2, lease_seconds=1.0)


def plan(store: Store, readers: int = READERS, domains: int = DOMAINS) -> None:
    now = datetime.now(UTC) - timedelta(minutes=1)
    with store.write():
        for number in range(readers):
            address = f"reader{number}@host{number % domains}.example.org"
            store.subscriptions.add("speech", "mail", address, "active", now)
    store.editions.freeze(replace(store_things.digest("speech-1"), topic="speech", slot=now), send_at=now)


@contextmanager
def two_services(place: Place, port: int) -> Iterator[list[Service]]:
    more = {
        "PAPERROUTE_WEB__ENABLED": "false",
        "PAPERROUTE_SERVE__LEASE_SECONDS": str(LEASE),
    }
    services = [Service(place, port, **more) for _ in range(2)]
    try:
        yield services
    finally:
        for service in services:
            service.close()


def trouble(services: list[Service], children: list[int], chance: random.Random) -> None:
    """Kill one and start it anew, or let it sleep for longer than its lease."""
    which = chance.randrange(2)
    if chance.random() < 0.6:
        os.kill(children[which], signal.SIGKILL)
        children[which] = services[which].start()
    else:
        os.kill(children[which], signal.SIGSTOP)
        time.sleep(chance.uniform(1.0, 3.0) * LEASE)
        os.kill(children[which], signal.SIGCONT)


def test_two_that_are_killed_and_frozen_send_each_mail_once_or_say_that_they_do_not_know(
    store: Store, place: Place
) -> None:
    plan(store)
    chance, inbox = random.Random(11), Inbox()
    with relay(inbox) as port, two_services(place, port) as services:
        children = [service.start() for service in services]
        until(lambda: inbox.opened)
        troubles = 0
        while troubles < TROUBLES and count_waiting(store.deliveries.counts()):
            time.sleep(chance.uniform(0.05, 0.8))
            trouble(services, children, chance)
            troubles += 1
        until_done(store)
        for child in children:
            os.kill(child, signal.SIGTERM)
        until(lambda: not inbox.connections, 300.0)
    assert troubles >= 3
    counts = store.deliveries.counts()
    assert sum(counts.values()) == READERS
    assert set(counts) <= {"sent", "uncertain"}
    assert counts["sent"] >= READERS - 2 * TROUBLES
    assert set(inbox.got.values()) == {1}
    assert {delivery.address for delivery in store.deliveries.list(states=["sent"], limit=-1)} <= set(inbox.got)
    assert {delivery.address for delivery in store.deliveries.list(states=["uncertain"])} <= inbox.asked


@contextmanager
def two_senders(place: Place, one: Medium, two: Medium, terms: SendPolicy = QUICK) -> Iterator[Store]:
    with place.open() as first, place.open() as second:
        setups = [ChannelSetup(medium.open, plain_outgoing, terms) for medium in (one, two)]
        with running_outbox(first, setups[0], "one") as mine, running_outbox(second, setups[1], "two") as other:
            until(lambda: mine.holding and other.holding)
            yield first


def test_two_share_the_domains_and_no_domain_has_two_senders(place: Place) -> None:
    one, two = Medium(), Medium()
    with two_senders(place, one, two) as store:
        plan(store)
        until(lambda: states(store) == {"sent": READERS})
    domains = [{outgoing.address.partition("@")[2] for outgoing in medium.got} for medium in (one, two)]
    assert all(domains)
    assert not domains[0] & domains[1]
    assert len(one.got) + len(two.got) == READERS


def test_the_rate_in_all_holds_over_both(place: Place) -> None:
    begun: list[float] = []

    def answer(_: Outgoing) -> Receipt:
        begun.append(time.monotonic())
        return SENT

    with two_senders(place, Medium(answer), Medium(answer), replace(QUICK, per_minute=600.0)) as store:
        plan(store, 30)
        until(lambda: states(store) == {"sent": 30})
    # Each of the two has its part of ten a second, and may have been ready for its first.
    assert max(begun) - min(begun) >= (len(begun) - 2) * 0.1 * 0.9


def test_a_claim_whose_commit_was_not_heard_of_is_no_claim(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.background.channel_sender._STORE_PAUSE", timedelta(seconds=0.1))
    plan(store, 3)
    claim, unheard = store.deliveries.claim, iter([True, True])

    def claim_unheard(*asked: Any) -> Sequence[Delivery]:
        claimed = claim(*asked)
        if next(unheard, False):
            raise StoreError("The connection was lost.")
        return claimed

    monkeypatch.setattr(store.deliveries, "claim", claim_unheard)
    medium = Medium()
    with running_outbox(store, ChannelSetup(medium.open, plain_outgoing, QUICK)):
        until(lambda: states(store) == {"sent": 3})
    assert len({outgoing.address for outgoing in medium.got}) == len(medium.got) == 3
    assert {delivery.attempts for delivery in store.deliveries.list()} == {1}


def test_what_a_domain_was_sent_last_by_another_counts_when_its_shard_is_taken_over(store: Store) -> None:
    plan(store, 3, domains=3)
    clock = [0.0]
    queue = SendQueue("mail", store, SendRate(0, 6.0, lambda: clock[0]), connections=4)
    queue.take_from(frozenset())
    assert queue.next() is None
    queue.take_from(ALL_SHARDS)
    assert queue.next() is None
    clock[0] = 10.1
    assert queue.next() is not None


@pytest.mark.parametrize("share", [1, 4, 16])
def test_the_rate_in_all_is_shared_as_the_shards_are(share: int) -> None:
    clock: Callable[[], float] = lambda: 0.0  # noqa: E731
    rates = SendRate(60.0, 0, clock)
    rates.share(range(share), ())
    assert rates.wait("a.example") == 0.0
    assert rates.wait("b.example") == pytest.approx(16 / share)
