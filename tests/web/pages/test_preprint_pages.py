"""A paper of bioRxiv's on the archive's pages, by any of its names; its tags, its bibliography, the API's record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from store import Store
from store.records.editions import Paper
from tests.doubles.editions import preprint_edition
from tests.factories import web
from web.server import WebService

DOI = "10.64898/2026.11.03.700003"
PREPRINT = Paper(
    id=f"biorxiv:{DOI}",
    version=2,
    title="Counting cells in moss",
    abstract="We count cells in moss.",
    authors=("A. Example", "García Márquez, G. J."),
    categories=("cell biology",),
    primary_category="cell biology",
    published=datetime(2026, 11, 3, tzinfo=UTC),
    updated=datetime(2026, 11, 9, tzinfo=UTC),
    doi=DOI,
    source="biorxiv",
    url=f"https://www.biorxiv.org/content/{DOI}v2",
    pdf_url=f"https://www.biorxiv.org/content/{DOI}v2.full.pdf",
)
PATH = f"/papers/biorxiv:{DOI}"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebService]:
    path: Path = tmp_path_factory.mktemp("preprints") / "p.db"
    with Store.open(path) as store:
        store.papers.add([PREPRINT])
        store.editions.freeze(replace(preprint_edition("biorxiv", "medrxiv"), id="preprints"))
        with web.running(store) as service:
            yield service


def text(archive: WebService, path: str) -> str:
    answer = requests.get(archive.url + path, timeout=30)
    assert answer.status_code == 200, path
    return answer.text


def without_footer(page: str) -> str:
    return page.partition("<footer")[0]


@pytest.mark.parametrize(
    "path", [PATH, f"{PATH}.bib", f"{PATH}.ris", f"{PATH}.csl.json", "/editions/preprints", "/search?q=moss"]
)
def test_no_page_says_arxiv_of_it(archive: WebService, path: str) -> None:
    page = without_footer(text(archive, path))
    shown = re.sub(r"<(details|form|aside)\b.*?</\1>", "", page, flags=re.DOTALL)  # what else may be searched for
    assert not re.search("arxiv", shown, re.IGNORECASE)
    assert "biorxiv" in shown


def test_its_page_shows_names_in_the_order_of_speech_and_leads_to_its_people(archive: WebService) -> None:
    page = text(archive, PATH)
    assert "G. J. García Márquez" in page
    assert "/authors/g-j-garcia-marquez" in page
    assert "G. J. García Márquez" in text(archive, "/authors/g-j-garcia-marquez")
    assert '<meta name="citation_author" content="García Márquez, G. J.">' in page
    assert '<meta name="citation_publisher" content="bioRxiv">' in page
    assert f'<meta name="citation_doi" content="{DOI}">' in page
    assert "citation_arxiv_id" not in page


@pytest.mark.parametrize(
    "name",
    [
        *(DOI, f"doi:{DOI}", f"bioRxiv:{DOI}", f"bioRxiv:{DOI}v2", f"https://doi.org/{DOI}"),
        *(f"https://www.biorxiv.org/content/{DOI}v1", f"https://www.biorxiv.org/content/{DOI}v2.full.pdf"),
    ],
)
def test_it_is_found_by_whatever_names_it(archive: WebService, name: str) -> None:
    answer = requests.get(f"{archive.url}/search", params={"q": name}, timeout=30)
    assert "Counting cells in moss" in answer.text
    answer = requests.get(f"{archive.url}/papers/{name}", timeout=30, allow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/papers/biorxiv%3A{DOI}"


@pytest.mark.parametrize(
    "words",
    ['category:"cell biology"', "category:biorxiv:cell_biology", "category:cell_biology", "moss category:Cell_Biology"],
)
def test_it_is_found_by_its_subject_area(archive: WebService, words: str) -> None:
    link = f'href="/papers/biorxiv%3A{DOI}"'
    assert "category=biorxiv%3Acell_biology" in text(archive, PATH)
    assert link in requests.get(f"{archive.url}/search", params={"q": words}, timeout=30).text
    assert link in text(archive, "/search?q=moss&category=cell%20biology")  # as its page has it
    other = words.lower().replace("cell", "plant")
    assert link not in requests.get(f"{archive.url}/search", params={"q": other}, timeout=30).text


def test_the_api_has_its_record(archive: WebService) -> None:
    found = requests.get(f"{archive.url}/api/v1{PATH}", timeout=30).json()
    assert (found["id"], found["source"], found["url"]) == (PREPRINT.id, "biorxiv", PREPRINT.url)
    assert found["categories"] == ["cell biology"]
    for category, count in (("biorxiv:cell_biology", 1), ("biorxiv:zoology", 0)):
        listed = requests.get(f"{archive.url}/api/v1/papers", params={"category": category}, timeout=30)
        assert len(listed.json()["items"]) == count
