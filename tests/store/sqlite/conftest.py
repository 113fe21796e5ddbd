"""What is about the file."""

import pytest


@pytest.fixture(scope="session")
def engine() -> str:
    return "sqlite"
