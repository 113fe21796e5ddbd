import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import settings

from digest.extractive.embedder import WordLlamaEmbedder
from digest.extractive.queries import KeywordQueries
from digest.extractive.summaries import ExtractiveSummaries
from digest.extractive.synthesis import AssembledSynthesis
from digest.pipeline.services import Services
from digest.sources.sample import SampleSource
from store import Store
from tests.doubles.slack_server import SlackServer

# The same examples in every run, so that a change is judged by what it changes. To look for new ones:
# HYPOTHESIS_PROFILE=explore pytest
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# A developer's own keys: no test may ever spend on them.
for name in [name for name in os.environ if name.startswith(("OPENAI_", "OPENALEX_", "ANTHROPIC_", "SLACK_"))]:
    del os.environ[name]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "paperroute.db") as opened:
        yield opened


@pytest.fixture
def services(store: Store) -> Iterator[Services]:
    """The real services: the bundled sample, the built-in models, a real store."""
    with ThreadPoolExecutor(2) as executor:
        yield Services(
            store,
            SampleSource(),
            KeywordQueries(),
            WordLlamaEmbedder(),
            ExtractiveSummaries(),
            AssembledSynthesis(),
            executor,
        )


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server
