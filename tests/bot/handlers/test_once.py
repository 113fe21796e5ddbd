"""One message, one answer: however often it is told, to however many, and whoever is killed on the way."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

import pytest

from bot.slack.client import Slack
from digest.pipeline.services import Services
from digest.run_context import MODEL_STAGES, STAGES
from store import Store
from store.tables.slack_posts import SlackInbox
from store.tables.slack_requests import NewSlackRequest, SlackRequests
from tests import ROOT
from tests.doubles.slack_bot import MOMENTS
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import BOT_TOKEN
from tests.factories.slack import PATIENT, QUESTION, Gate, bot_services, only, running, texts

CHANNEL = "C1GENERAL"


@pytest.mark.parametrize("order", ["mention", "message"])
def test_a_mention_that_is_told_as_two_events_in_either_order(
    slack: SlackServer, services: Services, order: Literal["mention", "message"]
) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION, order=order)
        slack.settle()
    only(slack.state.answers(CHANNEL, ts))


def test_the_same_mention_three_times_over_two_processes(slack: SlackServer, services: Services) -> None:
    http = {"mode": "http", "http_port": 0}
    with running(slack, bot_services(services), **http) as one, running(slack, bot_services(services), **http) as two:
        slack.delivery.http_target = f"http://127.0.0.1:{one.port}/slack/events"
        ts = slack.mention(QUESTION)
        message = slack.state.message(CHANNEL, ts)
        slack.state.wait(lambda: all(sent.acked for sent in slack.delivery.envelopes))
        slack.delivery.http_target = f"http://127.0.0.1:{two.port}/slack/events"
        for order in ("mention", "message"):
            slack.tell(message, order=order)
        slack.settle()
    only(slack.state.answers(CHANNEL, ts))
    numbers = [message["metadata"]["event_payload"]["part"] for message in _parts(slack, ts)]
    assert numbers == list(range(len(numbers)))


def test_a_follow_up_in_a_thread_that_names_the_bot_is_answered_once(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        slack.settle()
        before = len(_parts(slack, ts))
        slack.mention("shorter", thread_ts=ts, order="message")
        slack.settle()
    assert len(_parts(slack, ts)) == before + 1


@pytest.mark.parametrize("moment", [*(stage for stage in STAGES if stage not in MODEL_STAGES), *MOMENTS])
def test_killed_at_any_moment_and_started_again_there_is_one_answer(
    slack: SlackServer, tmp_path: Path, moment: str
) -> None:
    slack.delivery.redeliver_seconds = 0.5
    with process(slack, tmp_path, moment) as first:
        ts = slack.mention(QUESTION)
        assert first.wait(180) == -signal.SIGKILL
    with process(slack, tmp_path):
        slack.state.wait(lambda: slack.state.answers(CHANNEL, ts))
        asked = slack.mention("help")  # comes behind whatever was left
        slack.state.wait(lambda: slack.state.by_bot(CHANNEL, asked))
        slack.settle()
    only(slack.state.answers(CHANNEL, ts))


def test_the_card_that_a_dead_process_left_is_ended(slack: SlackServer, services: Services) -> None:
    ts = slack.state.add(CHANNEL, {"text": QUESTION, "user": "U1ADA"})["ts"]
    with closing(Slack(BOT_TOKEN, slack.api_url, threading.Event())) as client:
        where = {"channel": CHANNEL, "thread_ts": ts, "recipient_user_id": "U1ADA", "recipient_team_id": "T0TEAM"}
        card = client.call("chat.startStream", **where)["ts"]
    ask = services.store.slack_requests.claim(
        NewSlackRequest("T0TEAM", CHANNEL, ts, ts, "U1ADA", "survey", QUESTION), "dead", 0.0
    )
    services.store.slack_requests.begin(ask.row, "dead")
    services.store.slack_requests.note_progress(ask.row, card)
    with running(slack, bot_services(services)):
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
    assert slack.state.streams[card].title == "Interrupted by a restart"
    assert not slack.state.streams[card].live


def test_sigterm_lets_a_survey_finish_and_begins_nothing_new(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate), drain=30.0) as service:
        stamps = [slack.mention(QUESTION) for _ in range(3)]
        slack.state.wait(lambda: len(slack.state.streams) == 3)
        waiting = slack.mention("diffusion")
        slack.state.wait(lambda: service.health().waiting == 1)
        with ThreadPoolExecutor(1) as executor:
            stopping = executor.submit(service.stop, 30.0)
            slack.state.wait(lambda: service.health().waiting == 0)
            gate.go.set()
            in_time = stopping.result()
    for ts in stamps:
        only(slack.state.answers(CHANNEL, ts))
    assert not in_time, "one was left waiting"
    assert "I am being restarted" in only(slack.state.by_bot(CHANNEL, waiting))["text"]


def test_what_does_not_finish_in_time_is_told_and_taken_up_by_the_next(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate), drain=0.0):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
    assert [text for text in texts(slack.state.by_bot(CHANNEL, ts)) if "I am being restarted" in text]
    with running(slack, bot_services(services)):
        slack.state.wait(lambda: slack.state.answers(CHANNEL, ts))
    only(slack.state.answers(CHANNEL, ts))


def _parts(slack: SlackServer, ts: str) -> list[dict]:
    return [message for message in slack.state.by_bot(CHANNEL, ts) if "metadata" in message]


@contextmanager
def process(slack: SlackServer, folder: Path, moment: str = "") -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "tests.doubles.slack_bot", str(folder / "bot.db"), slack.api_url, moment]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout is not None
            assert started.stdout.readline() == "ready\n"
            yield started
        finally:
            started.kill()


def test_who_was_silent_for_too_long_leaves_what_another_goes_on_with(slack: SlackServer, services: Services) -> None:
    gate, later = Gate(services), lambda: time.time() + 10 * PATIENT.lease_seconds
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        # A lease that ends as one that is taken now: one that is longer than any would be taken back at the next beat.
        [taken] = SlackRequests(services.store._database, later).adopt("elsewhere:1:1:aa", -9 * PATIENT.lease_seconds)
        gate.go.set()
        slack.settle()
    assert slack.state.answers(CHANNEL, ts) == []
    assert services.store.slack_requests.get(taken.row).state == "working"
    assert services.store.slack_requests.is_owned(taken.row, "elsewhere:1:1:aa")


def test_an_event_that_is_still_worked_on_is_nobody_else_s(store: Store) -> None:
    now = 1_000.0
    inbox = SlackInbox(store._database, lambda: now)
    assert inbox.add("Ev1", {"event": {}}, "one:1:1:aa")
    now = 1_020.0
    inbox.renew("one:1:1:aa")
    now = 1_030.0
    assert inbox.adopt("two:1:1:aa", 15.0) == []
    now = 1_040.0
    assert [event for event, _ in inbox.adopt("two:1:1:aa", 15.0)] == ["Ev1"]
