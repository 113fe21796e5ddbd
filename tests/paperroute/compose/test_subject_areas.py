"""The real program over a stand-in for bioRxiv: a topic of a subject area, from what to turn on to its digest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from digest.errors import ConfigError, PaperRouteError
from paperroute.cli.main import app as command_line
from paperroute.compose.app import open_app
from paperroute.config.load import load
from paperroute.doctor.harvest import examine_harvest
from tests.doubles.biorxiv_server import BiorxivServer, row

LAST_WEEK = str((datetime.now(UTC) - timedelta(days=3)).date())
TITLES = {"neuroscience": "Memory of owls", "zoology": "Feathers of owls"}
OWLS = {"abstract": "We watch owls by night, and count what they remember.", "date": LAST_WEEK}
ADD = ("topics", "add", "owls", "--question", "owls", "--cadence", "daily")


@pytest.fixture(autouse=True)
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BiorxivServer]:
    rows = [
        row(f"10.64898/2026.11.01.70000{n}", category=area, title=title, **OWLS)
        for n, (area, title) in enumerate(TITLES.items())
    ]
    with BiorxivServer(rows=rows) as running:
        given = {
            "STORE__PATH": str(tmp_path / "p.db"),
            "ARXIV__API_URL": "http://127.0.0.1:9/nobody",
            "BIORXIV__API_URL": running.url,
            "BIORXIV__DELAY_SECONDS": "0",
            "HARVEST__COLLECTIONS": "biorxiv",
        }
        monkeypatch.chdir(tmp_path)
        for name, value in given.items():
            monkeypatch.setenv(f"PAPERROUTE_{name}", value)
        yield running


def run(*words: str) -> str:
    """What it said on stdout and stderr, in one line."""
    answer = CliRunner().invoke(command_line, list(words))
    assert not answer.exception or isinstance(answer.exception, SystemExit | PaperRouteError), answer.exception
    return " ".join(f"{answer.output} {answer.exception or ''}".split())


def test_a_topic_of_a_subject_area_gets_its_new_papers_and_arxiv_is_not_asked() -> None:
    assert "Kept." in run(*ADD, "--category", "biorxiv:neuroscience")
    assert "Nothing of “neuroscience (bioRxiv)” can be found: it is not harvested here" in run("digest", "owls")
    assert "papers new 2" in run("harvest")
    told = run("digest", "owls")
    assert TITLES["neuroscience"] in told
    assert TITLES["zoology"] not in told
    assert "Only papers in neuroscience (bioRxiv)." in told
    assert "own copy of bioRxiv, harvested" in told
    asked = run("survey", "owls in biorxiv:zoology")
    assert TITLES["zoology"] in asked
    assert TITLES["neuroscience"] not in asked
    assert "Only papers in zoology (bioRxiv)." in asked


def test_what_is_not_to_be_harvested_is_told_at_once_and_by_the_doctor() -> None:
    step = "Add “medrxiv:neurology” to harvest.collections in config.toml, then call paperroute harvest."
    assert step in run(*ADD, "--category", "biorxiv:zoology", "--category", "medrxiv:neurology")
    with open_app(load(None)) as app:
        found = [finding for finding in examine_harvest(app) if finding.part == "topic"]
    assert [(one.state, one.step) for one in found] == [("fail", step)]
    assert "neurology (medRxiv)" in found[0].detail


def test_an_unknown_subject_area_is_refused_on_the_command_line_and_in_the_file(tmp_path: Path) -> None:
    near = "is no subject area of bioRxiv. Did you mean “biorxiv:zoology”"
    assert near in run(*ADD, "--category", "biorxiv:zology")
    assert near in run("survey", "owls", "--category", "biorxiv:zology")
    path = tmp_path / "config.toml"
    path.write_text('[[topics]]\nslug = "owls"\nquestion = "owls"\ncategories = ["biorxiv:zology", "biorxiv"]\n')
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).count("is no subject area") == 1
    assert near in str(caught.value)
