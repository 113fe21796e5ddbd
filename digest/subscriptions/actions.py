"""Subscription actions (subscribe, confirm, pause ...): the same for command line, web and Slack.

Invariant: each verb is one transaction; done twice, it is done once. Nothing is sent to a mail address before its
holder confirmed, or the operator vouched for it, but letters that ask for it: at most one to an address in
`ConfirmLimits.again`, at most `ConfirmLimits.hourly` in an hour to all. A subscription's address never changes, so
that no link in an old mailbox reaches a new one; who moves gets a new subscription, which takes the old one's place
when confirmed.

    subscribe ──> pending ──confirm──> active <──pause, resume──> paused
                     ^                   │
                     └── subscribe ── unsubscribed        bounced ──resume (by the link)──> active

What a stranger asks for an address that is paused or bounced changes nothing: its holder gets a letter with the link to
their preferences, where they decide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from digest.errors import BadInput
from digest.ports import AddressRule
from digest.subscriptions.addresses import MAIL_ADDRESSES, parse_mail_address, shorten_text
from digest.subscriptions.letters import ask_holder, is_flooded, plan_confirmation, plan_link, refuse_flood
from digest.subscriptions.lookup import (
    OPERATOR,
    ConfirmLimits,
    SubscribeReply,
    SubscriptionChanges,
    Vouching,
    changes_between,
    check_topics,
    find_subscriptions,
    get_subscription,
    move_all,
    reload_subscriptions,
    subscriptions_by_topic,
)
from store import Store
from store.records.deliveries import OneMailChoice, Subscription, SubscriptionState
from store.records.editions import EditionLength
from store.records.feedback import Reader
from store.records.lazy_text import lazy_gettext

_LIVE_STATES: tuple[SubscriptionState, ...] = ("pending", "active", "paused", "bounced")


def subscribe(  # decision 36
    store: Store, address: str, topics: Iterable[str], now: datetime, limits: ConfirmLimits, *, origin: str = "web"
) -> SubscribeReply:
    """Anybody asks for digests by mail, for an address that may not be theirs: its holder is asked by a letter.

    Raises BadInput, NotFound (no such topic), TooMany; none of them depends on what is known of the address.
    """
    mail = parse_mail_address(address)
    with store.write():
        slugs = check_topics(store, topics, active_only=True)
        refuse_flood(store, now, limits)
        awaited = [_add_pending(store, slug, mail, now, origin) for slug in slugs]
        ask_holder(store, mail, awaited, now, limits)
    return SubscribeReply(mail, slugs)


def request_link(store: Store, address: str, now: datetime, limits: ConfirmLimits) -> None:  # decision 154
    """Anybody asks for the link to the subscriptions of an address: it goes there, where there are any.

    Whoever has not confirmed yet is asked again instead; who left gets nothing. Raises BadInput. Nothing comes back:
    what is done, and how long it takes, depends on what is known of the address, and is nobody's business.
    """
    mail = parse_mail_address(address)
    with store.write():
        if plan_link(store, mail, now, limits) or is_flooded(store, "confirm", now, limits):
            return
        those = store.subscriptions.of_address("mail", mail)
        plan_confirmation(store, [(subscription, False) for subscription in those], now, limits)


def subscribe_confirmed(
    store: Store,
    rule: AddressRule,
    address: str,
    topics: Iterable[str],
    now: datetime,
    by: Vouching = OPERATOR,
) -> SubscriptionChanges:
    """The operator, or a conversation itself, vouches for an address: it is subscribed at once.

    Raises BadInput where it left, or its mails came back, and `by.again` is not said; NotFound (no such topic).
    """
    channel, place = rule.channel, rule.parse(address)
    with store.write():
        before = subscriptions_by_topic(store, channel, place)
        slugs = check_topics(store, topics)
        for slug in slugs:
            _activate_vouched(store, before.get(slug), again=by.again, now=now)
            store.subscriptions.add(slug, channel, place, "active", now, owner=by.owner, origin=by.origin)
        outcome = changes_between(before, subscriptions_by_topic(store, channel, place), slugs)
        _end_replaced(store, outcome.changed, now)
        if by.welcome and outcome.changed and channel == "mail":
            store.deliveries.plan_letter("welcome", outcome.changed[0], now)
    return outcome


def confirm(store: Store, number: int, now: datetime, topics: Collection[str] | None = None) -> SubscriptionChanges:
    """The holder of an address says yes: all that waits for it, or of that the topics named. A welcome is planned.

    number: of one subscription of the address, as the link says. Raises NotFound.
    """
    with store.write():
        asked = get_subscription(store, number)
        those = store.subscriptions.of_address(asked.channel, asked.address)
        waiting = [
            subscription
            for subscription in those
            if subscription.state == "pending" and (topics is None or subscription.topic in topics)
        ]
        outcome = move_all(store, waiting, ["pending"], "active", now)
        _end_replaced(store, outcome.changed, now)
        active = [
            subscription
            for subscription in reload_subscriptions(store, outcome.changed)
            if subscription.state == "active"
        ]
        if active and asked.channel == "mail":
            store.deliveries.plan_letter("welcome", active[0], now)
        return SubscriptionChanges(
            tuple(reload_subscriptions(store, outcome.changed)), () if outcome.changed else (asked,)
        )


def change_length(store: Store, lengths: Mapping[Subscription, EditionLength | Literal[""]]) -> SubscriptionChanges:
    """How much of its digests each is to get from now on."""
    with store.write():
        changed = [each for each, length in lengths.items() if store.subscriptions.set_length(each.id, length)]
        left = [each for each in lengths if each not in changed]
        return SubscriptionChanges(tuple(reload_subscriptions(store, changed)), tuple(left))


def change_one_mail(store: Store, those: Sequence[Subscription], choice: OneMailChoice) -> SubscriptionChanges:
    """Whether digests of one day and hour are to come as one mail from now on."""
    with store.write():
        changed = [each for each in those if store.subscriptions.set_one_mail(each.id, choice)]
        left = [each for each in those if each not in changed]
        return SubscriptionChanges(tuple(reload_subscriptions(store, changed)), tuple(left))


def pause(store: Store, those: Sequence[Subscription], now: datetime) -> SubscriptionChanges:
    """Nothing is sent until they are resumed; what was planned already is not sent either."""
    with store.write():
        return move_all(store, those, ["active"], "paused", now)


def resume(store: Store, those: Sequence[Subscription], now: datetime, *, bounced: bool = False) -> SubscriptionChanges:
    """Also what somebody asked for anew meanwhile, where it was confirmed before.

    bounced: also those whose address refused mails; the operator knows that it takes them again.
    """
    with store.write():
        ever = [
            subscription
            for subscription in reload_subscriptions(store, those)
            if subscription.state != "pending" or subscription.confirmed_at
        ]
        before: tuple[SubscriptionState, ...] = ("paused", "pending", "bounced") if bounced else ("paused", "pending")
        return move_all(store, ever, before, "active", now)


def unsubscribe(
    store: Store, those: Sequence[Subscription], now: datetime, *, farewell: bool = True
) -> SubscriptionChanges:
    """For good. One goodbye is planned for all of them, where there is someone to say it to."""
    with store.write():
        got = [
            subscription.id
            for subscription in reload_subscriptions(store, those)
            if subscription.state in ("active", "paused") and subscription.channel == "mail"
        ]
        outcome = move_all(store, those, _LIVE_STATES, "unsubscribed", now)
        left = [subscription for subscription in outcome.changed if subscription.id in got]
        if farewell and left:
            store.deliveries.plan_letter("goodbye", left[0], now)
        return outcome


def change_address(  # decision 35
    store: Store,
    those: Sequence[Subscription],
    address: str,
    now: datetime,
    limits: ConfirmLimits,
    *,
    vouched: bool = False,
) -> SubscribeReply:
    """Whoever holds subscriptions by mail wants them at another address, whose holder is asked by a letter.

    Until that address confirms, all stays as it is; then the old one is told goodbye, and what was planned for it and
    not begun goes to the new one. Topics that the new address has anyway stay at both. vouched: the operator knows the
    new address, and it happens at once. Raises BadInput, TooMany.
    """
    mail = parse_mail_address(address)
    with store.write():
        moving = [
            subscription
            for subscription in reload_subscriptions(store, those)
            if subscription.state in ("active", "paused", "bounced")
        ]
        _refuse_pointless(moving, mail)
        if not vouched:
            refuse_flood(store, now, limits)
        awaited = [
            _add_pending(
                store, subscription.topic, mail, now, subscription.origin, replaces=subscription.id, vouched=vouched
            )
            for subscription in moving
        ]
        if vouched:
            waiting = [subscription for subscription, _ in awaited if subscription.state == "pending"]
            _end_replaced(store, move_all(store, waiting, ["pending"], "active", now).changed, now)
        else:
            ask_holder(store, mail, awaited, now, limits)
    return SubscribeReply(mail, tuple(subscription.topic for subscription in moving))


def mark_bounced(store: Store, address: str, now: datetime, reason: str = "") -> SubscriptionChanges:
    """The relay says that an address takes no mail: nothing more is sent there. Raises BadInput, NotFound."""
    with store.write():
        why = shorten_text(reason, 300) if reason else lazy_gettext("reported as bounced")
        return move_all(
            store, find_subscriptions(store, MAIL_ADDRESSES, address), _LIVE_STATES[:3], "bounced", now, why
        )


def restore_bounced(store: Store, those: Sequence[Subscription], now: datetime) -> SubscriptionChanges:
    """They bounced by mistake: as before, and so pending where they had never been confirmed."""
    with store.write():
        confirmed = [subscription for subscription in those if subscription.confirmed_at]
        asked = [subscription for subscription in those if not subscription.confirmed_at]
        active = move_all(store, confirmed, ["bounced"], "active", now)
        pending = move_all(store, asked, ["bounced"], "pending", now)
    return SubscriptionChanges(active.changed + pending.changed, active.unchanged + pending.unchanged)


def expire_pending(store: Store, now: datetime, limits: ConfirmLimits) -> int:
    """Forget what was asked for and never confirmed; how many there were. To be called now and then."""
    return store.subscriptions.expire(now - limits.pending)


def _refuse_pointless(moving: Sequence[Subscription], mail: str) -> None:
    if not moving:
        raise BadInput(lazy_gettext("There is no subscription to take to another address."))
    if any(subscription.channel != "mail" for subscription in moving):
        raise BadInput(
            lazy_gettext("Only a mail address can be changed."),
            hint=lazy_gettext("In Slack, subscribe in the other conversation."),
        )
    if all(subscription.address == mail for subscription in moving):
        raise BadInput(lazy_gettext("That is the address it has."))


def _add_pending(
    store: Store,
    slug: str,
    mail: str,
    now: datetime,
    origin: str,
    replaces: int | None = None,
    *,
    vouched: bool = False,
) -> tuple[Subscription, bool]:
    """The subscription, pending where it is new or had ended; and whether it was not pending before.

    What rests or bounced stays as it is, unless it is vouched for.
    """
    before = subscriptions_by_topic(store, "mail", mail).get(slug)
    subscription = store.subscriptions.add(slug, "mail", mail, "pending", now, origin=origin)
    ended: tuple[SubscriptionState, ...] = ("unsubscribed", *(("paused", "bounced") if vouched else ()))
    renewed = store.subscriptions.move(subscription.id, ended, "pending", now)
    after = get_subscription(store, subscription.id)
    if after.state == "pending" and replaces != after.id:
        store.subscriptions.set_replaced(after.id, replaces or after.replaces)
    return get_subscription(store, after.id), renewed or before is None


def _activate_vouched(store: Store, subscription: Subscription | None, *, again: bool, now: datetime) -> None:
    if (
        subscription is None
        or store.subscriptions.move(subscription.id, _LIVE_STATES[:1], "active", now)
        or subscription.state == "active"
    ):
        return
    if not again:
        raise BadInput(
            f"{subscription.address} has the topic {subscription.topic} already, {subscription.state}.",
            hint="To subscribe it again, add --again.",
        )
    store.subscriptions.move(subscription.id, ["paused", "unsubscribed", "bounced"], "active", now)


def _end_replaced(store: Store, confirmed: Sequence[Subscription], now: datetime) -> None:
    """What took the place of a subscription at an earlier address ends that one, and gets what was planned for it."""
    left = []
    for subscription in confirmed:
        old = store.subscriptions.get(subscription.replaces) if subscription.replaces else None
        if old and old.state in ("active", "paused", "bounced"):
            left.append((subscription, old))
        store.subscriptions.set_replaced(subscription.id, None)
    for subscription, old in left:
        store.deliveries.hand_over(old.id, subscription)
        store.subscriptions.set_length(subscription.id, old.length)
        store.subscriptions.set_one_mail(subscription.id, old.one_mail)
        store.feedback.hand_over(Reader(old.channel, old.address), Reader(subscription.channel, subscription.address))
        if old.state == "paused":
            store.subscriptions.move(subscription.id, ["active"], "paused", now)
    unsubscribe(store, [old for _, old in left], now)
