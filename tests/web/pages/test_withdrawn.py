"""A withdrawn paper on the archive's pages, in search, the API, the command line and MCP's lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner

from bot.messages.paper_message import paper_message
from digest.i18n.catalog import get_catalog
from paperroute.cli.main import app
from store import Store
from tests.factories import web
from tests.factories.store import paper
from web.mcp.text import paper_line
from web.server import WebService

NOTE = "We withdraw this paper: Lemma 3 has no proof."
MARK = f"Withdrawn: {NOTE}"
GONE = paper(
    "2603.77777", title="Zebra counts", abstract="We count zebras.", comment=NOTE, status="withdrawn", status_note=NOTE
)
BACK = replace(GONE, id="2603.77778", title="Zebra stripes", status="restored")


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[WebService]:
    with Store.open(tmp_path / "p.db") as store:
        web.fill(store)
        store.papers.add([GONE, BACK])
        with web.running(store) as service:
            yield service


def text(archive: WebService, path: str) -> str:
    answer = requests.get(archive.url + path, timeout=30)
    assert answer.status_code == 200
    return answer.text


def test_its_page_and_its_hits_are_marked(archive: WebService) -> None:
    assert f"<bdi>{MARK}</bdi>" in text(archive, f"/papers/{GONE.id}")
    assert "Withdrawn" not in text(archive, f"/papers/{BACK.id}")
    assert text(archive, "/search?q=zebra").count(MARK) == 1


def test_the_lists_of_its_author_are_marked(archive: WebService) -> None:
    assert text(archive, "/authors/ada-example").count(MARK) == 1
    assert text(archive, "/authors/ada-example/feed.xml").count(MARK) == 1


def test_slack_is_told_with_it() -> None:
    words = get_catalog("slack", "en")
    assert MARK in str(paper_message(GONE, words, "", 1).blocks)
    assert "Withdrawn" not in str(paper_message(BACK, words, "", 1).blocks)


def test_the_api_has_its_status_and_the_sentence(archive: WebService) -> None:
    found = requests.get(f"{archive.url}/api/v1/papers/{GONE.id}", timeout=30).json()
    assert (found["status"], found["status_note"]) == ("withdrawn", NOTE)


def test_a_bibliography_of_it_says_so(archive: WebService) -> None:
    assert f"note = {{{MARK}}}" in text(archive, f"/papers/{GONE.id}.bib")


def test_the_command_line_marks_it(archive: WebService, tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["search", "zebra"], env={"PAPERROUTE_STORE__PATH": str(tmp_path / "p.db")})
    assert found.output.count(MARK) == 1


def test_an_assistant_is_told() -> None:
    assert f"Zebra counts [{MARK}]" in paper_line(GONE)
    assert "[" not in paper_line(BACK)
