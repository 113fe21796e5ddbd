"""Postmark's webhooks for bounces, complaints, deliveries and its own unsubscribe links.

Invariant: only who knows the secret is read: Postmark signs nothing, but sends what the operator set there. Source:
postmarkapp.com/developer/webhooks, of November 2026; the kinds of bounces: .../api/bounce-api#bounce-types.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from digest.mail.reports.delivery_report import DeliveryReport, ReportKind
from digest.mail.reports.webhook import WebhookRefusal, evidence_of, get_text, parse_body

SECRET_HEADER = "x-paperroute-secret"  # noqa: S105 - a header's name
# Kinds of bounces -> what is reported, and the reply that stands for it where Postmark quotes none.
_BOUNCES: Mapping[str, tuple[ReportKind, str]] = {
    "HardBounce": ("failed", "550 5.1.1 user unknown"),
    "BadEmailAddress": ("failed", "550 5.1.1 user unknown"),
    "SoftBounce": ("failed", "450 4.2.0"),
    "DnsError": ("failed", "450 4.4.3"),
    "Unknown": ("failed", "450 4.0.0"),
    "Blocked": ("failed", "554 5.7.1 blocked by the provider"),
    "SpamNotification": ("failed", "554 5.7.1 taken for spam"),
    "VirusNotification": ("failed", "554 5.7.1 taken for a virus"),
    "DMARCPolicy": ("failed", "554 5.7.1 refused by DMARC"),
    "ManuallyDeactivated": ("failed", "554 5.7.1 deactivated at the provider"),
    "Transient": ("delayed", "450 4.4.1"),
    "SpamComplaint": ("complaint", "spam complaint"),
    "Unsubscribe": ("complaint", "asked to be removed"),
}


@dataclass(frozen=True)
class PostmarkWebhook:
    """secret: as the password of Basic authentication, or in a header of its own."""

    secret: str = field(repr=False)

    def read(self, headers: Mapping[str, str], body: bytes) -> tuple[DeliveryReport, ...]:
        offered = headers.get(SECRET_HEADER, "") or _basic_password(headers.get("authorization", ""))
        if not hmac.compare_digest(offered.encode(errors="replace"), self.secret.encode()):
            raise WebhookRefusal(401, "without the secret")
        values = parse_body(body)
        found = _kind_of(get_text(values, "RecordType"), values)
        if found is None:
            return ()
        kind, reply = found
        details = re.sub(r"^smtp;\s*", "", get_text(values, "Details"))
        said = details if re.match(r"[245]\d\d\b", details) else f"{reply} {details or get_text(values, 'Description')}"
        address, id_ = get_text(values, "Email") or get_text(values, "Recipient"), get_text(values, "MessageID")
        return (DeliveryReport(kind, said.strip(), (address,), (id_,), evidence_of(body), True, "postmark"),)

    def mark_taken(self, body: bytes) -> None:
        """Nothing: a report that comes twice follows once."""


def _kind_of(record: str, values: dict[str, object]) -> tuple[ReportKind, str] | None:
    if record == "Bounce":
        return _BOUNCES.get(get_text(values, "Type"))
    if record == "SpamComplaint":
        return "complaint", "spam complaint"
    if record == "Delivery":
        return "delivered", "250"
    if record != "SubscriptionChange" or values.get("SuppressSending") is not True:
        return None
    by_reader = get_text(values, "Origin") == "Recipient"
    reason = get_text(values, "SuppressionReason")
    return ("complaint", reason) if reason == "SpamComplaint" or (by_reader and reason == "ManualSuppression") else None


def _basic_password(value: str) -> str:
    scheme, _, rest = value.partition(" ")
    try:
        user_and_password = base64.b64decode(rest, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        return ""
    return user_and_password.partition(":")[2]
