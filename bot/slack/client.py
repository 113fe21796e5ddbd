"""Slack Web API client with retry and connection pool; a failure says if it may pass, or may have had effect.

Invariant: before something is tried again that may have had its effect, the caller is asked what it left. A 429 never
has any; a time-out, a cut or a 5xx may have had.
"""

from __future__ import annotations

import http.client
import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any, cast
from urllib.request import Request

import urllib3
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import WebClient

from digest.errors import PaperRouteError

# slack_sdk's client over connections that are kept open: a call costs one round trip, and no handshakes before it.
#
# Invariant: nothing is retried here; a proxy's settings go the SDK's own way.

NOT_SENT_ERRORS = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
HTTP_ERRORS = (urllib3.exceptions.HTTPError,)
_MOST_OPEN = 32


class ConnectionPool:
    """What is kept open, for all clients of one bot."""

    def __init__(self) -> None:
        self.pool = urllib3.PoolManager(num_pools=4, maxsize=_MOST_OPEN, retries=False)

    def close(self) -> None:
        self.pool.clear()


class PooledWebClient(WebClient):
    def __init__(self, connections: ConnectionPool, token: str, **given: Any) -> None:
        super().__init__(token, **given)
        self._connections = connections

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        if self.proxy:
            return super()._perform_urllib_http_request_internal(url, req)
        answer = self._connections.pool.request(
            "POST", url, body=cast("bytes | None", req.data), headers=dict(req.header_items()), timeout=self.timeout
        )
        return {"status": answer.status, "headers": dict(answer.headers), "body": answer.data.decode(errors="replace")}


log = logging.getLogger(__name__)
_TRANSIENT_ERRORS = {
    *("internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited", "rate_limited"),
    "team_added_to_org",
}
_CONNECTION_ERRORS = (SlackClientError, OSError, http.client.HTTPException, *HTTP_ERRORS)
_LONGEST_PAUSE = 30.0

ApiResult = dict[str, Any]


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
    """`ended`: set when waiting has no more sense."""

    def __init__(self, token: str, api_url: str, ended: threading.Event) -> None:
        self._connections = ConnectionPool()
        self.client = _client(self._connections, token, api_url, 30)
        self._quick = _client(self._connections, token, api_url, 5)
        self._ended = ended

    def call(self, method: str, *, quick: bool = False, **arguments: Any) -> ApiResult:
        """One try; `quick` waits 5 seconds at most. Raises SlackFailure."""
        client = self._quick if quick else self.client
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            answer = client.api_call(method, json=given)
        except SlackApiError as error:
            raise _failure(method, error) from None
        except _CONNECTION_ERRORS as error:
            unsent = isinstance(error, NOT_SENT_ERRORS)
            raise SlackFailure(method, type(error).__name__, passing=True, uncertain=not unsent) from None
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    def fetch_identity_and_scopes(self) -> tuple[ApiResult, frozenset[str]]:
        """What auth.test says, and the scopes that were granted. Raises SlackFailure."""
        try:
            answer = self._quick.api_call("auth.test", json={})
        except SlackApiError as error:
            raise _failure("auth.test", error) from None
        except _CONNECTION_ERRORS as error:
            raise SlackFailure("auth.test", type(error).__name__, passing=True) from None
        named = next((value for name, value in dict(answer.headers).items() if name.lower() == "x-oauth-scopes"), "")
        said: ApiResult = dict(answer.data) if isinstance(answer.data, dict) else {}
        return said, frozenset(scope.strip() for scope in str(named).split(",") if scope.strip())

    def call_until_done(
        self,
        method: str,
        *,
        seconds: float,
        arrived: Callable[[], ApiResult | None] | None = _assume_not_arrived,
        **arguments: Any,
    ) -> ApiResult:
        """Try until it succeeds, `seconds` are over, or it is refused for good.

        arrived: what a try that ended uncertainly has left, if anything; None: nobody can know, so it is not tried
        again then. Raises SlackFailure, Interrupted.
        """
        deadline, tries = time.monotonic() + seconds, 0
        while True:
            try:
                return self.call(method, **arguments)
            except SlackFailure as failure:
                tries += 1
                pause = failure.after or min(_LONGEST_PAUSE, 0.5 * 2**tries) * random.uniform(0.8, 1.2)  # noqa: S311
                if failure.permanent or time.monotonic() + pause > deadline or (failure.uncertain and not arrived):
                    raise
                log.info("%s: %s; again in %.1f s", method, failure.error, pause)
                uncertain = failure.uncertain
            self.pause(pause)
            if uncertain and arrived and (found := arrived()):
                return found

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
        self._connections.close()

    def upload(self, method: str, url: str, data: bytes) -> None:
        """POST a file to an address that Slack gave. Raises SlackFailure."""
        upload = self.client._upload_file  # noqa: SLF001 - the SDK has no public way that keeps its proxy and TLS
        try:
            result = upload(url=url, data=data, logger=log, timeout=30, proxy=self.client.proxy, ssl=self.client.ssl)
        except _CONNECTION_ERRORS as error:
            raise SlackFailure(method, type(error).__name__, passing=True) from None
        if result.status != 200:
            raise SlackFailure(method, f"http_{result.status}", passing=result.status >= 500)


def _client(connections: ConnectionPool, token: str, api_url: str, timeout: int) -> WebClient:
    quiet = logging.getLogger("bot.sdk")
    quiet.setLevel(max(logging.INFO, logging.getLogger().level))  # at debug level the SDK logs whole messages
    # The SDK's own retries would repeat a post that arrived: ours ask first.
    return PooledWebClient(connections, token, base_url=api_url, timeout=timeout, retry_handlers=[], logger=quiet)


def _failure(method: str, error: SlackApiError) -> SlackFailure:
    response = error.response
    said = response.data if isinstance(response.data, dict) else {}
    name = str(said.get("error") or f"http_{response.status_code}")
    if response.status_code == 429:
        return SlackFailure(method, "ratelimited", passing=True, after=_retry_after(response.headers))
    uncertain = response.status_code >= 500 or name in _TRANSIENT_ERRORS
    return SlackFailure(method, name, passing=uncertain, uncertain=uncertain)


def _retry_after(headers: Any) -> float:
    value = next((value for name, value in dict(headers).items() if name.lower() == "retry-after"), "1")
    value = value[0] if isinstance(value, list) else value
    return min(float(value), 300.0) if str(value).isdecimal() else 1.0
