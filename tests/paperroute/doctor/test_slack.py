"""doctor on Slack: tokens tried, scopes compared, the missing click named."""

import os

import pytest
from typer.testing import CliRunner

from digest.ports import Finding
from paperroute.cli.main import app
from paperroute.config.load import Config
from paperroute.doctor.slack import examine_slack
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import APP_TOKEN, BOT_TOKEN


def examined(slack: SlackServer, **other: str) -> list[Finding]:
    environment = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_API_URL": slack.api_url} | other
    return list(examine_slack(Config().slack, environment, offline=False))


def test_all_is_well(slack: SlackServer) -> None:
    found = examined(slack)
    assert [finding.state for finding in found] == ["ok"] * 3
    assert {call.method for call in slack.state.calls} == {"auth.test", "apps.connections.open"}


def test_a_missing_scope_names_the_click(slack: SlackServer) -> None:
    slack.state.scopes.remove("files:write")
    (failed,) = [finding for finding in examined(slack) if finding.state == "fail"]
    assert "files:write" in failed.detail
    assert "Reinstall" in failed.step


def test_an_optional_scope_says_what_is_missed(slack: SlackServer) -> None:
    slack.state.scopes.remove("channels:history")
    (warned,) = [finding for finding in examined(slack) if finding.state == "warn"]
    assert "follow-ups in channels need a mention" in warned.detail


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-wrong", "SLACK_BOT_TOKEN"),
        ("SLACK_APP_TOKEN", "xapp-wrong", "SLACK_APP_TOKEN"),
        ("SLACK_BOT_TOKEN", "xapp-mixed-up", "begins with xoxb-"),
        ("SLACK_BOT_TOKEN", "", "SLACK_BOT_TOKEN is not set"),
        ("SLACK_API_URL", "ftp://nowhere", "SLACK_API_URL is no web address"),
        ("SLACK_API_URL", "http://127.0.0.1:9/api/", "failed"),
    ],
)
def test_what_is_wrong_is_named_without_the_token(slack: SlackServer, variable: str, value: str, said: str) -> None:
    found = examined(slack, **{variable: value})
    failed = [finding for finding in found if finding.state == "fail"]
    assert said in failed[0].detail
    assert failed[0].step
    for finding in found:
        assert "wrong" not in finding.detail + finding.step.replace("of the wrong kind", "")


def test_settings_of_an_oauth_app_are_said_to_have_no_effect(slack: SlackServer) -> None:
    found = examined(slack, SLACK_CLIENT_ID="1.2", SLACK_CLIENT_SECRET="x")
    assert found[0].state == "warn"


def test_without_tokens_nothing_is_said(slack: SlackServer) -> None:
    assert list(examine_slack(Config().slack, {}, offline=False)) == []


def test_the_verb_tells_it(slack: SlackServer, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": slack.api_url,
        "PAPERROUTE_STORE__PATH": str(tmp_path / "p.db"),
        "PAPERROUTE_SOURCE__KIND": "sample",
    }.items():
        monkeypatch.setitem(os.environ, name, value)
    result = CliRunner().invoke(app, ["doctor"])
    assert "a socket can be opened" in result.output
    assert "xoxb-" not in result.output
