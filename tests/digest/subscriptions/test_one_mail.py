"""One mail for several topics: who waits for whom, for how long, and what goes together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest import cadence
from digest.subscriptions.actions import change_address, change_length, change_one_mail, subscribe_confirmed
from digest.subscriptions.addresses import MAIL_ADDRESSES
from digest.subscriptions.lookup import ConfirmLimits
from digest.subscriptions.one_mail import OneMailSettings, plan_one_mail
from store import Store
from store.records.deliveries import Delivery, Subscription
from store.records.editions import Topic
from store.tables.deliveries import MAIL_TOPICS, AttemptResult
from tests.factories import store as store_things

SLOT = datetime(2026, 11, 27, 8, tzinfo=UTC)  # a Friday
NOW = SLOT + timedelta(minutes=2)
WAIT = timedelta(minutes=30)
ADA = "ada@example.org"
TOGETHER = OneMailSettings(default=True, wait=WAIT)


def topics(store: Store, **ats: str) -> None:
    for slug, at in ats.items():
        store.topics.put(Topic(slug, slug.capitalize(), slug, cadence="daily", at=at))


def subscribe(store: Store, *slugs: str, address: str = ADA) -> list[Subscription]:
    return list(subscribe_confirmed(store, MAIL_ADDRESSES, address, slugs, NOW).changed)


def freeze(
    store: Store,
    topic: str,
    slot: datetime = SLOT,
    now: datetime = NOW,
    settings: OneMailSettings = TOGETHER,
    *,
    sent: bool = True,
) -> None:
    """As the pipeline does. sent: False for a quiet one."""
    edition = replace(store_things.digest(f"{topic}-{slot:%d}"), topic=topic, slot=slot)
    with store.write():
        kept = store.editions.freeze(edition, send_at=now if sent else None)
        plan_one_mail(store, kept, settings, now)


def waits(store: Store) -> dict[str, timedelta]:
    """Topic -> how long after NOW its delivery is due."""
    return {delivery.topic: delivery.next_at - NOW for delivery in store.deliveries.list()}


def claim(store: Store, topic: str, now: datetime = NOW) -> list[Delivery]:
    store.shards.renew("mail", "me", 3600.0)
    planned = (delivery for delivery in store.deliveries.list() if delivery.kind == "digest")
    number = next(delivery.id for delivery in planned if delivery.topic == topic)
    return list(store.deliveries.claim(number, "me", now))


def test_the_first_waits_for_the_other_and_the_last_lets_both_go(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    subscribe(store, "speech", "lora")
    freeze(store, "speech")
    assert waits(store) == {"speech": WAIT}
    assert store.deliveries.due("mail", NOW, 10) == []
    freeze(store, "lora")
    assert waits(store) == {"speech": timedelta(0), "lora": timedelta(0)}
    claimed = claim(store, "lora")
    assert [delivery.topic for delivery in claimed] == ["speech", "lora"]  # in the order of the subscriptions
    assert {delivery.state for delivery in claimed} == {"claimed"}
    assert claim(store, "speech") == []


def test_a_quiet_digest_that_is_not_sent_lets_the_others_go_too(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    subscribe(store, "speech", "lora")
    freeze(store, "speech")
    freeze(store, "lora", sent=False)
    assert waits(store) == {"speech": timedelta(0)}
    assert [delivery.topic for delivery in claim(store, "speech")] == ["speech"]


def test_a_topic_that_is_late_holds_up_the_others_for_half_an_hour_and_then_comes_alone(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00", walks="08:00")
    subscribe(store, "speech", "lora", "walks")
    freeze(store, "speech")
    freeze(store, "lora", now=NOW + timedelta(minutes=20))
    assert store.deliveries.due("mail", NOW + WAIT - timedelta(seconds=1), 10) == []
    ((number, _),) = store.deliveries.due("mail", NOW + WAIT, 10)
    assert store.deliveries.get(number).topic == "speech"
    late = NOW + WAIT
    assert [delivery.topic for delivery in claim(store, "speech", late)] == ["speech", "lora"]
    freeze(store, "walks", now=NOW + timedelta(hours=3))
    assert [delivery.topic for delivery in claim(store, "walks", NOW + timedelta(hours=3))] == ["walks"]


def test_a_later_slot_of_the_same_hour_is_waited_for_and_one_of_another_hour_is_not(store: Store) -> None:
    topics(store, speech="08:00", lora="08:45", walks="09:00")
    subscribe(store, "speech", "lora", "walks")
    freeze(store, "speech")
    assert waits(store) == {"speech": SLOT + timedelta(minutes=45) + WAIT - NOW}
    freeze(store, "walks", slot=SLOT + timedelta(hours=1))
    assert waits(store)["walks"] == timedelta(0)
    freeze(store, "lora", slot=SLOT + timedelta(minutes=45))
    assert waits(store) == dict.fromkeys(["speech", "lora", "walks"], timedelta(0))
    assert [delivery.topic for delivery in claim(store, "speech")] == ["speech", "lora"]


def test_only_the_days_of_each_cadence_count(store: Store) -> None:
    topics(store, speech="08:00")
    store.topics.put(Topic("lora", "LoRA", "lora", cadence="weekly:mon", at="08:00"))
    subscribe(store, "speech", "lora")
    freeze(store, "speech")
    assert waits(store) == {"speech": timedelta(0)}
    assert store.deliveries.list()[0].mail_hour is None


def test_the_hour_is_that_of_the_subscribers_zone(store: Store) -> None:
    for slug, at in (("speech", "13:00"), ("lora", "13:45")):  # 07:30 and 08:15 in UTC
        store.topics.put(Topic(slug, slug, slug, cadence="daily", at=at, timezone="Asia/Kolkata"))
    subscribe(store, "speech", "lora")
    freeze(store, "speech", slot=SLOT - timedelta(minutes=30))
    assert waits(store)["speech"] > timedelta(0)
    freeze(store, "lora", slot=SLOT + timedelta(minutes=15))
    assert len(claim(store, "speech")) == 2


@pytest.mark.parametrize(
    ("default", "choice", "together"),
    [(True, "", True), (False, "", False), (False, "yes", True), (True, "no", False)],
)
def test_each_subscriber_chooses_and_the_operator_for_who_did_not(
    store: Store, default: bool, choice: str, together: bool
) -> None:
    topics(store, speech="08:00", lora="08:00")
    change_one_mail(store, subscribe(store, "speech", "lora"), choice)
    settings = OneMailSettings(default, WAIT)
    freeze(store, "speech", settings=settings)
    freeze(store, "lora", settings=settings)
    assert len(claim(store, "speech")) == (2 if together else 1)


def test_others_at_the_same_hour_are_not_mixed_in(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    subscribe(store, "speech", "lora")
    subscribe(store, "speech", "lora", address="ben@example.org")
    subscribe(store, "speech", address="eve@example.org")
    freeze(store, "speech")
    assert {d.address for d in store.deliveries.list() if d.next_at == NOW} == {"eve@example.org"}
    freeze(store, "lora")
    assert {delivery.address for delivery in claim(store, "lora")} == {"ben@example.org"}


def test_what_was_left_meanwhile_is_skipped_and_the_rest_goes(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    first, _ = subscribe(store, "speech", "lora")
    freeze(store, "speech")
    freeze(store, "lora")
    store.subscriptions.move(first.id, ["active"], "unsubscribed", NOW)
    assert [delivery.topic for delivery in claim(store, "lora")] == ["lora"]
    assert store.deliveries.counts() == {"skipped": 1, "claimed": 1}


def test_a_topic_at_rest_is_not_waited_for(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    store.topics.put(Topic("lora", "LoRA", "lora", cadence="daily", at="08:00", active=False))
    subscribe(store, "speech", "lora")
    freeze(store, "speech")
    assert waits(store) == {"speech": timedelta(0)}


def test_a_topic_whose_zone_this_machine_lost_holds_up_no_other(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    store.topics.put(Topic("mars", "Mars", "mars", cadence="daily", at="08:00", timezone="Mars/Olympus"))
    subscribe(store, "mars", "speech", "lora")
    freeze(store, "speech")
    freeze(store, "lora")
    assert len(claim(store, "speech")) == 2


def test_one_mail_has_a_dozen_topics_at_most(store: Store) -> None:
    slugs = [f"topic{number}" for number in range(MAIL_TOPICS + 2)]
    topics(store, **dict.fromkeys(slugs, "08:00"))
    subscribe(store, *slugs)
    for slug in slugs:
        freeze(store, slug)
    first = claim(store, slugs[-1])
    assert len(first) == MAIL_TOPICS
    assert slugs[-1] in {delivery.topic for delivery in first}  # the one that was to be claimed is among them
    left = next(delivery for delivery in store.deliveries.list() if delivery.state == "planned")
    assert len(claim(store, left.topic)) == 2


def test_the_choice_holds_for_what_is_subscribed_later_and_moves_with_the_address(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    change_one_mail(store, subscribe(store, "speech"), "yes")
    (later,) = subscribe(store, "lora")
    assert later.one_mail == "yes"
    those = store.subscriptions.of_address("mail", ADA)
    change_length(store, dict.fromkeys(those, "short"))
    change_address(store, those, "ada@example.net", NOW, ConfirmLimits(), vouched=True)
    moved = store.subscriptions.of_address("mail", "ada@example.net")
    assert [(one.one_mail, one.length) for one in moved] == [("yes", "short")] * 2


def test_what_moves_to_another_address_meanwhile_still_goes_together(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    those = subscribe(store, "speech", "lora")
    freeze(store, "speech")
    freeze(store, "lora")
    change_address(store, those, "ada@example.net", NOW, ConfirmLimits(), vouched=True)
    claimed = claim(store, "speech")
    assert [(delivery.topic, delivery.address) for delivery in claimed] == [
        ("speech", "ada@example.net"),
        ("lora", "ada@example.net"),
    ]


def test_a_choice_that_changes_while_one_waits_holds_from_the_next_digest_on(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    subscribe(store, "speech", "lora")
    freeze(store, "speech")
    change_one_mail(store, store.subscriptions.of_address("mail", ADA), "no")
    freeze(store, "lora")
    assert waits(store) == {"speech": WAIT, "lora": timedelta(0)}
    assert [delivery.topic for delivery in claim(store, "lora")] == ["lora"]
    assert [delivery.topic for delivery in claim(store, "speech", NOW + WAIT)] == ["speech"]


def test_one_that_failed_is_retried_by_itself_and_tells_nothing_twice(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    subscribe(store, "speech", "lora")
    freeze(store, "speech")
    freeze(store, "lora")
    first, second = claim(store, "lora")
    store.deliveries.end(first.id, "me", NOW, AttemptResult("failed", "550"))
    store.deliveries.end(second.id, "me", NOW, AttemptResult("sent", "250", "<1@example.org>"))
    assert store.deliveries.retry(first.id, NOW)
    assert [delivery.id for delivery in claim(store, first.topic)] == [first.id]


def test_what_a_killed_sender_left_is_uncertain_as_a_whole_and_settled_each_by_itself(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    subscribe(store, "speech", "lora")
    freeze(store, "speech")
    freeze(store, "lora")
    first, second = claim(store, "lora")
    assert store.deliveries.begin_text([first.id, second.id], "me", NOW)
    store.shards.release("me")
    store.shards.renew("mail", "another", 3600.0)
    assert store.deliveries.abandon("another", NOW) == 2
    assert store.deliveries.resolve(first.id, resend=True, now=NOW)
    assert [delivery.id for delivery in store.deliveries.claim(first.id, "another", NOW)] == [first.id]
    assert store.deliveries.get(second.id).state == "uncertain"


def test_the_hours_of_the_night_when_clocks_go_back_are_two(store: Store) -> None:
    night = {"cadence": "daily", "timezone": "Europe/Berlin"}
    store.topics.put(Topic("speech", "Speech", "speech", at="02:30", **night))
    store.topics.put(Topic("lora", "LoRA", "lora", cadence="daily", at="01:30", timezone="UTC"))  # the second 02:30
    store.topics.put(Topic("walks", "Walks", "walks", cadence="daily", at="00:30", timezone="UTC"))  # the first
    subscribe(store, "speech", "lora", "walks")
    topic = store.topics.get("speech")
    until = datetime(2026, 10, 25, 12, tzinfo=UTC)
    (slot,) = cadence.slots(topic.cadence, topic.at, topic.timezone, until - timedelta(hours=14), until)
    freeze(store, "speech", slot)
    (mine,) = store.deliveries.list()
    assert mine.mail_hour == slot.replace(minute=0)


def test_a_reader_at_two_addresses_gets_two_mails(store: Store) -> None:
    topics(store, speech="08:00", lora="08:00")
    subscribe(store, "speech", "lora")
    subscribe(store, "speech", "lora", address="ada@work.example")
    freeze(store, "speech")
    freeze(store, "lora")
    assert {delivery.address for delivery in claim(store, "lora")} == {"ada@work.example"}
    left = [delivery.address for delivery in store.deliveries.list(states=["planned"])]
    assert left == [ADA, ADA]
