"""Circuit breaker: refusals judged together, so that a relay's, a sender's or a domain's trouble bounces nobody.

Invariant: all that follows of a refusal is in the transaction that records it. While a circuit is open, nothing that it
covers is sent but one canary now and then, no subscription bounces by it, and no delivery grows old.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from digest.background.bounce_policy import BouncePolicy
from digest.background.circuit_report import describe_circuit
from digest.ports import Receipt
from digest.retry import Backoff
from store import Store
from store.outbox.circuits import CircuitWords
from store.outbox.refusals import BounceEffect
from store.records.circuits import Circuit, CircuitKind
from store.records.deliveries import ChannelName, Delivery
from store.tables.deliveries import AttemptResult, domain_of

_log = logging.getLogger(__name__)
ALIKE = 3  # addresses with the same refusal in a row: doubled with each circuit that proved to be theirs alone
_ANY = 8  # likewise with whatever refusals
_DEFERRED_CANARIES = 3  # after so many that were put off for themselves, a run goes on without one that was taken
_MEMORY = timedelta(days=1)  # for how long a circuit that was closed raises what opens the next
_BEFORE = timedelta(hours=1)  # before a circuit opened: what was taken then shows the relay well
_SLOW_CANARY = timedelta(seconds=2)  # a slow domain is to hold up no other for longer
_AWAY_SECONDS = 900.0  # for which a relay only puts off, or cannot be reached, until it is a trouble like another
_ADDRESS = re.compile(r"[^\s<>()\"']+@[^\s<>()\"']+")
_LOGIN_CODES = (401, 403)  # what a channel over HTTP has in place of 535


class CircuitBreaker:
    """Of one channel. likeness: of the other side's words, what is alike between recipients."""

    def __init__(
        self,
        store: Store,
        channel: ChannelName,
        bounces: BouncePolicy,
        likeness: Callable[[str], str],
        first_probe: timedelta,
    ) -> None:
        self._store = store
        self._channel: ChannelName = channel
        self._bounces = bounces
        self._likeness = likeness
        self._away_since: float | None = None  # monotonic: since when a relay put everything off
        self._backoff = Backoff(first_probe.total_seconds(), max(first_probe.total_seconds(), 3600.0))

    def appoint_canaries(self, now: datetime) -> int:
        """Let circuits be tried whose time has come; how many."""
        return self._store.circuits.appoint_canaries(self._channel, now, _SLOW_CANARY)

    def note(self, delivery: Delivery, receipt: Receipt, ended: AttemptResult, now: datetime) -> bool:
        """In the transaction that records the end of an attempt: what follows for its subscription, for circuits and
        for what they hold. Whether others may go now, or another has to try.
        """
        if receipt.state != "retry" or receipt.blames != "relay":
            self._away_since = None
        if ended.state == "sent":
            self._store.refusals.forget(delivery)
            closed = self._store.circuits.close_covering(delivery, now)
            for circuit in closed:
                if circuit.detail:
                    _log.warning("%s goes on: %s", describe_circuit(circuit), ended.detail)
            return bool(closed)
        permanent = _is_permanent(receipt, ended)
        if permanent:
            self._note_refusal(delivery, receipt, ended, now)
        elif receipt.blames == "relay":
            self._note_away(delivery, receipt, now)
        tried = self._store.circuits.list_of_canary(delivery.id)
        for circuit in tried:
            self._end_probe(circuit, receipt, permanent, now)
        return permanent or bool(tried)

    def _note_away(self, delivery: Delivery, receipt: Receipt, now: datetime) -> None:
        """Open a circuit where the relay took nothing for long, so that it is told, and nothing is given up for it."""
        self._away_since = self._away_since or time.monotonic()
        if time.monotonic() - self._away_since >= _AWAY_SECONDS and not self._store.circuits.covering(delivery):
            self._open(delivery, receipt, "relay", "", self._likeness(receipt.detail), now)

    def _note_refusal(self, delivery: Delivery, receipt: Receipt, ended: AttemptResult, now: datetime) -> None:
        store, likeness = self._store, self._likeness(receipt.detail)
        covering = store.circuits.covering(delivery)
        if covering and not self._is_proven(covering, delivery, receipt):
            store.refusals.add(delivery, likeness, now, BounceEffect(), covering.id)
            store.refusals.undo(covering.id, now)
            return
        again = store.refusals.is_again(delivery)
        effect = self._bounces.note(delivery, receipt, ended, now)
        if covering:
            store.circuits.close(covering.id, now)
        elif not again or _names_us(receipt):
            store.refusals.add(delivery, likeness, now, effect)
            self._judge(delivery, receipt, likeness, now)

    def _is_proven(self, circuit: Circuit, delivery: Delivery, receipt: Receipt) -> bool:
        """Whether a refusal is the address's own: it is clear, came twice, no other address is left to ask, and others
        got the same digest just before.
        """
        return (
            (receipt.state, receipt.blames, receipt.is_clear) == ("failed", "recipient", True)
            and self._store.refusals.is_again(delivery, circuit.id)
            and self._store.circuits.took_edition(self._channel, delivery.edition, circuit.opened_at - _BEFORE)
        )

    def _judge(self, delivery: Delivery, receipt: Receipt, likeness: str, now: datetime) -> None:
        """Open a circuit where this refusal is one too many."""
        domain = domain_of(delivery.address)
        for kind, name, alike, least in self._suspects(delivery, receipt, likeness, domain):
            where = domain if kind == "domain" else ""
            closed = self._store.circuits.count_closed(self._channel, kind, name, now - _MEMORY)
            found = self._store.refusals.count(self._channel, domain=where, likeness=alike)
            if found.addresses >= (least if least == 1 and not closed else max(least, ALIKE) * 2**closed):
                self._open(delivery, receipt, kind, name, alike, now)
                return

    def _suspects(
        self, delivery: Delivery, receipt: Receipt, likeness: str, domain: str
    ) -> list[tuple[CircuitKind, str, str, int]]:
        """Kinds of circuits that may open, each with its name, the likeness it counts and how many are too many."""
        alike = self._store.refusals.count(self._channel, likeness=likeness)
        any_ = self._store.refusals.count(self._channel)
        wide: CircuitKind = "sender" if receipt.blames == "sender" else "relay"
        found: list[tuple[CircuitKind, str, str, int]] = []
        if receipt.blames == "content" and delivery.edition and alike.editions == 1:
            found.append(("edition", delivery.edition, likeness, ALIKE))
        if _names_us(receipt):
            found += [(wide, "", likeness, 1), ("domain", domain, likeness, 1)]
        if alike.domains > 1:
            found.append((wide, "", likeness, ALIKE))
        found.append(("domain", domain, likeness, ALIKE))
        if any_.domains > 1:
            found.append((wide, "", "", _ANY))
        return [*found, ("domain", domain, "", _ANY)]

    def _open(
        self, delivery: Delivery, receipt: Receipt, kind: CircuitKind, name: str, likeness: str, now: datetime
    ) -> None:
        words = CircuitWords(_ADDRESS.sub("…", receipt.detail), likeness, receipt.step)
        probe_at = now + timedelta(seconds=self._backoff.pause(1))
        circuit = self._store.circuits.open(delivery, kind, name, words, now, probe_at)
        where = name if kind == "domain" else ""
        restored = self._store.refusals.attribute(circuit.id, self._channel, now, domain=where, likeness=likeness)
        _log.error("%s stops, %d bounces are undone: %s", describe_circuit(circuit), restored, circuit.detail)

    def _end_probe(self, circuit: Circuit, receipt: Receipt, permanent: bool, now: datetime) -> None:
        """A canary was not taken: when the next is due. One that was put off for itself says nothing of the others."""
        if not circuit.detail:  # a run that begins; what went wrong over it meanwhile has a circuit of its own
            own = not permanent and receipt.blames in ("recipient", "domain")
            if circuit.probes + own >= _DEFERRED_CANARIES:
                self._store.circuits.close(circuit.id, now)
                return
            pause = self._backoff.first if receipt.state == "uncertain" else 0.0
            probe_at = now + timedelta(seconds=pause)
            self._store.circuits.postpone_probe(circuit.id, probe_at, circuit.probes + own, "")
            return
        probes = circuit.probes + permanent
        pause = self._backoff.pause(probes + 1 if permanent else 1)
        detail = _ADDRESS.sub("…", receipt.detail) if permanent else circuit.detail
        self._store.circuits.postpone_probe(circuit.id, now + timedelta(seconds=pause), probes, detail)


def _is_permanent(receipt: Receipt, ended: AttemptResult) -> bool:
    """Whether it is refused for good: by the other side's words, whatever becomes of the delivery, or given up."""
    return ended.state == "failed" or (receipt.blames in ("relay", "sender") and _has_permanent_code(receipt))


def _names_us(receipt: Receipt) -> bool:
    """Whether the other side clearly refuses us for good, whomever we write to."""
    return receipt.is_clear and receipt.blames in ("relay", "sender") and _has_permanent_code(receipt)


def _has_permanent_code(receipt: Receipt) -> bool:
    return receipt.code >= 500 or receipt.code in _LOGIN_CODES
