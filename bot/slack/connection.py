"""SlackConnection: the Bolt app, and the socket or webhook that brings it Slack's events.

Invariant: the app has one identity and one token, whatever else the environment holds. A first connection may fail, and
be tried again by whoever wanted it; from then on the client connects again by itself, until it is closed. What is
opened while it is being closed is closed, too; it may be opened anew.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor

from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web import WebClient

from bot.settings import Identity, SlackCredentials
from bot.slack.client import TOKEN_ERRORS, Slack, token_error
from bot.slack.http_mode import Webhook
from bot.slack.socket_mode import GuardedHandler, ReconnectBackoff, refuse_tls_proxy

__all__ = ["Ack", "App", "SlackConnection"]  # the types that listeners are registered with and called with

log = logging.getLogger(__name__)


class SlackConnection:
    """executor: where listeners run; `app` takes the listeners."""

    def __init__(self, access: SlackCredentials, me: Identity, slack: Slack, executor: Executor) -> None:
        self._access, self._slack = access, slack
        self.app = _bolt_app(access, me, executor)
        self.uses_socket = access.mode == "socket"
        self._pace = ReconnectBackoff()
        self._socket: GuardedHandler | None = None
        self._changing = threading.Lock()  # while it is decided which socket there is
        self._webhook: Webhook | None = None

    def open(self, may: Callable[[], bool] = lambda: True) -> bool:
        """Whether a first connection is there. may: asked last, before it is tried. Raises ConfigError where the token
        or the proxy is refused.
        """
        if not self.uses_socket:
            access = self._access
            self._webhook = Webhook(self.app, access.signing_secret, access.http_host, access.http_port)
            self._webhook.start()
            return True
        refuse_tls_proxy(self._access.api_url)
        with self._changing:
            if not may():
                return False
            handler = self._socket = self._socket or self._make_handler()
        return handler.has_begun or self._connect(handler)

    def close(self) -> None:
        """Take no more events."""
        with self._changing:
            handler, self._socket = self._socket, None
        if self._webhook:
            self._webhook.stop()
        if handler:
            handler.client.close()

    def _make_handler(self) -> GuardedHandler:
        return GuardedHandler(self.app, self._access.app_token, self._slack.quick, self._pace)

    def _connect(self, handler: GuardedHandler) -> bool:
        try:
            handler.client.connect()
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises here passes, but for a refusal
            failure = handler.client.last_error
            if failure in TOKEN_ERRORS:
                raise token_error("apps.connections.open", failure) from None
            log.warning("no socket yet: %s", failure or type(error).__name__)
            return False
        if handler.client.closed:  # meanwhile: the SDK has begun what its end was to end
            handler.client.close()
        handler.has_begun = not handler.client.closed
        return handler.has_begun

    @property
    def connected(self) -> bool:
        handler = self._socket
        return handler.connected if handler else self._webhook is not None

    @property
    def last_pong(self) -> float | None:
        """Seconds since Slack last answered a ping; None in HTTP mode and before the first connection."""
        handler = self._socket
        return handler.last_pong if handler else None

    @property
    def problem(self) -> str:
        """Why the last connection could not be opened; "" where it could."""
        handler = self._socket
        return handler.client.last_error if handler else ""

    @property
    def port(self) -> int:
        """Where it listens in HTTP mode; 0 otherwise."""
        return self._webhook.port if self._webhook else 0


def _bolt_app(access: SlackCredentials, me: Identity, executor: Executor) -> App:
    """Bolt with one token, whatever else the environment holds: SLACK_CLIENT_ID would make it an OAuth app."""
    result = AuthorizeResult(
        enterprise_id=None, team_id=me.team, bot_user_id=me.user, bot_id=me.bot, bot_token=access.bot_token
    )
    return App(
        client=WebClient(base_url=access.api_url),  # has no token, and is asked for nothing
        name="paperroute",
        signing_secret=access.signing_secret,
        authorize=lambda: result,
        token_verification_enabled=False,
        request_verification_enabled=access.mode == "http",
        listener_executor=executor,
        logger=_bolt_logger(),
    )


def _bolt_logger() -> logging.Logger:
    """At debug level Bolt logs whole messages; its warnings are for developers, of settings that we meant."""
    logger = logging.getLogger("bot.sdk.bolt")
    logger.setLevel(max(logging.ERROR, logging.getLogger().level))
    return logger
