"""What people in Slack say of papers: by the menu below an answer, for themselves alone."""

import pytest

from digest.pipeline.services import Services
from store.records.feedback import Reader
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import QUESTION, bot_services, holding, running, texts

ADA, BEN = Reader("slack", "U1ADA"), Reader("slack", "U2BEN")


def asking(slack: SlackServer, services: Services) -> tuple[str, dict]:
    """The ts of a question, and what came for the first paper of its answer: a message with the buttons."""
    ts = slack.mention(QUESTION)
    last = holding(slack, ts, "choose_paper")
    slack.press(last, "choose_paper", value=f"2 {services.store.editions.list()[0].id}")
    seen = slack.state.wait(lambda: [m for m in slack.state.thread("C1GENERAL", ts) if "opinion_keep" in str(m)])
    return ts, seen[-1]


def test_a_paper_of_the_menu_is_kept_by_who_chose_it(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        _, last = asking(slack, services)
        edition = services.store.editions.get(services.store.editions.list()[0].id)
        paper = edition.papers[1]
        asked = str(last["blocks"])
        assert all(name in asked for name in ("opinion_keep", "opinion_seen", "opinion_more", "opinion_less"))
        slack.press(last, "opinion_keep", value=f"2 {edition.id}")
        slack.press(last, "opinion_less", value=f"2 {edition.id}", user="U2BEN")
        slack.state.wait(lambda: len(slack.state.called("chat.postEphemeral")) == 3)
        (kept,) = services.store.feedback.of_reader(ADA)
        assert (kept.kind, kept.subject, kept.topic) == ("keep", paper.id, "")
        assert [one.kind for one in services.store.feedback.of_reader(BEN)] == ["less"]
        sent = slack.command("reading-list")
        sent.wait()
        assert paper.url in str(sent.answer)
    assert slack.state.refused() == []


def test_what_was_said_is_taken_back(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts, last = asking(slack, services)
        edition = services.store.editions.get(services.store.editions.list()[0].id)
        slack.press(last, "opinion_more", value=f"2 {edition.id}")
        told = slack.state.wait(
            lambda: [m for m in slack.state.thread("C1GENERAL", ts) if "opinion_more_back" in str(m)]
        )
        assert told[-1]["text"].startswith("Noted that you want more like it: <https://arxiv"), "it is of no topic"
        slack.press(last, "opinion_keep", value=f"2 {edition.id}", user="U2BEN")
        slack.state.wait(lambda: services.store.feedback.of_reader(BEN))
        slack.press(told[-1], "opinion_more_back")
        slack.state.wait(lambda: [m for m in slack.state.thread("C1GENERAL", ts) if m["text"].startswith("Taken back")])
        assert services.store.feedback.of_reader(ADA) == []
        slack.press(holding(slack, ts, "choose_paper"), "choose_paper", value=f"2 {edition.id}", user="U2BEN")
        asked = slack.state.wait(
            lambda: [m for m in slack.state.thread("C1GENERAL", ts) if "Take back: Keep" in str(m)]
        )
        slack.press(asked[-1], "opinion_keep_back", user="U2BEN")
        slack.state.wait(lambda: [m for m in slack.state.thread("C1GENERAL", ts) if "No longer on your" in m["text"]])
    assert services.store.feedback.of_reader(BEN) == []
    assert slack.state.refused() == []


@pytest.mark.parametrize("value", ["2 no-such-edition", "x y", "", "9999 {}", "-1 {}"])
def test_what_is_gone_is_told(slack: SlackServer, services: Services, value: str) -> None:
    with running(slack, bot_services(services)):
        ts, last = asking(slack, services)
        value = value.format(services.store.editions.list()[0].id)
        slack.press(holding(slack, ts, "choose_paper"), "choose_paper", value=value or " ")
        slack.press(last, "opinion_keep", value=value or " ")
        slack.state.wait(lambda: len(slack.state.called("chat.postEphemeral")) == 3)
    assert sum("not in the archive" in text for text in texts(slack.state.thread("C1GENERAL", ts))) == 2
    assert services.store.feedback.of_reader(ADA) == []


def test_where_nobody_is_asked_it_says_so(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        older = holding(slack, slack.mention(QUESTION), "choose_paper")
    with running(slack, bot_services(services, feedback=False)):
        ts = slack.mention(QUESTION)
        assert "choose_paper" not in str(holding(slack, ts, "download"))
        slack.press(older, "choose_paper", value=f"1 {services.store.editions.list()[0].id}")
        slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))
        assert any("not asked" in str(sent) for sent in slack.state.called("chat.postEphemeral"))
        for typed in ("reading-list", "feedback off"):
            sent = slack.command(typed)
            sent.wait()
            assert "not asked" in str(sent.answer)
    assert services.store.feedback.of_reader(ADA) == []


def test_it_is_turned_off_and_on_by_the_command(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        for which, kinds in (("off", ["off"]), ("on", []), ("OFF", ["off"]), ("On", []), ("sideways", [])):
            sent = slack.command(f"feedback {which}")
            sent.wait()
            assert [one.kind for one in services.store.feedback.of_reader(ADA)] == kinds
        assert "feedback off" in str(sent.answer)
