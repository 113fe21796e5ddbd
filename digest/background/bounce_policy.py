"""Bounce policy: when a refusal means that a subscription's address no longer takes mail."""

from __future__ import annotations

from datetime import datetime

from digest.ports import Receipt
from store import Store
from store.outbox.refusals import BounceEffect
from store.records.deliveries import Delivery
from store.records.lazy_text import AnyText, lazy_gettext
from store.tables.deliveries import AttemptResult


class BouncePolicy:
    """One clear refusal of an address for good, or `soft_limit` of less in a row, and its subscription has bounced.

    What is less counts once for each delivery that failed, not for each attempt: a mailbox that is full for a day is
    one, so is a relay that greylists, and so are words that leave open whom they mean.
    """

    def __init__(self, store: Store, soft_limit: int) -> None:
        self._store = store
        self._limit = soft_limit

    def note(self, delivery: Delivery, receipt: Receipt, ended: AttemptResult, now: datetime) -> BounceEffect:
        """Mark the subscription where its address, not the relay or the mail, is to blame; what that changed."""
        if ended.state != "failed" or receipt.blames != "recipient":
            return BounceEffect()
        if receipt.state == "failed" and receipt.is_clear:
            return self._mark_bounced(delivery, now, ended.detail)
        if self._store.subscriptions.record_soft_bounce(delivery.subscription) < self._limit:
            return BounceEffect(soft_bounces=1)
        reason = lazy_gettext(
            "{n} deliveries in a row were put off for good; {detail}", n=self._limit, detail=ended.detail
        )
        return self._mark_bounced(delivery, now, reason, soft_bounces=1)

    def _mark_bounced(self, delivery: Delivery, now: datetime, reason: AnyText, soft_bounces: int = 0) -> BounceEffect:
        before = self._store.subscriptions.get(delivery.subscription)
        moved = self._store.subscriptions.move(
            delivery.subscription, ["active", "pending"], "bounced", now, reason=reason
        )
        return BounceEffect(before.state if before and moved else "", soft_bounces)
