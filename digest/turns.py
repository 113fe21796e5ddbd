"""A piece of work that is done once, though several processes begin it at the same time.

Invariant: while `held` is entered, nobody else has entered it under that name; a process that died is waited for no
longer than its lease.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from digest.run import Run
from store import Store
from store.errors import StoreError

LEASE_SECONDS = 20.0
_BEATS = 4  # renewals in a lease, so that one may be late
_LOOK_AGAIN = 0.5


def new_owner() -> str:
    """A name for this process, or a part of it, that no other has: readable, and never used twice."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@contextmanager
def held(name: str, store: Store, run: Run, why: str) -> Iterator[None]:
    """Enter alone, over all processes that share the store; `why` tells the reader what is waited for.

    Raises Cancelled out of the wait.
    """
    owner, over = new_owner(), threading.Event()
    while not store.leases.take(name, owner, LEASE_SECONDS):
        run.wait(_LOOK_AGAIN, why)
    beat = threading.Thread(target=_keep, args=(name, owner, store, over), name=f"lease {name}", daemon=True)
    beat.start()
    try:
        yield
    finally:
        over.set()
        beat.join()
        store.leases.free(name, owner)


def _keep(name: str, owner: str, store: Store, over: threading.Event) -> None:
    while not over.wait(LEASE_SECONDS / _BEATS):
        try:
            store.leases.take(name, owner, LEASE_SECONDS)
        except StoreError:
            continue  # a busy store: the next beat is soon, and the work itself meets the same store and says so
