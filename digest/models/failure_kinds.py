"""What a server means by an error: status, body and headers -> one of our kinds, its words, its Retry-After.

Invariant: reads the SDKs' errors by what they carry, which is the same in both, and never fails on an odd one. Where
the body has a name for the error, the name decides what the status leaves open.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from digest.errors import ModelFailure

_TOO_LONG = re.compile(
    r"context.{0,12}(length|window|size)|maximum context|prompt is too long|too many tokens|input is too l|"
    r"exceeds? the (available|maximum) (context|input)|reduce the length",
    re.IGNORECASE,
)
_BY_STATUS: dict[int, ModelFailure] = {
    401: "refused_key",
    402: "quota",
    403: "refused_key",
    404: "not_found",
    408: "slow",
    409: "down",
    413: "too_long",
    429: "busy",
    504: "slow",
    529: "busy",
}
# The names that OpenAI (code or type) and Anthropic (type) give to errors, also inside a stream with status 200.
_NAMES: dict[ModelFailure, str] = {
    "quota": "insufficient_quota billing_hard_limit_reached billing_error",
    "too_long": "context_length_exceeded exceed_context_size_error request_too_large",
    "not_found": "model_not_found not_found_error",
    "refused_key": "invalid_api_key authentication_error permission_error",
    "refused": "content_filter content_policy_violation",
    "busy": "rate_limit_exceeded rate_limit_error overloaded_error",
    "slow": "timeout_error",
    "bad_request": "invalid_request_error",
}
_BY_NAME = {name: kind for kind, names in _NAMES.items() for name in names.split()}


def kind_of(error: Exception) -> ModelFailure:
    status, words = status_of(error), words_of(error)
    named = [_BY_NAME[name] for name in _names(error) if name in _BY_NAME]
    if "quota" in named or "credit balance" in words.lower():
        return "quota"
    if "too_long" in named or (status in {400, 413, 422, 500} and _TOO_LONG.search(words)):
        return "too_long"
    if status is None or status == 200:
        return named[0] if named else "down"
    if status in {405, 501}:  # it does not do this at all: a model server says so in JSON, anything else with a page
        return "bad_request" if isinstance(getattr(error, "body", None), dict) else "not_found"
    return _of_status(status, named)


def _of_status(status: int, named: list[ModelFailure]) -> ModelFailure:
    if status < 400:
        return "not_found"  # a redirect, which is not followed
    for kind in ("refused_key", "not_found", "refused"):
        if status in {400, 403, 422} and kind in named:
            return kind
    return _BY_STATUS.get(status, "down" if status >= 500 else "bad_request")


def status_of(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def words_of(error: Exception) -> str:
    """What the server says, for a person; nothing where it sent a page."""
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = _inner(error)
        return str(inner.get("message") or inner.get("error") or inner.get("detail") or "")
    return body if isinstance(body, str) and "<" not in body[:200] else ""


def retry_after(error: Exception) -> float | None:
    """Seconds that the server asks us to wait, given as milliseconds, seconds, or an HTTP date."""
    response = getattr(error, "response", None)
    if not isinstance(response, httpx2.Response):
        return None
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        if (value := response.headers.get(name)) is not None:
            return _seconds(value, unit)
    return None


def _seconds(value: str, unit: float) -> float | None:
    try:
        seconds = float(value) * unit
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _inner(error: Exception) -> dict[str, Any]:
    """The error object of the body: both APIs call it "error"; OpenAI's SDK has unwrapped it already."""
    body = getattr(error, "body", None)
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return dict(body["error"])
    return body if isinstance(body, dict) else {}


def _names(error: Exception) -> list[str]:
    body = _inner(error)
    return [str(body[key]) for key in ("code", "type") if body.get(key)]
