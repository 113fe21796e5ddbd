"""Two `paperroute serve` over one store: one has Slack's socket, the other takes over from a dead or a frozen one."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from store import Store
from tests.bot.test_serve import serving
from tests.doubles.slack_link import Link
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import QUESTION, only

CHANNEL = "C1GENERAL"


def test_one_listens_and_another_takes_over_from_the_dead_and_from_who_is_stopped(
    slack: SlackServer, tmp_path: Path
) -> None:
    slack.delivery.redeliver_seconds = 1.0
    with serving(slack, tmp_path) as first:
        [old] = slack.state.wait(slack.delivery.open_links)
        with serving(slack, tmp_path) as second:
            told = slack.state.wait(lambda: standing_by(tmp_path, second))
            assert told == f"ok: another process listens: {process_of(tmp_path, first)}; 0 under way, 0 waiting"
            assert slack.delivery.open_links() == [old]
            answered_once(slack)
            first.kill()
            asked = slack.mention(QUESTION)
            only(slack.state.wait(lambda: slack.state.answers(CHANNEL, asked)))
            [now] = slack.delivery.open_links()
            with serving(slack, tmp_path) as third:
                slack.state.wait(lambda: standing_by(tmp_path, third))
                assert slack.delivery.open_links() == [now]
                second.send_signal(signal.SIGTERM)
                assert second.wait(180) == 0
                answered_once(slack)
                only(slack.delivery.open_links())
    assert slack.state.refused() == []


def test_one_that_was_frozen_lets_go_and_answers_nothing_again(slack: SlackServer, tmp_path: Path) -> None:
    slack.delivery.redeliver_seconds = 1.0
    with serving(slack, tmp_path) as first, serving(slack, tmp_path) as second:
        [old] = slack.state.wait(slack.delivery.open_links)
        frozen, other = (first, second) if has_socket(tmp_path, first) else (second, first)
        slack.state.wait(lambda: standing_by(tmp_path, other))
        frozen.send_signal(signal.SIGSTOP)
        asked = slack.mention(QUESTION)  # over the only socket that there is, and again to whoever listens then
        try:
            only(slack.state.wait(lambda: slack.state.answers(CHANNEL, asked)))
            [new] = [link for link in slack.delivery.open_links() if link is not old]
        finally:
            frozen.send_signal(signal.SIGCONT)
        slack.state.wait(lambda: not old.open)
        slack.state.wait(lambda: standing_by(tmp_path, frozen))
        answered_once(slack)
        only(slack.state.answers(CHANNEL, asked))
        assert open_now(slack) == [new]


def answered_once(slack: SlackServer) -> None:
    asked = slack.mention(QUESTION)
    only(slack.state.wait(lambda: slack.state.answers(CHANNEL, asked)))


def open_now(slack: SlackServer) -> list[Link]:
    return slack.delivery.open_links()


def of_slack(folder: Path, process: subprocess.Popen) -> tuple[str, str]:
    """The owner and the state of a process's part, ("", "") where it has not told it yet."""
    with Store.open(folder / "p.db") as store:
        for said in store.part_states.list():
            if said.part.part == "slack" and said.owner.split(":")[1] == str(process.pid):
                return said.owner, f"{said.part.state}: {said.part.detail}"
    return "", ""


def process_of(folder: Path, process: subprocess.Popen) -> str:
    return ":".join(of_slack(folder, process)[0].split(":")[:2])


def has_socket(folder: Path, process: subprocess.Popen) -> bool:
    with Store.open(folder / "p.db") as store:
        return store.leases.owner("slack socket").split(":")[1] == str(process.pid)


def standing_by(folder: Path, process: subprocess.Popen) -> str:
    state = of_slack(folder, process)[1]
    return state if "another process listens" in state else ""
