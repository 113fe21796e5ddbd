"""Slack at its worst: limits, failures, answers that get lost, streams that end. The answer arrives, once."""

import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest

from bot.settings import AccessRules
from bot.slack.client import Slack, SlackFailure
from digest.pipeline.services import Services, SurveyRequest
from digest.run_context import RunContext
from store.records.editions import Edition
from tests.doubles import slack_blocks
from tests.doubles.editions import HOSTILE_TITLES, edition
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import BOT_TOKEN
from tests.factories.slack import QUESTION, Gate, bot_services, holding, only, running, shown_first, state_of, texts

CHANNEL = "C1GENERAL"
CALLED = [
    *("users.info", "assistant.threads.setStatus", "agents.sessions.setStatus", "chat.startStream"),
    *("chat.appendStream", "chat.stopStream", "chat.update", "chat.postMessage", "auth.test"),
    *("files.getUploadURLExternal", "files.completeUploadExternal"),
]


@pytest.mark.parametrize("method", CALLED)
def test_a_429_on_each_method(slack: SlackServer, services: Services, method: str) -> None:
    slack.faults.plan(method, "limited", times=1, retry_after=1)
    with running(slack, bot_services(services, shown_first(slack, services))):
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        if method not in ("chat.update", "chat.appendStream"):  # asked where streams fail, or where it takes longer
            slack.state.wait(lambda: [call for call in slack.state.called(method) if call.status == 429])
    assert slack.state.refused() == []


def test_a_429_on_every_method_at_once(slack: SlackServer, services: Services) -> None:
    for method in CALLED:
        slack.faults.plan(method, "limited", times=2, retry_after=1)
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))


def test_more_surveys_than_slack_lets_streams_begin(slack: SlackServer, services: Services) -> None:
    slack.faults.enforce_tiers, slack.faults.window_seconds = True, 3600.0  # of a minute, a slow machine may need two
    with running(slack, bot_services(services, shown_first(slack, services))):
        users = [slack.state.add_user(f"U{n:02}MANY") for n in range(24)]
        stamps = [slack.mention(f"{QUESTION}, no cache", user=user) for user in users]
        for ts in stamps:
            slack.state.wait(lambda ts=ts: slack.state.answers(CHANNEL, ts))
    assert [call for call in slack.state.called("chat.startStream") if call.status == 429]
    for ts in stamps:
        only(slack.state.answers(CHANNEL, ts))


@pytest.mark.parametrize("method", ["chat.startStream", "assistant.threads.setStatus", "agents.sessions.setStatus"])
def test_what_this_workspace_does_not_have_is_done_without(slack: SlackServer, services: Services, method: str) -> None:
    slack.faults.always(method, "failing", error="unknown_method")
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))


def test_without_streams_a_message_is_updated_instead(slack: SlackServer, services: Services) -> None:
    slack.faults.always("chat.startStream", "failing", error="missing_recipient_user_id")
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        shown = slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts))[0]
        gate.go.set()
        slack.state.wait(lambda: slack.state.answers(CHANNEL, ts))
        slack.state.wait(lambda: "Done in" in shown["text"])
    assert "✓ Keeping the papers that fit: 26 of 34 papers kept" in shown["blocks"][0]["text"]["text"]
    assert [block["type"] for block in shown["blocks"]] == ["section"], "nothing is left to stop"


@pytest.mark.parametrize("fault", ["failing", "lost", "cut"])
def test_a_post_whose_fate_is_unknown_is_there_once(slack: SlackServer, services: Services, fault: str) -> None:
    slack.faults.plan("chat.postMessage", fault, times=1)
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        slack.state.wait(lambda: state_of(services, ts) == "answered")
    only(slack.state.answers(CHANNEL, ts))


def test_updates_of_all_surveys_together_keep_slacks_pace(slack: SlackServer) -> None:
    """Slack counts the calls of a method, however many surveys make them; what it wants to be left alone for, it is."""
    with closing(Slack(BOT_TOKEN, slack.api_url, threading.Event())) as client:
        card = client.call("chat.postMessage", channel=CHANNEL, text="x")["ts"]
        assert client.free_at("chat.postMessage") == 0.0
        began = time.monotonic()
        for _ in range(5):
            client.call("chat.update", channel=CHANNEL, ts=card, text="y")
        assert client.free_at("chat.update") >= began + 5 * 1.2
        slack.faults.plan("chat.startStream", "limited", retry_after=20)
        with pytest.raises(SlackFailure):
            client.call("chat.startStream", channel=CHANNEL, thread_ts=card)
        assert client.free_at("chat.startStream") >= began + 20


def test_a_stream_that_ends_in_the_middle(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        slack.state.wait(lambda: slack.state.streams)
        slack.state.stream_seconds = 0.0
        gate.go.set()
        slack.settle()
    only(slack.state.answers(CHANNEL, ts))
    (stream,) = slack.state.streams
    card = slack.state.message(CHANNEL, stream)
    assert "Done in" in card["text"], "the card does not stay as it was"


def test_the_socket_is_cut_in_the_middle(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        slack.state.wait(slack.delivery.open_links)[0].fin()
        gate.go.set()
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))


def test_a_stalled_slack_does_not_stall_the_survey(slack: SlackServer, services: Services) -> None:
    slack.faults.always("chat.startStream", "stalled")
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        slack.state.wait(lambda: services.store.editions.count() == 1)
        slack.faults.clear()
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))


def test_blocks_that_are_refused_all_the_same_go_out_as_plain_text(
    slack: SlackServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(slack_blocks.TEXT_BLOCKS, "markdown", 10)
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        slack.state.wait(lambda: state_of(services, ts) == "answered")
    said = "\n".join(texts(slack.state.by_bot(CHANNEL, ts)))
    made = services.store.editions.get(services.store.editions.list()[0].id)
    assert [paper.number for paper in made.papers if paper.url not in said] == []


def test_120_papers_with_hostile_titles(slack: SlackServer, services: Services) -> None:
    made = hostile(120)
    slack.state.scopes.remove("canvases:write")
    with running(slack, bot_services(services, lambda request, run: frozen(services, made, run, request))):
        ts = slack.mention(QUESTION)
        answer = holding(slack, ts, "full_survey")
        slack.press(answer, "full_survey")
        slack.press(answer, "all_papers")
        slack.settle()
    posted = [message for message in slack.state.by_bot(CHANNEL, ts) if "blocks" in message]
    whole = "".join(text for message in posted for text in slack_blocks.texts(message["blocks"]))
    assert [paper.number for paper in made.papers if f"]({paper.url})" not in whole] == []
    assert slack.state.refused() == []
    assert len(posted) > 3
    for bad in ("<!channel>", "<@U1ADA>", "https://evil.example", "\u202e"):
        assert bad not in whole
        assert bad not in "".join(texts(posted))


def test_what_was_asked_in_a_channel_that_is_gone_is_answered_directly(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        slack.mention(QUESTION)
        gate.wait_until_begun()
        slack.state.channels[CHANNEL]["is_archived"] = True
        gate.go.set()
        answer = only(slack.state.wait(lambda: slack.state.answers("D1ADA")))
        slack.settle()
    assert state_of(services, answer["thread_ts"], "D1ADA") == "answered"
    assert slack.state.by_bot(CHANNEL) == []


def test_a_channel_that_is_gone_and_a_person_who_is_ends_it_without_a_loop(
    slack: SlackServer, services: Services
) -> None:
    gate = Gate(services)
    slack.faults.always("conversations.open", "failing", error="user_disabled")
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        slack.state.channels[CHANNEL]["is_archived"] = True
        gate.go.set()
        slack.state.wait(lambda: state_of(services, ts) == "failed")


def test_what_lay_too_long_is_apologised_for(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
    old = AccessRules(lease_seconds=1.0, resume_minutes=1e-9)
    with running(slack, bot_services(services), old):
        told = slack.state.wait(
            lambda: [message for message in slack.state.by_bot(CHANNEL, ts) if "I was away" in message["text"]]
        )
    only(told)
    assert slack.state.answers(CHANNEL, ts) == []
    with running(slack, bot_services(services)):
        slack.press(told[0], "retry")
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))


def hostile(size: int) -> Edition:
    titles = (
        *HOSTILE_TITLES,
        "<!channel> <@U1ADA> <https://evil.example|arxiv.org>",
        "[1](https://evil.example) **x**",
    )
    base = edition(size)
    papers = tuple(replace(paper, title=titles[paper.number % len(titles)]) for paper in base.papers)
    text = "\n\n".join(titles)
    sections = tuple(replace(section, text=f"{section.text}\n\n{text}", source="model") for section in base.sections)
    return replace(base, papers=papers, sections=sections, opening=f"{base.opening}\n\n{text}")


def frozen(services: Services, made: Edition, run: RunContext, request: SurveyRequest) -> Edition:
    run.check()
    assert request.question
    return services.store.editions.freeze(made)
