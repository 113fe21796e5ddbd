"""Many that come back alike are the fault of whoever turned them away; a few dead addresses among others are dead."""

import pytest

from digest.mail.reports.report_handler import ReportHandler
from digest.mail.reports.report_parser import parse_report_mail
from store import Store
from tests.doubles.report_mails import report_mail
from tests.factories.reports import LINKS, NOW, SENDER, delivery_of, envelope, send_digest, with_sent_digest
from tests.factories.subscribers import ADA, states


@pytest.fixture
def store(store: Store) -> Store:
    with_sent_digest(store)
    for number in range(8):
        store.subscriptions.add("walks", "mail", f"reader{number}@mail.example", "active", NOW)
        store.subscriptions.add("walks", "mail", f"reader@mail{number}.example", "active", NOW)
    send_digest(store, 1)
    return store


def come_back(store: Store, addresses: list[str], day: int, reply: str = "unknown") -> None:
    handler = ReportHandler(store, LINKS, SENDER)
    for address in addresses:
        data = report_mail("postfix", envelope(delivery_of(store, address, day).id), address, reply)
        handler.take(parse_report_mail(data), NOW)


def bounced(store: Store) -> list[str]:
    return sorted(subscription.address for subscription in store.subscriptions.list(state="bounced"))


def at_one_domain(count: int) -> list[str]:
    return [f"reader{number}@mail.example" for number in range(count)]


def test_a_domain_that_turns_most_of_its_readers_away_bounces_nobody(store):
    come_back(store, at_one_domain(8), 1)
    assert bounced(store) == []
    assert {delivery_of(store, address, 1).state for address in at_one_domain(8)} == {"failed"}


def test_dead_addresses_among_others_of_their_domain_bounce(store):
    come_back(store, at_one_domain(4), 1)
    assert bounced(store) == at_one_domain(4)


def test_a_relay_that_returns_everything_bounces_nobody(store):
    everybody = [subscription.address for subscription in store.subscriptions.list(topic="walks")]
    come_back(store, everybody, 1)
    assert bounced(store) == []


def test_addresses_that_are_dead_bounce_with_the_next_digest(store):
    come_back(store, at_one_domain(8), 1)
    send_digest(store, 2)
    come_back(store, at_one_domain(8), 2)
    assert bounced(store) == at_one_domain(8)


def test_what_is_said_in_other_words_is_no_wave(store):
    for number, words in enumerate(("no such user", "this mailbox does not exist", "account disabled", "user unknown")):
        come_back(store, [f"reader{number + 4}@mail.example"], 1, f"550 5.1.1 {words}")
    assert len(bounced(store)) == 4


def test_who_bounced_before_is_not_restored(store):
    store.subscriptions.move(delivery_of(store, ADA, 1).subscription, ["active"], "bounced", NOW, reason="by hand")
    everybody = [subscription.address for subscription in store.subscriptions.list(topic="walks")]
    come_back(store, everybody, 1)
    assert (bounced(store), states(store, ADA)["walks"]) == ([ADA], "bounced")
