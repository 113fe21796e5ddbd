"""Stop while something that is asked hangs: the word that it is stopped comes soon, and nothing after it."""

from pathlib import Path

import pytest

from tests.doubles.slack_server import SlackServer
from tests.factories.hanging import STAGES, hanging_bot
from tests.factories.slack import QUESTION

CHANNEL = "C1GENERAL"


@pytest.mark.parametrize("stage", STAGES)
def test_stop_while_it_hangs(slack: SlackServer, tmp_path: Path, stage: str) -> None:
    with hanging_bot(stage, slack, tmp_path / "p.db") as bot:
        ts = slack.mention(QUESTION)
        slack.state.wait(bot.is_hanging)
        slack.stop(CHANNEL, ts)  # how soon it is heard, bench.slack measures
        slack.state.wait(lambda: bot.service.health().working == 0)
        stopped = slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts))
        assert "Stopped" in stopped[-1]["text"]
        slack.state.wait(lambda: slack.state.sessions[CHANNEL, ts] == "active")
        before = len(slack.state.calls)
    assert slack.state.answers(CHANNEL, ts) == []
    assert "chat.appendStream" not in [call.method for call in slack.state.calls[before:]]
