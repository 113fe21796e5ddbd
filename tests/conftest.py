import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
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
from tests.factories.databases import NewPlace, Place, StoreDatabases, require_server, share_server

# The same examples in every run, so that a change is judged by what it changes. To look for new ones:
# HYPOTHESIS_PROFILE=explore pytest
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# A developer's own keys, which no test may ever spend on, and settings, such as that of a store.
_OWN = ("ANTHROPIC_", "OPENAI_", "OPENALEX_", "PAPERROUTE_", "SLACK_")
for name in [name for name in os.environ if name.startswith(_OWN)]:
    del os.environ[name]


@pytest.fixture(scope="session")
def engine() -> str:
    """What keeps the store. On both are run the tests of folders whose conftest says so."""
    return "sqlite"


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> StoreDatabases:
    require_server()
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):  # one of several processes, whose parent runs the tests
        return StoreDatabases(share_server(folder.parent, os.getppid()))
    return StoreDatabases(share_server(folder, os.getpid()))


@pytest.fixture
def place(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Where an empty store is, or will be made."""
    path = tmp_path / "paperroute.db"
    if engine == "sqlite":
        yield Place(path)
    else:
        with request.getfixturevalue("databases").lend(path) as place:
            yield place


@pytest.fixture(scope="session")
def new_place(engine: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> NewPlace:
    """For tests that need several, or one for a whole module."""
    databases: StoreDatabases | None = request.getfixturevalue("databases") if engine == "postgresql" else None

    def make() -> AbstractContextManager[Place]:
        path = tmp_path_factory.mktemp("store") / "paperroute.db"
        return databases.lend(path) if databases else nullcontext(Place(path))

    return make


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with place.open() as opened:
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
