"""`paperroute serve` with Slack in it: asked, subscribed to, posted to, and stopped."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store import Store
from tests import ROOT
from tests.bot.work.test_digests import filled
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import APP_TOKEN, BOT_TOKEN
from tests.factories.slack import QUESTION, only

CHANNEL = "C1GENERAL"


def test_a_question_a_subscription_and_its_digest(slack: SlackServer, tmp_path: Path) -> None:
    with serving(slack, tmp_path) as process:
        slack.state.wait(slack.delivery.open_links)
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        slack.command("subscribe").wait()
        view = slack.state.wait(lambda: list(slack.state.views.values()))[0]
        slack.submit(view, filled(categories={"value": ""}, exclude={"value": ""})).wait()
        slack.state.wait(lambda: slack.state.by_bot("D1ADA"))
        slack.press_in_home("U1ADA", "subscription_run", "1")
        posted = slack.state.wait(lambda: digests(slack) or nothing_new(slack))
        process.send_signal(signal.SIGTERM)
        assert process.wait(180) == 0
    with Store.open(tmp_path / "p.db") as store:
        assert store.editions.last_digest(store.topics.list()[0].slug) is not None
    assert len(posted) == 1
    assert slack.state.refused() == []


def digests(slack: SlackServer) -> list[dict]:
    """Parents of digests in the channel."""
    told = slack.state.by_bot(CHANNEL)
    return [
        message
        for message in told
        if "thread_ts" not in message and message["metadata"]["event_payload"]["kind"] == "digest"
    ]


def nothing_new(slack: SlackServer) -> list[dict]:
    return [message for message in slack.state.by_bot("D1ADA") if "no new papers" in message["text"]]


@contextmanager
def serving(slack: SlackServer, folder: Path) -> Iterator[subprocess.Popen]:
    ours = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": slack.api_url,
        "PAPERROUTE_STORE__PATH": str(folder / "p.db"),
        "PAPERROUTE_SOURCE__KIND": "sample",
        "PAPERROUTE_WEB__ENABLED": "false",
    }
    command = [sys.executable, "-m", "paperroute", "serve"]
    with (
        (folder / "log").open("a") as log,
        subprocess.Popen(command, cwd=folder, env=os.environ | ours | {"PYTHONPATH": str(ROOT)}, stderr=log) as process,
    ):
        try:
            yield process
        finally:
            process.kill()
