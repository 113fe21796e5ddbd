"""What an end says of a subscription: one refusal for good, or several passing ones in a row, and it counts as bounced.

A passing refusal counts once for each delivery that was given up for it, not for each attempt: a mailbox that is full
for a day is one, and so is a relay that greylists.
"""

from __future__ import annotations

from datetime import datetime

from digest.ports import Receipt
from store import Store
from store.records.deliveries import Delivery
from store.tables.deliveries import Ended


class Bounces:
    def __init__(self, store: Store, soft_limit: int) -> None:
        self._store = store
        self._limit = soft_limit

    def note(self, delivery: Delivery, receipt: Receipt, ended: Ended, now: datetime) -> None:
        """Mark the subscription where its address, not the relay or the mail, is to blame."""
        if ended.state != "failed" or receipt.blames != "recipient":
            return
        if receipt.state == "failed":
            self._bounced(delivery, now, ended.detail)
        elif self._store.subscriptions.bounced_softly(delivery.subscription) >= self._limit:
            self._bounced(delivery, now, f"{self._limit} deliveries in a row were put off for good; {ended.detail}")

    def _bounced(self, delivery: Delivery, now: datetime, reason: str) -> None:
        self._store.subscriptions.move(delivery.subscription, ["active", "pending"], "bounced", now, reason=reason)
