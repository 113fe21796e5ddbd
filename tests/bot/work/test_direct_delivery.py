"""Where the bot is no member, whoever acted hears of it by the response URL, and gets the answer directly."""

import logging
import secrets
import threading
from dataclasses import replace
from typing import Any

import pytest

from bot.slack import response_url
from bot.slack.client import Slack
from bot.slack.response_url import ResponseUrls, respond
from digest.pipeline.services import Services
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import BOT_TOKEN
from tests.factories.slack import PATIENT, QUESTION, Gate, bot_services, holding, only, running, state_of, texts

DIRECT = "D1ADA"


@pytest.fixture(params=["C8PUBLIC", "G8PRIVATE", "D8OTHERS", "C8OLD"])
def elsewhere(slack: SlackServer, request: pytest.FixtureRequest) -> str:
    """A conversation in which the bot can write nothing: not a member, not even seen, or archived."""
    if request.param == "C8PUBLIC":
        slack.state.add_channel(request.param, is_member=False)
    if request.param == "C8OLD":
        slack.state.add_channel(request.param, is_archived=True)
    return str(request.param)


def written(slack: SlackServer, channel: str, text: str = QUESTION) -> dict[str, Any]:
    return slack.state.add(channel, {"user": "U2BEN", "text": text, "type": "message"})


def test_a_survey_of_a_message_elsewhere_comes_directly_and_once(
    slack: SlackServer, services: Services, elsewhere: str
) -> None:
    message = written(slack, elsewhere)
    with running(slack, bot_services(services)):
        for _ in range(2):  # Slack may tell it twice
            slack.shortcut(message, "survey_this")
        slack.state.wait(lambda: slack.state.answers(DIRECT))
        slack.settle()
    opening, *_ = [found for found in slack.state.by_bot(DIRECT) if "thread_ts" not in found]
    link = f"https://double.slack.com/archives/{elsewhere}/p{message['ts'].replace('.', '')}"
    assert link in opening["text"]
    assert QUESTION in opening["text"]
    only(slack.state.answers(DIRECT, opening["ts"]))
    assert slack.state.by_bot(elsewhere) == []
    told = only(slack.state.responses)
    assert "I cannot write here, so I answer in" in told["text"]
    assert f"archives/{DIRECT}/p{opening['ts'].replace('.', '')}" in told["text"]
    assert (told["response_type"], told["replace_original"]) == ("ephemeral", False)


def test_the_thread_there_is_a_thread_like_any_other(slack: SlackServer, services: Services) -> None:
    slack.state.add_channel("C8PUBLIC", is_member=False)
    with running(slack, bot_services(services)):
        slack.shortcut(written(slack, "C8PUBLIC"), "survey_this")
        root = slack.state.wait(lambda: slack.state.answers(DIRECT))[0]["thread_ts"]
        slack.settle()
        slack.dm("BibTeX", thread_ts=root)
        slack.state.wait(lambda: [file for file in slack.state.files.values() if file["name"].endswith(".bib")])


def test_where_not_even_a_direct_message_can_be_sent_the_line_says_so(
    slack: SlackServer, services: Services, elsewhere: str
) -> None:
    slack.faults.always("conversations.open", "failing", error="cannot_dm_bot")
    message = written(slack, elsewhere)
    with running(slack, bot_services(services)):
        slack.shortcut(message, "survey_this").wait()
        slack.state.wait(lambda: slack.state.responses)
        slack.settle()
    assert "Invite me to this channel" in only(slack.state.responses)["text"]
    assert state_of(services, f"shortcut:{message['ts']}:U1ADA", elsewhere) == "failed"


def test_refusals_reach_whoever_clicked(slack: SlackServer, services: Services, elsewhere: str) -> None:
    with running(slack, bot_services(services), replace(PATIENT, users=("U2BEN",))):
        slack.shortcut(written(slack, elsewhere, ":tada:"), "survey_this").wait()
        slack.settle()  # in this order
        slack.shortcut(written(slack, elsewhere), "survey_this").wait()
        slack.settle()
    assert ["find a question" in text for text in texts(slack.state.responses)] == [True, False]
    assert len(slack.state.responses) == 2
    assert slack.state.by_bot(DIRECT) == []


def test_who_is_put_out_while_it_works_answers_directly(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        slack.state.channels["C1GENERAL"]["is_member"] = False
        gate.go.set()
        answer = only(slack.state.wait(lambda: slack.state.answers(DIRECT)))
        slack.settle()
    assert gate.questions == [QUESTION], "it is not made twice"
    assert f"/archives/C1GENERAL/p{ts.replace('.', '')}" in slack.state.message(DIRECT, answer["thread_ts"])["text"]
    assert services.store.slack_requests.of_message("T0TEAM", "C1GENERAL", ts).state == "refused", "it stays claimed"


def test_a_click_after_that_is_answered_directly(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        slack.state.wait(lambda: slack.state.answers("C1GENERAL", ts))
        message = holding(slack, ts, "refresh")
        slack.settle()
        slack.state.channels["C1GENERAL"]["is_member"] = False
        slack.press(message, "refresh").wait()
        slack.state.wait(lambda: slack.state.answers(DIRECT))
        slack.press(message, "feedback", value="good nothing").wait()
        slack.state.wait(lambda: len(slack.state.responses) == 2)
        slack.settle()
    assert "not in the archive" in slack.state.responses[1]["text"]


def test_a_form_that_slack_does_not_open_is_told(slack: SlackServer, services: Services) -> None:
    slack.state.trigger_seconds = -1.0
    with running(slack, bot_services(services)):
        slack.command("subscribe").wait()
        told = only(slack.state.wait(lambda: slack.state.responses))
    assert "try once more" in told["text"]


def test_the_address_is_kept_nowhere_and_logged_nowhere(
    slack: SlackServer, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    slack.state.response_seconds = -1.0  # refused, which is logged
    slack.state.add_channel("C8PUBLIC", is_member=False)
    with running(slack, bot_services(services)):
        slack.shortcut(written(slack, "C8PUBLIC"), "survey_this").wait()
        slack.state.wait(lambda: slack.state.answers(DIRECT))
        slack.settle()
    (token,) = slack.state.response_urls
    assert "HTTP 404" in caplog.text
    assert token not in caplog.text
    files = [services.store.path, *services.store.path.parent.glob(f"{services.store.path.name}-*")]
    assert all(token.encode() not in file.read_bytes() for file in files)


def test_addresses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now, urls = [0.0], ResponseUrls()
    monkeypatch.setattr(response_url.time, "monotonic", lambda: now[0])
    urls.keep(1, "https://hooks.slack.com/1")
    urls.keep(2, "")
    now[0] = 1_799.0
    assert (urls.of(1), urls.of(2), urls.of(3)) == ("https://hooks.slack.com/1", "", "")
    now[0] = 1_801.0
    urls.forget_old()
    assert urls.of(1) == ""


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:1/response/x", "nonsense", "ftp://example.org/"])
def test_what_cannot_be_reached_is_no_error(slack: SlackServer, url: str) -> None:
    client = Slack(BOT_TOKEN, slack.api_url, threading.Event())
    assert respond(client, url, secrets.token_hex(4)) is False
    client.close()
