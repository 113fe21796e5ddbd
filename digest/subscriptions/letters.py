"""Letters to the holder of an address whom somebody named: to confirm, or with the link to their subscriptions.

Invariant: in `ConfirmLimits.again` at most one of a kind to an address, `ConfirmLimits.hourly` an hour to all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from digest.errors import TooManyRequests
from digest.subscriptions.lookup import ConfirmLimits
from store import Store
from store.records.deliveries import NoticeKind, Subscription
from store.records.lazy_text import lazy_gettext


def ask_holder(
    store: Store, mail: str, awaited: Sequence[tuple[Subscription, bool]], now: datetime, limits: ConfirmLimits
) -> None:
    """By a letter to confirm what is pending; where all of it rests or bounced, by one with the link."""
    states = {subscription.state for subscription, _ in awaited}
    if "pending" in states:
        plan_confirmation(store, awaited, now, limits)
    elif states & {"paused", "bounced"}:
        plan_link(store, mail, now, limits)


def plan_confirmation(  # decision 37
    store: Store, awaited: Sequence[tuple[Subscription, bool]], now: datetime, limits: ConfirmLimits
) -> None:
    """Plan the letter that asks to confirm: now, or once the last one is old enough, where it did not ask all this.

    One that has not gone out yet will ask for whatever is pending then.
    """
    pending = [subscription for subscription, _ in awaited if subscription.state == "pending"]
    if not pending or store.deliveries.letter_waits("confirm", "mail", pending[0].address):
        return
    last = store.deliveries.last_letter("confirm", "mail", pending[0].address)
    if last is None or last <= now - limits.again:
        store.deliveries.plan_letter("confirm", pending[0], now)
    elif any(new for _, new in awaited):
        store.deliveries.plan_letter("confirm", pending[0], last + limits.again)


def plan_link(store: Store, mail: str, now: datetime, limits: ConfirmLimits) -> bool:
    """Plan the letter with the link, as often as one that asks to confirm; False where nothing is to be seen there."""
    those = store.subscriptions.of_address("mail", mail)
    found = [each for state in ("active", "paused", "bounced") for each in those if each.state == state]
    if not found:
        return False
    last = store.deliveries.last_letter("link", "mail", mail)
    if (last is None or last <= now - limits.again) and not is_flooded(store, "link", now, limits):
        store.deliveries.plan_letter("link", found[0], now)
    return True


def is_flooded(store: Store, kind: NoticeKind, now: datetime, limits: ConfirmLimits) -> bool:
    return store.deliveries.letters_since(kind, now - timedelta(hours=1)) >= limits.hourly


def refuse_flood(store: Store, now: datetime, limits: ConfirmLimits) -> None:
    if is_flooded(store, "confirm", now, limits):
        raise TooManyRequests(
            lazy_gettext("Too many subscriptions were asked for just now."), hint=lazy_gettext("Try again in an hour.")
        )
