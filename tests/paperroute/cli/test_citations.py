"""Counts of citations as a user turns them on: by the configuration, with a key from the environment."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.doubles.openalex_server import OpenAlexServer
from tests.paperroute.cli.test_main import QUESTION
from tests.paperroute.cli.test_models import Run, program  # noqa: F401 - a fixture

KEY = "s3cret-of-openalex"


@pytest.fixture
def server() -> Iterator[OpenAlexServer]:
    with OpenAlexServer() as running:
        yield running


def turned_on(server: OpenAlexServer) -> dict[str, str]:
    return {
        "PAPERROUTE_ENRICH__OPENALEX": "true",
        "PAPERROUTE_ENRICH__OPENALEX_URL": f"{server.url}/",
        "PAPERROUTE_ARXIV__CONTACT": "ada@example.org",
        "OPENALEX_API_KEY": KEY,
    }


def test_a_survey_asks_with_contact_and_key_and_tells_neither(program: Run, server: OpenAlexServer) -> None:  # noqa: F811
    server.fail("429:spent")
    made = program("survey", QUESTION, "--format", "json", **turned_on(server))
    assert made.returncode == 0
    (asked,) = server.requests
    assert (asked.path, asked.key) == ("/works", f"Bearer {KEY}")
    assert asked.user_agent.endswith("(mailto:ada@example.org)")
    (line,) = [line for line in json.loads(made.stdout)["health"] if line["source"] == "openalex"]
    assert line == {
        "source": "openalex",
        "ok": False,
        "detail": "OpenAlex could not tell how often papers are cited: it takes no more requests for now.",
    }
    assert KEY not in made.stdout + made.stderr


def test_the_doctor_asks_once_and_only_where_it_is_turned_on(program: Run, server: OpenAlexServer) -> None:  # noqa: F811
    assert "citations" not in program("doctor").stdout
    assert "OpenAlex not asked (--offline)" in program("doctor", "--offline", **turned_on(server)).stdout
    assert server.requests == []
    assert "OpenAlex answers" in program("doctor", **turned_on(server)).stdout
    server.fail("401")
    told = program("doctor", **turned_on(server)).stdout
    assert "it refused the key" in told
    assert "OPENALEX_API_KEY" in told
    assert len(server.requests) == 2
