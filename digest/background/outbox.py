"""Outbox workers: claim, send, record, so that nothing arrives twice and nothing is lost in silence.

Invariant: an attempt is on the disk before its effect, and its end right after. One sender at a time holds the outbox,
over all processes; what a dead one had begun is uncertain, and only a person sends it again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from digest.background.send_queue import SendQueue, SendRate
from digest.errors import PaperRouteError
from digest.ports import Channel, Outgoing, Receipt
from digest.retry import Backoff
from store import Store
from store.records.deliveries import ChannelName, Delivery
from store.records.editions import Edition
from store.records.lazy_text import AnyText, lazy_gettext
from store.tables.deliveries import MAIL_TOPICS, OUTBOX, AttemptResult
from store.tables.leases import new_owner

_log = logging.getLogger(__name__)
_DETAIL_LENGTH = 500  # characters of the other side's words that are kept
_LEAST_FREE_BYTES = 50 * 2**20  # bytes that must be free on the store's disk: what is sent has to be recorded
_STORE_PAUSE = timedelta(seconds=30)  # how long nothing is claimed after the store could not be written

BuildOutgoing = Callable[[Delivery, Edition | None], Outgoing]


class BouncePolicy:
    """One refusal for good, or `soft_limit` passing ones in a row, and a subscription counts as bounced.

    A passing refusal counts once for each delivery that was given up for it, not for each attempt: a mailbox that is
    full for a day is one, and so is a relay that greylists.
    """

    def __init__(self, store: Store, soft_limit: int) -> None:
        self._store = store
        self._limit = soft_limit

    def note(self, delivery: Delivery, receipt: Receipt, ended: AttemptResult, now: datetime) -> None:
        """Mark the subscription where its address, not the relay or the mail, is to blame."""
        if ended.state != "failed" or receipt.blames != "recipient":
            return
        if receipt.state == "failed":
            self._mark_bounced(delivery, now, ended.detail)
        elif self._store.subscriptions.record_soft_bounce(delivery.subscription) >= self._limit:
            reason = lazy_gettext(
                "{n} deliveries in a row were put off for good; {detail}", n=self._limit, detail=ended.detail
            )
            self._mark_bounced(delivery, now, reason)

    def _mark_bounced(self, delivery: Delivery, now: datetime, reason: AnyText) -> None:
        self._store.subscriptions.move(delivery.subscription, ["active", "pending"], "bounced", now, reason=reason)


@dataclass(frozen=True)
class SendPolicy:
    """For how long, how often and how fast things are sent. Rates are in deliveries a minute; 0 is no limit."""

    connections: int = 4  # connections of one medium, side by side
    per_minute: float = 0.0
    per_domain_per_minute: float = 0.0
    first_retry: timedelta = timedelta(minutes=1)  # doubled each time
    longest_retry: timedelta = timedelta(hours=2)
    give_up_after: timedelta = timedelta(hours=24)
    soft_bounces: int = 5  # in a row, until a subscription counts as bounced
    lease_seconds: float = 20.0


@dataclass(frozen=True)
class ChannelSetup:
    """How one medium is sent over. open: a new channel; it may raise PaperRouteError where the other side is away."""

    open: Callable[[], Channel]
    outgoing: BuildOutgoing
    terms: SendPolicy = field(default_factory=SendPolicy)


class Outbox:
    """The deliveries of all media, sent from threads of its own between `start` and `stop`."""

    def __init__(self, store: Store, routes: Mapping[ChannelName, ChannelSetup], *, owner: str = "") -> None:
        self._store = store
        self.owner = owner or new_owner()
        self._stop = threading.Event()
        self._holding = threading.Event()
        self._lease = min([route.terms.lease_seconds for route in routes.values()], default=20.0)
        self._media = [_ChannelSender(name, route, store, self) for name, route in routes.items()]
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._keep, name="outbox", daemon=True)]
        self._threads += [thread for medium in self._media for thread in medium.make_threads()]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> bool:
        """Claim nothing more and wait for what is under way; whether all of it ended in time."""
        self._stop.set()
        for medium in self._media:
            medium.wake()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        ended = not any(thread.is_alive() for thread in self._threads)
        if ended:  # else the lease runs out by itself, once nobody can be sending under it
            self._store.leases.release(OUTBOX, self.owner)
        return ended

    def wake(self) -> None:
        """There may be something new to send."""
        for medium in self._media:
            medium.wake()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def holding(self) -> bool:
        """Whether this is the process that sends."""
        return self._holding.is_set()

    def _keep(self) -> None:
        """Hold the outbox while this runs; on getting it, settle what a dead holder left."""
        while not self._stop.is_set():
            try:
                self._renew()
            except PaperRouteError as error:
                _log.warning("the outbox waits: %s", error.message)
                self._holding.clear()
            self._stop.wait(self._lease / 4)
        self._holding.clear()

    def _renew(self) -> None:
        if not self._store.leases.acquire(OUTBOX, self.owner, self._lease):
            self._holding.clear()
            return
        # Every time, not only on getting it: what is not ours and still claimed was left by somebody who is gone.
        if left := self._store.deliveries.abandon(self.owner, datetime.now(UTC)):
            _log.warning("%d deliveries of a sender that is gone are uncertain: paperroute deliveries list", left)
        if not self._holding.is_set():
            self._holding.set()
            self.wake()


class _ChannelSender:
    """One medium's threads, which share what is due, its rates, and its pauses."""

    def __init__(self, name: ChannelName, route: ChannelSetup, store: Store, outbox: Outbox) -> None:
        self._name: ChannelName = name
        self._route = route
        self._store = store
        self._outbox = outbox
        self._feed = SendQueue(name, store, SendRate(route.terms.per_minute, route.terms.per_domain_per_minute))
        self._bounces = BouncePolicy(store, route.terms.soft_bounces)
        self._editions = _EditionCache(store)

    def make_threads(self) -> list[threading.Thread]:
        names = [f"{self._name}-{number}" for number in range(1, self._route.terms.connections + 1)]
        return [threading.Thread(target=self._send_until_stopped, name=name, daemon=True) for name in names]

    def wake(self) -> None:
        self._feed.wake()

    def _send_until_stopped(self) -> None:
        channel: Channel | None = None
        while not self._outbox.stopping:
            try:
                channel = self._send_next(channel)
            except PaperRouteError as error:  # the store cannot be read: nothing was claimed, nothing is lost
                _log.error("nothing is sent for a while: %s", error.message)
                self._feed.pause(_STORE_PAUSE)
        _close(channel)

    def _send_next(self, channel: Channel | None) -> Channel | None:
        """Send the next delivery, or rest; the thread's channel, None where a new one is needed."""
        if not self._may_send():
            self._feed.rest(1.0)
            return channel
        id_ = self._feed.next()
        if id_ is not None:
            return self._send_delivery(id_, channel)
        if self._feed.idle:  # the other side need not keep a connection that nothing goes over
            _close(channel)
            return None
        return channel

    def _may_send(self) -> bool:
        if not self._outbox.holding:
            return False
        if self._store.free_bytes() >= _LEAST_FREE_BYTES:
            return True
        _log.error("the disk of the store is full: nothing is sent until there is room")
        self._feed.pause(_STORE_PAUSE)
        return False

    def _send_delivery(self, id_: int, channel: Channel | None) -> Channel | None:
        """Send one delivery, if it is still to be sent; the thread's channel, None where a new one is needed."""
        try:
            channel = channel or self._route.open()
        except PaperRouteError as error:
            self._feed.slow_down(error.message)
            return None
        try:
            claimed = self._store.deliveries.claim(id_, self._outbox.owner, datetime.now(UTC))
        except PaperRouteError as error:
            _log.error("nothing is claimed for a while: %s", error.message)
            self._feed.pause(_STORE_PAUSE)
            return channel
        for deliveries in self._split_composable(claimed):
            self._record(deliveries, self._send(deliveries, channel))
        return channel

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
        try:
            return channel.send(replace(first, others=tuple(others)), lambda: None)
        except Exception as error:  # noqa: BLE001 - whatever a channel's library does, its delivery is accounted for
            _log.exception("delivery %d ended in a fault of Paper Route", first.delivery)
            return Receipt("uncertain", f"A fault of Paper Route: {type(error).__name__}")

    def _outgoing(self, delivery: Delivery) -> Outgoing:
        return self._route.outgoing(delivery, self._editions.get(delivery.edition) if delivery.edition else None)

    def _record(self, deliveries: Sequence[Delivery], receipt: Receipt) -> None:
        now = datetime.now(UTC)
        attempts = max(delivery.attempts for delivery in deliveries)  # so that all of one mail are tried again at once
        ends = [(delivery, self._result_of(delivery, receipt, attempts, now)) for delivery in deliveries]
        self._keep_trying(lambda: self._keep_ends(ends, receipt, now))
        for delivery, ended in ends:
            _log.info(
                "delivery %d, attempt %d, over %s: %s (%s)", delivery.id, delivery.attempts, self._name, ended.state,
                ended.detail,
            )  # fmt: skip
        if receipt.state == "retry" and receipt.blames == "relay":
            self._feed.slow_down(receipt.detail)
        elif receipt.state == "sent":
            self._feed.speed_up()

    def _keep_ends(self, ends: Sequence[tuple[Delivery, AttemptResult]], receipt: Receipt, now: datetime) -> None:
        """All of one mail at once, with what follows for their subscriptions, so that a process killed between them
        forgets none.
        """
        with self._store.write(durable=True):
            for delivery, ended in ends:
                self._store.deliveries.end(delivery.id, self._outbox.owner, now, ended)
                self._bounces.note(delivery, receipt, ended, now)

    def _result_of(self, delivery: Delivery, receipt: Receipt, attempts: int, now: datetime) -> AttemptResult:
        detail = " ".join(receipt.detail.split())[:_DETAIL_LENGTH]
        if receipt.state != "retry":
            return AttemptResult(receipt.state, detail, receipt.message_id)
        terms = self._route.terms
        backoff = Backoff(terms.first_retry.total_seconds(), terms.longest_retry.total_seconds())
        wait = timedelta(seconds=backoff.pause(attempts))
        if now + wait > delivery.planned_at + terms.give_up_after:
            return AttemptResult(
                "failed", f"given up after {delivery.attempts} attempts; the last: {detail}"[:_DETAIL_LENGTH]
            )
        return AttemptResult("retry", detail, receipt.message_id, now + wait)

    def _keep_trying(self, record: Callable[[], object]) -> None:
        """What was sent has to be recorded, however long the store is away; at a stop, it is left uncertain."""
        while True:
            try:
                record()
            except PaperRouteError as error:
                _log.error("the end of a delivery cannot be recorded yet: %s", error.message)
                if self._outbox.stopping:
                    return
                self._feed.pause(_STORE_PAUSE)
                time.sleep(1.0)
            else:
                return


class _EditionCache:
    """The last few editions, decoded once for all their deliveries."""

    def __init__(self, store: Store, most: int = MAIL_TOPICS) -> None:
        self._store = store
        self._most = most
        self._lock = threading.Lock()
        self._kept: dict[str, Edition] = {}

    def get(self, id_: str) -> Edition | None:
        with self._lock:
            if id_ not in self._kept and (found := self._store.editions.get(id_)):
                self._kept[id_] = found
                while len(self._kept) > self._most:
                    del self._kept[next(iter(self._kept))]
            return self._kept.get(id_)


def _close(channel: Channel | None) -> None:
    try:
        if channel:
            channel.close()
    except PaperRouteError as error:
        _log.info("a channel did not close well: %s", error.message)
