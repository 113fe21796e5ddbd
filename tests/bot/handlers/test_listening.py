"""When the bot speaks, and when it is silent: among people, before its first answer, in threads of people, alone."""

from __future__ import annotations

import re

import pytest

from bot.messages import replies
from digest.i18n.catalog import get_catalog
from digest.pipeline.services import Services
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import QUESTION, Gate, bot_services, holding, only, running, state_of, texts

CHANNEL = "C1GENERAL"
AMONG_PEOPLE = (
    "ok",
    "<@U2BEN> what do you think?",
    "lunch on Friday?",
    "thanks!",
    "<@U2BEN> more like [2]",
    "what do you think?",
)


def test_people_in_the_thread_of_an_answer_are_left_alone_and_a_question_to_us_is_answered(
    slack: SlackServer, services: Services
) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        slack.settle()
        before = len(slack.state.by_bot(CHANNEL, ts))
        for said in AMONG_PEOPLE:
            slack.say(said, thread_ts=ts, user="U2BEN")
        slack.settle()
        assert len(slack.state.by_bot(CHANNEL, ts)) == before
        slack.say("which of these use diffusion?", thread_ts=ts)
        slack.settle()
        assert len(slack.state.by_bot(CHANNEL, ts)) == before + 1
    assert not [status for status in slack.state.statuses[1:] if "LoRA" in status["status"]]


@pytest.mark.parametrize("judged", [True, False])
def test_where_rules_cannot_tell_a_model_judges_and_silence_is_the_default(
    slack: SlackServer, services: Services, judged: bool
) -> None:
    seen: list[tuple[str, str]] = []

    def is_for_us(message: str, about: str) -> bool:
        seen.append((message, about))
        return judged

    with running(slack, bot_services(services, is_for_us=is_for_us)):
        ts = slack.mention(QUESTION)
        slack.settle()
        before = len(slack.state.by_bot(CHANNEL, ts))
        slack.say("is any of it fast enough?", thread_ts=ts)
        slack.state.wait(lambda: seen)
        slack.say("lunch on Friday?", thread_ts=ts)
        if judged:
            slack.state.wait(lambda: len(slack.state.by_bot(CHANNEL, ts)) > before)
        slack.settle()
    assert seen == [("is any of it fast enough?", QUESTION)]
    assert len(slack.state.by_bot(CHANNEL, ts)) == before + judged


def test_stop_in_plain_words_before_the_first_answer(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        slack.say("please stop", thread_ts=ts)
        slack.state.wait(lambda: state_of(services, ts) == "stopped")
        told = only(slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts)))
        slack.say("stop", thread_ts=ts)  # nothing runs: no word between people is ours
        slack.settle()
    assert told["text"] == str(replies.STOPPED)
    assert len(slack.state.by_bot(CHANNEL, ts)) == 1


def test_only_the_asker_stops_and_others_alone_are_told_so(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        slack.say("stop", thread_ts=ts, user="U2BEN")
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
        assert state_of(services, ts) == "working"
        gate.go.set()
    assert (told.args["user"], told.args["text"]) == ("U2BEN", str(replies.NOT_YOURS))


def test_mute_before_the_first_answer_holds_after_it(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(QUESTION)
        gate.wait_until_begun()
        slack.say("mute", thread_ts=ts)
        slack.state.wait(lambda: str(replies.MUTED_BUT_FOR_ANSWER) in texts(slack.state.by_bot(CHANNEL, ts)))
        gate.go.set()
        slack.settle()
        assert slack.state.answers(CHANNEL, ts), "what was asked for comes"
        before = len(slack.state.by_bot(CHANNEL, ts))
        slack.say("which of these use diffusion?", thread_ts=ts)
        slack.settle()
        assert len(slack.state.by_bot(CHANNEL, ts)) == before
        slack.say("unmute", thread_ts=ts)
        slack.settle()  # events of one moment are worked on side by side
        slack.say("shorter", thread_ts=ts)
        slack.settle()
    assert len(slack.state.by_bot(CHANNEL, ts)) == before + 2


def test_stop_in_a_direct_message_ends_what_one_waits_for_there(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        channel, ts = slack.dm(QUESTION)
        gate.wait_until_begun()
        slack.dm("stop")
        slack.state.wait(lambda: state_of(services, ts, channel) == "stopped")


@pytest.mark.parametrize(
    ("said", "line", "language"),
    [
        ("hello", replies.SMALL_TALK["greeting"], "en"),
        ("Thank you so much for the quick answer!", replies.SMALL_TALK["thanks"], "en"),
        ("test", replies.SMALL_TALK["test"], "en"),
        ("wie geht's?", replies.SMALL_TALK["wellbeing"], "de"),
        ("qui es-tu ?", replies.SMALL_TALK["identity"], "fr"),
        ("gracias", replies.SMALL_TALK["thanks"], "es"),
        ("こんにちは", replies.SMALL_TALK["greeting"], "ja"),
        ("more like [3]", replies.WHICH_ANSWER, "en"),
        ("can you find papers on this?", replies.NO_QUESTION, "en"),
    ],
)
def test_small_talk_gets_one_short_line_and_no_survey(
    slack: SlackServer, services: Services, said: str, line: replies.LazyText, language: str
) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(said)
        slack.settle()
    assert texts(slack.state.by_bot(CHANNEL, ts)) == [get_catalog("slack", language).show(line)]
    assert services.store.editions.count() == 0
    assert not slack.state.streams


def asked_in_a_thread(slack: SlackServer, said: str) -> str:
    ts = slack.say("Does anyone know whether LoRA is good enough for image generation?", user="U2BEN")
    slack.say("We only tried full fine-tuning of diffusion models.", thread_ts=ts, user="U1ADA")
    slack.mention(said, thread_ts=ts, order="message")
    return ts


def test_asked_inside_a_thread_of_people_it_reads_that_thread_and_says_so(
    slack: SlackServer, services: Services
) -> None:
    with running(slack, bot_services(services)):
        ts = asked_in_a_thread(slack, "can you find papers on this? top 5")
        slack.settle()
        told, answer = slack.state.by_bot(CHANNEL, ts)[:2]
    assert told["text"].startswith("I read the 2 messages of this thread, and look for papers on: ")
    assert "image generation" in told["text"]
    assert answer["text"].startswith("5 papers on")
    edition = services.store.editions.get(services.store.editions.list()[0].id)
    assert edition
    assert "fine-tuning" in edition.question or "image generation" in edition.question
    assert "Does anyone" not in edition.question


def test_a_thread_that_may_not_be_read_is_told(slack: SlackServer, services: Services) -> None:
    slack.state.scopes.remove("channels:history")
    with running(slack, bot_services(services)):
        ts = asked_in_a_thread(slack, "can you find papers on this?")
        slack.settle()
    assert only(slack.state.by_bot(CHANNEL, ts))["text"] == str(replies.THREAD_UNREADABLE)


def test_a_thread_about_nothing_is_told(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.say("lunch on Friday?", user="U2BEN")
        slack.mention("gibt es dazu Literatur?", thread_ts=ts)
        slack.settle()
    assert only(slack.state.by_bot(CHANNEL, ts))["text"] == get_catalog("slack", "de").show(replies.THREAD_EMPTY)


def test_a_direct_message_goes_on_with_the_last_answer(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        channel, first = slack.dm(f"{QUESTION}, top 5")
        slack.settle()
        _, second = slack.dm("which of these merge several adapters?")
        slack.settle()
        assert re.search(r"arxiv\.org/abs/", str(slack.state.by_bot(channel, second)))
        _, third = slack.dm("in German")
        slack.settle()
        assert only(slack.state.answers(channel, third))["text"].startswith("5 ")
        slack.dm("tell me more about [1]", thread_ts=second)
        slack.settle()
        assert len(slack.state.by_bot(channel, second)) == 2
    assert first


def test_the_number_that_was_asked_for_is_kept_by_refresh_and_by_another_language(
    slack: SlackServer, services: Services
) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(f"{QUESTION}, top 6")
        slack.settle()
        slack.press(holding(slack, ts, "refresh"), "refresh")
        slack.settle()
        slack.mention("auf Deutsch", thread_ts=ts)
        slack.settle()
    assert [text.partition(" ")[0] for text in texts(slack.state.answers(CHANNEL, ts))] == ["6", "6", "6"]


def test_papers_are_asked_about_by_number_and_by_id(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(f"{QUESTION}, top 6")
        slack.settle()
        edition = services.store.editions.get(services.store.editions.list()[0].id)
        assert edition
        ids = {paper.number: paper.id for paper in edition.papers}

        def asked(said: str) -> set[str]:
            before = len(slack.state.by_bot(CHANNEL, ts))
            slack.say(said, thread_ts=ts)
            slack.settle()
            found = str(slack.state.by_bot(CHANNEL, ts)[before:])
            return set(re.findall(r"arxiv\.org/abs/([\w.-]+?)(?:v\d)?[)|>'\"]", found))

        assert asked("tell me more about [3]") == {ids[3]}
        assert asked("compare [2] and [5]") == {ids[2], ids[5]}
        assert asked("vergleiche [2] und [5]") == {ids[2], ids[5]}
        assert "nebeneinander" in slack.state.by_bot(CHANNEL, ts)[-1]["text"]
        slack.mention(f"what is {ids[4]} about?", thread_ts=ts)
        slack.settle()
        alone = slack.mention(f"what is {ids[1]} about?")
        slack.settle()
    assert ids[4] in str(slack.state.by_bot(CHANNEL, ts)[-1])
    assert edition.papers[0].title[:20] in str(slack.state.by_bot(CHANNEL, alone))


def test_the_period_is_named_where_it_is_to_blame(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(f"{QUESTION}, before 1999")
        slack.settle()
    told = only(slack.state.by_bot(CHANNEL, ts))["text"]
    assert "1998-12-31" in told
    assert "--" not in told
