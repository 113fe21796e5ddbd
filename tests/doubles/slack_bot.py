"""The bot as a process of its own, with the bundled sample and the built-in models; it can be told to die on the way.

Usage: python -m tests.doubles.slack_bot STORE API_URL [MOMENT]

MOMENT: a stage of the pipeline, at whose end it is killed; or told, acknowledged, claimed, sending, sent, answered:
before the event is kept, after it was acknowledged and before anything is claimed, before the ask is put into the line,
before the answer is sent, after it was sent and before that is noted, before the end is noted. Or a number: of seconds
after the first event came. It prints "ready" when it is connected; SIGTERM ends it in good order.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bot.handlers.dispatcher import Dispatcher
from bot.service import SlackService
from bot.settings import AccessRules, BotServices, SlackCredentials
from digest import leases
from digest.background.job_queue import JobQueue
from digest.extractive.embedder import WordLlamaEmbedder
from digest.extractive.queries import KeywordQueries
from digest.extractive.summaries import ExtractiveSummaries
from digest.extractive.synthesis import AssembledSynthesis
from digest.pipeline import followup, pipeline
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import Finished, RunContext, RunEvent
from digest.sources.sample import SampleSource
from store import Store
from store.records.editions import Edition
from store.tables.slack_posts import PostJobKind, SlackInbox, SlackPosts
from store.tables.slack_requests import SlackRequests
from tests.doubles.slack_state import APP_TOKEN, BOT_TOKEN

MOMENTS: dict[str, tuple[type, str]] = {
    "told": (SlackInbox, "add"),
    "acknowledged": (Dispatcher, "message"),
    "claimed": (JobQueue, "put"),
    "sending": (SlackPosts, "attempt"),
    "sent": (SlackPosts, "record_ts"),
    "answered": (SlackRequests, "end"),
}


def die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


_attempt = SlackPosts.attempt


def sending(self: SlackPosts, kind: PostJobKind, job: int, part: int) -> None:
    _attempt(self, kind, job, part)
    die()


def surveying(services: Services, stage: str) -> Callable[[SurveyRequest, RunContext], Edition]:
    def survey(request: SurveyRequest, run: RunContext) -> Edition:
        emit = run.emit

        def told(event: RunEvent) -> None:
            emit(event)
            if isinstance(event, Finished) and event.stage == stage:
                die()

        run.emit = told  # type: ignore[method-assign]
        return pipeline.survey(request, services, SurveySettings(), run)

    return survey


def die_after_the_first_event(seconds: float) -> None:
    add = SlackInbox.add

    def adding(self: SlackInbox, *given: Any) -> bool:
        threading.Timer(seconds, die).start()
        return add(self, *given)

    SlackInbox.add = adding  # type: ignore[method-assign]


def main(store: str, api_url: str, moment: str = "") -> None:
    if moment[:1].isdecimal():
        die_after_the_first_event(float(moment))
    if moment in MOMENTS:
        setattr(*MOMENTS[moment], sending if moment == "sending" else die)
    leases.LEASE_SECONDS = 600.0  # so that a test fails which waits for the lease of a process that was killed
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    rules = AccessRules(per_user_hour=1000, per_channel_hour=1000, waiting=1000, lease_seconds=600.0)
    with Store.open(store) as opened, ThreadPoolExecutor(2) as executor:
        models = KeywordQueries(), WordLlamaEmbedder(), ExtractiveSummaries(), AssembledSynthesis()
        services = Services(opened, SampleSource(), *models, executor)
        reply = lambda edition, wish, run: followup.reply(edition, wish, services, run)  # noqa: E731
        bot_services = BotServices(
            opened,
            surveying(services, moment),
            reply,
            lambda request, run: pipeline.digest(request, services, SurveySettings(), run),
            lambda topic, run: pipeline.preview(topic, services, SurveySettings(), run),
        )
        service = SlackService(SlackCredentials(BOT_TOKEN, APP_TOKEN, "", api_url), bot_services, rules)
        service.start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        over.wait()
        service.stop(20.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
