"""Asking: one message, one answer, in its thread; and what needs no survey."""

import contextlib
import sqlite3
from dataclasses import replace

import pytest

from bot.settings import BotServices
from digest.pipeline.services import Services, SurveyRequest
from digest.run_context import RunContext
from store import Store
from store.records.editions import Edition
from store.records.questions import NO_LIMITS
from tests.doubles.editions import NARROWER, broad_edition
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import QUESTION, Gate, bot_services, holding, only, running, shown_first, state_of, texts

CHANNEL = "C1GENERAL"


def test_a_mention_is_answered_in_its_thread(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        answer = only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        slack.state.wait(lambda: slack.state.sessions.get((CHANNEL, ts)) == "active")
    assert answer["text"].startswith("26 papers on “LoRA for image generation”.")
    assert (answer["unfurl_links"], answer["unfurl_media"]) == (False, False)
    assert slack.state.statuses[0]["status"].startswith("is looking")
    assert slack.state.refused() == []


@pytest.mark.parametrize(
    "said", ["arXiv:{}v2", "<https://arxiv.org/abs/{}>", "<https://arxiv.org/pdf/{0}|arxiv.org/pdf/{0}>"]
)
def test_what_names_a_paper_is_answered_with_it(slack: SlackServer, services: Services, said: str) -> None:
    wanted = "2403.00370"  # of the sample

    with running(slack, bot_services(services, archive_url="https://papers.example")):
        ts = slack.mention(said.format(wanted))
        answer = only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        unknown = slack.mention("arXiv:2401.99999")
        (told,) = slack.state.wait(lambda: slack.state.by_bot(CHANNEL, unknown))
    assert answer["text"].startswith("Post-decoder Biasing")
    assert f"https://papers.example/papers/{wanted}" in str(answer["blocks"])
    assert f"https://arxiv.org/abs/{wanted}" in str(answer["blocks"])
    assert "Neither the archive nor arXiv has the paper" in told["text"]
    assert services.store.editions.count() == 0
    assert slack.state.refused() == []


def test_the_plan_in_the_stream_has_the_real_counts_and_ends(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services, shown_first(slack, services))):
        slack.mention(QUESTION)
        slack.settle()
    (stream,) = slack.state.streams.values()
    assert not stream.live
    assert {task["status"] for task in stream.tasks.values()} == {"complete"}
    assert stream.tasks["filter"]["details"] == "26 of 34 papers kept"


def test_the_stream_is_opened_when_work_starts_and_not_while_it_waits(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        for _ in range(3):
            slack.mention(QUESTION)
        slack.state.wait(lambda: len(slack.state.streams) == 3)
        waiting = slack.mention("speech recognition")
        slack.state.wait(lambda: any("waiting for one survey" in status["status"] for status in slack.state.statuses))
        assert len(slack.state.streams) == 3
        gate.go.set()
        slack.state.wait(lambda: slack.state.answers(CHANNEL, waiting))


def test_a_direct_message_needs_no_mention(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        channel, ts = slack.dm(QUESTION)
        only(slack.state.wait(lambda: slack.state.answers(channel, ts)))
    assert slack.state.refused() == []


def test_a_message_of_someone_elses_can_be_surveyed(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.say(QUESTION, user="U2BEN")
        click = slack.shortcut(slack.state.message(CHANNEL, ts), "survey_this", user="U1ADA")
        click.wait()
        only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("help", "What you can ask"),
        ("", "What you can ask"),
        ("🎉", "I did not find a question"),
        ("thanks!", "You are welcome"),
        ("x" * 39_000, "too long for a question: 39,000 characters"),
    ],
)
def test_what_needs_no_survey_gets_a_short_answer(
    slack: SlackServer, services: Services, said: str, answered: str
) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(said)
        told = only(slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts)))
    assert answered in told["text"]
    assert slack.state.streams == {}


def test_only_a_file_gets_a_word(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention("", files=[{"id": "F1"}], subtype="file_share")
        told = only(slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts)))
    assert "cannot read files" in told["text"]


def test_what_is_not_for_us_is_left_alone(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        slack.say("LoRA is fine, isn't it?")
        slack.say("a bot speaks", bot_id="B9", subtype="bot_message")
        slack.mention("help")
        slack.settle()
    assert len(slack.state.by_bot(CHANNEL)) == 1


def test_options_in_plain_words(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(f"{QUESTION}, top 5")
        answer = only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
    assert answer["text"].startswith("5 papers on")


def test_an_impossible_wish_ends_in_a_plain_error_with_retry(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention("zyzzyva qwxyz")
        told = only(slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts)))
        slack.press(told, "retry")
        slack.state.wait(lambda: len(slack.state.by_bot(CHANNEL, ts)) == 2)
    assert "No paper was found on" in told["text"]


def test_the_same_question_again_gives_the_kept_edition_and_refresh_a_new_one(
    slack: SlackServer, services: Services
) -> None:
    with running(slack, bot_services(services)):
        first = slack.mention(QUESTION)
        slack.state.wait(lambda: slack.state.answers(CHANNEL, first))
        second = slack.mention(QUESTION, user="U2BEN")
        kept = only(slack.state.wait(lambda: slack.state.answers(CHANNEL, second)))
        slack.press(kept, "refresh", user="U2BEN")
        slack.state.wait(lambda: len(slack.state.answers(CHANNEL, second)) == 2)
    assert services.store.editions.count() == 2


def asked_by(services: Services, made: Edition) -> tuple[list[SurveyRequest], BotServices]:
    """Every request, each answered with this edition."""
    seen: list[SurveyRequest] = []

    def survey(request: SurveyRequest, _: RunContext) -> Edition:
        seen.append(request)
        return services.store.editions.freeze(made)

    return seen, bot_services(services, survey)


def test_what_is_asked_from_an_answer_keeps_its_limits(slack: SlackServer, services: Services) -> None:
    made = broad_edition()
    seen, offered = asked_by(services, made)
    with running(slack, offered):
        ts = slack.mention(made.question)
        answer = only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        slack.press(answer, "refresh")
        slack.state.wait(lambda: len(seen) == 2)
        slack.choose(answer, "narrower", "1 ")
        slack.state.wait(lambda: len(seen) == 3)
        slack.mention("in German", thread_ts=ts)
        slack.state.wait(lambda: len(seen) == 4)
        slack.mention("only 2025, in German", thread_ts=ts)
        slack.state.wait(lambda: len(seen) == 5)
        slack.mention("only cs.CV, without GANs", thread_ts=ts)
        slack.state.wait(lambda: len(seen) == 6)
    first, refreshed, narrower, translated, of_a_year, of_a_category = seen
    assert made.request is not None
    assert first.limits == NO_LIMITS
    assert (refreshed.question, refreshed.limits, refreshed.refresh) == (made.question, made.request.limits, True)
    assert (narrower.question, narrower.limits, narrower.refresh) == (NARROWER[1], made.request.limits, False)
    assert (translated.question, translated.limits, translated.language) == (made.question, made.request.limits, "de")
    assert of_a_year.limits == replace(made.request.limits, since=None)
    assert (of_a_category.question, of_a_category.limits.since) == (made.question, made.request.limits.since)
    assert of_a_category.limits.categories == ("cs.CV",)
    assert "GAN" in of_a_category.limits.exclude


def test_a_narrower_question_that_is_not_offered_is_answered(slack: SlackServer, services: Services) -> None:
    seen, offered = asked_by(services, broad_edition())
    with running(slack, offered):
        ts = slack.mention("deep learning")
        answer = only(slack.state.wait(lambda: slack.state.answers(CHANNEL, ts)))
        for value in ("3 " + broad_edition().id, "0 no-such-edition", "x y", ""):
            slack.press(answer, "narrower", value=value or " ")
        slack.state.wait(lambda: len(slack.state.called("chat.postEphemeral")) == 4)
    assert len(seen) == 1


def opinions(store: Store, edition: str) -> list[str]:
    with contextlib.closing(sqlite3.connect(store.path)) as raw:
        return [row[0] for row in raw.execute("SELECT opinion FROM feedback WHERE edition = ?", [edition])]


def test_an_opinion_is_kept_with_the_edition(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        last = holding(slack, ts, "feedback")
        edition = services.store.editions.list()[0].id
        slack.press(last, "feedback", value=f"good {edition}")
        slack.press(last, "feedback", value=f"bad {edition}", user="U2BEN")
        # Clicks are handled side by side: the first one has to be kept before another can take its place.
        slack.state.wait(lambda: sorted(opinions(services.store, edition)) == ["bad", "good"])
        slack.press(last, "feedback", value=f"good {edition}", user="U2BEN")
        slack.state.wait(lambda: opinions(services.store, edition) == ["good", "good"])


def test_a_button_of_an_edition_that_is_gone_is_answered(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        for action in ("refresh", "download", "feedback"):
            slack.press(holding(slack, ts, action), action, value="good no-such-edition")
        slack.settle()
    said = [text for text in texts(slack.state.thread(CHANNEL, ts)) if "not in the archive" in text]
    assert len(said) == len(slack.state.called("chat.postEphemeral")) == 3
    only(slack.state.answers(CHANNEL, ts))


def test_an_edit_before_work_starts_replaces_the_question(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        for _ in range(3):
            slack.mention(QUESTION)
        slack.state.wait(lambda: len(slack.state.streams) == 3)
        ts = slack.mention("spech")
        slack.state.wait(lambda: any("waiting for one" in status["status"] for status in slack.state.statuses))
        slack.edit(CHANNEL, ts, "<@U0BOT> diffusion models").wait()
        slack.state.wait(
            lambda: services.store.slack_requests.of_message("T0TEAM", CHANNEL, ts).text == "diffusion models"
        )
        gate.go.set()
        slack.state.wait(lambda: slack.state.answers(CHANNEL, ts))
    assert gate.questions[-1] == "diffusion models"


def test_a_deletion_cancels_what_waits_and_what_runs(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        first, *_ = [slack.mention(QUESTION) for _ in range(3)]
        slack.state.wait(lambda: len(slack.state.streams) == 3)
        waiting = slack.mention("diffusion")
        slack.state.wait(lambda: any("waiting for one" in status["status"] for status in slack.state.statuses))
        for ts in (waiting, first):
            slack.delete(CHANNEL, ts)
            slack.state.wait(lambda ts=ts: state_of(services, ts) == "withdrawn")
        slack.state.wait(lambda: "The question was deleted, so I stopped." in texts(slack.state.by_bot(CHANNEL, first)))
    assert "diffusion" not in gate.questions
