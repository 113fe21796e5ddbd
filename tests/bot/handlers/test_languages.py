"""What the bot says of itself: in the language of the question, else in that of the person's Slack, else in English."""

import re

import pytest

from bot.messages import replies
from bot.settings import AccessRules
from digest.errors import BadInput, ConfigError, ModelError, PaperRouteError, StoreError
from digest.i18n.catalog import get_catalog
from digest.pipeline.services import Services, SurveyRequest
from digest.run_context import RunContext
from store.records.editions import Edition
from store.records.lazy_text import lazy_gettext
from tests.doubles.slack_server import SlackServer
from tests.factories.slack import QUESTION, Gate, bot_services, only, running, shown_first

CHANNEL = "C1GENERAL"
JAPANESE_QUESTION = "画像生成のためのLoRA"
JA = get_catalog("slack", "ja")


def is_japanese(text: str) -> bool:
    return bool(re.search("[ぁ-ん]", text))


@pytest.mark.parametrize("text", [replies.LOOKING_INTO_IT, replies.STOPPED, replies.NOTHING_RUNS, replies.NOT_YOURS])
def test_these_lines_are_translated(text: replies.LazyText) -> None:
    assert is_japanese(JA.show(text))


def test_a_japanese_question_is_worked_on_and_stopped_in_japanese(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate)):
        ts = slack.mention(JAPANESE_QUESTION)
        gate.wait_until_begun()
        stream_ts = next(iter(slack.state.wait(lambda: slack.state.streams)))
        slack.press(slack.state.message(CHANNEL, stream_ts), "stop", user="U2BEN")
        refused = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
        slack.mention("stop", thread_ts=ts)
        told = only(slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts)))
        slack.mention("stop", thread_ts=ts)
        again = slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts)[1:])
    assert slack.state.statuses[0]["status"] == JA.show(replies.LOOKING_INTO_IT)
    assert refused.args["text"] == JA.show(replies.NOT_YOURS)
    assert told["text"] == JA.show(replies.STOPPED)
    assert JA.gettext("Retry") in str(told["blocks"])
    assert only(again)["text"] == JA.show(replies.NOTHING_RUNS)


def test_the_steps_of_a_japanese_survey_are_in_japanese(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services, shown_first(slack, services))):
        slack.state.add_user("U3TOK", locale="ja-JP")
        slack.mention(QUESTION, user="U3TOK")
        slack.settle()
    (stream,) = slack.state.streams.values()
    assert stream.tasks["filter"]["title"] == JA.gettext("Keeping the papers that fit")
    assert is_japanese(stream.title), "how long it took"


def test_a_japanese_question_waits_in_japanese(slack: SlackServer, services: Services) -> None:
    gate = Gate(services)
    with running(slack, bot_services(services, gate), AccessRules(at_once=1)):
        slack.mention(QUESTION)
        gate.wait_until_begun()
        slack.mention(JAPANESE_QUESTION)
        place = JA.show(replies.queue_position(1, 0))
        slack.state.wait(lambda: [status for status in slack.state.statuses if status["status"] == place])
    assert is_japanese(place)


def test_a_quota_is_told_in_the_language_of_the_question(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services), AccessRules(per_user_hour=1)):
        first = slack.mention(QUESTION)
        slack.state.wait(lambda: slack.state.answers(CHANNEL, first))
        slack.mention(JAPANESE_QUESTION)
        told = slack.state.wait(lambda: slack.state.called("chat.postEphemeral"))[0]
    assert is_japanese(told.args["text"])
    assert "<!date^" in told.args["text"], "the time in the reader's own zone"
    assert "an hour" not in told.args["text"]


def test_too_long_a_question_is_told_in_its_language(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention("画像の" * 5_000)
        told = only(slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts)))
    assert told["text"] == JA.show(replies.too_long(15_000))


def test_a_failure_is_told_in_japanese_and_inert(slack: SlackServer, services: Services) -> None:
    def failing(request: SurveyRequest, run: RunContext) -> Edition:
        raise BadInput(lazy_gettext("{sentence} {next}", sentence="<!channel>", next="evil.example"))

    with running(slack, bot_services(services, failing)):
        ts = slack.mention(JAPANESE_QUESTION)
        told = only(slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts)))
    assert told["text"] == JA.show(replies.request_failed("survey", "&lt;!channel&gt;evil․example"))
    assert is_japanese(told["text"])


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("OPENAI_API_KEY is not set.", hint="Set it, or give the base URL of a server of your own."),
        ModelError("local:model refused the key.", hint="Check LOCAL_API_KEY.", kind="refused_key"),
        StoreError("/var/p.db cannot be read.", hint="Run: paperroute doctor."),
    ],
)
def test_what_only_the_operator_can_mend_is_told_to_the_log_alone(
    slack: SlackServer, services: Services, error: PaperRouteError, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(request: SurveyRequest, run: RunContext) -> Edition:
        raise error

    with running(slack, bot_services(services, failing)):
        ts = slack.mention("LoRA for image generation")
        told = only(slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts)))
    assert told["text"] == str(replies.FAULT)
    assert error.message in caplog.text


def test_settings_are_not_spoken_of_where_a_model_failed(slack: SlackServer, services: Services) -> None:
    def failing(request: SurveyRequest, run: RunContext) -> Edition:
        raise ModelError("local:model was not called.", hint="Raise models.budget_per_day.", kind="budget")

    with running(slack, bot_services(services, failing)):
        ts = slack.mention("LoRA for image generation")
        told = only(slack.state.wait(lambda: slack.state.by_bot(CHANNEL, ts)))
    assert told["text"] == "I could not finish this survey: local:model was not called."


@pytest.mark.parametrize(
    ("locale", "language"), [("ja-JP", "ja"), ("de-DE", "de"), ("fr-FR", "fr"), ("en-GB", "en"), ("pt-BR", "en")]
)
def test_an_english_question_is_answered_in_the_language_of_the_persons_slack(
    slack: SlackServer, services: Services, locale: str, language: str
) -> None:
    slack.state.add_user("U3TOK", locale=locale)
    with running(slack, bot_services(services)):
        for _ in range(2):  # the first sign of all comes before Slack is asked who that is
            ts = slack.mention(QUESTION, user="U3TOK")
            slack.state.wait(lambda ts=ts: slack.state.answers(CHANNEL, ts))
    words = get_catalog("slack", language)
    assert slack.state.statuses[-1]["status"] == words.show(replies.LOOKING_INTO_IT)
    stream = next(iter(slack.state.streams.values()))
    assert stream.tasks["filter"]["title"] == words.gettext("Keeping the papers that fit"), "but nothing else does"
