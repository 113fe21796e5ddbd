"""Lease held while a piece of work is done, or for good: a lock over all processes that share the store.

Invariant: while `exclusive` or `try_exclusive` is entered, nobody else has entered it under that name; a process that
died is not waited for, and one of another machine no longer than its lease. A `StandingLease` is over for its holder
before it is anyone's.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from store import Store
from store.db.owners import new_owner
from store.errors import StoreError
from store.records.lazy_text import AnyText

_log = logging.getLogger(__name__)
LEASE_SECONDS = 20.0
_RENEWALS = 4  # renewals in a lease, so that one may be late
_POLL_SECONDS = 0.5
STANDING_SECONDS = 15.0
_FENCE = 0.8  # of a standing lease, after which its holder takes it for over
_STANDBY_SECONDS = 1.0  # from one try to get it to the next
_WATCH_SECONDS = 0.25


@contextmanager
def exclusive(
    name: str, store: Store, wait: Callable[[float, AnyText], None], why: AnyText
) -> Iterator[None]:  # decision 29
    """Enter alone, over all processes that share the store.

    wait: sleeps so many seconds, and tells the reader `why`; what it raises (Cancelled) ends the waiting.
    """
    owner = new_owner()
    while not store.leases.acquire(name, owner, LEASE_SECONDS):
        wait(_POLL_SECONDS, why)
    with _renewing(name, owner, store):
        yield


@contextmanager
def try_exclusive(name: str, store: Store) -> Iterator[bool]:
    """Enter alone, or learn at once that another process is in there: False."""
    owner = new_owner()
    if not store.leases.acquire(name, owner, LEASE_SECONDS):
        yield False
        return
    with _renewing(name, owner, store):
        yield True


@contextmanager
def _renewing(name: str, owner: str, store: Store) -> Iterator[None]:
    """Of a lease just taken, until it is released."""
    over = threading.Event()
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


class StandingLease:  # decision 254
    """A name that one process holds for as long as it can; the others stand by, and the first takes it when it is free.

    lost: called from a thread that nothing holds up, when it is over while this runs: by then, all that only its holder
    may do has to end. seconds: after which one is taken for dead that cannot be looked at.
    """

    def __init__(
        self, name: str, store: Store, lost: Callable[[], None] = lambda: None, seconds: float = STANDING_SECONDS
    ) -> None:
        self._name, self._store, self._lost, self._seconds = name, store, lost, seconds
        self._owner, self._over = new_owner(), threading.Event()
        self._held_until = self._back_at = 0.0  # by _now()
        self._lock = threading.Lock()  # while the store is told
        works = {"lease": self._renew_until_over, "fence": self._watch_until_over}
        self._threads = [
            threading.Thread(target=work, name=f"{kind} {name}", daemon=True) for kind, work in works.items()
        ]

    def start(self) -> bool:
        """Try at once, and go on in the background; whether it is held now."""
        self._acquire()
        for thread in self._threads:
            thread.start()
        return self.is_held

    @property
    def is_held(self) -> bool:
        return _now() < self._held_until

    @property
    def other_holder(self) -> str:
        """The owner that has it instead; "" where none has. Raises StoreError."""
        owner = "" if self.is_held else self._store.leases.owner(self._name)
        return "" if owner == self._owner else owner

    def stand_back(self, seconds: float) -> None:
        """Give it up, and let others have it for so long. Raises StoreError."""
        with self._lock:
            self._held_until, self._back_at = 0.0, _now() + seconds
            self._store.leases.release(self._name, self._owner)

    def stop(self) -> None:
        """Give it up, once nothing is done under it any more."""
        self._over.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(self._seconds)
        self._held_until = 0.0
        try:
            self._store.leases.release(self._name, self._owner)
        except StoreError as error:
            _log.warning("%s is given up only when its lease runs out: %s", self._name, error)

    def _renew_until_over(self) -> None:
        fresh = (_FENCE - 1 / _RENEWALS) * self._seconds  # what is left of it when it is made longer
        while not self._over.wait(min(_STANDBY_SECONDS, self._seconds / _RENEWALS)):
            if self._held_until - _now() <= fresh:
                self._acquire()

    def _acquire(self) -> None:
        """Where the store is away, what is held ends by itself, unless it is back before."""
        with self._lock:
            began = _now()  # before the store begins to count
            if began < self._back_at:
                return
            try:
                held = self._store.leases.acquire(self._name, self._owner, self._seconds)
            except StoreError as error:
                _log.warning("%s: the store does not say who has it: %s", self._name, error)
            else:
                self._held_until = began + _FENCE * self._seconds if held else 0.0

    def _watch_until_over(self) -> None:
        was_held = self.is_held
        while not self._over.wait(_WATCH_SECONDS):
            is_held = self.is_held
            if was_held and not is_held:
                self._lost()
            was_held = is_held


def _now() -> float:
    """Seconds of a clock that nobody sets, and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
