"""A topic's canvas in a channel: switched on in the form or by the command, written with each digest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.work import canvas_keeper
from digest.pipeline.services import Services
from store.records.editions import Edition
from tests.bot.work.test_digests import CHANNEL, filled, opened, subscribed
from tests.doubles.editions import edition
from tests.doubles.slack_canvases import Canvas
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import bot_services, running, texts

KEEP = {"canvas": {"type": "checkboxes", "selected_options": [{"value": "keep"}]}}
DROP = {"canvas": {"type": "checkboxes", "selected_options": []}}


def made(services: Services, number: int, size: int = 6) -> Edition:
    """A digest of the topic, of that week."""
    slot = datetime(2026, 11, 2, 8, tzinfo=UTC) + timedelta(weeks=number)
    whole = edition(size, kind="digest")
    papers = tuple(
        replace(
            paper, id=f"26{number:02}.{paper.number:05}", url=f"https://arxiv.org/abs/26{number:02}.{paper.number:05}"
        )
        for paper in whole.papers
    )
    kept = replace(whole, id=f"d{number}", topic="speech", slot=slot, until=slot, papers=papers)
    services.store.editions.freeze(kept)
    return kept


def the_canvas(slack: SlackServer) -> Canvas:
    (canvas,) = slack.state.canvases.values()
    return canvas


def shows(slack: SlackServer, edition: Edition) -> Any:
    return lambda: [one for one in slack.state.canvases.values() if edition.papers[0].url in one.markdown]


def test_each_digest_writes_the_canvas_of_its_channel(slack: SlackServer, services: Services) -> None:
    kept = subscribed(services)
    first = made(services, 1)
    with running(slack, bot_services(services)):
        sent = slack.command(f"canvas {kept.id}")
        sent.wait()
        slack.state.wait(shows(slack, first))
        second = made(services, 2)
        slack.state.wait(shows(slack, second))
        slack.state.wait(lambda: not services.store.slack_canvases.stale())
        slack.command(f"canvas {kept.id} off").wait()
        third = made(services, 3)
        assert not services.store.slack_canvases.stale()
    canvas = the_canvas(slack)
    assert "within seconds" in sent.answer["text"]
    assert (canvas.channel, canvas.readers, canvas.edits) == (CHANNEL, {CHANNEL}, 1)
    order = [canvas.markdown.find(paper.url) for paper in (second.papers[0], first.papers[0])]
    assert 0 <= order[0] < canvas.markdown.index("# Earlier digests") < order[1]
    assert third.papers[0].url not in canvas.markdown
    assert slack.state.refused() == []


def test_the_form_offers_it_where_it_can_be_had(slack: SlackServer, services: Services) -> None:
    digest_in = {"conversation": {"selected_conversation": CHANNEL}}
    with running(slack, bot_services(services)):
        slack.command("subscribe").wait()
        view = opened(slack)
        assert "checkboxes" in str(view)
        refused = slack.submit(view, filled(conversation={"selected_conversation": "D1ADA"}) | {"canvas": KEEP})
        refused.wait()
        slack.submit(view, filled(**digest_in) | {"canvas": KEEP}).wait()
        (topic,) = services.store.topics.list()
        kept = services.store.slack_canvases.get("topic", topic.slug, CHANNEL)
        (subscription,) = services.store.subscriptions.list()
        slack.press_in_home("U1ADA", "subscription_edit", str(subscription.id))
        edited = slack.state.wait(lambda: list(slack.state.views.values())[1:])[0]
        slack.submit(edited, filled(**digest_in) | {"canvas": DROP}).wait()
        slack.state.scopes.remove("canvases:write")
        slack.open_home()  # by any answer of Slack it is known what was granted
        slack.settle()
        slack.command("subscribe").wait()
        without = slack.state.wait(lambda: list(slack.state.views.values())[2:])[0]
        said = slack.command(f"canvas {subscription.id}")
        said.wait()
    assert list(refused.answer["errors"]) == ["canvas"]
    assert (kept.kept, kept.user, kept.canvas) == (True, "U1ADA", "")
    assert "initial_options" in str(edited)
    assert services.store.slack_canvases.get("topic", topic.slug, CHANNEL) is None
    assert "checkboxes" not in str(without)
    assert "I cannot keep canvases here" in said.answer["text"]


@pytest.mark.parametrize(
    ("plan", "error", "why"),
    [
        ("free", "free_team_canvas_tab_already_exists", "no room for another tab"),
        ("none", "", "this workspace has no canvases"),
        ("paid", "restricted_action", "I may not write there"),
    ],
)
def test_where_there_is_none_its_owner_is_told_once(
    slack: SlackServer, services: Services, plan: Any, error: str, why: str
) -> None:
    kept = subscribed(services)
    slack.state.plan = plan
    if error:
        slack.faults.always("canvases.create", "failing", error=error)
    with running(slack, bot_services(services)):
        slack.command(f"canvas {kept.id}").wait()
        made(services, 1)
        slack.state.wait(lambda: slack.state.by_bot("D1ADA"))
        made(services, 2)
        assert not services.store.slack_canvases.stale()
    assert len(slack.state.called("canvases.create")) == 1
    assert [why in text for text in texts(slack.state.by_bot("D1ADA"))] == [True]


def test_one_that_somebody_deletes_is_not_made_again(slack: SlackServer, services: Services) -> None:
    kept = subscribed(services)
    first = made(services, 1)
    with running(slack, bot_services(services)):
        slack.command(f"canvas {kept.id}").wait()
        slack.state.wait(shows(slack, first))
        slack.state.canvases.clear()
        made(services, 2)
        told = slack.state.wait(lambda: slack.state.by_bot("D1ADA"))
        slack.command(f"canvas {kept.id}").wait()  # wanted again, it is a new one
        slack.state.wait(lambda: slack.state.canvases)
    assert "because it was deleted" in texts(told)[0]


def test_a_failure_that_passes_is_tried_again(
    slack: SlackServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(canvas_keeper, "_PAUSE_SECONDS", 0.0)
    kept = subscribed(services)
    first = made(services, 1)
    slack.faults.plan("canvases.create", "failing", error="canvas_creation_failed")
    with running(slack, bot_services(services)):
        slack.command(f"canvas {kept.id}").wait()
        slack.state.wait(shows(slack, first))
    assert slack.state.by_bot("D1ADA") == []


def test_a_digest_that_rests_or_is_deleted_keeps_none(slack: SlackServer, services: Services) -> None:
    kept = subscribed(services)
    with running(slack, bot_services(services)):
        slack.command(f"canvas {kept.id}").wait()
        slack.command(f"pause {kept.id}").wait()
        made(services, 1)
        assert not services.store.slack_canvases.stale()
        slack.command(f"resume {kept.id}").wait()
        slack.state.wait(lambda: slack.state.canvases)
        slack.press_in_home("U1ADA", "subscription_delete", str(kept.id))
        slack.settle()
    assert not services.store.slack_canvases.get("topic", "speech", CHANNEL).kept


def test_nobody_else_switches_it(slack: SlackServer, services: Services) -> None:
    kept = subscribed(services)
    with running(slack, bot_services(services)):
        sent = slack.command(f"canvas {kept.id}", user="U2BEN")
        sent.wait()
    assert "Only the person who subscribed" in sent.answer["text"]
    assert services.store.slack_canvases.of_person(CHANNEL) == []
