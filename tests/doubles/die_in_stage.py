"""A survey in a process of its own that is killed, with no chance to tidy up, when a stage has finished.

Usage: python -m tests.doubles.die_in_stage STORE LOG STAGE QUESTION
"""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from digest.events import Event, Finished
from digest.models.assembled import AssembledSynthesis
from digest.models.builtin import WordLlamaEmbedder
from digest.models.extractive import ExtractiveSummaries
from digest.models.keywords import KeywordQueries
from digest.parts import Parts, Policy, SurveyRequest
from digest.pipeline import survey
from digest.run import Run
from digest.sources.sample import SampleSource
from store import Store
from tests.doubles.counting import Log, counted


def main(store: str, log: str, stage: str, question: str) -> None:
    def die(event: Event) -> None:
        if isinstance(event, Finished) and event.stage == stage:
            os.kill(os.getpid(), signal.SIGKILL)

    with Store.open(store) as opened, ThreadPoolExecutor(2) as executor:
        models = KeywordQueries(), WordLlamaEmbedder(), ExtractiveSummaries(), AssembledSynthesis()
        parts = counted(Parts(opened, SampleSource(), *models, executor), Log(Path(log)))
        survey(SurveyRequest(question), parts, Policy(), Run(die))


if __name__ == "__main__":
    main(*sys.argv[1:])
