"""The same survey asked for twice at once: one is written, and both get it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from digest.pipeline.pipeline import survey
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import RunContext, RunEvent, Started, Waiting
from store.records.editions import Edition
from store.records.questions import NO_LIMITS, SearchLimits
from tests.doubles.counting import Log, counted

QUESTION = "LoRA for image generation"


def test_the_second_of_two_waits_for_the_first_and_takes_its_edition(services: Services, tmp_path: Path) -> None:
    log, waiting = Log(tmp_path / "calls.txt"), threading.Event()

    def listen(event: RunEvent) -> None:
        """Whoever writes goes on only once the other waits."""
        if isinstance(event, Waiting) and str(event.why) == "the same survey is being written":
            waiting.set()
        if isinstance(event, Started) and event.stage == "order":
            assert waiting.wait(30)

    def ask(_: int) -> Edition:
        return survey(SurveyRequest(QUESTION), counted(services, log), SurveySettings(), RunContext(listen))

    with ThreadPoolExecutor(2) as pool:
        editions = list(pool.map(ask, range(2)))
    assert waiting.is_set()
    assert editions[0] == editions[1]
    assert services.store.editions.count() == 1
    assert len(set(log.lines())) == len(log.lines())


def test_two_different_surveys_do_not_wait_for_each_other(services: Services) -> None:
    begun = threading.Barrier(2, timeout=30)

    def meet(event: RunEvent) -> None:
        if isinstance(event, Started) and event.stage == "order":
            begun.wait()

    def ask(question: str) -> Edition:
        return survey(SurveyRequest(question), replace(services), SurveySettings(), RunContext(meet))

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(ask, [QUESTION, "Speech recognition"])
    assert first.id != second.id


def test_surveys_with_other_limits_in_the_same_instant_are_two_editions(services: Services) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    editions = [
        survey(SurveyRequest(QUESTION, limits=limits), services, SurveySettings(), RunContext(now=now))
        for limits in (NO_LIMITS, SearchLimits(exclude=("diffusion",)))
    ]
    assert editions[0].created_at == editions[1].created_at
    assert [services.store.editions.get(edition.id) for edition in editions] == editions
