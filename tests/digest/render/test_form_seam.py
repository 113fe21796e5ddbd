"""A form that the list alone knows is offered at every door: nothing else has to be told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner

from digest.render import formats
from digest.render.formats import EditionFormat
from paperroute.cli.main import app
from store import Store
from store.records.editions import Edition, EditionPaper
from tests.factories import web
from web.server import WebService


def render(edition: Edition) -> str:
    return f"double of {edition.id}\n{render_papers(edition.papers)}"


def render_papers(papers: Sequence[EditionPaper]) -> str:
    return "".join(f"{paper.id}\n" for paper in papers)


DOUBLE = EditionFormat(
    "double", "As a double", "tar.dbl", "application/x-double", render, render_papers, is_download=True
)
STORE = "PAPERROUTE_STORE__PATH"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A filled store, and the double in the list."""
    with Store.open(tmp_path / "p.db") as store:
        web.fill(store)
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, DOUBLE))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(STORE, str(tmp_path / "p.db"))
    return tmp_path


@pytest.fixture
def archive(folder: Path) -> Iterator[WebService]:
    with Store.open(folder / "p.db") as store, web.running(store) as service:
        yield service


def get(archive: WebService, path: str) -> requests.Response:
    answer = requests.get(archive.url + path, timeout=30)
    assert answer.status_code == 200
    return answer


def test_the_command_line_takes_it_and_names_it(folder: Path) -> None:
    runner = CliRunner()
    shown = runner.invoke(app, ["show", "asr-2", "--format", "double"])
    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (0, "double of asr-2")
    assert runner.invoke(app, ["show", "asr-2", "-f", "double", "-o", "out.dbl"]).exit_code == 0
    assert (folder / "out.dbl").read_text() == shown.stdout
    for verb in ("show", "survey", "digest"):
        help_ = runner.invoke(app, [verb, "--help"], env={"COLUMNS": "200"}).output
        assert "|double|" in "".join(help_.split())
    refused = runner.invoke(app, ["show", "asr-2", "--format", "triple"])
    assert (refused.exit_code, "'double'" in refused.output) == (2, True)


def test_without_it_in_the_list_nothing_knows_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "FORMATS", formats.FORMATS[:-1])
    assert CliRunner().invoke(app, ["show", "asr-2", "--format", "double"]).exit_code == 2
    with Store.open(folder / "p.db") as store, web.running(store) as service:
        assert requests.get(f"{service.url}/editions/asr-2.tar.dbl", timeout=30).status_code == 404
        assert "As a double" not in get(service, "/editions/asr-2").text


def test_an_editions_page_leads_to_it(archive: WebService) -> None:
    assert '<a href="/editions/asr-2.tar.dbl">As a double</a>' in get(archive, "/editions/asr-2").text
    answer = get(archive, "/editions/asr-2.tar.dbl")
    assert answer.headers["content-type"] == DOUBLE.media_type
    assert answer.headers["content-disposition"] == 'attachment; filename="asr-2.tar.dbl"'
    assert answer.text.startswith("double of asr-2\n")


def test_a_papers_page_leads_to_it(archive: WebService) -> None:
    id_ = "hep-th/9700001"
    assert f'<a href="/papers/{id_}.tar.dbl">As a double</a>' in get(archive, f"/papers/{id_}").text
    answer = get(archive, f"/papers/{id_}.tar.dbl")
    assert (answer.headers["content-type"], answer.text) == (DOUBLE.media_type, f"{id_}\n")
