"""Error mapping: whatever an SDK, its HTTP client or a server raises -> one ModelError with a hint.

Invariant: nothing but ModelError leaves `translate_errors`, and no message holds a key: of what a server says only one
short line is quoted, with everything that looks like a secret struck out. The SDKs' classes are told apart by what they
carry (status, body, cause), which is the same in both, so that this module needs neither, and an odd one is no failure
here. Where the body has a name for the error, the name decides what the status leaves open.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from digest.errors import ConfigError, ModelError, ModelFailure
from digest.network import tls_problem
from store.records.lazy_text import AnyText, LazyText, lazy_gettext
from store.text.source_text import printable_line

_TOO_LONG = re.compile(
    r"context.{0,12}(length|window|size)|maximum context|prompt is too long|too many tokens|input is too l|"
    r"exceeds? the (available|maximum) (context|input)|reduce the length",
    re.IGNORECASE,
)
_KIND_BY_STATUS: dict[int, ModelFailure] = {
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
_NAMES_BY_KIND: dict[ModelFailure, str] = {
    "quota": "insufficient_quota billing_hard_limit_reached billing_error",
    "too_long": "context_length_exceeded exceed_context_size_error request_too_large",
    "not_found": "model_not_found not_found_error",
    "refused_key": "invalid_api_key authentication_error permission_error",
    "refused": "content_filter content_policy_violation",
    "busy": "rate_limit_exceeded rate_limit_error overloaded_error",
    "slow": "timeout_error",
    "bad_request": "invalid_request_error",
}
_KIND_BY_NAME = {name: kind for kind, names in _NAMES_BY_KIND.items() for name in names.split()}
_KEY_VARIABLES = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_SECRET = re.compile(r"(?:\b[sp]k[-_]|\bbearer\s+|\bapi[-_ ]?key\s*[=:]\s*)[\w.*+/=-]{6,}", re.IGNORECASE)
_PERMANENT: frozenset[ModelFailure] = frozenset(
    {"refused_key", "not_found", "network_settings", "quota", "bad_request", "too_long", "refused"}
)
# Worth the same call once more: the server failed, not the question.
_PASSING: frozenset[ModelFailure] = frozenset({"busy", "down", "slow"})
_NETWORK = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError)
# What an SDK lets through when a body is of another shape than was promised.
_ODD_BODIES = (ValueError, TypeError, AttributeError, KeyError, IndexError)
_TRY_LATER = lazy_gettext("Try again in a few minutes.")
_CHECK_URL = lazy_gettext("Check the base URL (most end in /v1) and the model's name; `paperroute doctor` checks both.")
_UNSENDABLE_KEY = lazy_gettext("the key cannot be sent: it holds characters that no key has")
_MESSAGES: dict[ModelFailure, tuple[LazyText, LazyText]] = {
    "not_found": (lazy_gettext("no such model, or no such address"), _CHECK_URL),
    "quota": (lazy_gettext("the account is out of money"), lazy_gettext("Check the plan and billing of this key.")),
    "busy": (lazy_gettext("too many calls"), lazy_gettext("Wait a little, or make fewer calls at once.")),
    "down": (lazy_gettext("the server failed"), _TRY_LATER),
    "slow": (lazy_gettext("the server took too long"), _TRY_LATER),
    "bad_request": (
        lazy_gettext("it would not take the call"),
        lazy_gettext("Choose another model, or report this line."),
    ),
    "too_long": (
        lazy_gettext("the text does not fit into the model's context"),
        lazy_gettext("Choose a model with a larger context."),
    ),
    "refused": (lazy_gettext("it refused to answer"), lazy_gettext("Choose another model, or ask in other words.")),
    "other": (lazy_gettext("it failed"), _TRY_LATER),
}


def classify_failure(error: Exception) -> ModelFailure:
    status, words = http_status(error), server_message(error)
    named = [_KIND_BY_NAME[name] for name in _error_names(error) if name in _KIND_BY_NAME]
    if "quota" in named or "credit balance" in words.lower():
        return "quota"
    if "too_long" in named or (status in {400, 413, 422, 500} and _TOO_LONG.search(words)):
        return "too_long"
    if status is None or status == 200:
        return named[0] if named else "down"
    if status in {405, 501}:  # it does not do this at all: a model server says so in JSON, anything else with a page
        return "bad_request" if isinstance(getattr(error, "body", None), dict) else "not_found"
    return _kind_by_status(status, named)


def _kind_by_status(status: int, named: list[ModelFailure]) -> ModelFailure:
    if status < 400:
        return "not_found"  # a redirect, which is not followed
    for kind in ("refused_key", "not_found", "refused"):
        if status in {400, 403, 422} and kind in named:
            return kind
    return _KIND_BY_STATUS.get(status, "down" if status >= 500 else "bad_request")


def http_status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def server_message(error: Exception) -> str:
    """What the server says, for a person; nothing where it sent a page."""
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = _error_object(error)
        return str(inner.get("message") or inner.get("error") or inner.get("detail") or "")
    return body if isinstance(body, str) and "<" not in body[:200] else ""


def parse_retry_after(error: Exception) -> float | None:
    """Seconds that the server asks us to wait, given as milliseconds, seconds, or an HTTP date."""
    response = getattr(error, "response", None)
    if not isinstance(response, httpx2.Response):
        return None
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        if (value := response.headers.get(name)) is not None:
            return _parse_seconds(value, unit)
    return None


def _parse_seconds(value: str, unit: float) -> float | None:
    try:
        seconds = float(value) * unit
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _error_object(error: Exception) -> dict[str, Any]:
    """The error object of the body: both APIs call it "error"; OpenAI's SDK has unwrapped it already."""
    body = getattr(error, "body", None)
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return dict(body["error"])
    return body if isinstance(body, dict) else {}


def _error_names(error: Exception) -> list[str]:
    body = _error_object(error)
    return [str(body[key]) for key in ("code", "type") if body.get(key)]


@dataclass(frozen=True)
class ModelEndpoint:
    """Whom we call, for the wording of what goes wrong."""

    provider: str
    model_id: str
    address: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def model(self) -> str:
        return f"{self.provider}:{self.model_id}"

    @property
    def at(self) -> AnyText:
        return lazy_gettext(" at {address}", address=self.address) if self.address else ""

    def complain(self, what: AnyText) -> LazyText:
        """The sentence that says what went wrong, and where."""
        return lazy_gettext("{model}{at}: {what}.", model=self.model, at=self.at, what=what)

    def quoted(self, words: str) -> str:
        """A server's own words, fit for one of our messages."""
        words = printable_line(words)
        for secret in self.secrets:
            words = words.replace(secret, "***")
        words = _SECRET.sub("***", words)
        return f"{words[:200]}…" if len(words) > 200 else words


class ModelFault(ModelError):
    """A ModelError with what a retry needs to know, and with what the call cost all the same.

    again: the same call may do better in a moment. words: what the server said, unabridged, not for readers.
    usage: of the answers that were paid for to no avail; None where there was none.
    """

    def __init__(
        self,
        message: AnyText,
        *,
        kind: ModelFailure = "other",
        hint: AnyText = "",
        again: bool | None = None,
        retry_after: float | None = None,
        words: str = "",
    ) -> None:
        super().__init__(message, hint=hint, permanent=kind in _PERMANENT, kind=kind)
        self.again = kind in _PASSING if again is None else again
        self.retry_after = retry_after
        self.words = words


@contextmanager
def translate_errors(endpoint: ModelEndpoint, *sdk: type[Exception]) -> Iterator[None]:
    """Turn what the given SDK's errors, and everything below them, say into a ModelFault."""
    raw: tuple[type[Exception], ...] = (*sdk, *_NETWORK, ConfigError, *_ODD_BODIES)
    try:
        yield
    except ModelError:
        raise
    except raw as error:
        # A status error carries the server's words, which may repeat the key: it is not kept as the cause.
        raise to_model_fault(error, endpoint) from (None if http_status(error) else error)


def to_model_fault(error: Exception, endpoint: ModelEndpoint) -> ModelFault:
    if http_status(error) is not None or getattr(error, "body", None):
        return _server_fault(error, endpoint)
    for network in (error, error.__cause__):
        if isinstance(network, ConfigError):
            what = endpoint.complain(network.message.rstrip("."))
            return ModelFault(what, kind="network_settings", hint=network.hint)
        if isinstance(network, _NETWORK):
            return _network_fault(network, endpoint)
    if isinstance(error, json.JSONDecodeError):
        return unexpected_answer_fault(endpoint, lazy_gettext("broken JSON"), again=True)
    if isinstance(error, UnicodeError):
        return refused_key_fault(endpoint, _UNSENDABLE_KEY)
    return unexpected_answer_fault(endpoint, lazy_gettext("an answer of another shape than its API promises"))


def _server_fault(error: Exception, endpoint: ModelEndpoint) -> ModelFault:
    """An error that the server named, by status or by an event in its stream."""
    status, kind = http_status(error), classify_failure(error)
    said = endpoint.quoted(server_message(error)).rstrip(".")
    if kind == "refused_key":  # 401 quotes the key, masked; 403 may say what else is not allowed
        what = _with_details(lazy_gettext("it refused the key"), status, said if status == 403 else "")
        return refused_key_fault(endpoint, what)
    what, hint = _MESSAGES[kind]
    if status and 300 <= status < 400:
        what = lazy_gettext("the address redirects elsewhere")
        hint = lazy_gettext("Set the base URL to the final address.")
    return ModelFault(
        endpoint.complain(_with_details(what, status, said)),
        kind=kind, hint=hint, retry_after=parse_retry_after(error), words=server_message(error),
    )  # fmt: skip


def _with_details(what: LazyText, status: int | None, said: str) -> LazyText:
    """said: the server's own words."""
    if status and status != 200:
        what = lazy_gettext("{what} ({status})", what=what, status=str(status))
    return lazy_gettext("{what}: {said}", what=what, said=said) if said else what


def refused_key_fault(endpoint: ModelEndpoint, what: AnyText) -> ModelFault:
    if variable := _KEY_VARIABLES.get(endpoint.provider):
        hint = lazy_gettext("Check {variable}.", variable=variable)
    else:
        hint = lazy_gettext(
            "Check the key of provider {provider}; `paperroute doctor` names its variable.", provider=endpoint.provider
        )
    return ModelFault(endpoint.complain(what), kind="refused_key", hint=hint)


def unexpected_answer_fault(endpoint: ModelEndpoint, what: AnyText, *, again: bool = False) -> ModelFault:
    message = lazy_gettext("{model}{at} sent {what}.", model=endpoint.model, at=endpoint.at, what=what)
    return ModelFault(message, kind="malformed", again=again, hint=_CHECK_URL)


def other_type_fault(endpoint: ModelEndpoint, content_type: str) -> ModelFault:
    """200 with anything else than an answer of a model."""
    kind = endpoint.quoted(content_type.partition(";")[0])
    return no_model_server_fault(endpoint, kind or lazy_gettext("nothing"))


def no_model_server_fault(endpoint: ModelEndpoint, answer: AnyText) -> ModelFault:
    what = endpoint.complain(lazy_gettext("this is no model server; it answered with {answer}", answer=answer))
    return ModelFault(what, kind="not_found", again=True, hint=_CHECK_URL)  # a gateway may show a page in passing


def too_slow_fault(endpoint: ModelEndpoint, seconds: float) -> ModelFault:
    n = f"{seconds:g}"
    what = lazy_gettext("{model}{at} did not finish within {n} s.", model=endpoint.model, at=endpoint.at, n=n)
    return ModelFault(what, kind="slow", again=False, hint=lazy_gettext("Try again, or give it more time."))


def _network_fault(error: Exception, endpoint: ModelEndpoint) -> ModelFault:
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError):
        return _connection_fault(error, endpoint)
    if isinstance(error, httpx2.TimeoutException):
        what = lazy_gettext("{model}{at} fell silent.", model=endpoint.model, at=endpoint.at)
        return ModelFault(what, kind="slow", hint=_TRY_LATER)
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.InvalidURL):
        address = endpoint.quoted(endpoint.address)
        what = lazy_gettext("{model}: {address} is no web address.", model=endpoint.model, address=address)
        return ModelFault(what, kind="not_found", hint=lazy_gettext("A base URL begins with http:// or https://."))
    if isinstance(error, httpx2.LocalProtocolError):
        return refused_key_fault(endpoint, _UNSENDABLE_KEY)
    return ModelFault(endpoint.complain(lazy_gettext("the connection broke")), kind="down", hint=_TRY_LATER)


def _connection_fault(error: Exception, endpoint: ModelEndpoint) -> ModelFault:
    what = lazy_gettext("{model} cannot be reached{at}.", model=endpoint.model, at=endpoint.at)
    hint = lazy_gettext("Check the network connection and the base URL.")
    if reason := tls_problem(error):
        what = endpoint.complain(lazy_gettext("TLS failed: {reason}", reason=reason))
        hint = lazy_gettext("Check the base URL; SSL_CERT_FILE names an authority of your own.")
    elif isinstance(error, httpx2.ProxyError):
        what = endpoint.complain(lazy_gettext("the proxy does not let it through"))
        hint = lazy_gettext("`paperroute doctor` names the proxy.")
    return ModelFault(what, kind="down", hint=hint)


def no_such_model_fault(model: str, roles: Sequence[str]) -> ModelFault:
    """Of a model that its provider does not have; roles: what it was chosen for."""
    what = lazy_gettext("{model}: its provider has no such model; nothing was paid for.", model=model)
    settings = ", ".join(f"models.{role}" for role in roles)
    hint = lazy_gettext("Set {settings} to another; `paperroute doctor` checks all of them.", settings=settings)
    return ModelFault(what, kind="not_found", again=False, hint=hint)
