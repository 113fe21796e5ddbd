"""Slack Web API client with retry and connection pool; a failure says if it may pass, or may have had effect.

Invariant: before something is tried again that may have had its effect, the caller is asked what it left. A 429 never
has any; a time-out, a cut or a 5xx may have had. Only `call_until_done` tries again. Everything goes over connections
that are kept open, through the proxy where one is set.
"""

from __future__ import annotations

import http.client
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.request import Request

import urllib3
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import WebClient

from digest.connection_pools import ConnectionPools
from digest.errors import ConfigError, PaperRouteError
from digest.network import make_tls_context
from digest.retry import Backoff, Deadline, call_with_retry

log = logging.getLogger(__name__)
# The last: no connection to the proxy, or none that it would make on.
NOT_SENT_ERRORS = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,
)
HTTP_ERRORS = (urllib3.exceptions.HTTPError,)
_CONNECTION_ERRORS = (SlackClientError, OSError, http.client.HTTPException, *HTTP_ERRORS)
_TRANSIENT_ERRORS = {
    *("internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited", "rate_limited"),
    "team_added_to_org",
}
_BACKOFF = Backoff(first=1.0, most=30.0, jitter=(0.8, 1.2))
_MOST_OPEN = 32
_INTERVALS = {"chat.update": 1.2, "chat.appendStream": 0.6}  # seconds between two calls of all surveys together
_CHECK_SECONDS = 0.5
# Methods that read take a form: of a JSON body, which only those that write take, Slack sees no argument.
_AS_FORM = frozenset({"users.info", "conversations.info", "conversations.replies", "files.getUploadURLExternal"})

ApiResult = dict[str, Any]


class PooledWebClient(WebClient):
    """A call costs one round trip, and no handshakes before it."""

    def __init__(self, pools: ConnectionPools, token: str, **given: Any) -> None:
        super().__init__(token, **given)
        self._pools = pools

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        answer = self._pools.manager(url).request(
            "POST", url, body=cast("bytes | None", req.data), headers=dict(req.header_items()), timeout=self.timeout
        )
        return {"status": answer.status, "headers": dict(answer.headers), "body": answer.data.decode(errors="replace")}


class SlackFailure(PaperRouteError):
    """A call failed. error: Slack's name for it; after: seconds to wait; uncertain: it may have had its effect."""

    def __init__(self, method: str, error: str, *, passing: bool, after: float = 0.0, uncertain: bool = False) -> None:
        super().__init__(f"Slack's {method} failed: {error}.", permanent=not passing)
        self.method, self.error, self.after, self.uncertain = method, error, after, uncertain


class Interrupted(Exception):
    """The process is ending: what is not done is left for the next one."""


def _assume_not_arrived() -> None:
    """What a call leaves that may be made twice."""


class Slack:
    """`ended`: set when waiting has no more sense. Raises ConfigError."""

    def __init__(self, token: str, api_url: str, ended: threading.Event) -> None:
        self._pools = ConnectionPools(_MOST_OPEN)
        self._pools.manager(api_url)  # what is wrong with proxy or certificates is told before anything is tried
        self.client = _client(self._pools, token, api_url, 30)
        self.quick = _client(self._pools, token, api_url, 5)
        self._ended = ended
        self.scopes: frozenset[str] = frozenset()  # those granted, as the newest answer said
        self._identity: ApiResult = {}
        self._free: dict[str, float] = {}  # method -> when it may be called again, by time.monotonic()

    def free_at(self, method: str) -> float:
        """When a call that can wait should be made, by time.monotonic(): as Slack asked, or as others have called."""
        return self._free.get(method, 0.0)

    def call(self, method: str, *, quick: bool = False, **arguments: Any) -> ApiResult:
        """One try; `quick` waits 5 seconds at most. Raises SlackFailure."""
        client = self.quick if quick else self.client
        given = {name: value for name, value in arguments.items() if value is not None}
        if pause := _INTERVALS.get(method):
            self._free[method] = max(time.monotonic(), self.free_at(method)) + pause
        try:
            answer = (
                client.api_call(method, params=given) if method in _AS_FORM else client.api_call(method, json=given)
            )
        except SlackApiError as error:
            self._note_scopes(error.response.headers)
            failure = _failure(method, error)
            if failure.after:
                self._free[method] = max(time.monotonic() + failure.after, self.free_at(method))
            raise failure from None
        except _CONNECTION_ERRORS as error:
            unsent = isinstance(error, NOT_SENT_ERRORS)
            raise SlackFailure(method, type(error).__name__, passing=True, uncertain=not unsent) from None
        self._note_scopes(answer.headers)
        found = dict(answer.data) if isinstance(answer.data, dict) else {}
        if method == "auth.test":
            self._identity = found
        return found

    def _note_scopes(self, headers: Any) -> None:
        """Every answer names them, so that they are known after a new installation without a restart."""
        named = next((value for name, value in dict(headers or {}).items() if name.lower() == "x-oauth-scopes"), "")
        named = ",".join(named) if isinstance(named, list) else str(named)
        if found := frozenset(scope.strip() for scope in named.split(",") if scope.strip()):
            self.scopes = found

    def identity(self) -> ApiResult:
        """What auth.test says, asked where nobody has asked yet; {} where Slack does not say it."""
        return self._identity or self.call_or_none("auth.test") or {}

    def permalink(self, channel: str, ts: str) -> str:
        """The address of a message, made here, since Slack tells members alone; "" where the workspace's is unknown."""
        site = str(self.identity().get("url") or "")
        return f"{site.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}" if site.startswith("https://") else ""

    def fetch_identity_and_scopes(self) -> tuple[ApiResult, frozenset[str]]:
        """What auth.test says, and the scopes that were granted. Raises SlackFailure."""
        return self.call("auth.test", quick=True), self.scopes

    def call_until_done(
        self,
        method: str,
        *,
        seconds: float,
        arrived: Callable[[], ApiResult | None] | None = _assume_not_arrived,
        check: Callable[[], None] | None = None,
        **arguments: Any,
    ) -> ApiResult:
        """Try until it succeeds, `seconds` are over, or it is refused for good.

        arrived: what a try that ended uncertainly has left, if anything; None: nobody can know, so it is not tried
        again then. check: looked at while waiting for the next try, to end that by what it raises. Raises SlackFailure,
        Interrupted.
        """
        uncertain = False

        def attempt() -> ApiResult:
            found = arrived() if uncertain and arrived else None
            return found or self.call(method, **arguments)

        def pause_after(failures: Sequence[SlackFailure]) -> float:
            nonlocal uncertain
            failure = failures[-1]
            if failure.permanent or (failure.uncertain and not arrived):
                raise failure
            uncertain = failure.uncertain
            pause = failure.after or _BACKOFF.pause(len(failures))
            log.info("%s: %s; the next try would be in %.1f s", method, failure.error, pause)
            return pause

        def pause(seconds: float) -> None:
            until = time.monotonic() + seconds
            while check and (left := until - time.monotonic()) > _CHECK_SECONDS:
                check()
                self.pause(min(left, _CHECK_SECONDS))
            self.pause(max(0.0, until - time.monotonic()))

        return call_with_retry(attempt, SlackFailure, pause_after, Deadline(seconds), pause)

    def call_or_none(self, method: str, **arguments: Any) -> ApiResult | None:
        """One quick try of something that is nice to have: None where it failed."""
        try:
            return self.call(method, quick=True, **arguments)
        except SlackFailure as failure:
            log.info("%s: %s", method, failure.error)
            return None

    def pause(self, seconds: float) -> None:
        """Raises Interrupted."""
        if self._ended.wait(seconds):
            raise Interrupted

    def close(self) -> None:
        """Close what was kept open."""
        self._pools.close()

    def upload(self, method: str, url: str, data: bytes) -> None:
        """POST a file to an address that Slack gave. Raises SlackFailure."""
        try:
            status = self.post(url, data, {"Content-Type": "application/octet-stream"}, 30)
        except _CONNECTION_ERRORS as error:
            raise SlackFailure(method, type(error).__name__, passing=True) from None
        if status != 200:
            raise SlackFailure(method, f"http_{status}", passing=status >= 500)

    def post(self, url: str, data: bytes, headers: dict[str, str], seconds: float) -> int:
        """The status of the answer. Raises urllib3's errors."""
        answer = self._pools.manager(url).request("POST", url, body=data, headers=headers, timeout=seconds)
        return int(answer.status)


def _client(pools: ConnectionPools, token: str, api_url: str, timeout: int) -> WebClient:
    quiet = logging.getLogger("bot.sdk")
    quiet.setLevel(max(logging.INFO, logging.getLogger().level))  # at debug level the SDK logs whole messages
    # The SDK's own retries would repeat a post that arrived: ours ask first.
    return PooledWebClient(
        pools, token, base_url=api_url, timeout=timeout, ssl=make_tls_context(), retry_handlers=[], logger=quiet
    )


def _failure(method: str, error: SlackApiError) -> SlackFailure:
    response = error.response
    body = response.data if isinstance(response.data, dict) else {}
    name = str(body.get("error") or f"http_{response.status_code}")
    if response.status_code == 429:
        return SlackFailure(method, "ratelimited", passing=True, after=_retry_after(response.headers))
    uncertain = response.status_code >= 500 or name in _TRANSIENT_ERRORS
    return SlackFailure(method, name, passing=uncertain, uncertain=uncertain)


def _retry_after(headers: Any) -> float:
    value = next((value for name, value in dict(headers).items() if name.lower() == "retry-after"), "1")
    value = value[0] if isinstance(value, list) else value
    return min(float(value), 300.0) if str(value).isdecimal() else 1.0


# What Slack says of a token that it refuses, and what the operator has to do; nobody else can, and no wait helps.
TOKEN_ERRORS = {
    **dict.fromkeys(("invalid_auth", "not_authed", "token_revoked", "token_expired"), "Copy {name} again."),
    "missing_scope": "Give {name} the scope connections:write: Basic Information, App-Level Tokens.",
    "not_allowed_token_type": "{name} is of the wrong kind: the bot's begins with xoxb-, the app's with xapp-.",
    "account_inactive": "The app was removed from the workspace: install it again.",
}


def token_error(method: str, error: str) -> ConfigError:
    """A refusal that only the operator can mend, with the next step."""
    name = "SLACK_APP_TOKEN" if method == "apps.connections.open" else "SLACK_BOT_TOKEN"
    step = TOKEN_ERRORS.get(error, "Copy {name} again.").format(name=name)
    return ConfigError(f"Slack refused {name} ({error}).", hint=step)
