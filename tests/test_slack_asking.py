"""Asking: one message, one answer, in its thread."""

from collections.abc import Iterator

import pytest

from digest.parts import Parts
from tests.doubles.slack_server import SlackServer
from tests.slack_things import QUESTION, kitchen, running


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


def test_a_mention_is_answered_in_its_thread(slack: SlackServer, parts: Parts) -> None:
    with running(slack, kitchen(parts)):
        ts = slack.mention(QUESTION)
        answer = slack.state.wait(lambda: slack.state.answers("C1GENERAL", ts))[0]
        thread = slack.state.threads if False else slack.state.thread("C1GENERAL", ts)
    assert answer["unfurl_links"] is False
    assert answer["unfurl_media"] is False
    assert "papers on" in answer["text"]
    assert slack.state.refused() == []
    for one in thread:
        print(one.get("text"))
    print(slack.state.streams, [c.method for c in slack.state.calls])
