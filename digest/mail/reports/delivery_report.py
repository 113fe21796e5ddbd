"""Delivery report: what somebody says of a mail that a relay had taken, whichever way it came.

Invariant: a report is a claim. Whose mail it is about is proved by a signed id or link in `evidence`, or by whoever
handed it in (`is_authentic`); recipients and Message-IDs that it names prove nothing by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# The mail was given up; it still waits; it arrived; its reader called it spam.
ReportKind = Literal["failed", "delayed", "delivered", "complaint"]


@dataclass(frozen=True)
class DeliveryReport:
    kind: ReportKind
    detail: str  # the other side's words: a reply ("550 5.1.1 no such user"), or as near to one as there is
    recipients: tuple[str, ...] = ()  # addresses that it names, as written; () where it names none
    message_ids: tuple[str, ...] = ()  # of our mail, with angle brackets; or the other side's name for it
    evidence: str = field(default="", repr=False)  # in which a bounce id or a signed link may stand
    is_authentic: bool = False  # it came over a way that only the provider can use
    origin: str = "mail"  # mail | ses | postmark | mailgun
