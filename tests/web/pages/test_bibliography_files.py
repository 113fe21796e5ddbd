"""Bibliographies of sections, papers, searches and lists as files, and what pages tell reference managers."""

from __future__ import annotations

from collections.abc import Iterator

import html5lib
import pybtex.database
import pytest
import requests

from digest.render import bibtex, csl_json, edition_facts, ris
from store import Store
from tests.factories import web
from web.pages import bibliography_files
from web.server import WebService

EXTENSIONS = ("bib", "ris", "csl.json")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebService]:
    with Store.open(tmp_path_factory.mktemp("web") / "store.db") as store:
        web.fill(store)
        with web.running(store) as service:
            service.store = store
            yield service


def get(archive: WebService, path: str) -> requests.Response:
    return requests.get(archive.url + path, timeout=30, allow_redirects=False)


def entries(answer: requests.Response) -> dict[str, str]:
    """(key, arXiv id) as BibTeX reads them."""
    assert answer.status_code == 200
    found = pybtex.database.parse_string(answer.text, "bibtex").entries
    return {key: entry.fields["eprint"] for key, entry in found.items()}


def elements(answer: requests.Response, name: str) -> list[dict[str, str]]:
    page = html5lib.parse(answer.content, transport_encoding="utf-8", namespaceHTMLElements=False)
    return [element.attrib for element in page.iter(name)]


def test_a_section_is_there_in_every_form(archive: WebService) -> None:
    edition = archive.store.editions.get("large")
    assert len(edition.sections) > 2
    for number in (1, 2, len(edition.sections)):
        papers = edition_facts.papers_of_section(edition, number)
        for extension, module in zip(EXTENSIONS, (bibtex, ris, csl_json), strict=True):
            answer = get(archive, f"/editions/large.{extension}?section={number}")
            assert answer.text == module.render_papers(papers)
            assert "attachment" in answer.headers["content-disposition"]
    for asked in ("large.bib?section=99", "large.bib?section=x", "large.bib?section=0x1", "large.md?section=1"):
        assert get(archive, f"/editions/{asked}").status_code == 404


def test_sections_hold_every_paper_once(archive: WebService) -> None:
    whole = entries(get(archive, "/editions/large.bib"))
    count = len(archive.store.editions.get("large").sections)
    parts = [entries(get(archive, f"/editions/large.bib?section={number}")) for number in range(1, count + 1)]
    assert sorted(id_ for part in parts for id_ in part.values()) == sorted(whole.values())


def test_a_search_is_a_bibliography_in_the_order_of_its_page(archive: WebService) -> None:
    page = get(archive, "/search?q=speech")
    linked = [at["href"] for at in elements(page, "a") if at.get("href", "").startswith("/search.")]
    assert [path.partition("?")[0].removeprefix("/search.") for path in linked] == list(EXTENSIONS)
    ids = list(entries(get(archive, linked[0])).values())
    shown = [at["href"].removeprefix("/papers/") for at in elements(page, "a") if "/papers/" in at.get("href", "")]
    assert [id_ for id_ in shown if id_ in ids] == ids[: len(shown)]
    assert 10 < len(ids) <= bibliography_files.MOST_PAPERS


def test_a_search_without_hits_is_a_file_that_says_so(archive: WebService) -> None:
    answers = [get(archive, f"/search.{extension}?q=author:nobody") for extension in EXTENSIONS]
    assert [(answer.status_code, answer.text) for answer in answers] == [
        (200, "% No papers.\n"),
        (200, ""),
        (200, "[]\n"),
    ]
    assert not pybtex.database.parse_string(answers[0].text, "bibtex").entries


@pytest.mark.parametrize("path", ["/search.bib", "/search.exe?q=speech", "/search.bib?q=speech&in=editions"])
def test_what_is_no_search_for_papers_is_no_bibliography(archive: WebService, path: str) -> None:
    assert get(archive, path).status_code == 404


def test_a_list_of_papers_comes_in_its_own_order(archive: WebService) -> None:
    ids = [paper.id for paper in archive.store.editions.get("asr-2").papers[:3]][::-1]
    assert list(entries(get(archive, f"/papers.bib?ids={','.join(ids)}")).values()) == ids
    assert list(entries(get(archive, f"/papers.bib?ids=arXiv:{ids[0]}v1,%20{ids[1]}")).values()) == ids[:2]
    for asked in ("", f"{ids[0]},2001.99999", ",".join([ids[0]] * (bibliography_files.MOST_PAPERS + 1))):
        assert get(archive, f"/papers.bib?ids={asked}").status_code == 404


def test_a_paper_has_one_key_wherever_it_stands(archive: WebService) -> None:
    everywhere = [entries(get(archive, f"/editions/{id_}.bib")) for id_ in ("asr-2", "large", "partly")]
    named = [paper.id for paper in archive.store.editions.get("asr-2").papers[1:3]]
    everywhere += [entries(get(archive, f"/papers/{id_}.bib")) for id_ in named]
    everywhere += [entries(get(archive, f"/papers.bib?ids={','.join(named)}"))]
    for id_ in named:
        assert len({key for found in everywhere for key, found_id in found.items() if found_id == id_}) == 1


def test_an_edition_has_one_span_a_paper_and_a_paper_none(archive: WebService) -> None:
    for id_ in ("asr-2", "hostile"):
        spans = [at for at in elements(get(archive, f"/editions/{id_}"), "span") if at.get("class") == "Z3988"]
        assert len(spans) == len(archive.store.editions.get(id_).papers)
        assert all("rft.type=preprint" in span["title"] for span in spans)
    paper = archive.store.editions.get("asr-2").papers[0]
    page = get(archive, f"/papers/{paper.id}")
    assert not [at for at in elements(page, "span") if at.get("class") == "Z3988"]
    tags = {at["name"]: at["content"] for at in elements(page, "meta") if "name" in at}
    assert (tags["DC.type"], tags["citation_arxiv_id"]) == ("preprint", paper.id)
    assert tags["citation_abstract"]
