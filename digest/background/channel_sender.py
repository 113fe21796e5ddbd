"""Channel sender: the threads that claim what is due over one channel, send it, and record what came of it.

Invariant: an attempt is on the disk before its effect, and its end right after.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from digest.background.bounce_policy import BouncePolicy
from digest.background.channel_setup import ChannelSetup
from digest.background.circuit_breaker import CircuitBreaker
from digest.background.edition_cache import EditionCache
from digest.background.send_queue import SendQueue, SendRate
from digest.errors import PaperRouteError
from digest.ports import Channel, Outgoing, Receipt
from digest.retry import Backoff
from store import Store
from store.records.deliveries import ChannelName, Delivery
from store.tables.deliveries import AttemptResult, domain_of

_log = logging.getLogger(__name__)
_DETAIL_LENGTH = 500  # characters of the other side's words that are kept
_LEAST_FREE_BYTES = 50 * 2**20  # bytes that must be free on the store's disk: what is sent has to be recorded
_LOOK_SECONDS = 1.0  # from one look at circuits that are due for a probe to the next
_NOBODY_TRIED = timedelta(hours=6)  # for so long after it was due: longer than any rest between two tries
_STORE_PAUSE = timedelta(seconds=30)  # how long nothing is claimed after the store could not be written


class OutboxHolder(Protocol):
    """The outbox, as its senders see it."""

    @property
    def owner(self) -> str: ...

    @property
    def stopping(self) -> bool: ...

    @property
    def holding(self) -> bool:
        """Whether this process sends."""
        ...


class ChannelSender:
    """One channel's threads, which share what is due, its rates, and its pauses."""

    def __init__(self, name: ChannelName, setup: ChannelSetup, store: Store, holder: OutboxHolder) -> None:
        self._name: ChannelName = name
        self._setup = setup
        self._store = store
        self._holder = holder
        rates = SendRate(setup.terms.per_minute, setup.terms.per_domain_per_minute)
        self._queue = SendQueue(name, store, rates, setup.terms.connections)
        bounces = BouncePolicy(store, setup.terms.soft_bounces)
        self._breaker = CircuitBreaker(store, name, bounces, setup.likeness, setup.terms.first_probe)
        self._look_at = 0.0  # monotonic: when circuits are looked at next
        self._editions = EditionCache(store)

    def make_threads(self) -> list[threading.Thread]:
        names = [f"{self._name}-{number}" for number in range(1, self._setup.terms.connections + 1)]
        return [threading.Thread(target=self._send_until_stopped, name=name, daemon=True) for name in names]

    def wake(self) -> None:
        self._queue.wake()

    def renew_shards(self, seconds: float) -> frozenset[int]:
        """Hold this process' part of the channel for so long."""
        shards = self._store.shards.renew(self._name, self._holder.owner, seconds)
        self._queue.take_from(shards)
        return shards

    def send_uncertain_again(self) -> None:
        """Where that is the policy."""
        now, terms = datetime.now(UTC), self._setup.terms
        if not terms.resend_uncertain:
            return
        if again := self._store.deliveries.send_uncertain_again(self._name, now - terms.give_up_after, now):
            _log.warning("%d uncertain deliveries are sent again over %s", again, self._name)
            self._queue.wake()

    def _send_until_stopped(self) -> None:
        channel: Channel | None = None
        while not self._holder.stopping:
            try:
                channel = self._send_next(channel)
            except PaperRouteError as error:  # the store cannot be read: nothing was claimed, nothing is lost
                _log.error("nothing is sent for a while: %s", error.message)
                self._queue.pause(_STORE_PAUSE)
        _close(channel)

    def _send_next(self, channel: Channel | None) -> Channel | None:
        """Send the next delivery, or rest; the thread's channel, None where a new one is needed."""
        if not self._may_send():
            self._queue.rest(1.0)
            return channel
        self._appoint_canaries()
        id_ = self._queue.next()
        if id_ is not None:
            try:
                return self._send_delivery(id_, channel)
            finally:
                self._queue.end(id_)
        if self._queue.idle:  # the other side need not keep a connection that nothing goes over
            _close(channel)
            return None
        return channel

    def _appoint_canaries(self) -> None:
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + min(_LOOK_SECONDS, self._setup.terms.first_probe.total_seconds())
        if self._breaker.appoint_canaries(datetime.now(UTC)):
            self._queue.wake()

    def _may_send(self) -> bool:
        if not self._holder.holding:
            return False
        free = self._store.free_bytes()
        if free is None or free >= _LEAST_FREE_BYTES:
            return True
        _log.error("the disk of the store is full: nothing is sent until there is room")
        self._queue.pause(_STORE_PAUSE)
        return False

    def _send_delivery(self, id_: int, channel: Channel | None) -> Channel | None:
        """Send one delivery, if it is still to be sent; the thread's channel, None where a new one is needed."""
        try:
            channel = channel or self._setup.open()
        except PaperRouteError as error:
            self._queue.slow_down(error.message)
            return None
        for deliveries in self._split_composable(self._claim(id_)):
            self._record(deliveries, self._send(deliveries, channel))
        return channel

    def _claim(self, id_: int) -> Sequence[Delivery]:
        """A claim of which the store did not say that it is there is none; it may be there all the same."""
        owner, now = self._holder.owner, datetime.now(UTC)
        try:
            return self._store.deliveries.claim(id_, owner, now)
        except PaperRouteError as error:
            _log.error("nothing is claimed for a while: %s", error.message)
            self._queue.pause(_STORE_PAUSE)
            self._keep_trying(lambda: self._store.deliveries.give_back(owner, now))  # decision 271
            return ()

    def _split_composable(self, claimed: Sequence[Delivery]) -> Iterator[Sequence[Delivery]]:
        """What goes in one mail; a digest whose edition is gone by itself, so that it holds up no other."""
        there = [delivery for delivery in claimed if self._has_edition(delivery)]
        if there:
            yield there
        yield from ([delivery] for delivery in claimed if delivery not in there)

    def _has_edition(self, delivery: Delivery) -> bool:
        try:
            return bool(delivery.edition and self._editions.get(delivery.edition))
        except PaperRouteError:  # `_send` will meet it again, and say so
            return False

    def _send(self, deliveries: Sequence[Delivery], channel: Channel) -> Receipt:
        try:
            first, *others = [self._outgoing(delivery) for delivery in deliveries]
        except PaperRouteError as error:
            return Receipt("failed", f"It cannot be composed: {error.message}", blames="content")
        begun = threading.Event()

        def begin() -> None:
            numbers = [delivery.id for delivery in deliveries]
            if not self._store.deliveries.begin_text(numbers, self._holder.owner, datetime.now(UTC)):
                raise PaperRouteError("Another sender has it.")
            begun.set()

        try:
            return channel.send(replace(first, others=tuple(others)), begin)
        except Exception as error:  # noqa: BLE001 - whatever a channel's library does, its delivery is accounted for
            known = isinstance(error, PaperRouteError)
            _log.error("delivery %d ended in a fault of Paper Route: %s", first.delivery, error, exc_info=not known)
            words = error.message if isinstance(error, PaperRouteError) else type(error).__name__
            return Receipt("uncertain" if begun.is_set() else "retry", f"A fault of Paper Route: {words}")

    def _outgoing(self, delivery: Delivery) -> Outgoing:
        return self._setup.outgoing(delivery, self._editions.get(delivery.edition) if delivery.edition else None)

    def _record(self, deliveries: Sequence[Delivery], receipt: Receipt) -> None:
        now = datetime.now(UTC)
        attempts = max(delivery.attempts for delivery in deliveries)  # so that all of one mail are tried again at once
        ends = [(delivery, self._result_of(delivery, receipt, attempts, now)) for delivery in deliveries]
        freed = self._keep_trying(lambda: self._keep_ends(ends, receipt, now))
        for delivery, ended in ends:
            _log.info(
                "delivery %d, attempt %d, over %s: %s (%s)", delivery.id, delivery.attempts, self._name, ended.state,
                ended.detail,
            )  # fmt: skip
        if freed:
            self._look_at = 0.0
            self._queue.wake()
        self._queue.note(domain_of(deliveries[0].address), receipt)

    def _keep_ends(self, ends: Sequence[tuple[Delivery, AttemptResult]], receipt: Receipt, now: datetime) -> bool:
        """All of one mail at once, with what follows for their subscriptions and for circuits, so that a process killed
        between them forgets none. Whether other deliveries may go by that.
        """
        freed = False
        with self._store.write(durable=True):
            for delivery, ended in ends:
                if self._store.deliveries.end(delivery.id, self._holder.owner, now, ended):
                    freed |= self._breaker.note(delivery, receipt, ended, now)
        return freed

    def _result_of(self, delivery: Delivery, receipt: Receipt, attempts: int, now: datetime) -> AttemptResult:
        detail = " ".join(receipt.detail.split())[:_DETAIL_LENGTH]
        if receipt.state != "retry":
            return AttemptResult(receipt.state, detail, receipt.message_id)
        terms = self._setup.terms
        backoff = Backoff(terms.first_retry.total_seconds(), terms.longest_retry.total_seconds())
        wait = timedelta(seconds=backoff.pause(attempts))
        if self._is_too_old(delivery, now + wait, now):
            return AttemptResult(
                "failed", f"given up after {delivery.attempts} attempts; the last: {detail}"[:_DETAIL_LENGTH]
            )
        return AttemptResult("retry", detail, receipt.message_id, now + wait)

    def _is_too_old(self, delivery: Delivery, at: datetime, now: datetime) -> bool:
        """Whether it is not to be tried again at a moment. How long circuits held it does not count; and what nobody
        tried for long, in a machine that slept, is tried once more: its network may not be there yet.
        """
        if (delivery.claimed_at or now) - delivery.next_at > _NOBODY_TRIED:
            return False
        last = delivery.planned_at + self._setup.terms.give_up_after
        return at > last and at > last + self._store.circuits.held_time(delivery, now)

    def _keep_trying(self, record: Callable[[], bool | None]) -> bool:
        """What was sent has to be recorded, however long the store is away; at a stop, it is left uncertain."""
        while True:
            try:
                return bool(record())
            except PaperRouteError as error:
                _log.error("the end of a delivery cannot be recorded yet: %s", error.message)
                if self._holder.stopping:
                    return False
                self._queue.pause(_STORE_PAUSE)
                time.sleep(1.0)


def _close(channel: Channel | None) -> None:
    try:
        if channel:
            channel.close()
    except PaperRouteError as error:
        _log.info("a channel did not close well: %s", error.message)
