"""The search box over HTTP: what it finds and how it says so, ids and DOIs that lead to papers, pages of authors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import numpy as np
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from store import Store
from tests.factories import web
from tests.factories.store import NOON, paper, survey
from web.server import WebService

PAPERS = [
    paper("2401.95001", title="On Erd\\H{o}s graphs", authors=("Edward J. Hu", "Ada Example"), doi="10.1000/AB.1"),
    paper("2401.95002", title='The Schr\\"{o}dinger walk', version=2, authors=("Hu, Edward J.",)),
    paper("2401.95003", title="L\\'evy jumps", authors=("Ada Example",), published=NOON + timedelta(days=9)),
    paper("2401.96001", title='M\\"obius bands'),
    paper("2401.96002", title="{\\L}ojasiewicz bounds"),
    paper("2401.96003", title="H$_2$O clusters"),
    paper("hep-th/9901999", title="Old wobbles"),
    paper("2402.00001", title="Speech recognition on a phone", abstract="We recognise speech on small devices."),
    paper("2402.00002", title="Voices as text", abstract="Automatic transcription of spoken language, by neural nets."),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebService]:
    with Store.open(tmp_path_factory.mktemp("web") / "store.db") as store:
        store.papers.add(PAPERS)
        many = [replace(paper(f"2403.{n:05}", title=f"Part {n}"), authors=("Zoë Many",)) for n in range(25)]
        store.papers.add(many)
        store.editions.freeze(survey("on-graphs", ("2401.95001",), title="On graphs"))
        vectors = web.EMBEDDER.embed([one.text for one in PAPERS]).value
        hashes = [one.text_hash for one in PAPERS]
        store.vectors.add(web.EMBEDDER.model, dict(zip(hashes, map(np.asarray, vectors), strict=True)))
        with web.running(store) as service:
            yield service


def get(archive: WebService, path: str, **query: str) -> requests.Response:
    return requests.get(archive.url + path, params=query, timeout=30, allow_redirects=False)


def hits(archive: WebService, typed: str, **query: str) -> list[str]:
    return re.findall(r'<h2 lang="en"><a href="/papers/([^"]+)">', get(archive, "/search", q=typed, **query).text)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Erdős", "2401.95001"),
        ("Erdos", "2401.95001"),
        ("Schrödinger", "2401.95002"),
        ("Levy", "2401.95003"),
        ("H2O", "2401.96003"),
        ("Lojasiewicz", "2401.96002"),
        ("Möbius", "2401.96001"),
        ('author:"Edward Hu" Erdos', "2401.95001"),
    ],
)
def test_a_paper_is_found_by_what_its_page_shows(archive: WebService, typed: str, wanted: str) -> None:
    assert hits(archive, typed) == [wanted]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("2401.95001", "2401.95001"),
        ("arXiv:2401.95002", "2401.95002"),
        ("arXiv:2401.95001v7", "2401.95001"),
        (" https://arxiv.org/pdf/2401.95001v2.pdf ", "2401.95001"),
        ("hep-th/9901999", "hep-th/9901999"),
        ("10.1000/ab.1", "2401.95001"),
        ("https://doi.org/10.1000/AB.1", "2401.95001"),
        ("10.48550/arXiv.2401.95001", "2401.95001"),
    ],
)
def test_what_names_a_paper_leads_to_its_page(archive: WebService, typed: str, wanted: str) -> None:
    for root in ("", "/ja"):
        answer = get(archive, f"{root}/search", q=typed)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{root}/papers/{wanted}")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/papers/2401.95001v2", "/papers/2401.95001"),
        ("/papers/arXiv:2401.95001", "/papers/2401.95001"),
        ("/papers/ARXIV:hep-th/9901999v1", "/papers/hep-th/9901999"),
        ("/de/papers/2401.95001v2.bib", "/de/papers/2401.95001.bib"),
        ("/papers/10.1000/ab.1", "/papers/2401.95001"),
    ],
)
def test_a_paper_goes_by_every_name_of_it(archive: WebService, path: str, wanted: str) -> None:
    answer = get(archive, path)
    assert (answer.status_code, answer.headers["location"]) == (303, wanted)
    assert get(archive, wanted).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        "2401.96001 2401.95003",
        "arXiv:2401.96001v1, https://huggingface.co/papers/2401.95003",
        "arXiv: 2401.96001 and arXiv: 2401.95003",
        "2401.96001;2401.95003; 2401.96001",
    ],
)
def test_several_ids_bring_each_paper_that_they_name(archive: WebService, typed: str) -> None:
    wanted = ["2401.96001", "2401.95003"]
    assert hits(archive, typed) == wanted
    assert re.findall(r"eprint = \{(.+)\}", get(archive, "/search.bib", q=typed).text) == wanted
    found = get(archive, "/api/v1/search/papers", q=typed).json()
    assert ([item["paper"]["id"] for item in found["items"]], found["missing"]) == (wanted, [])
    assert get(archive, "/api/v1/search/papers/bibliography", q=typed).json()["papers"] == wanted


def test_an_id_and_the_doi_of_another_paper_bring_both(archive: WebService) -> None:
    assert hits(archive, "2401.96001 10.1000/ab.1") == ["2401.96001", "2401.95001"]
    only = get(archive, "/search", q="10.1000/ab.1, 2401.95001")
    assert only.headers["location"].endswith("/papers/2401.95001")


def test_of_several_ids_those_that_are_missing_are_told(archive: WebService) -> None:
    typed = "2401.96001, 2401.12345; 10.1000/nowhere"
    page = get(archive, "/search", q=typed).text
    assert hits(archive, typed) == ["2401.96001"]
    assert "This archive does not have arXiv:2401.12345." in page
    assert "This archive does not have doi:10.1000/nowhere." in page
    found = get(archive, "/api/v1/search/papers", q=typed).json()
    assert [item["paper"]["id"] for item in found["items"]] == ["2401.96001"]
    assert found["missing"] == ["https://arxiv.org/abs/2401.12345", "https://doi.org/10.1000/nowhere"]


def test_a_paper_that_is_not_here_is_said_to_be_elsewhere(archive: WebService) -> None:
    page = get(archive, "/search", q="arXiv:2401.12345v2").text
    assert "This archive does not have arXiv:2401.12345." in page
    assert 'href="https://arxiv.org/abs/2401.12345"' in page
    page = get(archive, "/search", q="10.1000/<script>").text
    assert "<script>" not in page
    assert get(archive, "/papers/2401.12345v2").status_code == 404


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("/\\:.@%?#htpsarxiv10")))
@settings(max_examples=40, deadline=None)
def test_no_search_and_no_name_of_a_paper_leads_out(archive: WebService, typed: str) -> None:
    for path, query in (
        ("/search", {"q": f"//evil.example/{typed}"}),
        ("/search", {"q": typed}),
        (f"/papers/{quote(typed)}", {}),
    ):
        answer = get(archive, path, **query)
        assert answer.headers.get("location", "/papers/x").startswith("/papers/")
        assert answer.status_code in (200, 303, 404)


def test_what_is_near_in_meaning_says_so(archive: WebService) -> None:
    page = get(archive, "/search", q="speech recognition").text
    assert "2 found · 1 of them by meaning alone" in page
    assert hits(archive, "speech recognition") == ["2402.00001", "2402.00002"]
    assert hits(archive, "speech recognition -transcription") == ["2402.00001"]
    assert page.count("by meaning alone</span>") == 1
    assert hits(archive, "speech recognition", sort="date") == ["2402.00001"]
    assert "These are near in meaning:" in get(archive, "/search", q="speech transcription phone").text


def test_the_newest_come_first_where_that_is_asked_for(archive: WebService) -> None:
    assert hits(archive, "author:example", sort="date")[0] == "2401.95003"
    page = get(archive, "/search", q="part", sort="date").text
    assert "<b>Newest first</b>" in page
    assert 'name="sort" value="date"' in page
    assert "sort=date" in unescape(re.search(r'rel="next" href="([^"]+)"', page)[1])


def test_near_spellings_are_offered_as_links_that_find_something(archive: WebService) -> None:
    page = get(archive, "/search", q="recogniton phone").text
    (path, words) = re.search(r'Did you mean: <a href="([^"]+)"><bdi>([^<]+)</bdi>', page).groups()
    assert words == "recognition phone"
    assert "2402.00001" in get(archive, unescape(path)).text
    assert "Did you mean" not in get(archive, "/search", q="zxcvbnm").text


def test_what_only_leaves_out_asks_for_a_word(archive: WebService) -> None:
    for where in ("papers", "editions"):
        page = get(archive, "/search", q="-graphs -category:cs.CL", **{"in": where}).text
        assert "Add a word that is to be found" in page


def test_authors_and_categories_find_editions_by_their_papers(archive: WebService) -> None:
    assert "on-graphs" in get(archive, "/search", q="author:hu", **{"in": "editions"}).text
    assert "on-graphs" not in get(archive, "/search", q="graphs -author:hu", **{"in": "editions"}).text


def test_an_author_has_a_page_with_papers_editions_and_a_feed(archive: WebService) -> None:
    page = get(archive, "/authors/edward-j-hu").text
    assert re.findall(r'<h3 lang="en"><a href="([^"]+)">', page) == ["/papers/2401.95002", "/papers/2401.95001"]
    assert "2 papers" in page
    assert "/editions/on-graphs" in page
    assert get(archive, "/ja/authors/edward-j-hu").status_code == 200
    feed = get(archive, "/authors/edward-j-hu/feed.xml")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert feed.text.count("<entry") == 2
    assert get(archive, "/authors/nobody").status_code == get(archive, "/authors/nobody/feed.xml").status_code == 404
    assert get(archive, "/authors/%00%ff..").status_code == 404


def test_authors_are_linked_where_they_are_named(archive: WebService) -> None:
    assert 'href="/authors/edward-j-hu"' in get(archive, "/papers/2401.95001").text
    assert 'href="/authors/edward-j-hu"' in get(archive, "/search", q='author:"Edward J. Hu"').text


def test_the_papers_of_an_author_come_in_pages(archive: WebService) -> None:
    first, second = (get(archive, "/authors/zoe-many", page=page).text for page in "12")
    assert (first.count("<h3"), second.count("<h3")) == (20, 5)
    assert get(archive, "/authors/zoe-many", page="3").status_code == 404


def test_the_api_says_the_same(archive: WebService) -> None:
    def found(typed: str, **query: str) -> list[tuple[str, str]]:
        answer = get(archive, "/api/v1/search/papers", q=typed, **query).json()
        return [(item["paper"]["id"], item["found_by"]) for item in answer["items"]]

    assert found("speech recognition") == [("2402.00001", "both"), ("2402.00002", "meaning")]
    assert found("speech recognition", sort="date") == [("2402.00001", "words")]
    assert found("arXiv:2401.95001v3") == [("2401.95001", "words")]
    assert (
        get(archive, "/api/v1/search/papers", q="2401.12345").json()["elsewhere"] == "https://arxiv.org/abs/2401.12345"
    )
    assert get(archive, "/api/v1/papers/2401.95001v2").json()["id"] == "2401.95001"
    author = get(archive, "/api/v1/authors/zoe-many").json()
    assert (author["names"], author["papers"]) == (["Zoë Many"], 25)
    first = get(archive, "/api/v1/authors/zoe-many/papers").json()
    second = get(archive, first["next"]).json()
    assert len({item["id"] for item in first["items"] + second["items"]}) == 25
    assert second["next"] is None
    assert get(archive, "/api/v1/authors/nobody").status_code == 404
