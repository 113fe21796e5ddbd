"""SlackConnection: the Bolt app, and the socket or webhook that brings it Slack's events.

Invariant: the app has one identity and one token, whatever else the environment holds. A first connection may fail, and
be tried again by whoever wanted it; from then on the client connects again by itself.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Executor

from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web import WebClient

from bot.settings import Identity, SlackCredentials
from bot.slack.client import TOKEN_ERRORS, Slack, token_error
from bot.slack.http_mode import Webhook
from bot.slack.socket_mode import GuardedHandler, refuse_tls_proxy

__all__ = ["Ack", "App", "SlackConnection"]  # the types that listeners are registered with and called with

log = logging.getLogger(__name__)


class SlackConnection:
    """executor: where listeners run; ended: set when nothing is to be opened any more; `app` takes the listeners."""

    def __init__(
        self, access: SlackCredentials, me: Identity, slack: Slack, executor: Executor, ended: threading.Event
    ) -> None:
        self._access, self._slack, self._ended = access, slack, ended
        self.app = _bolt_app(access, me, executor)
        self._socket: GuardedHandler | None = None
        self._webhook: Webhook | None = None

    def open(self) -> bool:
        """Whether a first connection is there. Raises ConfigError where the token or the proxy is refused."""
        if self._access.mode == "http":
            access = self._access
            self._webhook = Webhook(self.app, access.signing_secret, access.http_host, access.http_port)
            self._webhook.start()
            return True
        refuse_tls_proxy(self._access.api_url)
        self._socket = self._socket or GuardedHandler(self.app, self._access.app_token, self._slack.quick, self._ended)
        try:
            self._socket.client.connect()
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises here passes, but for a refusal
            failure = self._socket.client.last_error
            if failure in TOKEN_ERRORS:
                raise token_error("apps.connections.open", failure) from None
            log.warning("no socket yet: %s", failure or type(error).__name__)
            return False
        return True

    def close(self) -> None:
        """Take no more events."""
        if self._webhook:
            self._webhook.stop()
        if self._socket:
            self._socket.client.close()

    @property
    def connected(self) -> bool:
        return self._socket.connected if self._socket else self._webhook is not None

    @property
    def last_pong(self) -> float | None:
        """Seconds since Slack last answered a ping; None in HTTP mode and before the first connection."""
        return self._socket.last_pong if self._socket else None

    @property
    def problem(self) -> str:
        """Why the last connection could not be opened; "" where it could."""
        return self._socket.client.last_error if self._socket else ""

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
