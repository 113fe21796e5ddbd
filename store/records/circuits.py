"""Records of circuits: what nothing is sent over for now, and why.

Invariant: as in `store/records/editions.py`: frozen, without behaviour, times aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from store.records.deliveries import ChannelName

# All that goes over a channel, for the relay's or the sender's sake; what goes to one domain; one edition.
CircuitKind = Literal["relay", "sender", "domain", "edition"]


@dataclass(frozen=True)
class Circuit:
    """Open: what it covers waits, but for one delivery now and then, which tries it (the canary)."""

    id: int
    channel: ChannelName
    kind: CircuitKind
    name: str  # the domain, or the edition's id; "" for the others
    opened_at: datetime
    closed_at: datetime | None  # None: open
    detail: str  # the other side's words, without addresses; "" of an edition that begins with one delivery
    step: str  # what the operator may do
    probes: int  # that failed
    probe_at: datetime  # when the next is due
    waiting: int = 0  # deliveries
