"""A source that only this test knows, through the whole program: it takes its class and a line of the registry."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import requests
from rich.console import Console

from digest.errors import SourceError
from digest.mail.digest_mail import render_text_and_html
from digest.pipeline.services import DigestRequest, SurveyRequest
from digest.ports import ResultPage, SearchRequest
from digest.render import bibtex, edition_json, html, markdown, plain_text, terminal
from digest.run_context import RunContext
from digest.sources.registry import SOURCES
from paperroute.compose.app import App, open_app
from paperroute.compose.web import make_web_settings
from paperroute.config.load import load
from store.records.editions import Edition, Paper
from tests.factories import web

NAME = "testrxiv"
NOW = datetime(2024, 12, 1, 9, tzinfo=UTC)
QUESTION = "image generation with diffusion"
TITLES = ("Kilns", "Looms", "Bridges (old)", "Owls", "Rivers")
PAPERS = tuple(
    Paper(
        id=f"{NAME}:10.9999/{number}",
        version=1,
        title=f"Image generation of {title} by diffusion",
        abstract=f"Image generation is slow. We propose a diffusion model of {title}. It is faster in {number} tests.",
        authors=("Ada Example",),
        categories=("Invented Biology",),
        primary_category="Invented Biology",
        published=NOW - timedelta(hours=10 + number),
        updated=NOW - timedelta(hours=10 + number),
        source=NAME,
        url=f"https://testrxiv.example/content/10.9999/{number} ({title})",
        pdf_url="" if number == 5 else f"https://testrxiv.example/content/10.9999/{number}.pdf",
    )
    for number, title in enumerate(TITLES, 1)
)


class Testrxiv:
    name = NAME
    down = False

    def search(self, request: SearchRequest, *, wait: Callable[[float, object], None]) -> Iterator[ResultPage]:
        wait(0.0, "a pause of its own")
        if self.down:
            raise SourceError("Testrxiv does not answer.")
        yield ResultPage(PAPERS[: request.limit], len(PAPERS))

    def fetch(self, ids: Sequence[str], *, wait: Callable[[float, object], None]) -> tuple[Paper, ...]:
        return tuple(paper for paper in PAPERS if paper.id in ids)


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Testrxiv:
    made = Testrxiv()
    monkeypatch.setitem(SOURCES, NAME, lambda _: made)
    return made


@pytest.fixture
def opened(tmp_path: Path, source: Testrxiv) -> Iterator[Callable[[str], App]]:
    """The program with this value of source.kind."""
    with ExitStack() as closing:

        def open_(kind: str) -> App:
            path = tmp_path / "config.toml"
            path.write_text(
                f'[store]\npath = "store.db"\n[source]\nkind = {kind}\n'
                f'[[topics]]\nslug = "images"\nquestion = "{QUESTION}"\ncadence = "daily"\n'
            )
            return closing.enter_context(open_app(load(path, {}), {}))

        yield open_


def survey(app: App) -> Edition:
    return app.survey(SurveyRequest(QUESTION, refresh=True), RunContext(now=NOW))


def digest(app: App) -> Edition:
    return app.digest(DigestRequest("images", "2024-12-01"), RunContext(now=NOW))


def forms(edition: Edition) -> dict[str, str]:
    shown = StringIO()
    terminal.show(edition, Console(file=shown, force_terminal=True, width=160))
    text, mail = render_text_and_html(edition)
    return {
        "html": html.render_page(edition, map_svg=None),
        "markdown": markdown.render(edition),
        "text": plain_text.render(edition),
        "json": edition_json.render(edition),
        "bibtex": bibtex.render(edition),
        "mail as text": text,
        "mail as html": mail,
        "terminal": shown.getvalue(),
    }


@pytest.mark.parametrize("write", [survey, digest])
def test_an_edition_of_another_source_leads_there_and_nowhere_to_arxiv(
    opened: Callable[[str], App], write: Callable[[App], Edition]
) -> None:
    app = opened(f'"{NAME}"')
    edition = write(app)
    assert {paper.id for paper in edition.papers} == {paper.id for paper in PAPERS}
    assert app.store.papers.get([PAPERS[2].id]) == {
        PAPERS[2].id: replace(PAPERS[2], citation_key="example2024imagetestrxiv1099993")
    }
    assert app.store.editions.get(edition.id) == edition
    for form, text in forms(edition).items():
        assert "arxiv" not in text.lower(), form
        for paper in edition.papers:
            assert paper.url in text.replace("&amp;", "&"), form
    assert PAPERS[2].url == "https://testrxiv.example/content/10.9999/3%20%28Bridges%20%28old%29%29"
    assert {paper["source"] for paper in json.loads(edition_json.render(edition))["papers"]} == {NAME}


def test_a_digest_names_what_it_has_no_room_for_by_the_source_s_address(opened: Callable[[str], App]) -> None:
    app = opened(f'"{NAME}"')
    topic = app.store.topics.get("images")
    assert topic
    app.store.topics.put(replace(topic, max_papers=2))
    edition = digest(app)
    assert len(edition.beyond) == 3
    assert app.store.editions.get(edition.id) == edition
    assert {paper.url for paper in (*edition.papers, *edition.beyond)} == {paper.url for paper in PAPERS}


def test_two_sources_serve_one_edition_each_with_its_addresses(opened: Callable[[str], App]) -> None:
    app = opened(f'["sample", "{NAME}"]')
    edition = survey(app)
    assert {paper.source for paper in edition.papers} == {"arxiv", NAME}
    assert edition.complete
    assert edition.health == ()
    for form, text in forms(edition).items():
        for paper in edition.papers:
            own = "https://arxiv.org/abs/" if paper.source == "arxiv" else "https://testrxiv.example/content/"
            assert paper.url.startswith(own)
            assert paper.url in text.replace("&amp;", "&"), form
        assert not re.search(r"arxiv\.org/(abs|pdf)/testrxiv|arXiv:testrxiv", text), form
    assert "Thank you to arXiv" in markdown.render(edition)


def test_one_that_is_down_is_named_beside_what_the_other_has(opened: Callable[[str], App], source: Testrxiv) -> None:
    app = opened(f'["sample", "{NAME}"]')
    source.down = True
    edition = survey(app)
    assert {paper.source for paper in edition.papers} == {"arxiv"}
    assert [(line.source, line.ok) for line in edition.health] == [(NAME, False)]
    assert "Testrxiv does not answer" in str(edition.health[0].detail)
    assert not edition.complete
    assert "arXiv did not answer" not in edition.opening


def test_the_archive_shows_its_papers_and_names_it(opened: Callable[[str], App]) -> None:
    app = opened(f'"{NAME}"')
    with web.running(app.store, source=make_web_settings(app).source) as service:

        def get(path: str) -> str:
            answer = requests.get(service.url + path, timeout=30)
            assert answer.status_code == 200
            return answer.text

        assert f"{NAME}" in get("/status")
        survey(app)
        assert re.search(rf"{NAME}.*answered", get("/status"), re.DOTALL)
        page = get(f"/papers/{PAPERS[2].id}")
        assert PAPERS[2].url in page
        assert f"{PAPERS[2].id}v1" in page
        assert "arxiv.org" not in page
        assert "arxiv" not in get(f"/papers/{PAPERS[2].id}.bib").lower()
        assert json.loads(get(f"/api/v1/papers/{PAPERS[2].id}"))["url"] == PAPERS[2].url


@pytest.mark.parametrize("kind", ['"testrxiv, sample"', '["sample", "testrxiv"]'])
def test_several_can_be_configured_as_a_list_or_with_commas(opened: Callable[[str], App], kind: str) -> None:
    assert {source.name for source in opened(kind).sources} == {"sample", NAME}
