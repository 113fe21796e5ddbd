"""docs/api.md, held against the program: every address, figure, tool and limit that it names."""

import asyncio
import re
from pathlib import Path

import pytest

from store import Store
from tests import ROOT
from tests.factories.api import Served, fill, letters, site
from tests.factories.web import EMBEDDER
from web.api.parameters import MOST_ITEMS
from web.feeds import atom, routes
from web.mcp.text import MOST_TEXT
from web.mcp.tool_server import create_server
from web.settings import WebLimits
from web.survey_jobs import SurveyJobs

DOC = (ROOT / "docs" / "api.md").read_text()


def unused(*_: object) -> None:
    raise AssertionError("nobody asks here")


@pytest.fixture
def served(store: Store) -> Served:
    fill(store)
    return Served(site(store, ask=unused, api_token="x" * 16, subscribing=letters()))


def test_every_operation_is_named_and_none_besides(served: Served) -> None:
    with served as running:
        paths = running.get("/api/v1/openapi.json").json()["paths"]
    there = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    named = set(re.findall(r"`((?:GET|POST) /[^`]+)`", DOC))
    named |= {f"POST /subscriptions/{{id}}{verb}" for verb in re.findall(r"`(/(?:resume|unsubscribe))`", DOC)}
    assert named == there


def test_every_example_answers(served: Served) -> None:
    examples = re.findall(r"curl 'https://papers\.example(/[^']+)'", DOC)
    assert len(examples) == 4
    with served as running:
        for address in examples:
            known = address.replace("EDITION", "on-device").replace("speech-recognition", "walks")
            assert running.get(known).status_code == 200, known


def test_every_feed_answers(served: Served) -> None:
    with served as running:
        for path in re.findall(r"^\| `(/[^`]*feed\.xml[^`]*)`", DOC, re.MULTILINE):
            assert (
                running.get(
                    path.replace("SLUG", "walks").replace("WORDS", "walks").replace("PERSON", "ada-example")
                ).status_code
                == 200
            )


def test_every_figure_is_there_and_none_besides(served: Served) -> None:
    with served as running:
        running.get("/")
        told = running.get("/metrics", headers={"Authorization": f"Bearer {'x' * 16}"}).text
    there = set(re.findall(r"^# TYPE (paperroute_\w+)", told, re.MULTILINE)) - {"paperroute_info"}
    named = set(re.findall(r"`(paperroute_\w+)`", DOC))
    only_sometimes = {"paperroute_queue", "paperroute_budget_usd"}
    assert {name for name in there if not name.endswith("_created")} == named - only_sometimes


def test_every_tool_is_named(store: Store) -> None:
    jobs = SurveyJobs(unused, WebLimits())
    tools = asyncio.run(create_server(store, "1", ask=unused, jobs=jobs, embedder=EMBEDDER).list_tools())
    assert [tool.name for tool in tools if f"`{tool.name}`" not in DOC] == []
    assert len(tools) == 9


def test_the_limits_are_those_of_the_program() -> None:
    said = " ".join(DOC.split())
    assert f"at most {MOST_TEXT:,} characters" in said
    assert f"the newest {routes.MOST_ENTRIES}" in said
    assert f"more than {atom.MOST_BYTES // 1_000} kB" in said
    assert f"`limit` (at most {MOST_ITEMS})" in said


def test_the_readme_leads_here() -> None:
    assert "](docs/api.md)" in Path(ROOT / "README.md").read_text()
