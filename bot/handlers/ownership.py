"""Ownership of topics and subscriptions in Slack: what is a person's own, and what they may change.

Invariant: only who made a subscription may change it, wherever the request came from; a topic is changed only where all
who get it are that person, and never where config.toml has it. What a button names is looked up, and may be gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from bot.messages import replies, topic_form
from bot.messages.home_view import HomeEdition, HomeReading, HomeSubscription, reading_of
from bot.messages.topic_form import TopicForm
from digest import cadence
from digest.errors import BadInput, NotFound
from digest.question.limits_input import limits_of, wanted_papers, with_authors
from digest.render import edition_facts
from digest.urls import SiteUrls
from store import Store
from store.records.deliveries import Subscription, SubscriptionState
from store.records.editions import EditionLength, Topic
from store.records.lazy_text import AnyText
from store.tables.editions import EditionHead

_BEFORE_DELETION: tuple[SubscriptionState, ...] = ("active", "paused", "bounced", "pending")


@dataclass(frozen=True)
class SavedSubscription:
    topic: Topic
    subscription: Subscription


class OwnedSubscriptions:
    def __init__(self, store: Store, archive_url: str = "") -> None:
        self._store, self._links = store, SiteUrls(archive_url)

    def list_of(self, user: str) -> list[Subscription]:
        """Someone's own, oldest first."""
        found = self._store.subscriptions.list(channel="slack")
        return [
            subscription
            for subscription in found
            if subscription.owner == user and subscription.state != "unsubscribed"
        ]

    def get(self, id_: str, user: str) -> Subscription:
        """One that is theirs. Raises NotFound (it is gone), BadInput (it is someone else's)."""
        found = self._store.subscriptions.get(int(id_)) if id_.isdecimal() and len(id_) < 16 else None
        if found is None or found.channel != "slack" or found.state == "unsubscribed":
            raise NotFound(replies.NO_SUBSCRIPTION)
        if found.owner != user:
            raise BadInput(replies.NOT_YOUR_DIGEST)
        return found

    def topic_of(self, subscription: Subscription) -> Topic:
        """Raises NotFound."""
        topic = self._store.topics.get(subscription.topic)
        if topic is None:
            raise NotFound(replies.NO_TOPIC)
        return topic

    def is_editable(self, topic: Topic, user: str) -> bool:
        """Whether a change would change nothing for others."""
        subscriptions = self._store.subscriptions.list(topic=topic.slug)
        others = {subscription.owner for subscription in subscriptions if subscription.state != "unsubscribed"} - {user}
        return topic.origin == "store" and not others

    def topic_to_edit(self, form: TopicForm, user: str) -> Topic | None:
        """The topic that a form edits; None for a new one. Raises NotFound, BadInput."""
        if not form.topic:
            return None
        topic = self._store.topics.get(form.topic)
        if topic is None:
            raise NotFound(replies.NO_TOPIC)
        if not self.is_editable(topic, user):
            raise BadInput(replies.SHARED_TOPIC)
        return topic

    def save(self, form: TopicForm, user: str) -> SavedSubscription:
        """Keep what a form without errors says. Raises NotFound, BadInput."""
        base = self.topic_to_edit(form, user)
        taken = {topic.slug for topic in self._store.topics.list()}
        topic = topic_form.topic_of(form, base=base, taken=taken)
        now = datetime.now(UTC)
        with self._store.write():
            self._store.topics.put(topic)
            if form.subscription:
                kept = self._update_edited(form, user, now)
            else:
                kept = self._store.subscriptions.add(
                    topic.slug, "slack", form.conversation, "active", now, owner=user, origin="slack"
                )
                self._store.subscriptions.set_length(kept.id, form.length)
            if form.canvas:
                self._set_canvas(kept, user, now, on=form.canvas == topic_form.KEEP_CANVAS)
        return SavedSubscription(topic, kept)

    def keeps_canvas(self, subscription: Subscription) -> bool:
        kept = self._store.slack_canvases.get("topic", subscription.topic, subscription.address)
        return kept is not None and kept.kept

    def set_canvas(self, id_: str, user: str, *, on: bool) -> AnyText:
        """Keep a canvas of a digest, or no longer; what is said about it. Raises NotFound, BadInput."""
        kept = self.get(id_, user)
        if not kept.address.startswith(("C", "G")):
            raise BadInput(replies.CANVAS_IN_CHANNELS)
        self._set_canvas(kept, user, datetime.now(UTC), on=on)
        return replies.CANVAS_KEPT if on else replies.CANVAS_OFF

    def _set_canvas(self, kept: Subscription, user: str, now: datetime, *, on: bool) -> None:
        if on:
            self._store.slack_canvases.want("topic", kept.topic, kept.address, user, now)
        else:
            self._store.slack_canvases.turn_off("topic", kept.topic, kept.address)

    def _update_edited(self, form: TopicForm, user: str, now: datetime) -> Subscription:
        """An edited one, at its old or its new place, and awake."""
        kept = self.get(form.subscription, user)
        if kept.address != form.conversation:
            self._store.slack_canvases.turn_off("topic", kept.topic, kept.address)
            self._store.subscriptions.move_address(kept.id, form.conversation)
        self._store.subscriptions.move(kept.id, ["paused", "bounced"], "active", now)
        return self._store.subscriptions.get(kept.id) or kept

    def pause(self, id_: str, user: str) -> Subscription:
        return self._move(id_, user, "active", "paused", replies.PAUSED_BY_OWNER)

    def resume(self, id_: str, user: str) -> Subscription:
        return self._move(id_, user, "paused", "active", "")

    def delete(self, id_: str, user: str) -> Subscription:
        """No more digests; what was written stays. A topic that nobody else has rests."""
        kept = self.get(id_, user)
        with self._store.write():
            self._store.slack_canvases.turn_off("topic", kept.topic, kept.address)
            self._store.subscriptions.move(kept.id, _BEFORE_DELETION, "unsubscribed", datetime.now(UTC))
        return kept

    def _move(
        self, id_: str, user: str, before: SubscriptionState, after: SubscriptionState, reason: AnyText
    ) -> Subscription:
        kept = self.get(id_, user)
        self._store.subscriptions.move(kept.id, [before], after, datetime.now(UTC), reason=reason)
        return self._store.subscriptions.get(kept.id) or kept

    # For the Home tab.

    def home_subscriptions(self, user: str) -> list[HomeSubscription]:
        return [self._home_subscription(subscription, user) for subscription in self.list_of(user)]

    def _home_subscription(self, subscription: Subscription, user: str) -> HomeSubscription:
        topic = self._store.topics.get(subscription.topic) or Topic(subscription.topic, subscription.topic)
        return HomeSubscription(
            id=str(subscription.id),
            title=topic.title,
            cadence=topic.cadence,
            at=topic.at,
            timezone=topic.timezone,
            conversation=subscription.address,
            active=subscription.state == "active" and topic.active,
            reason=subscription.reason,
            editable=self.is_editable(topic, user),
            next_at=next_slot(topic),
            last_at=subscription.last_sent_at,
        )

    def home_editions(self, user: str, limit: int = 10) -> list[HomeEdition]:
        """The newest editions of their topics, and surveys that they asked for."""
        topics = {subscription.topic for subscription in self.list_of(user)}
        asked = set(self._store.slack_requests.editions_of(user, limit))
        found = [head for head in self._store.editions.list(limit=200) if head.topic in topics or head.id in asked]
        return [self.home_edition(head) for head in found[:limit]]

    def home_reading(self, editions: Sequence[HomeEdition]) -> HomeReading | None:
        """What to read first of the newest that has papers."""
        newest = next((edition.id for edition in editions if edition.papers), "")
        edition = self._store.editions.get(newest) if newest else None
        return reading_of(edition, self._links) if edition else None

    def home_edition(self, head: EditionHead) -> HomeEdition:
        return HomeEdition(head.id, head.title, head.kind, head.created_at, head.papers, self._links.edition(head.id))

    def survey_as_form(
        self, id_: str, *, conversation: str, timezone: str, length: EditionLength | Literal[""] = ""
    ) -> TopicForm:
        """A survey's question as a weekly topic, in its language. Raises NotFound."""
        edition = self._store.editions.get(id_)
        if edition is None:
            raise NotFound(replies.EDITION_GONE)
        limits = limits_of(edition)
        return TopicForm(
            question=with_authors(edition.question or edition_facts.plain_title(edition), limits.authors),
            exclude=", ".join(limits.exclude),
            categories=", ".join(limits.categories),
            max_papers=str(wanted_papers(edition) or TopicForm.max_papers),
            cadence="weekly:mon",
            timezone=timezone,
            conversation=conversation,
            language=edition.language,
            length=length,
        )


def next_slot(topic: Topic) -> datetime:
    return cadence.next_slot(topic.cadence, topic.at, topic.timezone, datetime.now(UTC))
