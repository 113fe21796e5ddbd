"""The verbs over subscriptions: nothing without a yes, few letters, and each verb once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation_id import SLACK_ADDRESSES
from digest.errors import BadInput, NotFound, TooManyRequests
from digest.subscriptions import actions
from digest.subscriptions.addresses import MAIL_ADDRESSES
from digest.subscriptions.lookup import ConfirmLimits, Vouching, find_subscriptions, get_subscription
from store.records.editions import Topic
from store.tables.deliveries import AttemptResult
from tests.factories import store as store_things
from tests.factories.store import NOON
from tests.factories.subscribers import ADA, BEN, letters, states, with_topics

LIMITS = ConfirmLimits(hourly=5)
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(store):
    return with_topics(store)


def ask(store, *topics, address=ADA, now=NOON, limits=LIMITS):
    return actions.subscribe(store, address, topics or ("speech",), now, limits)


def joined(store, *topics, address=ADA):
    return actions.subscribe_confirmed(store, MAIL_ADDRESSES, address, topics or ("speech",), NOON).changed


def send(store, now):
    """What is due, as the outbox would."""
    store.shards.renew("mail", "me", 60.0)
    for id_, _ in store.deliveries.due("mail", now, 100):
        if store.deliveries.claim(id_, "me", now):
            store.deliveries.end(id_, "me", now, AttemptResult("sent", "250 ok"))


def test_who_asks_gets_a_letter_and_nothing_until_they_confirm(shop):
    ask(shop, "speech", "lora")
    assert states(shop, ADA) == {"speech": "pending", "lora": "pending"}
    assert letters(shop) == [("confirm", ADA, NOON)]
    (first, _) = shop.subscriptions.of_address("mail", ADA)
    done = actions.confirm(shop, first.id, NOON)
    assert [subscription.topic for subscription in done.changed] == ["speech", "lora"]
    assert states(shop, ADA) == {"speech": "active", "lora": "active"}
    assert letters(shop, "welcome") == [("welcome", ADA, NOON)]


def test_confirming_twice_is_confirming_once(shop):
    ask(shop)
    (subscription,) = shop.subscriptions.of_address("mail", ADA)
    actions.confirm(shop, subscription.id, NOON)
    again = actions.confirm(shop, subscription.id, NOON)
    assert (again.changed, [subscription.state for subscription in again.unchanged]) == ((), ["active"])
    assert len(letters(shop, "welcome")) == 1


def test_only_the_topics_that_are_named_are_confirmed(shop):
    ask(shop, "speech", "lora")
    (first, _) = shop.subscriptions.of_address("mail", ADA)
    actions.confirm(shop, first.id, NOON, ["lora"])
    assert states(shop, ADA) == {"speech": "pending", "lora": "active"}


def test_an_old_link_does_not_undo_leaving(shop):
    ask(shop)
    (subscription,) = shop.subscriptions.of_address("mail", ADA)
    actions.confirm(shop, subscription.id, NOON)
    actions.unsubscribe(shop, [subscription], NOON)
    assert actions.confirm(shop, subscription.id, NOON).changed == ()
    assert states(shop, ADA) == {"speech": "unsubscribed"}


def test_an_address_gets_one_letter_an_hour_whatever_is_asked(shop):
    for minute in range(60):
        ask(shop, now=NOON + timedelta(minutes=minute))
        ask(shop, address="ADA@example.org", now=NOON + timedelta(minutes=minute))
    assert letters(shop, "confirm") == [("confirm", ADA, NOON)]
    send(shop, NOON + HOUR)
    ask(shop, now=NOON + HOUR + timedelta(minutes=59))
    assert len(letters(shop, "confirm")) == 1, "the hour counts from when it went out"
    ask(shop, now=NOON + HOUR + HOUR)
    assert len(letters(shop, "confirm")) == 2


def test_letters_do_not_pile_up_while_none_goes_out(shop):
    for day in range(5):
        ask(shop, now=NOON + timedelta(days=day))
    assert letters(shop, "confirm") == [("confirm", ADA, NOON)]


def test_a_new_topic_within_the_hour_is_asked_for_when_the_hour_is_over(shop):
    ask(shop, "speech")
    send(shop, NOON)
    ask(shop, "lora", now=NOON + timedelta(minutes=5))
    ask(shop, "lora", now=NOON + timedelta(minutes=6))
    later = NOON + HOUR
    assert letters(shop, "confirm") == [("confirm", ADA, NOON), ("confirm", ADA, later)]
    (first, _) = shop.subscriptions.of_address("mail", ADA)
    actions.confirm(shop, first.id, NOON + timedelta(minutes=7))
    send(shop, later)
    assert [delivery.state for delivery in shop.deliveries.list(edition="") if delivery.planned_at == later] == [
        "skipped"
    ]


def test_a_letter_that_still_waits_will_name_the_new_topic_too(shop):
    ask(shop, "speech")
    ask(shop, "lora", now=NOON + timedelta(minutes=5))
    assert letters(shop, "confirm") == [("confirm", ADA, NOON)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(["speech", "lora", "walks"]), st.integers(0, 40), st.booleans()), max_size=30)
)
def test_no_two_letters_to_one_address_are_nearer_than_an_hour(new_place, asked):
    with new_place() as place, place.open() as store:
        now = NOON
        for topic, minutes, goes in asked:
            now += timedelta(minutes=minutes)
            ask(with_topics(store, "speech", "lora", "walks"), topic, now=now, limits=ConfirmLimits())
            if goes:
                send(store, now)
        times = [at for _, _, at in letters(store, "confirm")]
        assert all(after - before >= HOUR for before, after in pairwise(times))


def test_all_addresses_together_get_no_more_than_the_limit(shop):
    for number in range(5):
        ask(shop, address=f"a{number}@example.org")
    before = shop.subscriptions.counts()
    for address in ("a0@example.org", "new@example.org"):  # known or not
        with pytest.raises(TooManyRequests, match="just now"):
            ask(shop, address=address)
    assert shop.subscriptions.counts() == before
    ask(shop, address="new@example.org", now=NOON + HOUR + timedelta(seconds=1))


def test_the_answer_tells_nothing_of_the_address(shop):
    joined(shop, address="active@example.org")
    actions.pause(shop, joined(shop, address="paused@example.org"), NOON)
    actions.unsubscribe(shop, joined(shop, address="left@example.org"), NOON)
    names = ("active", "paused", "left", "unknown")
    answers = [ask(shop, address=f"{name}@example.org") for name in names]
    assert {replace(answer, address="") for answer in answers} == {replace(answers[0], address="")}


def test_a_public_request_changes_no_active_subscription_and_sends_it_nothing(shop):
    joined(shop)
    ask(shop)
    assert (states(shop, ADA), letters(shop)) == ({"speech": "active"}, [])


def test_who_left_is_asked_again_and_rests_without_an_answer(shop):
    actions.unsubscribe(shop, joined(shop), NOON)
    ask(shop, now=NOON + HOUR)
    assert states(shop, ADA) == {"speech": "pending"}
    assert actions.expire_pending(shop, NOON + timedelta(days=15), LIMITS) == 1
    assert states(shop, ADA) == {"speech": "unsubscribed"}


def rest(store, how, *topics):
    those = joined(store, *topics)
    if how == "paused":
        actions.pause(store, those, NOON)
    else:
        actions.mark_bounced(store, ADA, NOON, "550 no such user")
    return those


@pytest.mark.parametrize("how", ["paused", "bounced"])
def test_a_strangers_request_leaves_what_rests_and_its_holder_gets_their_link(shop, how):
    rest(shop, how)
    before = shop.subscriptions.of_address("mail", ADA)
    for minutes in (0, 1, 59):
        ask(shop, now=NOON + timedelta(minutes=minutes))
    assert shop.subscriptions.of_address("mail", ADA) == before
    assert letters(shop) == [("link", ADA, NOON)]
    assert actions.confirm(shop, before[0].id, NOON).changed == ()
    assert actions.expire_pending(shop, NOON + timedelta(days=99), LIMITS) == 0
    assert shop.subscriptions.of_address("mail", ADA) == before


@pytest.mark.parametrize("how", ["paused", "bounced"])
def test_a_stranger_cannot_move_onto_what_rests_either(shop, how):
    rest(shop, how)
    before = shop.subscriptions.of_address("mail", ADA)
    mine = joined(shop, "speech", "lora", address=BEN)
    actions.change_address(shop, mine, ADA, NOON, LIMITS)
    assert states(shop, ADA) == {"speech": how, "lora": "pending"}
    assert shop.subscriptions.get(before[0].id) == before[0]
    assert [kind for kind, address, _ in letters(shop) if address == ADA] == ["confirm"]
    actions.change_address(shop, mine[:1], ADA, NOON, LIMITS)
    assert [kind for kind, address, _ in letters(shop) if address == ADA] == ["confirm", "link"]


def test_a_new_topic_of_who_rests_is_asked_for_and_nothing_else_changes(shop):
    rest(shop, "paused")
    ask(shop, "speech", "lora")
    assert states(shop, ADA) == {"speech": "paused", "lora": "pending"}
    assert letters(shop) == [("confirm", ADA, NOON)]


@pytest.mark.parametrize(
    ("state", "kinds"),
    [("active", ["link"]), ("paused", ["link"]), ("bounced", ["link"]), ("pending", ["confirm"]), ("left", [])],
)
def test_the_link_goes_to_who_has_something_to_see_there(shop, state, kinds):
    if state == "pending":
        ask(shop)
        send(shop, NOON)
    elif state in ("active", "left"):
        those = joined(shop)
        if state == "left":
            actions.unsubscribe(shop, those, NOON, farewell=False)
    else:
        rest(shop, state)
    later = NOON + 2 * HOUR
    for minutes in (0, 5, 59):
        assert actions.request_link(shop, "Ada@Example.org", later + timedelta(minutes=minutes), LIMITS) is None
    assert [kind for kind, _, at in letters(shop) if at >= later] == kinds
    send(shop, later)
    assert [one.kind for one in shop.deliveries.list(states=["sent"], edition="") if one.planned_at >= later] == kinds


def test_links_to_all_together_are_limited_in_silence(shop):
    for number in range(9):
        joined(shop, address=f"a{number}@example.org")
        actions.request_link(shop, f"a{number}@example.org", NOON, LIMITS)
    assert len(letters(shop, "link")) == LIMITS.hourly
    actions.request_link(shop, "nobody@example.org", NOON, LIMITS)
    with pytest.raises(BadInput):
        actions.request_link(shop, "no address", NOON, LIMITS)


def test_what_was_never_confirmed_cannot_be_resumed(shop):
    ask(shop)
    assert actions.resume(shop, shop.subscriptions.of_address("mail", ADA), NOON).changed == ()
    assert states(shop, ADA) == {"speech": "pending"}


def test_what_nobody_confirms_is_forgotten_unless_it_was_asked_for_again(shop):
    ask(shop, address=ADA)
    ask(shop, address=BEN)
    send(shop, NOON)
    ask(shop, address=BEN, now=NOON + timedelta(days=10))
    assert actions.expire_pending(shop, NOON + timedelta(days=13), LIMITS) == 0
    assert actions.expire_pending(shop, NOON + timedelta(days=15), LIMITS) == 1
    assert (states(shop, ADA), states(shop, BEN)) == ({}, {"speech": "pending"})
    assert shop.check() == ()


def test_unsubscribing_says_goodbye_once_for_all_and_once_in_all(shop):
    those = joined(shop, "speech", "lora")
    assert len(actions.unsubscribe(shop, those, NOON).changed) == 2
    assert actions.unsubscribe(shop, those, NOON).changed == ()
    assert letters(shop, "goodbye") == [("goodbye", ADA, NOON)]


def test_who_never_confirmed_leaves_without_a_letter(shop):
    ask(shop)
    actions.unsubscribe(shop, shop.subscriptions.of_address("mail", ADA), NOON)
    assert states(shop, ADA) == {"speech": "unsubscribed"}
    assert letters(shop, "goodbye") == []


def test_pausing_and_resuming(shop):
    those = joined(shop, "speech", "lora")
    actions.pause(shop, those[:1], NOON)
    assert states(shop, ADA) == {"speech": "paused", "lora": "active"}
    assert [subscription.topic for subscription in actions.resume(shop, those, NOON).changed] == ["speech"]


def test_a_bounced_address_gets_nothing_until_the_operator_resumes_it(shop):
    those = joined(shop, "speech", "lora")
    actions.mark_bounced(shop, "ADA@example.org", NOON, "550 no\r\nsuch user")
    assert {
        (subscription.state, subscription.reason) for subscription in shop.subscriptions.of_address("mail", ADA)
    } == {("bounced", "550 no  such user")}
    assert actions.resume(shop, those, NOON).changed == ()
    assert len(actions.resume(shop, those, NOON, bounced=True).changed) == 2
    with pytest.raises(NotFound):
        actions.mark_bounced(shop, BEN, NOON)


def test_the_operator_does_not_bring_back_who_left_without_saying_so(shop):
    actions.unsubscribe(shop, joined(shop), NOON)
    with pytest.raises(BadInput, match=r"unsubscribed.*--again"):
        actions.subscribe_confirmed(shop, MAIL_ADDRESSES, ADA, ["lora", "speech"], NOON)
    assert states(shop, ADA) == {"speech": "unsubscribed"}, "all or nothing"
    done = actions.subscribe_confirmed(
        shop, MAIL_ADDRESSES, ADA, ["lora", "speech"], NOON, Vouching(again=True, welcome=True)
    )
    assert {subscription.topic for subscription in done.changed} == {"speech", "lora"}
    assert letters(shop, "welcome") == [("welcome", ADA, NOON)]
    assert actions.subscribe_confirmed(shop, MAIL_ADDRESSES, ADA, ["speech"], NOON).changed == ()


def test_a_conversation_subscribes_at_once_and_gets_no_letters(shop):
    by = Vouching(origin="slack", owner="U1", again=True, welcome=True)
    (subscription,) = actions.subscribe_confirmed(shop, SLACK_ADDRESSES, "C024BE91L", ["speech"], NOON, by).changed
    assert (subscription.state, subscription.owner, subscription.origin) == ("active", "U1", "slack")
    actions.unsubscribe(shop, [subscription], NOON)
    assert letters(shop) == []


@pytest.mark.parametrize("topics", [["nope"], ["speech", "nope\nBcc: x"], ["resting"]])
def test_unknown_topics_are_named_and_nothing_else_changes(shop, topics):
    shop.topics.put(Topic("resting", "Resting", "x", active=False))
    with pytest.raises(NotFound, match=r"no topic") as caught:
        ask(shop, *topics)
    assert str(caught.value).isprintable()
    assert (shop.subscriptions.counts(), letters(shop)) == ({}, [])


def test_no_topic_is_no_request(shop):
    with pytest.raises(BadInput, match="No topic"):
        actions.subscribe(shop, ADA, [], NOON, LIMITS)


def test_a_new_address_takes_the_place_of_the_old_once_it_confirms(shop):
    those = joined(shop, "speech", "lora")
    actions.pause(shop, those[1:], NOON)
    actions.change_address(shop, those, "Ada@new.example", NOON, LIMITS)
    assert states(shop, ADA) == {"speech": "active", "lora": "paused"}, "until then all stays"
    assert letters(shop) == [("confirm", "ada@new.example", NOON)]
    (first, _) = shop.subscriptions.of_address("mail", "ada@new.example")
    actions.confirm(shop, first.id, NOON)
    assert states(shop, ADA) == {"speech": "unsubscribed", "lora": "unsubscribed"}
    assert states(shop, "ada@new.example") == {"speech": "active", "lora": "paused"}
    assert [(kind, to) for kind, to, _ in letters(shop)[1:]] == [("goodbye", ADA), ("welcome", "ada@new.example")]
    assert all(
        subscription.replaces is None for subscription in shop.subscriptions.of_address("mail", "ada@new.example")
    )


def test_what_was_planned_for_the_old_address_goes_to_the_new_one(shop):
    those = joined(shop)
    edition = replace(store_things.digest("speech-1"), topic="speech", slot=NOON)
    shop.editions.freeze(edition, send_at=NOON)
    actions.change_address(shop, those, "ada@new.example", NOON, LIMITS, vouched=True)
    (planned,) = shop.deliveries.list(edition=edition.id)
    assert (planned.address, planned.state) == ("ada@new.example", "planned")
    assert ("new.example") in {domain for _, domain in shop.deliveries.due("mail", NOON, 9)}


def test_no_link_in_the_old_mailbox_reaches_the_new_address(shop):
    those = joined(shop)
    actions.change_address(shop, those, "ada@new.example", NOON, LIMITS, vouched=True)
    old = get_subscription(shop, those[0].id)
    assert (old.address, old.state, old.reason) == (ADA, "unsubscribed", "")
    actions.unsubscribe(shop, [old], NOON)
    actions.resume(shop, [old], NOON, bounced=True)
    assert states(shop, "ada@new.example") == {"speech": "active"}


def test_a_change_that_nobody_confirms_changes_nothing(shop):
    those = joined(shop)
    actions.change_address(shop, those, BEN, NOON, LIMITS)
    actions.expire_pending(shop, NOON + timedelta(days=15), LIMITS)
    assert (states(shop, ADA), states(shop, BEN)) == ({"speech": "active"}, {})


def test_a_change_to_an_address_that_has_the_topic_leaves_both(shop):
    those = joined(shop)
    joined(shop, address=BEN)
    actions.change_address(shop, those, BEN, NOON, LIMITS)
    assert (states(shop, ADA), states(shop, BEN), letters(shop)) == ({"speech": "active"}, {"speech": "active"}, [])


def test_changes_are_under_the_same_limits(shop):
    those = joined(shop)
    for number in range(5):
        actions.change_address(shop, those, f"a{number}@example.org", NOON, LIMITS)
    with pytest.raises(TooManyRequests):
        actions.change_address(shop, those, "a6@example.org", NOON, LIMITS)


@pytest.mark.parametrize("address", [ADA, "nobody", "x@y.org\nBcc: z@y.org"])
def test_pointless_and_bad_changes_are_refused(shop, address):
    those = joined(shop)
    with pytest.raises(BadInput):
        actions.change_address(shop, those, address, NOON, LIMITS)
    assert states(shop, ADA) == {"speech": "active"}


def test_what_waits_or_lies_in_slack_has_no_address_to_change(shop):
    ask(shop)
    with pytest.raises(BadInput, match="no subscription"):
        actions.change_address(shop, shop.subscriptions.of_address("mail", ADA), BEN, NOON, LIMITS)
    slack = actions.subscribe_confirmed(shop, SLACK_ADDRESSES, "C024BE91L", ["speech"], NOON).changed
    with pytest.raises(BadInput, match="Only a mail address"):
        actions.change_address(shop, slack, BEN, NOON, LIMITS)


def test_a_number_or_an_address_that_is_not_there(shop):
    with pytest.raises(NotFound, match="no longer there"):
        actions.confirm(shop, 99, NOON)
    with pytest.raises(NotFound, match="has no subscription"):
        find_subscriptions(shop, MAIL_ADDRESSES, ADA)
    joined(shop)
    with pytest.raises(NotFound, match="of the topic “lora”"):
        find_subscriptions(shop, MAIL_ADDRESSES, ADA, ["lora"])
