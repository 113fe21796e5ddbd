"""Who may ask, how often, who may stop what, and what is never done for anyone."""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine

from bot.settings import AccessRules
from digest.pipeline.services import Services
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import PATIENT, QUESTION, Gate, bot_services, only, running, shown_first, state_of, texts

CHANNEL = "C1GENERAL"


@pytest.mark.parametrize(
    "about",
    [
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"team_id": "T9OTHER"},
    ],
    ids=["guest", "single-channel guest", "stranger", "of another workspace"],
)
def test_guests_and_outsiders_are_refused_politely_and_to_themselves(
    slack: SlackServer, services: Services, about: dict
) -> None:
    slack.state.add_user("U9GUEST", **about)
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION, user="U9GUEST")
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
        slack.state.wait(lambda: slack.state.sessions.get((CHANNEL, ts)) == "active")
        signs = len(slack.state.statuses)
        slack.mention(QUESTION, user="U9GUEST")
        slack.settle()
    assert "members of this workspace only" in told.args["text"]
    assert told.args["user"] == "U9GUEST"
    assert slack.state.by_bot(CHANNEL, ts) == []
    assert services.store.editions.count() == 0, "no work for someone who gets none"
    assert [status["status"] for status in slack.state.statuses][-1] == "", "the sign that came before is taken away"
    assert len(slack.state.statuses) == signs, "no sign of work for someone who is known to get none"
    assert len(slack.state.called("users.info")) == 1


def test_a_message_from_another_workspace_is_refused_by_its_event_alone(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        slack.mention(QUESTION, user_team="T9OTHER")
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
    assert "members of this workspace only" in told.args["text"]


def test_without_the_scope_to_look_all_members_are_answered(slack: SlackServer, services: Services) -> None:
    slack.state.scopes.remove("users:read")
    with running(slack, bot_services(services)):
        for user in ("U1ADA", "U2BEN"):
            ts = slack.mention(QUESTION, user=user)
            only(slack.state.wait(lambda ts=ts: slack.state.answers(CHANNEL, ts)))
        slack.mention(QUESTION, user_team="T9OTHER")
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
    assert "members of this workspace only" in told.args["text"], "an event says by itself who is from elsewhere"
    assert len(slack.state.called("users.info")) == 1, "one refusal tells that nobody can be looked up"


def test_nobody_waits_for_slack_to_say_who_asks(slack: SlackServer, services: Services) -> None:
    """While users.info hangs: the sign comes before it, the answer does not wait for its end, a member is let in."""
    slack.faults.always("users.info", "stalled")
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        for _ in range(2):
            slack.tell(slack.state.message(CHANNEL, ts))
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        called = [call.method for call in slack.state.calls]
        slack.faults.clear()
    assert called[2] == "assistant.threads.setStatus", "after auth.test and apps.connections.open"
    assert "users.info" not in called, "it hangs"


def test_guests_may_ask_where_that_is_allowed(slack: SlackServer, services: Services) -> None:
    slack.state.add_user("U9GUEST", is_restricted=True)
    with running(slack, bot_services(services), AccessRules(guests=True)):
        ts = slack.mention(QUESTION, user="U9GUEST")
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))


@pytest.mark.parametrize(
    "rules", [AccessRules(users=("U2BEN",)), AccessRules(channels=("C2OTHER",)), AccessRules(teams=("T2",))]
)
def test_lists_of_who_may_ask_where(slack: SlackServer, services: Services, rules: AccessRules) -> None:
    with running(slack, bot_services(services), rules):
        slack.mention(QUESTION)
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
    assert "I may not answer here" in told.args["text"]
    assert slack.state.answers(CHANNEL) == []


def test_a_quota_is_told_with_the_time_when_it_ends(slack: SlackServer, services: Services) -> None:
    at_once = time_machine.travel(datetime.now(UTC), tick=False)  # or a minute of the hour may be over by then
    with at_once, running(slack, bot_services(services), AccessRules(per_user_hour=1)):
        first = slack.mention(QUESTION)
        slack.state.wait(lambda: slack.state.answers(CHANNEL, first))
        slack.mention(QUESTION)
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
        other = slack.mention(QUESTION, user="U2BEN")
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, other)))
    assert told.args["text"].startswith("You have one survey an hour, and it is used up.")
    assert "in about 60 min" in told.args["text"]


def test_a_channel_has_a_quota_too(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services), AccessRules(per_channel_hour=1)):
        first = slack.mention(QUESTION)
        slack.state.wait(lambda: slack.state.answers(CHANNEL, first))
        slack.mention(QUESTION, user="U2BEN")
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
    assert told.args["text"].startswith("This channel has")


def test_a_full_line_is_told(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate), AccessRules(at_once=1, waiting=1)) as service:
        slack.mention(QUESTION)
        gate.wait_until_begun()
        slack.mention(QUESTION)
        slack.state.wait(lambda: service.health().waiting == 1)
        slack.mention(QUESTION)
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
    assert "waiting already" in told.args["text"]


def test_a_budget_that_is_used_up_is_told(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services, budget=lambda: "Today's budget is used up.")):
        slack.mention(QUESTION)
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
    assert told.args["text"] == "Today's budget is used up."


@pytest.mark.parametrize("way", ["event", "button", "word", "stream"])
def test_stop_ends_the_work_and_says_so(slack: SlackServer, services: Services, way: str) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        stream = next(iter(slack.state.wait(lambda: slack.state.streams)))
        if way == "event":
            slack.stop(CHANNEL, ts)
        elif way == "button":
            slack.press(slack.state.message(CHANNEL, stream), "stop")
        elif way == "word":
            slack.mention("stop", thread_ts=ts)
        else:
            slack.state.streams[stream].stopped_by_user = True  # it is told to a stream before the event comes
            slack.stop(CHANNEL, ts)
        told = slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts))
        slack.state.wait(lambda: slack.state.sessions[CHANNEL, ts] == "active")
    assert "What was done so far is kept" in only(told)["text"]
    assert state_of(services, ts) == "stopped"
    assert not slack.state.streams[stream].live
    assert [call.answer["error"] for call in slack.state.refused() if call.method != "chat.appendStream"] == []


@pytest.mark.parametrize("sign", ["at once", "late"])
def test_slacks_own_stop_of_what_waits_is_told_in_its_thread(slack: SlackServer, services: Services, sign: str) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate), replace(PATIENT, at_once=1)):
        first = slack.mention(QUESTION)
        gate.wait_until_begun()
        if sign == "late":  # its place in the queue is told only after the Stop
            slack.faults.plan("assistant.threads.setStatus", "stalled")
        ts = slack.mention("speech recognition", user="U2BEN")
        slack.state.wait(lambda: state_of(services, ts) == "waiting")
        slack.stop(CHANNEL, ts, user="U2BEN")
        told = slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts))
        slack.faults.clear()
        slack.state.wait(lambda: slack.state.sessions.get((CHANNEL, ts)) == "active")
        gate.go.set()
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, first)))
    assert only(told)["text"].startswith("Stopped")
    assert slack.state.answers(CHANNEL, ts) == []
    assert gate.questions == [QUESTION]


def test_slacks_own_stop_by_another_person_is_answered_to_them(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        slack.state.wait(lambda: slack.state.streams)
        slack.stop(CHANNEL, ts, user="U2BEN")
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
        gate.go.set()
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
    assert told.args["user"] == "U2BEN"
    assert told.args["text"].startswith("Only the person who asked")


def test_stop_over_another_process(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)) as first:
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        with running(slack, bot_services(services)):
            slack.delivery.links[0].silence()  # the event goes to the one that does not work on it
            slack.delivery.links[0].open = False
            slack.stop(CHANNEL, ts)
            slack.state.wait(lambda: "Stopped" in "".join(texts(slack.state.by_bot(CHANNEL, ts))))
            slack.state.wait(lambda: first.health().working == 0)


def test_only_who_asked_may_stop(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        stream = next(iter(slack.state.wait(lambda: slack.state.streams)))
        slack.press(slack.state.message(CHANNEL, stream), "stop", user="U2BEN")
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
        gate.go.set()
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
    assert told.args["text"].startswith("Only the person who asked")


def test_stopping_what_is_over_is_answered(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services, shown_first(slack, services))):
        ts = slack.mention(QUESTION)
        slack.settle()
        assert state_of(services, ts) == "answered"
        stream = slack.state.message(CHANNEL, next(iter(slack.state.streams)))
        slack.press(stream, "stop")
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
    assert told.args["text"].startswith("Nothing is running")


def test_an_idle_quota_clock_is_the_wall_clock(services: Services) -> None:
    assert services.store.slack_requests.recent("T0TEAM", time.time() - 3600) == []


def test_no_token_and_no_question_is_in_the_log(
    slack: SlackServer, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with running(slack, bot_services(services), PATIENT):
        ts = slack.mention(f"{QUESTION} secretword")
        slack.state.wait(lambda: state_of(services, ts) in ("answered", "failed"))
    for secret in ("xoxb-", "xapp-", "secretword"):
        assert secret not in caplog.text
