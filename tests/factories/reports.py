"""A store whose one digest went out to two readers, of whose mails something may come back."""

from __future__ import annotations

from datetime import UTC, datetime

from digest.mail.headers import Sender
from digest.subscriptions.signed_links import SignedLinks
from store import Store
from store.records.deliveries import Delivery
from store.tables.deliveries import AttemptResult
from tests.factories.store import digest, paper
from tests.factories.subscribers import ADA, BEN, with_topics

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
KEY = "a key that is long enough"
LINKS = SignedLinks([KEY])
SENDER = Sender("Paper Route <digests@example.org>", bounces="bounces+{id}@example.org")
_US = "us:1:1"


def with_sent_digest(store: Store) -> Store:
    with_topics(store, "walks", "speech")
    for address in (ADA, BEN):
        store.subscriptions.add("walks", "mail", address, "active", NOW)
    store.subscriptions.add("speech", "mail", ADA, "active", NOW)
    store.papers.add([paper()])
    store.shards.renew("mail", _US, 1e9)
    send_digest(store, 0)
    return store


def send_digest(store: Store, day: int, state: str = "sent", *, topic: str = "walks", detail: str = "250 ok") -> None:
    """A digest of that day, of which the relay takes every mail."""
    store.editions.freeze(digest(f"{topic}{day}", day=day, topic=topic), send_at=NOW)
    for number in claim_all(store):
        end(store, number, AttemptResult(state, detail, f"<{number}.f@example.org>"))


def claim_all(store: Store) -> list[int]:
    numbers = [number for number, _ in store.deliveries.due("mail", datetime(2030, 1, 1, tzinfo=UTC), 100)]
    for number in numbers:
        store.deliveries.claim(number, _US, NOW)
    return numbers


def end(store: Store, number: int, ended: AttemptResult) -> None:
    assert store.deliveries.end(number, _US, NOW, ended)


def delivery_of(store: Store, address: str, day: int = 0) -> Delivery:
    return next(one for one in store.deliveries.list(edition=f"walks{day}", limit=-1) if one.address == address)


def envelope(number: int) -> str:
    return SENDER.envelope(LINKS.bounce_ids.sign(number))
