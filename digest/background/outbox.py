"""Outbox: this process' part of what is to be sent, shared with others; its channels' threads claim, send and record.

Invariant: nothing arrives twice and nothing is lost in silence: what a dead holder had begun to hand over is uncertain,
and is sent again by a person, or where the channel's policy says so (`SendPolicy.resend_uncertain`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from digest.background.channel_sender import ChannelSender
from digest.background.channel_setup import ChannelSetup
from digest.background.circuit_report import write_notice
from digest.errors import PaperRouteError
from digest.ports import OperatorNotice
from store import Store
from store.db.owners import new_owner
from store.records.deliveries import ChannelName

_log = logging.getLogger(__name__)
_TELLING_SECONDS = 3600.0  # for which a notice that no way took yet is not told again


class Outbox:
    """The deliveries of all channels, sent from threads of its own between `start` and `stop`.

    operator: who is told when something stops, and when it goes on.
    """

    def __init__(
        self,
        store: Store,
        setups: Mapping[ChannelName, ChannelSetup],
        *,
        owner: str = "",
        operator: OperatorNotice | None = None,
    ) -> None:
        self._store = store
        self._operator = operator
        self.owner = owner or new_owner()
        self._stop = threading.Event()
        self._holding = threading.Event()
        self._tells = False  # whether it is this process that tells the operator
        self._lease = min([setup.terms.lease_seconds for setup in setups.values()], default=20.0)
        self._telling: dict[tuple[int, datetime | None], float] = {}  # circuits, and since when the operator is told
        self._senders = [ChannelSender(name, setup, store, self) for name, setup in setups.items()]
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._keep, name="outbox", daemon=True)]
        self._threads += [thread for sender in self._senders for thread in sender.make_threads()]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> bool:
        """Claim nothing more and wait for what is under way; whether all of it ended in time."""
        self._stop.set()
        for sender in self._senders:
            sender.wake()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        ended = not any(thread.is_alive() for thread in self._threads)
        if ended:  # else the lease runs out by itself, once nobody can be sending under it
            self._store.shards.release(self.owner)
        return ended

    def wake(self) -> None:
        """There may be something new to send."""
        for sender in self._senders:
            sender.wake()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def holding(self) -> bool:
        """Whether this process sends."""
        return self._holding.is_set()

    def _keep(self) -> None:
        """Hold this process' part while this runs, and settle what dead holders left of it."""
        while not self._stop.is_set():
            try:
                self._renew()
                self._tell_operator()
            except PaperRouteError as error:
                _log.warning("the outbox waits: %s", error.message)
                self._holding.clear()
            self._stop.wait(self._lease / 4)
        self._holding.clear()

    def _tell_operator(self) -> None:
        """Of each circuit once when it opened, and once when it ended; again where no way took it for an hour."""
        if not self._operator or not self._tells:
            return
        untold, now = self._store.circuits.untold(), time.monotonic()
        self._telling = {key: since for key, since in self._telling.items() if now - since < _TELLING_SECONDS}
        circuits = [circuit for circuit in untold if (circuit.id, circuit.closed_at) not in self._telling]
        if circuits:
            self._telling.update({(circuit.id, circuit.closed_at): now for circuit in circuits})
            self._operator.tell(*write_notice(circuits), lambda: self._store.circuits.mark_told(circuits))

    def _renew(self) -> None:
        held = [sender.renew_shards(self._lease) for sender in self._senders]
        self._tells = bool(held) and 0 in held[0]
        if not any(held):
            self._holding.clear()
            return
        # Every time: what is of our shards, not ours and still claimed, was left by somebody who is gone.
        if left := self._store.deliveries.abandon(self.owner, datetime.now(UTC)):
            _log.warning("%d deliveries of a sender that is gone are uncertain: paperroute deliveries list", left)
        for sender in self._senders:
            sender.send_uncertain_again()
        if not self._holding.is_set():
            self._store.circuits.probe_now(datetime.now(UTC))  # what was wrong may be why it was started anew
            self._holding.set()
            self.wake()
