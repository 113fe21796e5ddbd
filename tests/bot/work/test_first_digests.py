"""A first digest that has nothing new is not posted, and whoever subscribed hears of it, once."""

from dataclasses import replace
from datetime import UTC, datetime

from digest.pipeline.services import Services
from tests.bot.work.test_digests import planned, subscribed
from tests.doubles.editions import quiet_edition
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import bot_services, only, running


def quiet(services: Services) -> None:
    now = datetime.now(UTC)
    made = replace(quiet_edition(), id="q1", topic="speech", slot=now, until=now, created_at=now)
    services.store.editions.freeze(made)


def test_a_quiet_first_digest_is_told_once(slack: SlackServer, services: Services) -> None:
    subscribed(services)
    quiet(services)
    for _ in range(2):
        with running(slack, bot_services(services)):
            slack.state.wait(lambda: slack.state.by_bot("D1ADA"))
            slack.settle()
    told = only(slack.state.by_bot("D1ADA"))
    assert "has nothing to show yet" in told["text"]
    assert "*Edit*" in told["text"]


def test_one_that_is_posted_is_not_told(slack: SlackServer, services: Services) -> None:
    subscribed(services)
    planned(services)
    services.store.slack_canvases.want("topic", "speech", "C1GENERAL", "U1ADA", datetime.now(UTC))
    with running(slack, bot_services(services)):
        slack.state.wait(lambda: slack.state.canvases)  # housekeeping has looked
        slack.settle()
    assert slack.state.by_bot("D1ADA") == []


def test_run_now_tells_it_itself(slack: SlackServer, services: Services) -> None:
    kept = subscribed(services, question="a subject that nobody writes about: zyzzyva husbandry")
    with running(slack, bot_services(services)):
        slack.press_in_home("U1ADA", "subscription_run", str(kept.id))
        slack.state.wait(lambda: "There are no new papers" in str(slack.state.by_bot("D1ADA")))
        services.store.slack_canvases.want("topic", "speech", "C1GENERAL", "U1ADA", datetime.now(UTC))
        slack.state.wait(lambda: slack.state.canvases)
        slack.settle()
    assert "has nothing to show yet" not in str(slack.state.by_bot("D1ADA"))
