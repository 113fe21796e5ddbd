"""The store's tests are run on both engines; what is SQLite's alone is marked so, or stands in `sqlite`."""

import pytest

from tests.factories.databases import ENGINES


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)
