"""Failure wave: many mails of one digest that come back with the same words, which say nothing of their addresses then.

Invariant: whoever is spared once is not spared again: addresses that are dead end as bounced with the next digest.
"""

from __future__ import annotations

from datetime import datetime

from store import Store
from store.records.deliveries import Delivery

_LEAST = 3  # mails, as many as open a circuit


def spare_alike(store: Store, delivery: Delivery, now: datetime) -> bool:  # decision 148
    """Whether what came back is one of a wave, to its domain or to all. Then those of it that bounced are restored."""
    reports = store.delivery_reports
    for domain in (True, False):
        alike, handed_over = reports.alike(delivery.id, domain=domain)
        if len(alike) < _LEAST or 2 * len(alike) <= handed_over:
            continue
        spared = [number for number in alike if not reports.was_spared(number)]
        reports.blame_domain(spared)
        for number in spared:
            _restore(store, number, now)
        return delivery.id in spared
    return False


def _restore(store: Store, number: int, now: datetime) -> None:
    """A subscription that bounced by this very mail."""
    delivery = store.deliveries.get(number)
    subscription = delivery and store.subscriptions.get(delivery.subscription)
    if delivery and subscription and str(subscription.reason) == delivery.detail:
        store.subscriptions.move(subscription.id, ["bounced"], "active", now)
