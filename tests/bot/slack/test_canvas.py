"""An answer as a canvas: what Slack takes, who may read it, and what happens where there is none."""

import threading
from contextlib import closing
from typing import Any

import pytest

from bot import ids
from bot.slack.canvas import Canvases
from bot.slack.client import Slack
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import ThreadRef
from bot.slack.translator import Translator
from bot.slack.users import UserDirectory
from digest.pipeline.services import Services
from tests.doubles.editions import edition
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import BOT_TOKEN
from tests.factories.slack import QUESTION, Gate, bot_services, only, running, state_of


def answered(slack: SlackServer, channel: str = "C1GENERAL", ts: str = "") -> dict[str, Any]:
    """The first part of an answer, once all of it is there."""
    return only(slack.state.wait(lambda: slack.state.answers(channel, ts)))


def press_canvas(slack: SlackServer, message: dict[str, Any], edition: str, user: str = "U1ADA") -> None:
    """As the button in an answer does, whichever of its messages has it."""
    with_button = message | {"blocks": [{"elements": [{"type": "button", "action_id": ids.OPEN_CANVAS}]}]}
    slack.press(with_button, ids.OPEN_CANVAS, user=user, value=edition)


def edition_in(services: Services, channel: str, ts: str) -> str:
    return services.store.slack_threads.get("T0TEAM", channel, ts).edition


def linked(slack: SlackServer, channel: str, ts: str) -> list[dict[str, Any]]:
    return [message for message in slack.state.by_bot(channel, ts) if "/docs/T0TEAM/" in message["text"]]


def uploaded(slack: SlackServer) -> list[str]:
    return [file["name"] for file in slack.state.files.values() if file["name"].endswith(".md")]


def test_an_answer_is_opened_as_a_canvas_for_its_channel(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        message = answered(slack, ts=ts)
        made = edition_in(services, "C1GENERAL", ts)
        press_canvas(slack, message, made)
        told = only(slack.state.wait(lambda: linked(slack, "C1GENERAL", ts)))
        slack.settle()
    (canvas,) = slack.state.canvases.values()
    papers = services.store.editions.get(made).papers
    assert all(f"]({paper.url})" in canvas.markdown for paper in papers)
    assert (canvas.channel, canvas.readers, canvas.mentions) == ("", {"C1GENERAL"}, [])
    assert f"<https://double.slack.com/docs/T0TEAM/{canvas.id}|" in told["text"]
    assert told["unfurl_links"] is False
    assert (uploaded(slack), slack.state.refused()) == ([], [])


def test_in_a_direct_message_the_link_is_sent_before_the_person_may_read(
    slack: SlackServer, services: Services
) -> None:
    with running(slack, bot_services(services)):
        channel, ts = slack.dm(QUESTION)
        press_canvas(slack, answered(slack, channel, ts), edition_in(services, channel, ts))
        slack.state.wait(lambda: [canvas for canvas in slack.state.canvases.values() if canvas.readers])
        slack.settle()
    (canvas,) = slack.state.canvases.values()
    assert canvas.readers == {"U1ADA"}
    assert slack.state.refused() == []


def test_opened_again_it_is_the_same_canvas(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        message, number = answered(slack, ts=ts), ""
        for times in (1, 2):
            number = number or edition_in(services, "C1GENERAL", ts)
            press_canvas(slack, message, number, user=f"U{times}" + ("ADA" if times == 1 else "BEN"))
            slack.state.wait(lambda times=times: len(linked(slack, "C1GENERAL", ts)) == times)
        (canvas,) = slack.state.canvases.values()
        slack.state.canvases.clear()  # somebody deletes it
        press_canvas(slack, message, number)
        slack.state.wait(lambda: len(linked(slack, "C1GENERAL", ts)) == 3)
        slack.settle()
    assert canvas.edits == 1
    assert len(slack.state.canvases) == 1


@pytest.mark.parametrize("method", ["canvases.create", "canvases.access.set"])
@pytest.mark.parametrize("error", ["canvas_creation_failed", "restricted_action", "canvas_disabled_user_team"])
def test_whatever_is_refused_a_file_comes_instead(
    slack: SlackServer, services: Services, method: str, error: str
) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        message = answered(slack, ts=ts)
        slack.faults.always(method, "failing", error=error)
        press_canvas(slack, message, edition_in(services, "C1GENERAL", ts))
        slack.state.wait(lambda: uploaded(slack))
        slack.settle()
    assert linked(slack, "C1GENERAL", ts) == []
    assert len(uploaded(slack)) == 1


def test_a_free_plan_and_a_missing_scope_give_the_file(slack: SlackServer, services: Services) -> None:
    slack.state.plan = "free"
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        message = answered(slack, ts=ts)
        press_canvas(slack, message, edition_in(services, "C1GENERAL", ts))
        slack.state.wait(lambda: len(uploaded(slack)) == 1)
        slack.state.scopes.remove("canvases:write")
        press_canvas(slack, message, edition_in(services, "C1GENERAL", ts))
        slack.state.wait(lambda: len(uploaded(slack)) == 2)
        slack.settle()
    assert len(slack.state.called("canvases.create")) == 1, "what the plan has not is asked for once"


def test_a_link_that_leads_nowhere_is_taken_back(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        channel, ts = slack.dm(QUESTION)
        message = answered(slack, channel, ts)
        slack.faults.always("canvases.access.set", "failing", error="restricted_action")
        press_canvas(slack, message, edition_in(services, channel, ts))
        slack.state.wait(lambda: uploaded(slack))
        slack.state.wait(lambda: not slack.state.canvases)  # one that nobody can read is deleted
        slack.settle()
    assert linked(slack, channel, ts) == []


def test_what_is_erased_is_deleted_in_slack(slack: SlackServer, services: Services) -> None:
    kept = services.store.slack_canvases
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        press_canvas(slack, answered(slack, ts=ts), edition_in(services, "C1GENERAL", ts))
        slack.state.wait(lambda: linked(slack, "C1GENERAL", ts))
        slack.settle()
        assert [canvas.user for canvas in kept.of_person("U1ADA")] == ["U1ADA"]
        kept.erase("U1ADA")
        assert kept.of_person("U1ADA") == []
        slack.state.wait(lambda: not slack.state.canvases)
        slack.state.wait(lambda: not kept.erased())


def test_taken_up_after_a_crash_the_link_is_said_once(slack: SlackServer, services: Services) -> None:
    made = edition(6)
    services.store.editions.freeze(made)
    with closing(Slack(BOT_TOKEN, slack.api_url, threading.Event())) as client:
        translator = Translator(UserDirectory(client), services.store.slack_requests)
        publisher = MessagePublisher(client, services.store.slack_posts, translator, 5.0)
        canvases = Canvases(client, publisher, services.store.slack_canvases)
        assert not canvases.open_canvas(made, ThreadRef("C1GENERAL", "1790000000.000100", "U1ADA", "T0TEAM"), 7), (
            "nothing is known yet"
        )
        client.identity()
        for _ in range(2):
            assert canvases.open_canvas(made, ThreadRef("C1GENERAL", "1790000000.000100", "U1ADA", "T0TEAM"), 7)
    assert len(linked(slack, "C1GENERAL", "1790000000.000100")) == 1
    assert len(slack.state.canvases) == 1


@pytest.mark.parametrize("fault", ["limited", "failing"])
def test_a_limit_is_waited_out_and_what_may_have_been_made_is_not_made_again(
    slack: SlackServer, services: Services, fault: Any
) -> None:
    slack.faults.plan("canvases.create", fault)
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        press_canvas(slack, answered(slack, ts=ts), edition_in(services, "C1GENERAL", ts))
        slack.state.wait(lambda: linked(slack, "C1GENERAL", ts) or uploaded(slack))
        slack.settle()
    assert bool(linked(slack, "C1GENERAL", ts)) == (fault == "limited")
    assert len(slack.state.called("canvases.create")) == (2 if fault == "limited" else 1)


def test_a_click_on_an_edition_that_is_gone_says_so(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        message = {"channel": "C1GENERAL", "ts": ts, "thread_ts": ts}
        press_canvas(slack, message, "no-such-edition")
        slack.state.wait(lambda: "not in the archive" in str(slack.state.messages["C1GENERAL"]))
        gate.go.set()
        slack.state.wait(lambda: state_of(services, ts) == "answered")
