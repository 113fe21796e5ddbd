"""The Home tab's cards, a Slack that refuses them, and what Slack tells that needs no answer."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot import ids
from bot.slack import connection
from digest.pipeline.services import Services
from store.records.editions import Topic
from tests.doubles import slack_blocks
from tests.doubles.editions import start_edition
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import bot_services, running


@pytest.fixture
def digest_of_ada(services: Services) -> Services:
    now = datetime.now(UTC)
    services.store.topics.put(Topic("speech", "On-device speech recognition", cadence="weekly:mon"))
    services.store.subscriptions.add("speech", "slack", "C1GENERAL", "active", now, owner="U1ADA", origin="slack")
    made = replace(start_edition(kind="digest"), id="d1", topic="speech", slot=now, until=now, created_at=now)
    services.store.editions.freeze(made)
    return services


def published(slack: SlackServer, user: str = "U1ADA") -> list[str]:
    """Open the Home tab; the types of its blocks."""
    slack.state.homes.clear()
    slack.open_home(user)
    slack.state.wait(lambda: user in slack.state.homes)
    slack.settle()
    return [block["type"] for block in slack.state.homes[user]["blocks"]]


def test_the_newest_editions_papers_are_cards_for_those_who_have_it(
    slack: SlackServer, digest_of_ada: Services
) -> None:
    with running(slack, bot_services(digest_of_ada)):
        assert published(slack).count("carousel") == 1
        assert "the most central method" in str(slack.state.homes["U1ADA"])
        slack.press_in_home("U1ADA", ids.OPEN_PAPERS[0], "").wait()
        assert "carousel" not in published(slack, "U2BEN")
    assert slack.state.refused() == []


def test_where_slack_refuses_cards_the_home_tab_is_shown_without_and_they_are_not_tried_again(
    slack: SlackServer, digest_of_ada: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_blocks, "CARDS", set())
    with running(slack, bot_services(digest_of_ada)):
        without = published(slack)
        assert len(slack.state.refused()) == 1
        assert published(slack) == without
        monkeypatch.undo()
        assert published(slack) == without
    assert "carousel" not in without
    assert "Recent editions" in str(slack.state.homes["U1ADA"])
    assert len(slack.state.refused()) == 1


def test_a_refusal_that_is_not_about_cards_leaves_them(slack: SlackServer, digest_of_ada: Services) -> None:
    with running(slack, bot_services(digest_of_ada)):
        slack.faults.plan("views.publish", "failing", 2, error="not_enabled")
        slack.open_home()
        slack.settle()
        assert "carousel" in published(slack)


def test_a_session_that_people_rename_is_acknowledged_and_nothing_is_said(
    slack: SlackServer, services: Services, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = logging.getLogger("tests.bolt")  # the bot's own hides what Bolt warns of
    monkeypatch.setattr(connection, "_bolt_logger", lambda: heard)
    event = {"type": ids.SESSION_RENAMED, "channel": "D1ADA", "thread_ts": "1.1", "user": "U1ADA", "title": "Mine"}
    with caplog.at_level(logging.WARNING, heard.name), running(slack, bot_services(services)):
        slack.delivery.event(event | {"event_ts": "1"}).wait()
        slack.settle()
    assert "Unhandled" not in caplog.text
    assert slack.state.by_bot("D1ADA") == []
