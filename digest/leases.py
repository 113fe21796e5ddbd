"""Leases: a lock over all processes that share the store, so that a piece of work is done once.

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

from digest.run_context import RunContext
from store import Store
from store.errors import StoreError

LEASE_SECONDS = 20.0
_RENEWALS = 4  # renewals in a lease, so that one may be late
_POLL_SECONDS = 0.5


def new_owner() -> str:
    """A name for this process, or a part of it, that no other has: readable, and never used twice."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def is_gone(owner: str) -> bool:
    """Whether the process of an owner has surely ended: it was one of this machine, and is there no more.

    Where several containers share a name, this may be wrong. Nothing breaks then: a lease that is taken from the living
    costs work done twice or a delivery that is uncertain, never one that is sent twice.
    """
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdecimal() or int(rest) == os.getpid():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is there, and another user's
        return False
    return False


def acquire(store: Store, name: str, owner: str, seconds: float) -> bool:
    """Take a lease, also from a process that died: nobody waits for the end of what is no longer held."""
    if store.leases.acquire(name, owner, seconds):
        return True
    holder = store.leases.owner(name)
    if not holder or not is_gone(holder):
        return False
    store.leases.release(name, holder)
    return store.leases.acquire(name, owner, seconds)


@contextmanager
def exclusive(name: str, store: Store, run: RunContext, why: str) -> Iterator[None]:
    """Enter alone, over all processes that share the store; `why` tells the reader what is waited for.

    Raises Cancelled out of the wait.
    """
    owner, over = new_owner(), threading.Event()
    while not acquire(store, name, owner, LEASE_SECONDS):
        run.wait(_POLL_SECONDS, why)
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
