"""Killed after any stage, and asked again: only what is missing is done, and the edition is the same."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from digest.pipeline.pipeline import survey
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import STAGES, RunContext, RunEvent, Waiting
from tests import ROOT
from tests.doubles.counting import Log, counted

QUESTION = "LoRA for image generation"


@pytest.mark.parametrize("stage", STAGES)
def test_no_call_is_repeated_after_a_kill(stage: str, services: Services, tmp_path: Path) -> None:
    log = Log(tmp_path / "calls.txt")
    command = [
        sys.executable,
        "-m",
        "tests.doubles.die_in_stage",
        services.store.path,
        tmp_path / "calls.txt",
        stage,
        QUESTION,
    ]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    before = log.lines()

    events: list[RunEvent] = []
    edition = survey(SurveyRequest(QUESTION), counted(services, log), SurveySettings(), RunContext(events.append))

    assert not [event for event in events if isinstance(event, Waiting)], "it waited for the lease of the dead"
    assert len(set(log.lines())) == len(log.lines()), "a call was made twice"
    assert services.store.editions.get(edition.id) == edition
    assert services.store.check() == ()
    if stage == "freeze":
        assert log.lines() == before
