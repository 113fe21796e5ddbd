"""A digest prepared in a process of its own, which is killed just before or after it writes a new state of its batch.

Usage: python -m tests.doubles.die_in_batch STORE API ADDRESS before|after STATE
"""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from digest.extractive.embedder import WordLlamaEmbedder
from digest.extractive.queries import KeywordQueries
from digest.extractive.summaries import ExtractiveSummaries
from digest.extractive.synthesis import AssembledSynthesis
from digest.llm.anthropic import anthropic_client
from digest.llm.openai import openai_client
from digest.pipeline.services import Services
from digest.sources.sample import SampleSource
from store import Store
from store.tables.batches import Batch, Batches
from tests.factories.batch import Coming
from tests.factories.llm import KEY, Wire


def main(store: str, api: str, address: str, when: str, state: str) -> None:
    move = Batches.move

    def dying(self: Batches, batch: Batch, to: Batch) -> bool:
        if when == "after":
            move(self, batch, to)
        if to.state == state:
            os.kill(os.getpid(), signal.SIGKILL)
        return when == "after" or move(self, batch, to)

    Batches.move = dying  # type: ignore[method-assign]
    make: Any = openai_client if api == "openai" else anthropic_client
    with Store.open(store) as opened, ThreadPoolExecutor(2) as executor, make(KEY, address) as client:
        models = KeywordQueries(), WordLlamaEmbedder(), ExtractiveSummaries(), AssembledSynthesis()
        services = Services(opened, SampleSource(), *models, executor)
        coming = Coming(services, Wire(api, None, client), 0.0)  # type: ignore[arg-type]
        while coming.step().state != "done":
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
