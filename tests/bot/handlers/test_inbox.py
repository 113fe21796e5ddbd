"""An event is kept before it is acknowledged, until it is done; what nobody goes on with, somebody takes over."""

import pytest

from bot.handlers.dispatcher import Dispatcher
from bot.intents.message_event import SlackMessage
from digest.pipeline.services import Services
from store import Store
from store.db.owners import new_owner
from store.errors import StoreBusy
from store.tables.slack_posts import SlackInbox
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import QUESTION, bot_services, only, running

CHANNEL = "C1GENERAL"
DEAD = "elsewhere:1:1:0"
add, dispatch = SlackInbox.add, Dispatcher.message


def kept(store: Store) -> list[str]:
    with store._database.read() as session:
        return [str(row[0]) for row in session.rows("SELECT body FROM inbox")]


def test_it_is_kept_before_it_is_acknowledged_and_no_longer_than_needed(
    slack: SlackServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def noting(self: SlackInbox, *given: object) -> bool:
        seen.append(bool(slack.delivery.envelopes[0].acked))
        return add(self, *given)

    monkeypatch.setattr(SlackInbox, "add", noting)
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        slack.settle()
    assert seen == [False]
    assert kept(services.store) == []


def test_what_cannot_be_kept_is_not_acknowledged_and_told_again(
    slack: SlackServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.delivery.redeliver_seconds = 0.3
    failures = iter([True, True])

    def failing(self: SlackInbox, *given: object) -> bool:
        if next(failures, False):
            raise StoreBusy("The store is busy.")
        return add(self, *given)

    monkeypatch.setattr(SlackInbox, "add", failing)
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        slack.settle()
    assert slack.delivery.envelopes[0].attempts >= 3


def test_what_failed_after_it_was_acknowledged_is_taken_up_again(
    slack: SlackServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([True])

    def failing(self: Dispatcher, message: SlackMessage) -> None:
        if next(failures, False):
            raise StoreBusy("The store is busy.")
        dispatch(self, message)

    monkeypatch.setattr(Dispatcher, "message", failing)
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        slack.settle()
    assert slack.delivery.envelopes[0].attempts == 1
    assert kept(services.store) == []


def test_what_people_say_to_each_other_is_not_kept(
    slack: SlackServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SlackInbox, "add", lambda *_: pytest.fail("kept"))
    with running(slack, bot_services(services)):
        slack.say("lunch on Friday?")
        slack.settle()
    assert len(slack.delivery.envelopes) == 1


def test_one_owner_at_a_time_and_the_dead_are_known(store: Store) -> None:
    inbox, mine, other = store.slack_inbox, new_owner(), new_owner()
    assert inbox.add("Ev1", {"n": 1}, mine)
    assert not inbox.add("Ev1", {"n": 1}, other), "it is being worked on"
    assert inbox.adopt(other, 600.0) == []
    assert inbox.add("Ev2", {"n": 2}, DEAD)
    assert inbox.adopt(other, 600.0) == [], "of another machine: it may live"
    assert inbox.adopt(other, -1.0) == [("Ev1", {"n": 1}), ("Ev2", {"n": 2})]
    inbox.release(other, "Ev1")
    assert inbox.adopt(mine, 600.0) == [("Ev1", {"n": 1})]
    inbox.remove("Ev1")
    inbox.release(other)
    assert inbox.adopt(mine, 600.0) == [("Ev2", {"n": 2})]


def test_what_fails_again_and_again_is_given_up(store: Store) -> None:
    inbox, mine = store.slack_inbox, new_owner()
    inbox.add("Ev1", {}, mine)
    tries = 0
    while inbox.release(mine) is None and inbox.adopt(mine, 600.0):
        tries += 1
    assert tries == 3
    assert inbox.add("Ev1", {}, mine), "forgotten"
