"""The real bot over the stand-in for Slack, with the bundled sample and the built-in models."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from bot.service import SlackService
from bot.settings import AccessRules, BotServices, SlackCredentials
from digest.pipeline import followup, pipeline
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.retrieval.paper_lookup import fetch_named
from digest.retrieval.paper_search import search_papers
from digest.run_context import RunContext
from digest.sources.sample import SampleSource
from store.records.editions import Edition
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

QUESTION = "LoRA for image generation"
PATIENT = AccessRules(per_user_hour=1000, per_channel_hour=1000, lease_seconds=1.0)
Survey = Callable[[SurveyRequest, RunContext], Edition]


def bot_services(services: Services, survey: Survey | None = None, **more: Any) -> BotServices:
    def made(request: SurveyRequest, run: RunContext) -> Edition:
        return pipeline.survey(request, services, SurveySettings(), run)

    return BotServices(
        services.store,
        survey or made,
        lambda edition, wish, run: followup.reply(edition, wish, services, run),
        lambda request, run: pipeline.digest(request, services, SurveySettings(), run),
        lambda topic, run: pipeline.preview(topic, services, SurveySettings(), run),
        named=lambda named, run: fetch_named(named, services.store.papers, SampleSource(), run.wait),
        search=lambda typed, most: search_papers(typed, services.store, services.embedder, limit=most),
        **more,
    )


def access(slack: SlackServer, **more: Any) -> SlackCredentials:
    return replace(SlackCredentials(BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, slack.api_url), **more)


@contextmanager
def running(
    slack: SlackServer, services: BotServices, rules: AccessRules = PATIENT, drain: float = 0.0, **more: Any
) -> Iterator[SlackService]:
    service = SlackService(access(slack, **more), services, rules)
    service.start()
    try:
        yield service
    finally:
        service.stop(drain)


class Gate:
    """A survey that begins, and goes on only when it is let; it can be stopped meanwhile, as the real one can."""

    def __init__(self, services: Services) -> None:
        self.began, self.go = threading.Event(), threading.Event()
        self.questions: list[str] = []
        self._services = services

    def __call__(self, request: SurveyRequest, run: RunContext) -> Edition:
        self.questions.append(request.question)
        with run.stage("search") as stage:
            stage.detail = "waiting at the gate"
            self.began.set()
            while not self.go.wait(0.02):
                run.check()
        return pipeline.survey(request, self._services, SurveySettings(), run)


def only(found: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(found) == 1, [message.get("text") for message in found]
    return found[0]


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["text"] for message in messages]


def state_of(services: Services, ts: str, channel: str = "C1GENERAL") -> str:
    """How far a message's ask has come; "" before it is claimed."""
    ask = services.store.slack_requests.of_message("T0TEAM", channel, ts)
    return ask.state if ask else ""
