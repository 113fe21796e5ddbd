"""Send queue: which due delivery the senders of one channel take next, fair to every recipient's domain.

Invariant: a number goes to one thread only until it is done with; whether it is still to be sent is decided by the
claim, never here. What one domain does holds up no other: neither its rate nor its refusals, nor that it is slow. The
rate in all holds over all processes: each has its part of it, as it has of the shards.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from digest.background.domain_paces import DomainPaces
from digest.background.domain_turns import DomainTurns
from digest.ports import Receipt
from digest.retry import Backoff
from store import Store
from store.outbox.shards import ALL_SHARDS, SHARDS, shard_of
from store.records.deliveries import ChannelName

_log = logging.getLogger(__name__)
_REFILL_SIZE, _REFILL_EACH = 500, 20  # deliveries in all, and of one domain
_REFILL_SECONDS = 1.0  # how old what the store said may be while there is something to take
_LONGEST_REST = 1.0  # seconds; then the store is asked again: another process may have planned something
_BACKOFF = Backoff(first=2.0, most=300.0)  # seconds, after each word of a relay that it has enough
_MOMENT = 0.01  # seconds
_PERMANENT = 500  # from this code on a refusal is for good, and its circuit opens
_CLOSING = 421  # SMTP: no more over this connection


class SendRate:
    """At most so many a minute, in all and for one domain; 0 is no limit. Seconds on a clock that never jumps."""

    def __init__(
        self, per_minute: float, per_domain_per_minute: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._domain_gap = 60.0 / per_domain_per_minute if per_domain_per_minute else 0.0
        self._clock = clock
        self._free_at = 0.0
        self._domains: dict[str, float] = {}
        self._share = 1.0  # of the rate in all
        self._taken_over: dict[int, float] = {}  # shards: from when on they get anything

    def share(self, held: Collection[int], gained: Collection[int]) -> None:
        """Of all shards these are sent to from here; what was gained had a sender until now."""
        now = self._clock()
        self._share = len(held) / SHARDS or 1.0
        self._taken_over = {shard: at for shard, at in self._taken_over.items() if at > now}
        self._taken_over |= dict.fromkeys(gained, now + self._domain_gap)
        if gained:
            self._free_at = max(self._free_at, now + self._gap / self._share)

    def wait(self, domain: str) -> float:
        """0.0, and the permit is taken; else the seconds until there may be one."""
        now = self._clock()
        free_at = max(self._domains.get(domain, 0.0), self._taken_over.get(shard_of(domain), 0.0))
        left = max(self._free_at, free_at) - now
        if left > 0:
            return left
        self._free_at = now + self._gap / self._share
        if self._domain_gap:
            self._domains = {name: at for name, at in self._domains.items() if at > now}
            self._domains[domain] = now + self._domain_gap
        return 0.0


class SendQueue:
    """connections: how many threads take from it, each with a connection of its own."""

    def __init__(self, medium: ChannelName, store: Store, rates: SendRate, connections: int = 1) -> None:
        self._medium: ChannelName = medium
        self._store = store
        self._rates = rates
        self._paces = DomainPaces(medium, store)
        self._turns = DomainTurns(connections)
        self._news = threading.Condition()
        self._waiting: dict[str, deque[int]] = {}  # by domain
        self._shards: frozenset[int] = ALL_SHARDS
        self._read_at = -_REFILL_SECONDS
        self._resume_at = 0.0
        self._pauses = 0
        self.idle = False  # nothing was due when last asked

    def take_from(self, shards: frozenset[int]) -> None:
        """Of these shards alone from now on."""
        with self._news:
            gained = shards - self._shards
            if shards == self._shards:
                return
            self._shards = shards
            self._waiting = {}
            self._read_at = -_REFILL_SECONDS
            self._rates.share(shards, gained)
            if gained:
                self._paces.take_over(gained)
            self._news.notify_all()

    def next(self) -> int | None:
        """The number of a delivery to claim, to be given back to `end`; None after a rest, where there is none yet."""
        with self._news:
            left = self._resume_at - time.monotonic()
            if left > 0:
                self._news.wait(min(left, _LONGEST_REST))
                return None
            if time.monotonic() >= self._read_at + _REFILL_SECONDS:
                self._refill()
            soonest = self._soonest()
            if isinstance(soonest, int):
                return soonest
            if self._read_at + _MOMENT < time.monotonic():  # there may be more of what was taken to its last
                self._refill()
                soonest = self._soonest()
                if isinstance(soonest, int):
                    return soonest
            self._news.wait(self._until_next(soonest))
            return None

    def end(self, id_: int) -> None:
        """A delivery that was taken is done with, whatever came of it."""
        with self._news:
            self._turns.end(id_)
            self._news.notify_all()

    def note(self, domain: str, receipt: Receipt) -> None:
        """What the other side said to a delivery: to go slower, or that it takes things again."""
        if receipt.state == "retry" and receipt.blames == "relay" and receipt.code < _PERMANENT:
            self.slow_down(receipt.detail)
        with self._news:
            if receipt.state == "sent":
                self._pauses = 0
                self._paces.speed_up(domain)
            elif _is_of_domain(receipt):
                self._paces.slow_down(domain, receipt.detail, learn=receipt.wants_pace)

    def rest_domain(self, domain: str, span: timedelta) -> None:
        """Send nothing to one domain for a while."""
        with self._news:
            self._paces.rest(domain, span.total_seconds())

    def rest(self, seconds: float) -> None:
        with self._news:
            self._news.wait(seconds)

    def wake(self) -> None:
        """There may be something new."""
        with self._news:
            self._read_at = -_REFILL_SECONDS
            self._news.notify_all()

    def pause(self, span: timedelta) -> None:
        """Take nothing for a while."""
        with self._news:
            self._resume_at = max(self._resume_at, time.monotonic() + span.total_seconds())

    def slow_down(self, why: str) -> None:
        """The other side has enough, or is away: all threads rest, longer each time."""
        with self._news:
            if time.monotonic() < self._resume_at:  # several threads met the same trouble
                return
            self._pauses += 1
            seconds = _BACKOFF.pause(self._pauses)
            self._resume_at = time.monotonic() + seconds
        _log.warning("%s rests for %.0f s: %s", self._medium, seconds, why)

    def _refill(self) -> None:
        """Read anew what is due, but for domains that rest, and for what threads have."""
        resting, now = self._paces.resting(), datetime.now(UTC)
        due = self._store.deliveries.due(
            self._medium, now, _REFILL_SIZE, each=_REFILL_EACH, without=resting, shards=self._shards
        )
        self._read_at = time.monotonic()  # its end: where that takes long, it is not read again at once
        self._waiting = {}
        for id_, domain in due:
            if id_ not in self._turns:
                self._waiting.setdefault(domain, deque()).append(id_)
        self.idle = not due

    def _soonest(self) -> int | float:
        """The delivery whose turn it is, and it is taken; else the seconds until there may be one."""
        soonest = _LONGEST_REST
        for domain in self._turns.sort(list(self._waiting)):
            left = self._paces.wait(domain) or self._rates.wait(domain)
            if left:
                soonest = min(soonest, left)
                continue
            id_ = self._waiting[domain].popleft()
            if not self._waiting[domain]:
                del self._waiting[domain]
            self._paces.begin(domain)
            self._turns.take(id_, domain)
            return id_
        return soonest

    def _until_next(self, soonest: float) -> float:
        """How long to rest: until a rate or a domain allows, or the next is due."""
        waits = [soonest, *map(self._paces.wait, self._paces.resting())]
        if not self._waiting:
            next_at = self._store.deliveries.next_due(self._medium)
            if next_at is not None and next_at > (now := datetime.now(UTC)):
                waits.append((next_at - now).total_seconds())
        return max(min(waits), _MOMENT)


def _is_of_domain(receipt: Receipt) -> bool:
    """Whether a domain wants fewer, or closed; greylisting puts off each of its readers once, and not the others."""
    wants_rest = receipt.code == _CLOSING or receipt.wants_pace
    return receipt.state == "retry" and wants_rest and receipt.blames in ("domain", "recipient")
