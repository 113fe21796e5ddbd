"""Stop while something that is asked hangs: the word that it is stopped comes soon, and nothing after it."""

import time
from pathlib import Path

import pytest

from tests.doubles.slack_server import SlackServer
from tests.factories.hanging import STAGES, hanging_bot
from tests.factories.slack import QUESTION

CHANNEL = "C1GENERAL"
PATIENCE = 15.0  # what hangs, hangs for longer; how soon it is stopped, bench.slack measures


@pytest.mark.parametrize("stage", STAGES)
def test_stop_while_it_hangs(slack: SlackServer, tmp_path: Path, stage: str) -> None:
    with hanging_bot(stage, slack, tmp_path / "p.db") as bot:
        ts = slack.mention(QUESTION)
        slack.state.wait(bot.is_hanging)
        began = time.monotonic()
        slack.stop(CHANNEL, ts)
        slack.state.wait(lambda: bot.service.health().working == 0)
        assert time.monotonic() - began < PATIENCE
        stopped = slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts))
        assert "Stopped" in stopped[-1]["text"]
        slack.state.wait(lambda: slack.state.sessions[CHANNEL, ts] == "active")
        after = [call.method for call in slack.state.calls if call.at > began + PATIENCE]
    assert slack.state.answers(CHANNEL, ts) == []
    assert "chat.appendStream" not in after
