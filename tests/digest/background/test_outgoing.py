"""What a delivery becomes for its channel: links that work, letters about the right topics."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.background.outgoing import OutgoingBuilder
from digest.subscriptions.actions import change_address, change_length, confirm, subscribe, unsubscribe
from digest.subscriptions.lookup import ConfirmLimits
from digest.subscriptions.signed_links import SignedLinks
from store import Store
from store.records.deliveries import Delivery
from store.records.editions import Topic
from tests.factories import store as store_things

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ADA = "ada@example.org"
TOKENS = SignedLinks(["a key that is long enough"])


@pytest.fixture
def posting(store: Store) -> OutgoingBuilder:
    for slug in ("speech", "lora", "walks"):
        store.topics.put(Topic(slug, slug.capitalize(), f"{slug} recognition"))
    return OutgoingBuilder(store, TOKENS, 168.0)


def letter(store: Store, kind: str) -> Delivery:
    (only,) = [delivery for delivery in store.deliveries.list() if delivery.kind == kind]
    return only


def test_a_letter_that_asks_to_confirm_names_all_that_waits_and_its_link_confirms(
    store: Store, posting: OutgoingBuilder
) -> None:
    subscribe(store, ADA, ["speech", "lora"], NOW, ConfirmLimits())
    outgoing = posting(letter(store, "confirm"), None)
    assert [topic.slug for topic in outgoing.notice.topics] == ["speech", "lora"]
    assert (outgoing.notice.kind, outgoing.notice.hours, outgoing.notice.at) == ("confirm", 168, NOW)
    assert outgoing.preferences == ""
    number = TOKENS.read("confirm", outgoing.token)
    assert len(confirm(store, number, NOW).changed) == 2


def test_a_welcome_names_what_was_confirmed_with_it_and_not_what_was_there_before(
    store: Store, posting: OutgoingBuilder
) -> None:
    store.subscriptions.add("walks", "mail", ADA, "active", NOW - timedelta(days=9))
    subscribe(store, ADA, ["speech", "lora"], NOW, ConfirmLimits())
    confirm(store, letter(store, "confirm").subscription, NOW)
    outgoing = posting(letter(store, "welcome"), None)
    assert [topic.slug for topic in outgoing.notice.topics] == ["speech", "lora"]
    assert TOKENS.read("preferences", outgoing.preferences) == TOKENS.read("unsubscribe", outgoing.token)


@pytest.mark.parametrize(("keep", "told"), [("walks", ["speech"]), ("", ["speech", "lora", "walks"])])
def test_a_goodbye_names_all_that_ended_where_nothing_is_left(
    store: Store, posting: OutgoingBuilder, keep: str, told: list[str]
) -> None:
    subs = [store.subscriptions.add(slug, "mail", ADA, "active", NOW) for slug in ("speech", "lora", "walks")]
    for subscription in subs[1:]:
        store.subscriptions.move(
            subscription.id, ["active"], "active" if subscription.topic == keep else "unsubscribed", NOW
        )
    unsubscribe(store, subs[:1], NOW)
    outgoing = posting(letter(store, "goodbye"), None)
    assert [topic.slug for topic in outgoing.notice.topics] == told


def test_a_digest_has_links_of_its_own_subscription_and_the_mails_before_it(
    store: Store, posting: OutgoingBuilder
) -> None:
    store.subscriptions.add("speech", "mail", ADA, "active", NOW)
    edition = replace(store_things.digest("speech-1"), topic="speech")
    store.editions.freeze(edition, send_at=NOW)
    (delivery,) = store.deliveries.list()
    outgoing = posting(delivery, edition)
    assert outgoing.notice is None
    assert TOKENS.read("unsubscribe", outgoing.token) == delivery.subscription
    assert outgoing.previous == ()


def test_a_topic_that_was_removed_is_still_told_of_by_name(store: Store, posting: OutgoingBuilder) -> None:
    subscribe(store, ADA, ["speech"], NOW, ConfirmLimits())
    store.topics.remove("speech")
    assert posting(letter(store, "confirm"), None).notice.topics[0].title == "Speech"


def test_a_digest_has_the_length_that_its_subscription_chose(store: Store) -> None:
    store.topics.put(Topic("speech", "Speech"))
    kept = store.subscriptions.add("speech", "mail", ADA, "active", NOW)
    posting = OutgoingBuilder(store, TOKENS, 168.0, "full")
    store.deliveries.plan_letter("welcome", kept, NOW)
    assert posting(letter(store, "welcome"), None).length == "full"
    change_length(store, {kept: "short"})
    assert posting(letter(store, "welcome"), None).length == "short"
    assert change_length(store, {kept: "short"}).changed == ()


def test_erasing_an_address_ends_its_move_to_another_one(store: Store, posting: OutgoingBuilder) -> None:
    old = store.subscriptions.add("speech", "mail", ADA, "active", NOW)
    change_address(store, [old], "ada@example.net", NOW, ConfirmLimits())
    assert len(store.subscriptions.list()) == 2
    store.subscriptions.erase("mail", ADA)
    assert store.subscriptions.list() == []


def test_a_digest_asks_what_its_reader_thinks_unless_that_is_turned_off(store: Store) -> None:
    store.topics.put(Topic("speech", "Speech"))
    store.subscriptions.add("speech", "mail", ADA, "active", NOW)
    edition = store_things.digest("d1", topic="speech")
    store.editions.freeze(edition, send_at=NOW)
    (delivery,) = store.deliveries.list()
    asked = OutgoingBuilder(store, TOKENS, 168.0)(delivery, edition)
    assert TOKENS.read("feedback", asked.feedback) == delivery.subscription
    assert OutgoingBuilder(store, TOKENS, 168.0, feedback=False)(delivery, edition).feedback == ""
