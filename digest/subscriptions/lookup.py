"""Subscription lookup and changes, shared by the actions; export and erasure of personal data.

Invariant: nothing here decides; states move as the verbs say.

Everything that is kept about one address can be handed out and erased: what `export` does not show is not kept; what
`erase` leaves is nothing of the address, so that it can be subscribed anew like any other. Copies of the store, log
files and mails in a folder are the operator's, and where those mails lie is not told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from digest.errors import BadInput, NotFound
from digest.ports import AddressRule
from digest.subscriptions.addresses import quote_text, shorten_text
from store import Store
from store.records.deliveries import ChannelName, Subscription, SubscriptionState, hide_file
from store.records.feedback import Feedback, Reader
from store.records.lazy_text import AnyText, lazy_gettext


@dataclass(frozen=True)
class ConfirmLimits:
    """Against list bombing: how often letters ask somebody to confirm."""

    hourly: int = 100  # in an hour, to all addresses together
    again: timedelta = timedelta(hours=1)  # between two to one address
    pending: timedelta = timedelta(days=14)  # how long an answer is waited for


@dataclass(frozen=True)
class Vouching:
    """Who vouches for an address, and how far."""

    origin: str = "operator"  # operator | slack
    owner: str = ""  # a Slack user to tell when it rests
    again: bool = False  # also for what is paused, unsubscribed or bounced
    welcome: bool = False  # and a letter says so


OPERATOR = Vouching()


@dataclass(frozen=True)
class SubscribeReply:
    """What may be told to whoever asked: the same for addresses that are subscribed, known, or neither."""

    address: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class SubscriptionChanges:
    """Subscriptions as they are now: those that a verb changed, and those that it had no need to change."""

    changed: tuple[Subscription, ...]
    unchanged: tuple[Subscription, ...] = ()


def get_subscription(store: Store, number: int) -> Subscription:
    """The subscription that a token names. Raises NotFound."""
    subscription = store.subscriptions.get(number)
    if subscription is None:
        raise NotFound(
            lazy_gettext("This subscription is no longer there."),
            hint=lazy_gettext("Subscribe again if you would like to."),
        )
    return subscription


def find_subscriptions(
    store: Store, rule: AddressRule, address: str, topics: Collection[str] = ()
) -> list[Subscription]:
    """All subscriptions of an address, or those of the topics named. Raises BadInput, NotFound where there is none."""
    place = rule.parse(address)
    those = subscriptions_by_topic(store, rule.channel, place)
    missing = [slug for slug in topics if slug not in those]
    if missing or not those:
        about = f" of the topic {quote_text(missing[0])}" if missing else ""
        raise NotFound(f"{place} has no subscription{about}.", hint="`paperroute subscriptions list` shows them.")
    return [subscription for subscription in those.values() if not topics or subscription.topic in topics]


def check_topics(store: Store, topics: Iterable[str], *, active_only: bool = False) -> tuple[str, ...]:
    """The topics' slugs, each once. Raises NotFound for the first that there is not, BadInput where none is named."""
    there = {topic.slug for topic in store.topics.list(active_only)}
    slugs = tuple(dict.fromkeys(topics))
    for slug in slugs:
        if slug not in there:
            hint = (
                lazy_gettext("Choose one of those that are shown.")
                if active_only
                else "`paperroute topics list` shows them."
            )
            raise NotFound(lazy_gettext("There is no topic “{slug}”.", slug=shorten_text(slug)), hint=hint)
    if not slugs:
        raise BadInput(lazy_gettext("No topic was named."), hint=lazy_gettext("Choose at least one."))
    return slugs


def changes_between(
    before: dict[str, Subscription], after: dict[str, Subscription], slugs: Sequence[str]
) -> SubscriptionChanges:
    """What became of the subscriptions to some topics, which are all there afterwards."""
    same = [slug for slug in slugs if slug in before and before[slug].state == after[slug].state]
    return SubscriptionChanges(
        tuple(after[slug] for slug in slugs if slug not in same), tuple(after[slug] for slug in same)
    )


def move_all(
    store: Store,
    those: Sequence[Subscription],
    before: Sequence[SubscriptionState],
    after: SubscriptionState,
    now: datetime,
    reason: AnyText = "",
) -> SubscriptionChanges:
    """Move those that are in one of the states `before`."""
    changed = {
        subscription.id
        for subscription in those
        if store.subscriptions.move(subscription.id, before, after, now, reason=reason)
    }
    after_all = reload_subscriptions(store, those)
    return SubscriptionChanges(
        tuple(subscription for subscription in after_all if subscription.id in changed),
        tuple(subscription for subscription in after_all if subscription.id not in changed),
    )


def subscriptions_by_topic(store: Store, channel: ChannelName, place: str) -> dict[str, Subscription]:
    return {subscription.topic: subscription for subscription in store.subscriptions.of_address(channel, place)}


def reload_subscriptions(store: Store, those: Iterable[Subscription]) -> list[Subscription]:
    """As they are now; those that are gone are left out."""
    return [
        subscription
        for subscription in (store.subscriptions.get(subscription.id) for subscription in those)
        if subscription is not None
    ]


SCHEMA = "paperroute.subscriber/1"


def export(store: Store, rule: AddressRule, address: str) -> dict[str, Any]:
    """The subscriptions of an address, what was or is to be sent to it, what its reader said of papers, and, of a
    Slack user, what they asked and wrote, thought of editions, and their canvases, as JSON takes it. Raises BadInput.

    An address of which nothing is kept has empty lists.
    """
    place = rule.parse(address)
    those = store.subscriptions.of_person(rule.channel, place)
    deliveries = [
        sent for subscription in those for sent in store.deliveries.list(subscription=subscription.id, limit=-1)
    ]
    is_slack = rule.channel == "slack"
    return {
        "schema": SCHEMA,
        "channel": rule.channel,
        "address": place,
        "subscriptions": [record_as_json(subscription) for subscription in those],
        "deliveries": [record_as_json(replace(sent, detail=hide_file(sent.detail))) for sent in deliveries],
        "delivery_reports": [
            record_as_json(report) for sent in deliveries for report in store.delivery_reports.of_delivery(sent.id)
        ],
        "feedback": [_feedback_as_json(said) for said in store.feedback.of_reader(Reader(rule.channel, place))],
        "canvases": _as_json(store.slack_canvases.of_person(place)) if is_slack else [],
        "requests": _as_json(store.slack_requests.of_person(place)) if is_slack else [],
        "opinions": _as_json(store.slack_threads.opinions_of(place)) if is_slack else [],
        "events": store.slack_inbox.of_person(place) if is_slack else [],
    }


def erase(store: Store, rule: AddressRule, address: str) -> dict[str, int]:
    """Remove it all; how many of each there were, by their names in the export. Raises BadInput.

    That someone unsubscribed is forgotten, too. What is being sent at this moment may still arrive; canvases in Slack
    are deleted there by the bot, as soon as it runs. Answers stay, as editions that name nobody.
    """
    place = rule.parse(address)
    with store.erase(place):
        counts = {"feedback": store.feedback.erase(Reader(rule.channel, place))}
        if rule.channel == "slack":
            counts |= {
                "canvases": store.slack_canvases.erase(place),
                "opinions": store.slack_threads.erase(place),
                "requests": store.slack_requests.erase(place),
                "events": store.slack_inbox.erase(place),
            }
        return {"subscriptions": store.subscriptions.erase(rule.channel, place), **counts}


def _as_json(records: Iterable[Any]) -> list[dict[str, Any]]:
    return [record_as_json(record) for record in records]


def _feedback_as_json(said: Feedback) -> dict[str, Any]:
    """What its reader need not be told again is who they are."""
    return {name: value for name, value in record_as_json(said).items() if name != "reader"}


def record_as_json(record: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(record).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value.isoformat() if isinstance(value, datetime) else value
