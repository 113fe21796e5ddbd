"""A survey in a process of its own that is killed, with no chance to tidy up, when a stage has finished.

Usage: python -m tests.doubles.die_in_stage STORE LOG STAGE QUESTION
"""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from digest.extractive.embedder import WordLlamaEmbedder
from digest.extractive.queries import KeywordQueries
from digest.extractive.summaries import ExtractiveSummaries
from digest.extractive.synthesis import AssembledSynthesis
from digest.pipeline.pipeline import survey
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import Finished, RunContext, RunEvent
from digest.sources.sample import SampleSource
from store import Store
from tests.doubles.counting import Log, counted


def main(store: str, log: str, stage: str, question: str) -> None:
    def die(event: RunEvent) -> None:
        if isinstance(event, Finished) and event.stage == stage:
            os.kill(os.getpid(), signal.SIGKILL)

    with Store.open(store) as opened, ThreadPoolExecutor(2) as executor:
        models = KeywordQueries(), WordLlamaEmbedder(), ExtractiveSummaries(), AssembledSynthesis()
        services = counted(Services(opened, SampleSource(), *models, executor), Log(Path(log)))
        survey(SurveyRequest(question), services, SurveySettings(), RunContext(die))


if __name__ == "__main__":
    main(*sys.argv[1:])
