"""Webhooks of mail providers: what each of them is to the web, and what their bodies have in common.

Invariant: nothing in a body is read as a report before who sent it is proved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from digest.mail.reports.delivery_report import DeliveryReport

_MOST_TEXT = 500  # letters of a value that is shown
_MOST_EVIDENCE = 64 * 1024


class WebhookRefusal(Exception):
    """A request that nothing follows from. status: of the answer; 5xx where it may come again."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class ProviderWebhook(Protocol):
    """headers: names in small letters."""

    def read(self, headers: Mapping[str, str], body: bytes) -> tuple[DeliveryReport, ...]:
        """What a request reports. Raises WebhookRefusal."""
        ...

    def mark_taken(self, body: bytes) -> None:
        """What a request reported was taken: where it would be believed for ever, it is not to be read again."""
        ...


def parse_body(body: bytes | str) -> dict[str, Any]:
    """Raises WebhookRefusal."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise WebhookRefusal(400, "no JSON object")
    return found


def get_text(values: Any, *names: str) -> str:
    """The text or number at the end of this path; "" where there is none."""
    for name in names:
        values = values.get(name) if isinstance(values, dict) else None
    is_plain = isinstance(values, str | int | float) and not isinstance(values, bool)
    return " ".join(str(values).split())[:_MOST_TEXT] if is_plain else ""


def get_list(values: Any, *names: str) -> list[Any]:
    for name in names:
        values = values.get(name) if isinstance(values, dict) else None
    return values[:50] if isinstance(values, list) else []


def evidence_of(body: bytes | str) -> str:
    return (body.decode("utf-8", "replace") if isinstance(body, bytes) else body)[:_MOST_EVIDENCE]
