"""Mailgun's webhooks, which are signed by an HMAC of a moment and a token.

Invariant: a request is believed once, and not for ever: its token is known for as long as its moment is taken, also
over restarts: the signature is over the moment and the token alone, and would prove any other words. A token
counts only once its report was taken, so that what Mailgun sends again after a fault of ours is read. Source:
documentation.mailgun.com, "Securing webhooks" and "Event structure", of November 2026.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from digest.mail.reports.delivery_report import DeliveryReport, ReportKind
from digest.mail.reports.webhook import WebhookRefusal, evidence_of, get_text, parse_body
from store import Store

_OLDEST_SECONDS, _NEWEST_SECONDS = 12 * 3600, 300  # it brings for eight hours what was not taken
_KINDS: Mapping[str, ReportKind] = {
    "failed": "failed",
    "rejected": "failed",
    "delivered": "delivered",
    "complained": "complaint",
    "unsubscribed": "complaint",
}
# It has known these addresses for a while, and asks nobody any more.
_SUPPRESSIONS: Mapping[str, tuple[ReportKind, str]] = {
    "suppress-bounce": ("failed", "550 5.1.1 user unknown"),
    "suppress-complaint": ("complaint", "spam complaint"),
    "suppress-unsubscribe": ("complaint", "unsubscribed"),
}


class MailgunWebhook:
    """key: that of webhooks, which is another than the API's."""

    def __init__(self, key: str, store: Store) -> None:
        self._key = key.encode()
        self._store = store

    def read(self, headers: Mapping[str, str], body: bytes) -> tuple[DeliveryReport, ...]:  # noqa: ARG002 - none is asked
        values = parse_body(body)
        self._check(get_text(values, "signature", "token"), values)
        report = _report(values.get("event-data"), body)
        return (report,) if report else ()

    def mark_taken(self, body: bytes) -> None:
        now = datetime.now(UTC)
        kept_since = now - timedelta(seconds=_OLDEST_SECONDS + _NEWEST_SECONDS)
        self._store.delivery_reports.mark_token(get_text(parse_body(body), "signature", "token"), now, kept_since)

    def _check(self, token: str, values: dict[str, Any]) -> None:
        moment, said = get_text(values, "signature", "timestamp"), get_text(values, "signature", "signature")
        made = hmac.new(self._key, f"{moment}{token}".encode(), hashlib.sha256).hexdigest()
        if not token or not hmac.compare_digest(made, said.encode("ascii", "replace").decode()):
            raise WebhookRefusal(401, "a wrong signature")
        age = datetime.now(UTC).timestamp() - int(moment[:12]) if moment.isdecimal() else _OLDEST_SECONDS * 2
        if not -_NEWEST_SECONDS <= age <= _OLDEST_SECONDS:
            raise WebhookRefusal(406, "an old signature")  # by which Mailgun knows that it need not come again
        if self._store.delivery_reports.knows_token(token):
            raise WebhookRefusal(406, "a signature that was used before")


def _report(event: Any, body: bytes) -> DeliveryReport | None:
    kind = _KINDS.get(get_text(event, "event"))
    if kind is None:
        return None
    reason, code = get_text(event, "reason"), get_text(event, "delivery-status", "code")
    words = get_text(event, "delivery-status", "message") or get_text(event, "delivery-status", "description")
    said = " ".join(filter(None, (code if code[:1] in ("2", "4", "5") and len(code) == len("550") else "550", words)))
    if kind == "failed" and reason in _SUPPRESSIONS:
        kind, said = _SUPPRESSIONS[reason]
    elif get_text(event, "event") == "rejected":  # by Mailgun itself, before anybody was asked
        said = f"554 5.7.1 {get_text(event, 'reject', 'reason')}"
    elif kind == "failed" and get_text(event, "severity") == "temporary":
        kind = "delayed"
    elif kind == "complaint":
        said = get_text(event, "event")
    id_, address = get_text(event, "message", "headers", "message-id"), get_text(event, "recipient")
    ids = (f"<{id_.strip('<>')}>",) if id_ else ()
    return DeliveryReport(kind, said, (address,) if address else (), ids, evidence_of(body), True, "mailgun")
