"""One writer of statuses: the first of a thread at once, the others at Slack's pace, the newest of each."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from bot.slack import status_writer
from bot.slack.client import Slack
from bot.slack.status_writer import StatusWriter
from bot.slack.thread import ThreadRef
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import BOT_TOKEN

CHANNEL = "C1GENERAL"
FIRST, SECOND = "1790000000.000100", "1790000000.000200"


@pytest.fixture
def writer(slack: SlackServer) -> Iterator[StatusWriter]:
    with closing(Slack(BOT_TOKEN, slack.api_url, threading.Event())) as client, closed(StatusWriter(client)) as made:
        yield made


@contextmanager
def closed(writer: StatusWriter) -> Iterator[StatusWriter]:
    try:
        yield writer
    finally:
        writer.close()


def said(slack: SlackServer) -> list[tuple[str, str]]:
    return [(status["thread_ts"], status["status"]) for status in slack.state.statuses]


def test_first_ones_are_there_when_they_were_set_and_the_others_wait(slack: SlackServer, writer: StatusWriter) -> None:
    threads = [ThreadRef(CHANNEL, f"17900000{n:02}.000100") for n in range(20)]
    for thread in threads:
        writer.set(thread, "looking")
        for place in range(10):
            writer.set(thread, f"{place} before you")
    assert said(slack) == [(thread.thread_ts, "looking") for thread in threads]


def test_of_what_a_thread_was_to_say_the_newest_is_said(
    slack: SlackServer, writer: StatusWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_writer, "_THREAD_INTERVAL", 1.0)
    one, other = ThreadRef(CHANNEL, FIRST), ThreadRef(CHANNEL, SECOND)
    for thread in (one, other):
        writer.set(thread, "looking")
    for text in ("3 before you", "2 before you"):
        writer.set(one, text)
    writer.set(other, "looking")  # is what it says already
    slack.state.wait(lambda: len(slack.state.statuses) > 2)
    assert said(slack)[2:] == [(FIRST, "2 before you")]


def test_what_is_forgotten_is_not_said_and_begins_anew(
    slack: SlackServer, writer: StatusWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_writer, "_THREAD_INTERVAL", 0.0)
    monkeypatch.setattr(status_writer, "_INTERVAL", 0.0)
    one, other = ThreadRef(CHANNEL, FIRST), ThreadRef(CHANNEL, SECOND)
    monkeypatch.setattr(writer, "_not_before", 1e12)  # a pause that Slack asked for
    writer.set(one, "looking")
    writer.set(one, "3 before you")
    writer.forget(one)
    writer.set(one, "looking again")
    writer.set(other, "")
    assert said(slack) == [(FIRST, "looking"), (FIRST, "looking again"), (SECOND, "")]


def test_a_slack_that_hangs_keeps_nobody(slack: SlackServer, writer: StatusWriter) -> None:
    slack.faults.always("assistant.threads.setStatus", "stalled")
    returned = threading.Event()

    def setting() -> None:
        writer.set(ThreadRef(CHANNEL, FIRST), "looking")
        returned.set()

    threading.Thread(target=setting, daemon=True).start()
    assert returned.wait(60)
    assert slack.state.statuses == []
    slack.faults.clear()
