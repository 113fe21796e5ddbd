"""The connection: cuts of every kind, notices, refusals; and events over signed HTTP."""

import gc
import http.client
import itertools
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_sdk.socket_mode.builtin.connection import Connection

from bot.slack.client import Slack
from bot.slack.socket_mode import PING_SECONDS, GuardedClient, ReconnectBackoff
from digest.errors import ConfigError
from digest.pipeline.services import Services
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import APP_TOKEN, BOT_TOKEN
from tests.factories.slack import QUESTION, bot_services, holding, only, running

CHANNEL = "C1GENERAL"
note = ReconnectBackoff.opened


@pytest.mark.parametrize("cut", ["fin", "reset", "close", "silence"])
def test_after_a_cut_what_was_sent_meanwhile_is_answered_once(slack: SlackServer, services: Services, cut: str) -> None:
    slack.delivery.redeliver_seconds = 1.0
    with running(slack, bot_services(services)) as service:
        getattr(slack.state.wait(slack.delivery.open_links)[0], cut)()
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        assert service.health().connected
        assert service.health().last_pong is None or service.health().last_pong < 15
    assert len(slack.opens) == 2


def test_a_connection_that_is_silent_from_its_start_is_noticed_too(slack: SlackServer, services: Services) -> None:
    slack.silent_sockets = 1
    slack.delivery.redeliver_seconds = 1.0
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
    assert len(slack.opens) == 2


def test_a_notice_of_a_refresh_causes_no_gap(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        old = slack.state.wait(slack.delivery.open_links)[0]
        slack.disconnect("refresh_requested")
        slack.state.wait(lambda: [link for link in slack.delivery.open_links() if link is not old])
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # slack_sdk forgets to close that socket
def test_a_failed_handshake_asks_for_a_fresh_address(slack: SlackServer, services: Services) -> None:
    slack.refuse_sockets = 2
    with running(slack, bot_services(services)):
        slack.state.wait(slack.delivery.open_links)
    gc.collect()  # here, where its warning is expected
    assert len(slack.opens) == 3


def test_slack_is_away_at_the_start(slack: SlackServer, services: Services) -> None:
    slack.faults.always("auth.test", "failing")
    with running(slack, bot_services(services)) as service:
        assert service.state().state == "fail"
        slack.faults.clear()
        slack.faults.plan("apps.connections.open", "failing", times=2)
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        assert service.state().state == "ok"


@pytest.mark.parametrize(
    ("method", "error", "named"),
    [
        ("auth.test", "invalid_auth", "SLACK_BOT_TOKEN"),
        ("apps.connections.open", "missing_scope", "connections:write"),
        ("apps.connections.open", "not_allowed_token_type", "xapp-"),
    ],
)
def test_a_refused_token_ends_the_start_with_what_to_do(
    slack: SlackServer, services: Services, method: str, error: str, named: str
) -> None:
    slack.faults.always(method, "failing", error=error)
    with pytest.raises(ConfigError, match=named), running(slack, bot_services(services)):
        pass


def test_too_many_sockets_do_not_make_it_hammer(
    slack: SlackServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []  # as its own clock has it: how fast a call arrives is the machine's business
    monkeypatch.setattr(ReconnectBackoff, "opened", lambda self, now: (opened.append(now), note(self, now)))
    slack.too_many_sockets = True
    with running(slack, bot_services(services)):
        slack.state.wait(lambda: len(slack.opens) >= 4)
    gaps = [after - before for before, after in itertools.pairwise(opened)]
    assert len(gaps) >= 3
    assert all(gap > 0.35 for gap in gaps), gaps


class _TakenMeanwhile:
    """A lock of a connection whose socket another thread closes while this one waits for it."""

    def __init__(self, session: Connection) -> None:
        self._session, self._lock = session, session.sock_send_lock

    def __enter__(self) -> None:
        self._session.sock_send_lock = self._lock
        self._session.close()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_a_connection_that_two_threads_close_does_not_cost_the_next_one(slack: SlackServer) -> None:
    web = Slack(BOT_TOKEN, slack.api_url, threading.Event()).quick
    log = logging.getLogger("tests.connection")
    client = GuardedClient(pace=ReconnectBackoff(), app_token=APP_TOKEN, web_client=web, logger=log)
    try:
        client.connect()
        old = client.current_session
        assert old is not None
        old.sock_send_lock = _TakenMeanwhile(old)  # type: ignore[assignment]
        client.connect_to_new_endpoint(force=True)
        assert client.is_connected()
        assert client.current_session is not old
    finally:
        client.close()


def test_connections_are_opened_at_most_15_times_a_minute() -> None:
    pace, now, opened = ReconnectBackoff(), 0.0, []
    while now < 600:
        now += pace.gap(now)
        pace.opened(now)
        pace.reset()  # even if each of them looked good
        opened.append(now)
        now += 0.01
    assert max(len([at for at in opened if start <= at < start + 60]) for start in opened) <= 15


def test_settings_of_an_oauth_app_in_the_environment_change_nothing(
    slack: SlackServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "secret")
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))


def test_events_over_http_are_answered_once(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services), mode="http", http_port=0) as service:
        slack.delivery.http_target = f"http://127.0.0.1:{service.port}/slack/events"
        ts = slack.mention(QUESTION)
        message = slack.state.message(CHANNEL, ts)
        slack.tell(message)
        slack.settle()
        only(slack.state.answers(CHANNEL, ts))
        slack.choose(holding(slack, ts, "download"), "download", "bibtex")
        slack.settle()
    assert [file for file in slack.state.files.values() if file["name"].endswith(".bib")]
    assert slack.opens == []


def test_requests_that_slack_did_not_sign_are_refused(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services), mode="http", http_port=0) as service:
        slack.delivery.http_target = f"http://127.0.0.1:{service.port}/slack/events"
        payload = {"type": "event_callback", "event": {"type": "app_mention"}, "team_id": "T0TEAM"}
        old = str(int(time.time()) - 3600)
        assert slack.delivery.post_signed("events_api", payload, secret="another")[0] == 401
        assert slack.delivery.post_signed("events_api", payload, timestamp=old)[0] == 401
        assert slack.delivery.post_signed("events_api", payload, timestamp="soon")[0] == 401
        slack.delivery.http_target += "/elsewhere"
        assert slack.delivery.post_signed("events_api", payload)[0] == 404


@pytest.mark.parametrize("raw", [b"{not json", b"payload=%7Bnot", b"\xff\xfe", b""])
def test_a_signed_body_that_cannot_be_read_is_a_bad_request(
    slack: SlackServer, services: Services, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    kind = "interactive" if raw.startswith(b"payload") else "events_api"
    with running(slack, bot_services(services), mode="http", http_port=0) as service:
        slack.delivery.http_target = f"http://127.0.0.1:{service.port}/slack/events"
        status, _ = slack.delivery.post_signed(kind, {}, raw=raw)
        unsigned, _ = slack.delivery.post_signed(kind, {}, raw=raw, secret="another")
    assert (status, unsigned) == (400, 400 if raw == b"\xff\xfe" else 401)
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(("path", "status"), [("/slack/events", 405), ("/", 404)])
def test_another_method_than_post_is_not_allowed(
    slack: SlackServer, services: Services, path: str, status: int
) -> None:
    with running(slack, bot_services(services), mode="http", http_port=0) as service:
        for method in ("GET", "PUT"):
            asked = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
            asked.request(method, path)
            answer = asked.getresponse()
            assert (answer.status, answer.headers["Allow"]) == (status, "POST" if status == 405 else None)
            asked.close()


def test_an_address_that_cannot_be_had_soon_after_a_reconnect_leaves_nobody_deaf_for_long(
    slack: SlackServer, services: Services
) -> None:
    """However often it failed, the pause before the next try is short."""
    pace, now = ReconnectBackoff(), 0.0
    gaps = []
    for _ in range(12):
        gaps.append(pace.gap(now))
        now += gaps[-1] + 5.0  # as long as a try may take
        pace.opened(now)
    assert max(gaps) + 5.0 + PING_SECONDS < 20
    with running(slack, bot_services(services)):
        slack.disconnect("refresh_requested")
        slack.state.wait(lambda: len(slack.opens) >= 2)
        slack.faults.plan("apps.connections.open", "failing", times=2)
        slack.state.wait(lambda: len(slack.delivery.open_links()) >= 1)
        for link in slack.delivery.open_links():
            link.fin()
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))


def test_a_slash_command_is_acknowledged_while_surveys_run(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)), ThreadPoolExecutor(8) as executor:
        stamps = list(executor.map(lambda n: slack.mention(f"{QUESTION} {n}"), range(8)))
        assert slack.command("help").wait()
        assert len(stamps) == 8
