"""Amazon SES's bounces, complaints and deliveries, as they come through a topic of Amazon SNS.

Invariant: a message is read, and a subscription confirmed, only for the operator's topic and with Amazon's signature.
Source: docs.aws.amazon.com/ses, "Notification contents" and "Event record contents", of November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from digest.mail.reports.delivery_report import DeliveryReport
from digest.mail.reports.sns_signature import SnsSignatures, confirms
from digest.mail.reports.webhook import WebhookRefusal, evidence_of, get_list, get_text, parse_body

_NO_COMPLAINTS = frozenset(("not-spam", "auth-failure", "virus"))
# What a kind of bounce means where no reply is quoted.
_REPLIES: Mapping[str, str] = {
    "NoEmail": "550 5.1.1 user unknown",
    "Suppressed": "550 5.1.1 user unknown: on Amazon's suppression list",
    "OnAccountSuppressionList": "550 5.1.1 user unknown: on your account's suppression list",
    "MailboxFull": "452 4.2.2 mailbox full",
    "MessageTooLarge": "552 5.3.4 message too large",
    "ContentRejected": "554 5.6.0 content rejected",
    "AttachmentRejected": "554 5.6.1 attachment rejected",
}


class SesWebhook:
    """topic: the ARN of the SNS topic. fetch: as of `SnsSignatures`, also for confirming that it may come here."""

    def __init__(self, topic: str, fetch: Callable[[str], bytes], signatures: SnsSignatures | None = None) -> None:
        self._topic = topic
        self._fetch = fetch
        self._signatures = signatures or SnsSignatures(fetch)

    def read(self, headers: Mapping[str, str], body: bytes) -> tuple[DeliveryReport, ...]:  # noqa: ARG002 - none is asked
        message = parse_body(body)
        if message.get("TopicArn") != self._topic:
            raise WebhookRefusal(403, "another topic")
        self._signatures.check(message)
        if message.get("Type") == "SubscriptionConfirmation":
            self._confirm(str(message.get("SubscribeURL")))
            return ()
        if message.get("Type") != "Notification":
            return ()
        try:
            return tuple(_reports(parse_body(str(message.get("Message")))))
        except WebhookRefusal:  # such as the line that says that notifications were set up
            return ()

    def _confirm(self, url: str) -> None:
        if not confirms(url, self._topic):
            raise WebhookRefusal(403, "an address that confirms nothing of ours")
        try:
            self._fetch(url)
        except OSError:
            raise WebhookRefusal(503, "Amazon could not be reached") from None

    def mark_taken(self, body: bytes) -> None:
        """Nothing: a report that comes twice follows once."""


def _reports(event: dict[str, Any]) -> Iterator[DeliveryReport]:
    kind = get_text(event, "eventType") or get_text(event, "notificationType")
    ids = tuple(filter(None, (_header(event, "message-id"), get_text(event, "mail", "messageId"))))
    evidence = evidence_of("\n".join((get_text(event, "mail", "source"), *_headers(event))))
    if kind == "Bounce":
        for one in get_list(event, "bounce", "bouncedRecipients"):
            detail, address = _reply(event, one), get_text(one, "emailAddress")
            yield DeliveryReport("failed", detail, (address,), ids, evidence, True, "ses")
    elif kind == "Complaint" and get_text(event, "complaint", "complaintFeedbackType") not in _NO_COMPLAINTS:
        said = get_text(event, "complaint", "complaintFeedbackType") or "complaint"
        for one in get_list(event, "complaint", "complainedRecipients"):
            address = get_text(one, "emailAddress")
            yield DeliveryReport("complaint", said, (address,), ids, evidence, True, "ses")
    elif kind in ("Delivery", "DeliveryDelay"):
        part = "delivery" if kind == "Delivery" else "deliveryDelay"
        for one in get_list(event, part, "recipients") or get_list(event, part, "delayedRecipients"):
            address = one if isinstance(one, str) else get_text(one, "emailAddress")
            said = get_text(event, part, "smtpResponse") or get_text(one, "diagnosticCode") or "250"
            yield DeliveryReport(
                "delivered" if part == "delivery" else "delayed", said, (address,), ids, evidence, True, "ses"
            )


def _reply(event: dict[str, Any], recipient: Any) -> str:
    """What the other side said; else what Amazon calls it."""
    quoted = re.sub(r"^(?:smtp|x-[\w-]+)\s*;\s*", "", get_text(recipient, "diagnosticCode"))
    if re.match(r"[45]\d\d\b", quoted):
        return quoted
    kind, sub = get_text(event, "bounce", "bounceType"), get_text(event, "bounce", "bounceSubType")
    status = get_text(recipient, "status")
    code = "550" if kind == "Permanent" else "450"
    return _REPLIES.get(sub, "") or " ".join(filter(None, (code, status, quoted)))


def _headers(event: dict[str, Any]) -> list[str]:
    return [f"{get_text(one, 'name')}: {get_text(one, 'value')}" for one in get_list(event, "mail", "headers")]


def _header(event: dict[str, Any], name: str) -> str:
    found = (one for one in get_list(event, "mail", "headers") if get_text(one, "name").lower() == name)
    return next((get_text(one, "value") for one in found), "")
