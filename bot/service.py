"""SlackService: starts, stops and supervises the bot; leases, heartbeat, take-over of a dead process's requests.

Invariant: `stop` takes nothing new, lets running surveys finish within its time, and leaves the rest resumable and
told; a start takes over what a dead process left. A refused token ends the start with a line that says what to do.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web import WebClient

from bot.handlers.commands import CommandsAndHome
from bot.handlers.dispatcher import Dispatcher
from bot.handlers.events import Listeners
from bot.handlers.permissions import token_error
from bot.settings import AccessRules, BotServices, Identity, SlackCredentials
from bot.slack.client import Slack, SlackFailure
from bot.slack.http_mode import Webhook
from bot.slack.publisher import MessagePublisher
from bot.slack.socket_mode import GuardedHandler
from bot.slack.uploads import FileUploader
from bot.slack.users import UserDirectory
from bot.texts import replies
from bot.work.worker import Worker, thread_of_request
from digest.background.job_queue import JobQueue, QueuePosition
from digest.errors import ConfigError
from digest.retry import Backoff
from store.records.deliveries import PartState
from store.tables.leases import new_owner
from store.tables.slack_requests import SlackRequest

log = logging.getLogger(__name__)
_LISTENER_THREADS = 10  # threads: they only claim and tell, but each may wait for Slack
_FOLLOW_UPS = 2  # at once
_HEARTBEAT_SECONDS = 0.5
_TAKE_OVER_SECONDS = 2.0  # how often is looked for what dead processes left
_STATUS_REFRESH_SECONDS = 90.0
_SHUTDOWN_SECONDS = 3.0  # for what was told to end
_START_BACKOFF = Backoff(first=1.0, most=30.0)
_TOKEN_ERRORS = (
    "invalid_auth",
    "not_authed",
    "not_allowed_token_type",
    "missing_scope",
    "token_revoked",
    "account_inactive",
)


@dataclass(frozen=True)
class ConnectionHealth:
    """last_pong: seconds since Slack last answered a ping, None in HTTP mode and before the first."""

    mode: str
    connected: bool
    last_pong: float | None
    waiting: int
    working: int
    problem: str = ""


class SlackService:
    """A part of `paperroute serve`."""

    name = "slack"

    def __init__(self, access: SlackCredentials, services: BotServices, rules: AccessRules) -> None:
        self._access, self._services, self._rules = access, services, rules
        self._owner = new_owner()
        self._ending, self._ended = threading.Event(), threading.Event()
        self._slack = Slack(access.bot_token, access.api_url, self._ended)
        poster = MessagePublisher(self._slack, services.store.slack_posts, patience=rules.resume_minutes * 60)
        self._poster = poster
        self._work = Worker(
            self._slack, poster, FileUploader(self._slack, poster), services, self._owner, ending=self._ending
        )
        self._line = JobQueue[SlackRequest](
            rules.at_once,
            self._serve,
            _row_of,
            moved=self._moved,
            rush=lambda: self._desk is not None and self._desk.busy,
        )
        self._quick = JobQueue[SlackRequest](_FOLLOW_UPS, self._serve, _row_of, moved=self._moved)
        self._executor = ThreadPoolExecutor(_LISTENER_THREADS, thread_name_prefix="slack")
        self._long = ThreadPoolExecutor(1, thread_name_prefix="slack-digest")
        self._beat = threading.Thread(target=self._beats, name="slack-beat", daemon=True)
        self._socket: GuardedHandler | None = None
        self._webhook: Webhook | None = None
        self._desk: Dispatcher | None = None
        self._starter: threading.Thread | None = None
        self._problem = ""

    def start(self) -> None:
        """Connect, and begin to work. Raises ConfigError where a token is refused.

        Where Slack is away, this returns all the same, and goes on trying.
        """
        try:
            begun = self._begun(self._identity())
        except ConfigError:
            self.stop(0.0)
            raise
        if not begun:
            self._starter = threading.Thread(target=self._begin_later, name="slack-start", daemon=True)
            self._starter.start()

    def _begun(self, me: Identity | None) -> bool:
        """Whether it is connected, and at work."""
        if me is None:
            return False
        if self._desk is None:
            self._desk = self._set_up(me)
            for line in (self._line, self._quick):
                line.start()
            self._beat.start()
        return self._opened()

    def _begin_later(self) -> None:
        me: Identity | None = None
        tries = 0
        while not self._ending.is_set():
            try:
                me = me or self._identity()
                if self._begun(me):
                    return
            except ConfigError as error:
                self._problem = str(error)
                log.error("Slack is not served: %s", error)  # noqa: TRY400 - the traceback says nothing
                return
            tries += 1
            self._ending.wait(_START_BACKOFF.pause(tries))

    def _set_up(self, me: Identity) -> Dispatcher:
        people = UserDirectory(self._slack, me.team)
        desk = Dispatcher(
            self._slack,
            self._poster,
            people,
            self._services,
            self._rules,
            self._line,
            self._quick,
            self._work,
            self._owner,
        )
        self._bolt = self._app(me)
        Listeners(desk, self._slack, me).register(self._bolt)
        CommandsAndHome(self._slack, self._services, people, desk, self._long, self._ending).register(self._bolt)
        return desk

    def stop(self, seconds: float) -> bool:
        """Take nothing new, finish what can be finished in time, leave the rest for the next start; whether none is."""
        self._ending.set()
        deadline = time.monotonic() + seconds
        left = [*self._line.end(), *self._quick.end()]
        self._close_doors()
        for line in (self._line, self._quick):
            line.wait_until_idle(max(0.0, deadline - time.monotonic()))
        left += self._work.under_way()
        for ask in self._work.under_way():
            self._work.stop(ask.row)
        for line in (self._line, self._quick):
            line.wait_until_idle(_SHUTDOWN_SECONDS)
        for ask in left:
            self._say_ending(ask)
        self._end_threads()
        self._services.store.slack_requests.release(self._owner)
        self._slack.close()
        return not left

    def _end_threads(self) -> None:
        self._ended.set()
        for thread in (self._beat, self._starter):
            if thread is not None and thread.is_alive():
                thread.join(_SHUTDOWN_SECONDS)
        for executor in (self._executor, self._long):
            executor.shutdown(wait=True, cancel_futures=True)
        for line in (self._line, self._quick):
            line.join(_SHUTDOWN_SECONDS)

    def state(self) -> PartState:
        """For the operator."""
        health = self.health()
        work = f"{health.working} under way, {health.waiting} waiting"
        if not health.connected:
            return PartState(self.name, "fail", f"not connected: {health.problem or 'Slack does not answer'}; {work}")
        pong = "" if health.last_pong is None else f", last sign {health.last_pong:.0f} s ago"
        return PartState(self.name, "ok", f"connected by {health.mode}{pong}; {work}")

    def health(self) -> ConnectionHealth:
        socket = self._socket
        connected = socket.connected if socket else self._webhook is not None
        return ConnectionHealth(
            self._access.mode,
            connected,
            socket.last_pong if socket else None,
            self._line.waiting + self._quick.waiting,
            self._line.working + self._quick.working,
            (socket.client.last_error if socket else "") or self._problem,
        )

    @property
    def port(self) -> int:
        """Where it listens in HTTP mode."""
        return self._webhook.port if self._webhook else 0

    # Starting.

    def _identity(self) -> Identity | None:
        """None where Slack does not answer. Raises ConfigError where it refuses the token."""
        try:
            said = self._slack.call("auth.test", quick=True)
        except SlackFailure as failure:
            if failure.permanent:
                raise token_error("auth.test", failure.error) from None
            self._problem = failure.message
            log.warning("%s", failure)
            return None
        return Identity(str(said["team_id"]), str(said["user_id"]), str(said.get("bot_id", "")))

    def _app(self, me: Identity) -> App:
        """Bolt with one token, whatever else the environment holds: SLACK_CLIENT_ID would make it an OAuth app."""
        result = AuthorizeResult(
            enterprise_id=None, team_id=me.team, bot_user_id=me.user, bot_id=me.bot, bot_token=self._access.bot_token
        )
        return App(
            client=WebClient(base_url=self._access.api_url),  # has no token, and is asked for nothing
            name="paperroute",
            signing_secret=self._access.signing_secret,
            authorize=lambda: result,
            token_verification_enabled=False,
            request_verification_enabled=self._access.mode == "http",
            listener_executor=self._executor,
            logger=_bolt_logger(),
        )

    def _opened(self) -> bool:
        """Whether a first connection is there; from then on the client connects again by itself. Raises ConfigError."""
        if self._access.mode == "http":
            self._webhook = Webhook(self._bolt, self._access.http_host, self._access.http_port)
            self._webhook.start()
            return True
        self._socket = self._socket or GuardedHandler(
            self._bolt, self._access.app_token, self._slack.client, self._ended
        )
        try:
            self._socket.client.connect()
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises here passes, but for a refusal
            failure = self._socket.client.last_error
            if failure in _TOKEN_ERRORS:
                raise token_error("apps.connections.open", failure) from None
            log.warning("no socket yet: %s", failure or type(error).__name__)
            return False
        return True

    def _close_doors(self) -> None:
        if self._webhook:
            self._webhook.stop()
        if self._socket:
            self._socket.client.close()

    # While it runs.

    def _serve(self, ask: SlackRequest) -> None:
        self._work.process(ask.row)

    def _moved(self, ask: SlackRequest, position: QueuePosition) -> None:
        if self._desk is not None:
            self._desk.show_position(ask, position)

    def _beats(self) -> None:
        """Tell that this process lives; take over what dead ones left; stop what was ended from elsewhere."""
        asks, lease = self._services.store.slack_requests, self._rules.lease_seconds
        next_lease, next_word = 0.0, time.monotonic() + _STATUS_REFRESH_SECONDS
        while not self._ended.wait(_HEARTBEAT_SECONDS):
            try:
                for row in asks.ended_among([ask.row for ask in self._work.under_way()]):
                    self._work.stop(row)
                if time.monotonic() >= next_word:
                    next_word = time.monotonic() + _STATUS_REFRESH_SECONDS
                    self._line.announce_positions()
                if time.monotonic() >= next_lease:
                    next_lease = time.monotonic() + min(_TAKE_OVER_SECONDS, lease / 4)
                    asks.renew(self._owner, lease)
                    if not self._ending.is_set():
                        self._take_over(asks.adopt(self._owner, lease))
            except Exception:
                log.exception("a beat was missed")

    def _take_over(self, found: list[SlackRequest]) -> None:
        for ask in found:
            if time.time() - ask.created > self._rules.resume_minutes * 60:
                self._work.give_up_expired(ask)
            elif self._desk is not None:
                log.info("ask %d is taken over", ask.row)
                self._desk.enqueue(ask)

    def _say_ending(self, ask: SlackRequest) -> None:
        now = self._services.store.slack_requests.get(ask.row)
        if now is not None and now.state in ("waiting", "working"):
            self._slack.call_or_none(
                "chat.postMessage",
                channel=ask.channel,
                thread_ts=thread_of_request(ask).thread_ts,
                text=replies.ENDING,
                unfurl_links=False,
                unfurl_media=False,
            )


def _row_of(ask: SlackRequest) -> int:
    return ask.row


def _bolt_logger() -> logging.Logger:
    """At debug level Bolt logs whole messages; its warnings are for developers, of settings that we meant."""
    logger = logging.getLogger("bot.sdk.bolt")
    logger.setLevel(max(logging.ERROR, logging.getLogger().level))
    return logger
