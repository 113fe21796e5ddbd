"""Bounce policy: when a refusal means that a subscription's address no longer takes mail."""

from __future__ import annotations

from datetime import datetime

from digest.ports import Receipt
from store import Store
from store.records.deliveries import Delivery
from store.records.lazy_text import AnyText, lazy_gettext
from store.tables.deliveries import AttemptResult


class BouncePolicy:
    """One refusal for good, or `soft_limit` passing ones in a row, and a subscription counts as bounced.

    A passing refusal counts once for each delivery that was given up for it, not for each attempt: a mailbox that is
    full for a day is one, and so is a relay that greylists.
    """

    def __init__(self, store: Store, soft_limit: int) -> None:
        self._store = store
        self._limit = soft_limit

    def note(self, delivery: Delivery, receipt: Receipt, ended: AttemptResult, now: datetime) -> None:
        """Mark the subscription where its address, not the relay or the mail, is to blame."""
        if ended.state != "failed" or receipt.blames != "recipient":
            return
        if receipt.state == "failed":
            self._mark_bounced(delivery, now, ended.detail)
        elif self._store.subscriptions.record_soft_bounce(delivery.subscription) >= self._limit:
            reason = lazy_gettext(
                "{n} deliveries in a row were put off for good; {detail}", n=self._limit, detail=ended.detail
            )
            self._mark_bounced(delivery, now, reason)

    def _mark_bounced(self, delivery: Delivery, now: datetime, reason: AnyText) -> None:
        self._store.subscriptions.move(delivery.subscription, ["active", "pending"], "bounced", now, reason=reason)
