"""Setup of one channel of the outbox: how it is opened, what is put together for it, and how fast it is sent over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from digest.ports import Channel, Outgoing
from store.records.deliveries import Delivery
from store.records.editions import Edition

BuildOutgoing = Callable[[Delivery, Edition | None], Outgoing]


@dataclass(frozen=True)
class SendPolicy:
    """For how long, how often and how fast things are sent. Rates are in deliveries a minute; 0 is no limit."""

    connections: int = 4  # connections of one medium, side by side
    per_minute: float = 0.0
    per_domain_per_minute: float = 0.0
    first_retry: timedelta = timedelta(minutes=1)  # doubled each time
    longest_retry: timedelta = timedelta(hours=2)
    give_up_after: timedelta = timedelta(hours=24)
    resend_uncertain: bool = False  # what may have arrived, without asking anybody
    soft_bounces: int = 5  # in a row, until a subscription counts as bounced
    first_probe: timedelta = timedelta(minutes=1)  # of what was stopped; doubled each time, up to an hour
    lease_seconds: float = 20.0


@dataclass(frozen=True)
class ChannelSetup:
    """How one medium is sent over. open: a new channel; it may raise PaperRouteError where the other side is away.
    likeness: of the other side's words, what is alike between recipients.
    """

    open: Callable[[], Channel]
    outgoing: BuildOutgoing
    terms: SendPolicy = field(default_factory=SendPolicy)
    likeness: Callable[[str], str] = str
