"""The circuit breaker at work over the real outbox: whose trouble stops what, and what becomes of it afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from digest.background.channel_setup import ChannelSetup, SendPolicy
from digest.background.outbox import Outbox
from digest.mail.reply_verdict import receipt_for_reply, reply_likeness
from digest.ports import Outgoing, Receipt
from digest.retry import Backoff
from store import Store
from tests.doubles.medium import SENT, Medium
from tests.factories import store as store_things
from tests.factories.outbox import plain_outgoing, running_outbox, states
from tests.factories.outbox import until as wait_until

NOW = datetime.now(UTC) - timedelta(minutes=1)
EDITION = replace(store_things.digest("speech-1"), topic="speech")
QUICK = SendPolicy(
    connections=4,
    first_retry=timedelta(seconds=0.05),
    longest_retry=timedelta(seconds=0.2),
    first_probe=timedelta(seconds=0.05),
    lease_seconds=60.0,
)
until = partial(wait_until, seconds=60.0)
ONE = replace(QUICK, connections=1)
NO_PROBE = replace(QUICK, first_probe=timedelta(hours=1))


def subscribed(store: Store, *addresses: str) -> None:
    for address in addresses:
        store.subscriptions.add("speech", "mail", address, "active", NOW)


def planned(store: Store, *addresses: str) -> None:
    subscribed(store, *addresses)
    store.editions.freeze(EDITION, send_at=NOW)


def readers(count: int, domain: str = "example.org") -> list[str]:
    return [f"reader{number}@{domain}" for number in range(count)]


@contextmanager
def running(store: Store, medium: Medium, terms: SendPolicy = QUICK) -> Iterator[Outbox]:
    setup = ChannelSetup(medium.open, plain_outgoing, terms, reply_likeness)
    with running_outbox(store, setup, seconds=60.0) as outbox:
        yield outbox


def settled(store: Store) -> bool:
    return set(states(store)) <= {"sent", "failed"}


def refusal(reply: str, to: str = "") -> Receipt:
    """As the relay's words are read; its recipient's address stands in them where it is named."""
    return receipt_for_reply("recipient", int(reply[:3]), reply[4:].format(to))


def relay_of(dead: Callable[[str], str]) -> Callable[[Outgoing], Receipt]:
    """dead: a reply to an address, "" where it is taken."""
    return lambda it: refusal(reply, it.address) if (reply := dead(it.address)) else SENT


NO_USER = "550 5.1.1 <{}>: Recipient address rejected: User unknown"


@pytest.mark.parametrize("domains", [1, 3, 40], ids=lambda n: f"{n} domains")
@pytest.mark.parametrize(
    "reply", [NO_USER, "554 5.7.1 <{}>: Relay access denied", "550 Administrative prohibition", "550 5.2.0 no"]
)
def test_a_relay_that_refuses_everybody_bounces_nobody(
    store: Store, reply: str, domains: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.background.circuit_breaker._SLOW_CANARY", timedelta(hours=1))  # on a busy machine, too
    planned(store, *(f"reader{n}@d{n % domains}.example" for n in range(120)))
    medium = Medium(relay_of(lambda _: reply))
    with running(store, medium, NO_PROBE):
        until(lambda: [circuit.waiting for circuit in store.circuits.list_open()] == [120])
    (circuit,) = store.circuits.list_open()
    assert len(medium.got) <= 3
    assert "@" not in circuit.detail
    assert store.subscriptions.counts() == {"active": 120}
    assert {delivery.attempts for delivery in store.deliveries.list(limit=-1)} == {0}
    assert {subscription.soft_bounces for subscription in store.subscriptions.list()} == {0}


def test_the_next_canary_is_an_address_that_was_not_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.background.circuit_breaker._SLOW_CANARY", timedelta(hours=1))
    monkeypatch.setattr("store.outbox.circuits._RUN_LENGTH", 2)
    planned(store, *readers(3))
    medium = Medium(relay_of(lambda _: "550 Administrative prohibition"))
    with running(store, medium, NO_PROBE):
        until(lambda: [circuit.waiting for circuit in store.circuits.list_open()] == [3])
    assert sorted(outgoing.address for outgoing in medium.got) == readers(3)


def test_what_a_relay_refused_goes_once_it_takes_mail_again(store: Store) -> None:
    planned(store, *readers(130))
    dead = True
    medium = Medium(relay_of(lambda _: NO_USER if dead else ""))
    with running(store, medium):
        until(lambda: store.circuits.list_open() and store.circuits.list_open()[0].probes)
        dead = False
        until(lambda: states(store) == {"sent": 130})
    assert store.subscriptions.counts() == {"active": 130}
    assert not store.circuits.list_open()


def test_dead_addresses_of_which_nobody_else_is_left_to_ask_wait_while_the_relay_takes_nothing(store: Store) -> None:
    planned(store, *readers(5))
    medium = Medium(lambda it: refusal(NO_USER, it.address))
    with running(store, medium):
        until(lambda: len(medium.got) >= 9)
    assert store.subscriptions.counts() == {"active": 5}
    assert [circuit.waiting for circuit in store.circuits.list_open()] == [5]


@pytest.mark.parametrize("where", ["first", "last"])
@pytest.mark.parametrize("others", [["living.example"], ["dead.example"], ["living.example", "dead.example"]])
def test_three_dead_addresses_at_one_domain_bounce_and_all_others_are_served(
    store: Store, where: str, others: list[str]
) -> None:
    dead = [f"gone{n}@dead.example" for n in range(3)]
    living = [f"reader{n}@{others[n % len(others)]}" for n in range(30)]
    planned(store, *([*dead, *living] if where == "first" else [*living, *dead]))
    with running(store, Medium(relay_of(lambda address: NO_USER if address in dead else "")), ONE):
        until(lambda: states(store) == {"sent": 30, "failed": 3})
    assert store.subscriptions.counts() == {"active": 30, "bounced": 3}
    assert {subscription.address for subscription in store.subscriptions.list(state="bounced")} == set(dead)
    assert not store.circuits.list_open()


def test_dead_addresses_at_the_end_of_a_run_bounce(store: Store) -> None:
    dead = [f"gone@dead{n}.example" for n in range(3)]
    planned(store, *readers(20), *dead)
    with running(store, Medium(relay_of(lambda address: NO_USER if address in dead else "")), ONE):
        until(lambda: states(store) == {"sent": 20, "failed": 3})
    assert store.subscriptions.counts() == {"active": 20, "bounced": 3}


def test_dead_addresses_at_many_domains_bounce_and_all_others_are_served(store: Store) -> None:
    dead = {f"gone@dead{n}.example" for n in range(12)}
    planned(store, *dead, *(f"reader@living{n}.example" for n in range(12)))
    with running(store, Medium(relay_of(lambda address: NO_USER if address in dead else ""))):
        until(lambda: states(store) == {"sent": 12, "failed": 12})
    assert {subscription.address for subscription in store.subscriptions.list(state="bounced")} == dead


def test_one_reply_that_names_us_stops_all_at_once(store: Store) -> None:
    planned(store, *readers(5))
    medium = Medium(lambda _: refusal("550 5.7.1 relay not permitted"))
    with running(store, medium, replace(NO_PROBE, connections=1)):
        until(store.circuits.list_open)
        until(lambda: store.circuits.list_open()[0].waiting == 5)
    assert len(medium.got) == 1
    (circuit,) = store.circuits.list_open()
    assert circuit.kind in ("relay", "sender")
    assert circuit.step


def test_a_relay_that_takes_only_some_domains_serves_them(store: Store) -> None:
    ours, theirs = readers(20, "ours.example"), readers(20, "theirs.example")
    planned(store, *(address for pair in zip(ours, theirs, strict=True) for address in pair))
    medium = Medium(relay_of(lambda address: "" if address in ours else "554 5.7.1 Relay access denied"))
    with running(store, medium):
        until(lambda: states(store).get("sent") == 20)
        until(lambda: [circuit.kind for circuit in store.circuits.list_open()] == ["domain"])
    assert store.subscriptions.counts() == {"active": 40}


def test_a_domain_that_refuses_its_readers_holds_up_no_other(store: Store) -> None:
    planned(store, *readers(20, "closed.example"), *readers(20, "open.example"))
    medium = Medium(relay_of(lambda address: "550 no thanks" if "closed" in address else ""))
    with running(store, medium, NO_PROBE):
        until(lambda: states(store).get("sent") == 20)
        until(lambda: [circuit.waiting for circuit in store.circuits.list_open()] == [20])
    assert store.subscriptions.counts() == {"active": 40}
    (circuit,) = store.circuits.list_open()
    assert (circuit.kind, circuit.name) == ("domain", "closed.example")


def test_a_digest_whose_text_is_refused_waits_and_the_next_one_goes(store: Store) -> None:
    planned(store, *readers(12))
    other = replace(EDITION, id="speech-2", slot=NOW + timedelta(days=1))
    spam = receipt_for_reply("content", 554, "5.7.1 this message is spam")
    with running(store, Medium(lambda it: spam if it.edition.id == EDITION.id else SENT), NO_PROBE) as outbox:
        until(lambda: [circuit.kind for circuit in store.circuits.list_open()] == ["edition"])
        store.editions.freeze(other, send_at=NOW)
        outbox.wake()
        until(lambda: states(store).get("sent") == 12)
    assert [circuit.waiting for circuit in store.circuits.list_open()] == [12]
    assert store.subscriptions.counts() == {"active": 12}


def test_unclear_words_bounce_only_the_fifth_time(store: Store) -> None:
    subscribed(store, "ada@example.org", "ben@example.org")
    medium = Medium(relay_of(lambda address: "550 no" if address.startswith("ada") else ""))
    with running(store, medium, ONE) as outbox:
        for number in range(5):
            assert store.subscriptions.counts() == {"active": 2}
            store.editions.freeze(
                replace(EDITION, id=f"speech-{number}", slot=NOW + timedelta(days=number)), send_at=NOW
            )
            outbox.wake()
            until(lambda number=number: states(store) == {"sent": number + 1, "failed": number + 1})
    assert store.subscriptions.counts() == {"active": 1, "bounced": 1}


def test_a_large_run_begins_with_one_delivery(store: Store) -> None:
    planned(store, *readers(150))
    seen: list[int] = []

    def answer(_: Outgoing) -> Receipt:
        seen.append(states(store).get("claimed", 0))
        return SENT

    with running(store, Medium(answer)):
        until(lambda: states(store) == {"sent": 150})
    assert seen[0] == 1


def test_a_canary_that_is_put_off_for_itself_passes_its_part_on(store: Store) -> None:
    planned(store, *readers(150))
    first: list[str] = []

    def answer(it: Outgoing) -> Receipt:
        if len(first) < 2 and it.address not in first:
            first.append(it.address)
            return Receipt("retry", "451 4.2.1 try later", "recipient", code=451)
        return SENT

    with running(store, Medium(answer)):
        until(lambda: states(store) == {"sent": 150})
    assert {d.attempts for d in store.deliveries.list(limit=-1) if d.address in first} == {2}


def test_a_circuit_outlives_its_process_and_the_next_one_tries_it_at_once(store: Store) -> None:
    planned(store, *readers(10))
    with running(store, Medium(lambda _: refusal(NO_USER)), NO_PROBE):
        until(store.circuits.list_open)
    with running(store, Medium(), NO_PROBE):
        until(lambda: states(store) == {"sent": 10})
    assert not store.circuits.list_open()


def test_what_a_circuit_holds_does_not_grow_old(store: Store) -> None:
    planned(store, *readers(4))
    terms = replace(NO_PROBE, give_up_after=timedelta(seconds=61))
    with running(store, Medium(lambda _: refusal("550 5.7.1 relay not permitted")), terms):
        until(store.circuits.list_open)
    with store._database.write() as session:
        session.run("UPDATE deliveries SET planned_at = '2026-01-01T00:00:00.000000Z'")
        session.run("UPDATE circuits SET opened_at = '2026-01-01T00:00:01.000000Z'")
    answers = iter([Receipt("retry", "451 4.2.1 later", "recipient", code=451)] * 4)
    with running(store, Medium(lambda _: next(answers, SENT)), replace(terms, first_probe=QUICK.first_probe)):
        until(lambda: states(store) == {"sent": 4})


class Operator:
    """Who is told; is_reached: or whose ways are away."""

    def __init__(self, *, is_reached: bool = True) -> None:
        self.told: list[tuple[str, str]] = []
        self._is_reached = is_reached

    def tell(self, subject: str, text: str, arrived: Callable[[], object]) -> None:
        self.told.append((subject, text))
        if self._is_reached:
            arrived()


def test_the_operator_is_told_once_when_it_stops_and_once_when_it_goes_on(store: Store) -> None:
    planned(store, *readers(6))
    operator, dead = Operator(), True
    medium = Medium(relay_of(lambda _: "550 5.7.1 <{}>: Relay access denied" if dead else ""))
    terms = replace(QUICK, lease_seconds=0.4)
    outbox = Outbox(
        store, {"mail": ChannelSetup(medium.open, plain_outgoing, terms, reply_likeness)}, operator=operator
    )
    outbox.start()
    until(lambda: operator.told and store.circuits.list_open()[0].probes > 2)
    dead = False
    until(lambda: len(operator.told) == 2)
    assert outbox.stop(60.0)
    (stopped, why), (goes_on, _) = operator.told
    assert (stopped, goes_on) == ("Sending stopped: mail", "Sending goes on: mail")
    assert "6 deliveries wait" in why
    assert "Relay access denied" in why
    assert "Next step: " in why
    assert "@" not in why


def test_a_notice_that_no_way_took_before_a_kill_is_told_at_the_next_start(store: Store) -> None:
    planned(store, *readers(6))
    medium, terms = Medium(lambda _: refusal("550 5.7.1 relay not permitted")), replace(NO_PROBE, lease_seconds=0.4)
    setup = {"mail": ChannelSetup(medium.open, plain_outgoing, terms, reply_likeness)}
    for operator, told in ((Operator(is_reached=False), 1), (Operator(), 1), (Operator(), 0)):
        outbox = Outbox(store, setup, operator=operator)
        outbox.start()
        until(lambda: outbox.holding and len(operator.told) == told)  # noqa: B023 - called at once
        assert outbox.stop(60.0)
        assert [subject for subject, _ in operator.told] == ["Sending stopped: mail"] * told
    assert not store.circuits.untold()


def test_whoever_bounced_by_what_opened_it_is_as_before_and_gets_what_was_skipped(store: Store) -> None:
    addresses = [f"reader@d{n}.example" for n in range(3)]
    subscribed(store, *addresses[:2])
    store.subscriptions.add("speech", "mail", addresses[2], "active", NOW)
    store.editions.freeze(EDITION, send_at=NOW)
    later = replace(EDITION, id="speech-2", slot=NOW + timedelta(days=1))
    store.editions.freeze(later, send_at=NOW + timedelta(hours=1))
    with store._database.write() as session:  # the second is not due yet
        session.run("UPDATE deliveries SET next_at = '2999-01-01T00:00:00.000000Z' WHERE edition = 'speech-2'")
        session.run("UPDATE deliveries SET next_at = '2999-01-01T00:00:00.000000Z' WHERE id = 3")
    with running(store, Medium(relay_of(lambda _: NO_USER)), replace(NO_PROBE, connections=1)) as outbox:
        until(lambda: store.subscriptions.counts() == {"active": 1, "bounced": 2})
        with store._database.write() as session:
            session.run("UPDATE deliveries SET next_at = ? WHERE id IN (4, 3)", [NOW.isoformat()])
        outbox.wake()
        until(store.circuits.list_open)
    assert store.subscriptions.counts() == {"active": 3}
    assert set(states(store)) <= {"planned", "retry"}


@pytest.mark.parametrize("clock", [timedelta(days=40), -timedelta(days=40)], ids=["ahead", "behind"])
def test_a_clock_that_was_wrong_when_a_circuit_opened_holds_nothing_up_for_good(store: Store, clock: timedelta) -> None:
    planned(store, *readers(3))
    with running(store, Medium(lambda _: refusal("550 5.7.1 relay not permitted")), NO_PROBE):
        until(store.circuits.list_open)
    moved = (datetime.now(UTC) + clock).isoformat().replace("+00:00", "Z")
    with store._database.write() as session:
        session.run("UPDATE circuits SET probe_at = ?, opened_at = ?, canary = 1, canary_at = ?", [moved] * 3)
    assert store.circuits.appoint_canaries("mail", datetime.now(UTC), timedelta(seconds=30)) == 1
    assert store.circuits.held_time(store.deliveries.get(1), datetime.now(UTC)) >= timedelta()


def test_a_relay_that_is_away_for_long_is_told_and_nothing_is_given_up_for_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.background.circuit_breaker._AWAY_SECONDS", 0.0)
    monkeypatch.setattr("digest.background.send_queue._BACKOFF", Backoff(0.01, 0.01))
    planned(store, *readers(4))
    away = True
    medium = Medium(lambda _: Receipt("retry", "relay:25: Connection refused", "relay") if away else SENT)
    with running(store, medium):
        until(lambda: [circuit.kind for circuit in store.circuits.list_open()] == ["relay"])
        away = False
        until(lambda: states(store) == {"sent": 4})
    assert not store.circuits.list_open()
