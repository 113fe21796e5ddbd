"""Socket Mode client with reconnect back-off, over slack_sdk's own, its defects guarded against.

Invariant: a connection that is gone is noticed (an empty read is an error; pings every 2 seconds, stale after 8); no
address is used twice, also after a failed handshake; two threads that close one connection do not cost the next one;
at most 15 connections are opened a minute, whatever happens.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import logging
import socket
import threading
import time
from collections import deque
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode.base_handler import BaseSocketModeHandler
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.builtin.connection import Connection
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient

from digest.errors import ConfigError
from digest.network import find_proxy
from digest.retry import Backoff

log = logging.getLogger(__name__)
PING_SECONDS = 2.0
_LOGGER_NUMBERS = itertools.count(1)
_MOST_A_MINUTE = 15
_BACKOFF = Backoff(first=0.5, most=8.0, jitter=(0.8, 1.2))  # with a try of 5 seconds, nobody is deaf for 20
_STABLE_SECONDS = 15.0  # a connection that lasted so long was a good one


class ReconnectBackoff:
    """When the next connection may be opened: at once, then ever later with jitter, and never 16 times in a minute."""

    def __init__(self) -> None:
        self._opened: deque[float] = deque(maxlen=_MOST_A_MINUTE)
        self._failures, self._last = 0, -1e9

    def gap(self, now: float) -> float:
        """Seconds to wait from now."""
        pause = _BACKOFF.pause(self._failures) if self._failures else 0.0
        wait = self._last + pause - now
        if len(self._opened) == _MOST_A_MINUTE:
            wait = max(wait, self._opened[0] + 60.0 - now)
        return max(0.0, wait)

    def opened(self, now: float) -> None:
        self._opened.append(now)
        self._failures, self._last = self._failures + 1, now

    def reset(self) -> None:
        """The last connection was a good one."""
        self._failures = 0


def refuse_tls_proxy(api_url: str) -> None:
    """The SDK speaks to a proxy without TLS only. Raises ConfigError."""
    proxy = find_proxy(api_url)
    if proxy and proxy.url.startswith("https:"):
        hint = "Set it to a proxy that is reached by http://, or slack.mode to http."
        raise ConfigError(f"{proxy.variable} names a proxy over TLS, which Slack's Socket Mode cannot use.", hint=hint)


class _EofRaisingSocket:
    """A socket whose empty read, which says that the peer is gone, is an error rather than nothing to read."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def recv(self, size: int) -> bytes:
        data: bytes = self._sock.recv(size)
        if not data:
            raise ConnectionResetError(errno.ECONNRESET, "the peer has closed the connection")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def _close_once(session: Connection) -> None:
    """Close its socket, whoever else does so at the same time. The SDK's own way looks at the socket before it holds
    the locks: the second thread fails, and where that is the one that reconnects, the new connection is lost.
    """
    with session.sock_send_lock, session.sock_receive_lock:
        sock, session.sock = session.sock, None
    if sock is not None:
        sock.close()


class GuardedClient(SocketModeClient):  # decision 65
    """pace: that of all clients of the app, one after the other. Once it is closed, it opens nothing any more."""

    def __init__(self, *, pace: ReconnectBackoff, **given: Any) -> None:
        self._ended, self._pace, self._since = threading.Event(), pace, 0.0
        self._opening = threading.Lock()
        self.last_error = ""
        super().__init__(**given)

    def issue_new_wss_url(self) -> str:
        with self._opening:
            if self._since and time.monotonic() - self._since > _STABLE_SECONDS:
                self._pace.reset()
            self._since = 0.0
            if self._ended.wait(self._pace.gap(time.monotonic())):
                raise ConnectionAbortedError("nothing is to be opened any more")
            self._pace.opened(time.monotonic())
        try:
            # Not the SDK's own, which sleeps Slack's Retry-After with the reconnecting thread: our pace does that.
            url = str(self.web_client.apps_connections_open(app_token=self.app_token)["url"])
        except Exception as error:
            self.last_error = str(getattr(error, "response", {}).get("error", "") or type(error).__name__)
            raise
        self.last_error = ""
        self._take_proxy(url)
        return url

    def _take_proxy(self, url: str) -> None:
        """Of its own the SDK would take any that the environment names, and log the password of one that fails."""
        proxy = find_proxy(url)
        self.proxy, self.proxy_headers = (proxy.url, proxy.headers) if proxy else (None, None)

    def connect(self) -> None:
        super().connect()
        session = self.current_session
        if session is None:
            return
        session.disconnect = functools.partial(_close_once, session)  # type: ignore[method-assign]
        if self.closed:  # the end came while it was being opened
            session.close()
        if session.sock is not None:
            session.sock = _EofRaisingSocket(session.sock)  # type: ignore[assignment]
            # The SDK measures silence from the first pong on: what was cut before it would be kept for ever.
            session.last_ping_pong_time = session.last_ping_pong_time or time.time()
            self._since = time.monotonic()

    def close(self) -> None:
        """At once: the SDK's own way waits until the read under way gives up."""
        self._ended.set()
        self.closed, self.auto_reconnect_enabled = True, False
        self.current_session_state.terminated = True
        self.logger.setLevel(logging.CRITICAL)  # that the connection ends is no news now
        session = self.current_session
        if session is not None and (sock := session.sock) is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        try:
            super().close()
        except AttributeError:  # its reading thread closed the same socket, before `connect` had seen to it
            super().close()


class GuardedHandler(BaseSocketModeHandler):
    def __init__(self, app: App, app_token: str, client: WebClient, pace: ReconnectBackoff) -> None:
        self.app = app
        self.has_begun = False  # a first connection was made: the client goes on by itself
        self.connections = 0  # how many sockets Slack said that this app has
        self.client: GuardedClient = GuardedClient(
            pace=pace,
            app_token=app_token,
            web_client=client,
            logger=_logger(),
            ping_interval=PING_SECONDS,
            receive_buffer_size=65_536,
            concurrency=20,
        )
        self.client.socket_mode_request_listeners.append(self.handle)
        self.client.message_listeners.append(self._hello)

    def handle(self, client: Any, request: SocketModeRequest) -> None:
        """Hand an envelope to Bolt, and acknowledge it; not where it could not be kept: Slack tells it again then."""
        began = time.time()
        response = run_bolt_app(self.app, request)
        if request.type == "events_api" and response.status < 500:  # also one that no listener wants
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        else:
            send_response(client, request, response, began)

    def _hello(self, _: Any, message: dict[str, Any], __: str | None = None) -> None:
        if message.get("type") == "hello":
            self.connections = int(message.get("num_connections") or 0)
            if self.connections > 1:
                log.warning("Slack counts %d sockets of this app: events go to any one of them", self.connections)

    @property
    def connected(self) -> bool:
        return bool(self.client.is_connected())

    @property
    def last_pong(self) -> float | None:
        """Seconds since Slack last answered a ping, or the connection was made; None before there is one."""
        session = self.client.current_session
        at = session.last_ping_pong_time if session is not None else None
        return None if at is None else max(0.0, time.time() - at)


def _logger() -> logging.Logger:
    """One of its own, never at debug level: there the SDK logs whole messages."""
    logger = logging.getLogger(f"bot.sdk.socket.{next(_LOGGER_NUMBERS)}")
    logger.setLevel(max(logging.INFO, logging.getLogger().level))
    return logger
