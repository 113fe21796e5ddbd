"""The outbox at work over a real store: started and stopped, and waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from digest.background.channel_setup import ChannelSetup
from digest.background.outbox import Outbox
from digest.ports import Outgoing
from store import Store
from store.records.deliveries import Delivery
from store.records.editions import Edition

_SECONDS = 180.0  # more than a busy machine needs


def plain_outgoing(delivery: Delivery, edition: Edition | None) -> Outgoing:
    """With the edition, and nothing that is the recipient's own but a token."""
    assert edition
    return Outgoing(delivery.id, edition, delivery.address, "token")


@contextmanager
def running_outbox(store: Store, setup: ChannelSetup, owner: str = "", seconds: float = _SECONDS) -> Iterator[Outbox]:
    """Over one channel, mail. seconds: that it has to stop."""
    outbox = Outbox(store, {"mail": setup}, owner=owner)
    outbox.start()
    try:
        yield outbox
    finally:
        assert outbox.stop(seconds)


def until(condition: Callable[[], object], seconds: float = _SECONDS) -> None:
    """Look until it holds: what other threads do has no other sign than the store."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to hold"
        time.sleep(0.01)


def states(store: Store) -> dict[str, int]:
    return dict(store.deliveries.counts())
