"""The real bot over the stand-in for Slack, with the bundled sample and the built-in models."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

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
from tests.doubles.slack_state import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Call

QUESTION = "LoRA for image generation"
PATIENT = AccessRules(per_user_hour=1000, per_channel_hour=1000, lease_seconds=600.0)
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
    """A bot at work, of which `slack.settle` knows when it has nothing left to do."""
    service = SlackService(access(slack, **more), services, rules)
    with submitted() as tasks:

        def is_idle() -> bool:
            """Frames and listeners first: they are what puts something into the queues."""
            done = all(task.done() for task in tasks)  # no copy: a task that ends has put into it what it began
            health = service.health()
            return done and not health.waiting and not health.working

        slack.idle.append(is_idle)
        service.start()
        try:
            yield service
        finally:
            slack.idle.remove(is_idle)
            service.stop(drain)


@contextmanager
def submitted() -> Iterator[list[Future[Any]]]:
    """Whatever is handed to thread pools meanwhile: a socket's frames, listeners, digests that are run at once."""
    tasks: list[Future[Any]] = []
    submit = ThreadPoolExecutor.submit

    def noting(pool: ThreadPoolExecutor, /, *given: Any, **named: Any) -> Future[Any]:
        task = submit(pool, *given, **named)
        tasks.append(task)
        return task

    with patch.object(ThreadPoolExecutor, "submit", noting):
        yield tasks


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

    def wait_until_begun(self) -> None:
        assert self.began.wait(180), "no survey has begun"


def shown_first(slack: SlackServer, services: Services) -> Survey:
    """A survey that goes on when its progress is shown: a quick one may be over before anything of it is."""
    numbers = itertools.count(1)

    def opened() -> list[Call]:
        """Streams, and the messages that stand in for those that Slack wants no more of."""
        streams = [call for call in slack.state.called("chat.startStream") if call.status == 200]
        return streams + [
            call for call in slack.state.called("chat.postMessage") if "Working on it" in call.args["text"]
        ]

    def survey(request: SurveyRequest, run: RunContext) -> Edition:
        number = next(numbers)
        with run.stage("search"):
            slack.state.wait(lambda: len(opened()) >= number)
        return pipeline.survey(request, services, SurveySettings(), run)

    return survey


def holding(slack: SlackServer, ts: str, action_id: str, channel: str = "C1GENERAL") -> dict[str, Any]:
    """The bot's newest message of a thread that has such a button or menu, as soon as there is one."""
    named = f"'action_id': '{action_id}'"
    return slack.state.wait(lambda: [m for m in slack.state.by_bot(channel, ts) if named in str(m.get("blocks"))])[-1]


def only(found: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(found) == 1, [message.get("text") for message in found]
    return found[0]


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["text"] for message in messages]


def state_of(services: Services, ts: str, channel: str = "C1GENERAL") -> str:
    """How far a message's ask has come; "" before it is claimed."""
    ask = services.store.slack_requests.of_message("T0TEAM", channel, ts)
    return ask.state if ask else ""
