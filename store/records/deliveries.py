"""Records of subscriptions, deliveries and the states of a service's parts.

Invariant: as in `store/records/editions.py`: frozen, without behaviour, times aware and in UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from store.records.editions import EditionLength
from store.records.lazy_text import AnyText

ChannelName = str  # which there are, the composition root says: `paperroute/channels.py`
SubscriptionState = Literal["pending", "active", "paused", "unsubscribed", "bounced"]
OneMailChoice = Literal["", "yes", "no"]  # "": as the operator has set it
NoticeKind = Literal["confirm", "welcome", "goodbye", "link"]  # decision 33
DeliveryState = Literal["planned", "claimed", "sent", "retry", "failed", "uncertain", "skipped"]


@dataclass(frozen=True)
class Subscription:
    """Who gets a topic's digests where. Language and cadence are the topic's."""

    id: int  # never used again
    topic: str
    channel: ChannelName
    address: str  # as its channel's rule spells it: a mail address, a Slack conversation
    state: SubscriptionState
    created_at: datetime
    confirmed_at: datetime | None = None
    last_sent_at: datetime | None = None
    owner: str = ""  # who to tell when it rests, a Slack user; "": the address itself
    origin: str = "operator"  # operator | import | web | slack
    soft_bounces: int = 0  # in a row
    reason: AnyText = ""  # of the state, for the reader
    replaces: int | None = None  # the one at an earlier address whose place it takes once it is confirmed
    length: EditionLength | Literal[""] = ""  # of its digests; "": as the operator has set it
    one_mail: OneMailChoice = ""  # whether its digests share a mail with those of the same day and hour


@dataclass(frozen=True)
class Delivery:
    """What one subscriber is to get, and how far it came.

    planned, retry: to be sent, not before `next_at`. claimed: under way. sent: the other side took it. failed: refused
    for good, or given up. uncertain: it may have arrived, nobody can know; never sent again by itself. skipped: its
    subscription was no longer to have it.
    """

    id: int
    kind: Literal["digest", NoticeKind]
    edition: str  # id; "" for a letter
    subscription: int
    topic: str
    channel: ChannelName
    address: str
    state: DeliveryState
    attempts: int  # begun, the one under way included
    planned_at: datetime
    next_at: datetime
    claimed_at: datetime | None
    ended_at: datetime | None
    detail: str  # the other side's words
    message_id: str
    mail_hour: datetime | None = None  # those to one address of one hour go as one mail; None: this one by itself
    text_at: datetime | None = None  # when the last attempt began to hand over its text; None: it never came to that


@dataclass(frozen=True)
class DeliveryReportRow:
    """What came back of a mail that a relay had taken."""

    delivery: int
    kind: Literal["failed", "delayed", "delivered", "complaint"]
    at: datetime  # when it came
    origin: str  # mail | ses | postmark | mailgun
    blames: str  # of what failed; "" where that is open, and of other kinds
    detail: str  # the other side's words
    likeness: str = ""  # the same, without what differs from one recipient to the next


@dataclass(frozen=True)
class PartState:
    """How one part of a running process is, in a line for the operator."""

    part: str  # "schedule", "outbox", "web", "slack"
    state: Literal["ok", "warn", "fail"]
    detail: AnyText


_FILE = re.compile(r"(?<=^written to ).+|^.+\.eml(?=: )", re.DOTALL)


def file_detail(path: Path, problem: str = "") -> str:
    """The detail of a delivery that became, or should have become, a file: the one form that `hide_file` knows."""
    return f"{path}: {problem}" if problem else f"written to {path}"


def hide_file(detail: str) -> str:
    """A detail without the place of its file, which is the operator's."""
    return _FILE.sub("a file", detail)
