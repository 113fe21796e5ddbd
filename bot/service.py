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

from bot.handlers.commands import Commands
from bot.handlers.dispatcher import Dispatcher
from bot.handlers.events import Listeners
from bot.handlers.feedback import FeedbackListeners
from bot.handlers.home_tab import HomeTab
from bot.handlers.inbox import EventInbox
from bot.handlers.permissions import standing_refusal
from bot.messages import replies
from bot.settings import AccessRules, BotServices, Identity, SlackCredentials
from bot.slack.canvas import Canvases
from bot.slack.client import Slack, SlackFailure, token_error
from bot.slack.connection import SlackConnection
from bot.slack.publisher import MessagePublisher
from bot.slack.response_url import ResponseUrls
from bot.slack.thread import thread_of_request
from bot.slack.translator import Translator
from bot.slack.uploads import FileUploader
from bot.slack.users import UserDirectory
from bot.work.canvas_keeper import CanvasKeeper
from bot.work.direct_delivery import DirectDelivery
from bot.work.first_digests import FirstDigests
from bot.work.housekeeping import Housekeeping
from bot.work.socket_lease import SocketLease
from bot.work.worker import Worker
from digest.background.job_queue import JobQueue, QueuePosition
from digest.errors import ConfigError
from digest.retry import Backoff
from store.db.owners import new_owner, show_process
from store.records.deliveries import PartState
from store.records.lazy_text import AnyText, lazy_gettext
from store.tables.slack_requests import SlackRequest

log = logging.getLogger(__name__)
_LISTENER_THREADS = 10  # threads: they only claim and tell, but each may wait for Slack
_FOLLOW_UPS = 2  # at once
_HEARTBEAT_SECONDS = 0.5
_TAKE_OVER_SECONDS = 2.0  # how often is looked for what dead processes left
_STATUS_REFRESH_SECONDS = 90.0
_SHUTDOWN_SECONDS = 3.0  # for what was told to end
_START_BACKOFF = Backoff(first=1.0, most=30.0)


@dataclass(frozen=True)
class ConnectionHealth:
    """last_pong: seconds since Slack last answered a ping, None in HTTP mode and before the first."""

    mode: str
    connected: bool
    last_pong: float | None
    waiting: int
    working: int
    problem: str = ""
    listener: str = ""  # the process that listens instead of this one


class SlackService:
    """A part of `paperroute serve`."""

    name = "slack"

    def __init__(self, access: SlackCredentials, services: BotServices, rules: AccessRules) -> None:
        self._access, self._services, self._rules = access, services, rules
        self._owner = new_owner()
        self._ending, self._ended = threading.Event(), threading.Event()
        self._slack = Slack(access.bot_token, access.api_url, self._ended)
        self._users = UserDirectory(self._slack)
        translator = Translator(self._users, services.store.slack_requests)
        self._publisher = MessagePublisher(
            self._slack, services.store.slack_posts, translator, retry_seconds=rules.resume_minutes * 60
        )
        files = FileUploader(self._slack, self._publisher)
        self._canvases = Canvases(self._slack, self._publisher, services.store.slack_canvases, services.archive_url)
        urls = ResponseUrls()
        self._direct = DirectDelivery(self._slack, self._publisher, services.store, urls)
        self._worker = Worker(
            self._slack,
            self._publisher,
            files,
            self._canvases,
            self._direct,
            services,
            self._owner,
            ending=self._ending,
            refusal=self._refusal,
        )
        self._surveys = JobQueue[SlackRequest](
            rules.at_once,
            self._process,
            _row_of,
            moved=self._show_position,
            rush=lambda: self._dispatcher is not None and self._dispatcher.busy,
        )
        self._follow_ups = JobQueue[SlackRequest](_FOLLOW_UPS, self._process, _row_of, moved=self._show_position)
        self._queues = (self._surveys, self._follow_ups)
        self._executor = ThreadPoolExecutor(_LISTENER_THREADS, thread_name_prefix="slack")
        self._digest_executor = ThreadPoolExecutor(1, thread_name_prefix="slack-digest")
        self._heartbeat = threading.Thread(target=self._beat_until_ended, name="slack-beat", daemon=True)
        keeper = CanvasKeeper(self._slack, self._publisher, self._canvases, services.store, services.archive_url)
        first = FirstDigests(self._slack, self._publisher, self._users, services.store)
        self._housekeeping = Housekeeping((keeper.look, first.look, urls.forget_old), self._ended)
        self._connection: SlackConnection | None = None
        self._socket: SocketLease | None = None
        self._inbox: EventInbox | None = None
        self._dispatcher: Dispatcher | None = None
        self._starter: threading.Thread | None = None
        self._problem = ""

    def start(self) -> None:
        """Connect, and begin to work. Raises ConfigError where a token is refused.

        Where Slack is away, this returns all the same, and goes on trying.
        """
        try:
            me = self._identity()
            if me:
                self._begin(me)
        except ConfigError:
            self.stop(0.0)
            raise
        if me is None:
            self._starter = threading.Thread(target=self._begin_later, name="slack-start", daemon=True)
            self._starter.start()

    def _begin(self, me: Identity) -> None:
        """Set up what is there to work, and listen, or stand by. Raises ConfigError."""
        self._connection = connection = self._set_up(me)
        self._socket = SocketLease(connection, self._services.store) if connection.uses_socket else None
        for queue in self._queues:
            queue.start()
        self._heartbeat.start()
        self._housekeeping.start()
        if self._socket:
            self._socket.start()
        else:
            connection.open()

    def _begin_later(self) -> None:
        tries = 0
        while not self._ending.is_set():
            try:
                if me := self._identity():
                    self._begin(me)
                    return
            except ConfigError as error:
                self._problem = str(error)
                log.error("Slack is not served: %s", error)  # noqa: TRY400 - the traceback says nothing
                return
            tries += 1
            self._ending.wait(_START_BACKOFF.pause(tries))

    def _set_up(self, me: Identity) -> SlackConnection:
        """The dispatcher, and a connection whose listeners hand it what comes in."""
        connection = SlackConnection(self._access, me, self._slack, self._executor)
        self._users.team = me.team
        self._dispatcher = dispatcher = Dispatcher(
            self._slack,
            self._publisher,
            self._users,
            self._services,
            self._rules,
            self._surveys,
            self._follow_ups,
            self._worker,
            self._direct,
            self._owner,
        )
        kept, lease = self._services.store.slack_inbox, self._rules.lease_seconds
        self._inbox = EventInbox(kept, me, self._executor, self._owner, lease)
        Listeners(dispatcher, self._slack, me).register(connection.app, self._inbox)
        home = HomeTab(self._slack, self._services, dispatcher, self._digest_executor, self._ending)
        home.register(connection.app)
        FeedbackListeners(home, self._services, self._publisher).register(connection.app)
        Commands(home, self._slack, self._services, self._users, dispatcher, self._canvases, self._ending).register(
            connection.app
        )
        return connection

    def stop(self, seconds: float) -> bool:
        """Take nothing new, finish what can be finished in time, leave the rest for the next start; whether none is."""
        self._ending.set()
        deadline = time.monotonic() + seconds
        left = [*self._surveys.end(), *self._follow_ups.end()]
        if listening := self._socket or self._connection:
            listening.close()
        for queue in self._queues:
            queue.wait_until_idle(max(0.0, deadline - time.monotonic()))
        left += self._worker.under_way()
        for request in self._worker.under_way():
            self._worker.stop(request.row)
        for queue in self._queues:
            queue.wait_until_idle(_SHUTDOWN_SECONDS)
        for queue in self._queues:  # what was claimed while the end began
            left += queue.end()
        for request in left:
            self._say_ending(request)
        self._end_threads()
        self._services.store.slack_requests.release(self._owner)
        self._services.store.slack_inbox.release(self._owner)
        self._publisher.close()
        self._slack.close()
        return not left

    def _end_threads(self) -> None:
        self._ended.set()
        for thread in (self._heartbeat, self._housekeeping, self._starter):
            if thread is not None and thread.is_alive():
                thread.join(_SHUTDOWN_SECONDS)
        for executor in (self._executor, self._digest_executor):
            executor.shutdown(wait=True, cancel_futures=True)
        for queue in self._queues:
            queue.join(_SHUTDOWN_SECONDS)

    def state(self) -> PartState:
        """For the operator."""
        health = self.health()
        work = lazy_gettext("{working} under way, {waiting} waiting", working=health.working, waiting=health.waiting)
        if health.listener:
            told = lazy_gettext("another process listens: {process}; {work}", process=health.listener, work=work)
            return PartState(self.name, "ok", told)
        if not health.connected:
            problem = health.problem or lazy_gettext("Slack does not answer")
            detail = lazy_gettext("not connected: {problem}; {work}", problem=problem, work=work)
            return PartState(self.name, "fail", detail)
        if health.last_pong is None:
            return PartState(self.name, "ok", lazy_gettext("connected by HTTP; {work}", work=work))
        sign = round(health.last_pong)
        return PartState(
            self.name, "ok", lazy_gettext("connected by a socket, last sign {n} s ago; {work}", n=sign, work=work)
        )

    def health(self) -> ConnectionHealth:
        connection, socket = self._connection, self._socket
        listener = socket.listener if socket else ""
        return ConnectionHealth(
            self._access.mode,
            connection is not None and connection.connected,
            connection.last_pong if connection else None,
            self._surveys.waiting + self._follow_ups.waiting,
            self._surveys.working + self._follow_ups.working,
            (connection.problem if connection else "") or (socket.problem if socket else "") or self._problem,
            show_process(listener) if listener else "",
        )

    @property
    def port(self) -> int:
        """Where it listens in HTTP mode."""
        return self._connection.port if self._connection else 0

    # Starting.

    def _identity(self) -> Identity | None:
        """None where Slack does not answer. Raises ConfigError where it refuses the token."""
        try:
            identity = self._slack.call("auth.test", quick=True)
        except SlackFailure as failure:
            if failure.permanent:
                raise token_error("auth.test", failure.error) from None
            self._problem = failure.message
            log.warning("%s", failure)
            return None
        return Identity(str(identity["team_id"]), str(identity["user_id"]), str(identity.get("bot_id", "")))

    # While it runs.

    def _refusal(self, user: str, within: float) -> AnyText:
        """Why someone gets no answer, where Slack says so within so many seconds; 0: where it has said so."""
        users = self._users
        standing = users.standing(user, within=within) if within else users.known_standing(user)
        return standing_refusal(standing, self._rules)

    def _process(self, request: SlackRequest) -> None:
        self._worker.process(request.row)

    def _show_position(self, request: SlackRequest, position: QueuePosition) -> None:
        if self._dispatcher is not None:
            self._dispatcher.show_position(request, position)

    def _beat_until_ended(self) -> None:
        """Tell that this process lives; take over what dead ones left; stop what others ended or took over."""
        requests, lease = self._services.store.slack_requests, self._rules.lease_seconds
        next_lease, next_status = 0.0, time.monotonic() + _STATUS_REFRESH_SECONDS
        while not self._ended.is_set():
            try:
                under_way = [request.row for request in self._worker.under_way()]
                for row in requests.lost_among(under_way, self._owner):
                    self._worker.stop(row)
                if time.monotonic() >= next_status:
                    next_status = time.monotonic() + _STATUS_REFRESH_SECONDS
                    self._surveys.announce_positions()
                if time.monotonic() >= next_lease:
                    next_lease = time.monotonic() + min(_TAKE_OVER_SECONDS, lease / 4)
                    requests.renew(self._owner, lease)
                    self._services.store.slack_inbox.renew(self._owner)
                    if not self._ending.is_set():
                        self._take_over(requests.adopt(self._owner, lease))
                        if self._inbox is not None:
                            self._inbox.take_over()
            except Exception:
                log.exception("a beat was missed")
            self._ended.wait(_HEARTBEAT_SECONDS)

    def _take_over(self, adopted: list[SlackRequest]) -> None:
        for request in adopted:
            if time.time() - request.created > self._rules.resume_minutes * 60:
                self._worker.give_up_expired(request)
            elif self._dispatcher is not None:
                log.info("request %d is taken over", request.row)
                self._dispatcher.enqueue(request)

    def _say_ending(self, request: SlackRequest) -> None:
        now = self._services.store.slack_requests.get(request.row)
        thread = thread_of_request(request)
        if now is not None and now.is_open:
            self._slack.call_or_none(
                "chat.postMessage",
                channel=thread.channel,
                thread_ts=thread.thread_ts,
                text=self._publisher.words_in(thread).show(replies.ENDING),
                unfurl_links=False,
                unfurl_media=False,
            )


def _row_of(request: SlackRequest) -> int:
    return request.row
