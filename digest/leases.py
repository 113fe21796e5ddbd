"""Lease held while a piece of work is done: a lock over all processes that share the store.

Invariant: while `exclusive` is entered, nobody else has entered it under that name; a process that died is not waited
for, and one of another machine no longer than its lease.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from store import Store
from store.db.owners import new_owner
from store.errors import StoreError
from store.records.lazy_text import AnyText

LEASE_SECONDS = 20.0
_RENEWALS = 4  # renewals in a lease, so that one may be late
_POLL_SECONDS = 0.5


@contextmanager
def exclusive(
    name: str, store: Store, wait: Callable[[float, AnyText], None], why: AnyText
) -> Iterator[None]:  # decision 29
    """Enter alone, over all processes that share the store.

    wait: sleeps so many seconds, and tells the reader `why`; what it raises (Cancelled) ends the waiting.
    """
    owner, over = new_owner(), threading.Event()
    while not store.leases.acquire(name, owner, LEASE_SECONDS):
        wait(_POLL_SECONDS, why)
    beat = threading.Thread(target=_renew_until, args=(name, owner, store, over), name=f"lease {name}", daemon=True)
    beat.start()
    try:
        yield
    finally:
        over.set()
        beat.join()
        store.leases.release(name, owner)


def _renew_until(name: str, owner: str, store: Store, over: threading.Event) -> None:
    while not over.wait(LEASE_SECONDS / _RENEWALS):
        try:
            store.leases.acquire(name, owner, LEASE_SECONDS)
        except StoreError:
            continue  # a busy store: the next beat is soon, and the work itself meets the same store and says so
