"""The real program over a stand-in for arXiv's OAI-PMH: its verb, its faults, kills, and what doctor and pages say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.errors import PaperRouteError
from digest.run_context import RunContext
from paperroute.cli.main import app as command_line
from paperroute.compose.app import open_app
from paperroute.compose.harvest import harvest_now, make_harvest_part
from paperroute.config.load import load
from paperroute.doctor.harvest import examine_harvest
from store import Store
from tests import ROOT
from tests.doubles.oai_server import OaiServer, records

TODAY = datetime.now(UTC).date()
COUNT = 250
# What the source gets over by itself, or gives up at; either way the command is given once more.
FAULTS = [
    *("500", "html", "xhtml", "blank", "truncated", "cut", "reset", "empty", "void", "loop", "expired", "norecords"),
    *("duplicate", "nodate", "noversiondate", "badchar", "badutf8", "noid", "noversion", "slow"),
]


@pytest.fixture
def server() -> Iterator[OaiServer]:
    made = records(COUNT, a_day=100, last=TODAY - timedelta(days=1))
    with OaiServer(made, page=20, today=TODAY) as running:
        yield running


@pytest.fixture
def environment(server: OaiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.chdir(tmp_path)
    given = {
        "PAPERROUTE_STORE__PATH": str(tmp_path / "p.db"),
        "PAPERROUTE_ARXIV__OAI_URL": server.url,
        "PAPERROUTE_ARXIV__DELAY_SECONDS": "0",
        "PAPERROUTE_HARVEST__COLLECTIONS": "cs",
        "PAPERROUTE_HARVEST__SINCE": str(TODAY - timedelta(days=9)),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


def harvest(*options: str) -> tuple[int, str]:
    answer = CliRunner().invoke(command_line, ["harvest", *options])
    return answer.exit_code, answer.output + str(answer.exception or "")


def ids(place: str) -> set[str]:
    with Store.open(place) as store:
        assert store.check() == ()
        return store.papers.known_ids(record.id for record in records(COUNT))


def test_the_verb_harvests_what_is_configured(server: OaiServer, environment: dict[str, str]) -> None:
    code, told = harvest()
    assert code == 0, told
    assert f"papers new {COUNT}, changed 0" in told
    assert ids(environment["PAPERROUTE_STORE__PATH"]) == {record.id for record in server.records}
    assert {asked.get("set", "cs") for asked in server.asked} == {"cs"}


def test_nothing_configured_is_refused_with_what_to_do(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAPERROUTE_HARVEST__COLLECTIONS")
    code, told = harvest()
    assert code != 0
    assert "Nothing is to be harvested" in told


def test_a_set_that_is_none_is_told_with_its_neighbours(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERROUTE_HARVEST__COLLECTIONS", "cs.CLL")
    code, told = harvest()
    assert code != 0
    assert "harvest.collections: " in told


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_loses_nothing(
    server: OaiServer, environment: dict[str, str], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RunContext, "wait", lambda self, _seconds, _why: self.check())
    server.fail("", "", fault, "", fault)
    with open_app(load(None)) as app:
        for _ in range(3):
            try:
                harvest_now(app, RunContext(), None)
            except PaperRouteError:
                continue
            break
        kept = app.store.papers.known_ids(record.id for record in server.records)
    assert kept == {record.id for record in server.records}


def test_kills_at_any_request_lose_nothing_and_repeat_a_page_at_most(
    server: OaiServer, environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "paperroute", "-q", "harvest"]
    place = {**os.environ, **environment, "PYTHONPATH": str(ROOT)}
    kept = 0
    for before in (1, 3, 2):
        process = subprocess.Popen(command, env=place)
        server.fail(*[""] * before, f"kill:{process.pid}")
        assert process.wait(120) == -9
        server.faults.clear()
        now = len(ids(environment["PAPERROUTE_STORE__PATH"]))
        assert now >= kept
        kept = now
    assert 0 < kept < COUNT
    assert subprocess.run(command, env=place, timeout=120, check=False).returncode == 0
    assert ids(environment["PAPERROUTE_STORE__PATH"]) == {record.id for record in server.records}


def test_a_file_comes_first_and_arxiv_is_asked_for_what_came_since(
    server: OaiServer, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERROUTE_HARVEST__SINCE", "")
    created = f"{TODAY - timedelta(days=5):%a, %d %b %Y} 09:15:00 GMT"
    paper = {"id": "2609.00001", "title": "In the file", "abstract": "A.", "authors": "A. B.", "categories": "cs.CL"}
    file = tmp_path / "arxiv.json"
    file.write_text(json.dumps({**paper, "versions": [{"version": "v1", "created": created}]}) + "\n")
    server.records[-1].id, server.ids_page = "2609.00001", COUNT + 1
    code, told = harvest("--file", str(file))
    assert code == 0, told
    with Store.open(environment["PAPERROUTE_STORE__PATH"]) as store:
        assert store.papers.count() == COUNT
    assert server.asked[0]["from"] == str(TODAY - timedelta(days=6))
    code, told = harvest("--file", str(tmp_path / "none.json"))
    assert code != 0
    assert "none.json cannot be read" in told


def test_doctor_says_how_it_is(environment: dict[str, str]) -> None:
    with open_app(load(None)) as app:
        assert [finding.state for finding in examine_harvest(app)] == ["warn", "warn"]
        harvest_now(app, RunContext(), None)
        last, collection = examine_harvest(app)
    assert (last.state, collection.state, last.step) == ("ok", "ok", "")
    assert last.detail.startswith("harvested on ")
    assert collection.detail.startswith("cs: complete from ")


def test_doctor_says_which_set_is_none(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERROUTE_HARVEST__COLLECTIONS", "nonsense")
    with open_app(load(None)) as app:
        (finding,) = examine_harvest(app)
    assert finding.state == "fail"


def test_vectors_are_made_only_by_a_model_that_costs_nothing(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_app(load(None)) as app:
        part = make_harvest_part(app)
        assert part is not None
        assert len(part._threads) == 2
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.setenv("PAPERROUTE_MODELS__EMBEDDING", "openai:text-embedding-3-small")
    with open_app(load(None)) as app:
        part = make_harvest_part(app)
        assert part is not None
        assert len(part._threads) == 1


def test_an_unconfigured_program_has_no_such_part(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAPERROUTE_HARVEST__COLLECTIONS")
    with open_app(load(None)) as app:
        assert make_harvest_part(app) is None
        assert list(examine_harvest(app)) == []
