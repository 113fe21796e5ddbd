"""Papers by words and meaning in one ranking, by what names them, and by near spellings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ModelError
from digest.extractive.embedder import WordLlamaEmbedder
from digest.retrieval.paper_lookup import (
    PaperReference,
    fetch_named,
    fetch_paper,
    find_named,
    find_paper,
    parse_reference,
    parse_references,
)
from digest.retrieval.paper_search import fuse_ranks, search_papers, suggest_searches
from store import Store
from store.indexing.filters import SearchFilter
from tests.factories.store import NOON, paper

EMBEDDER = WordLlamaEmbedder()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("shelf") / "x.db") as store:
        papers = [
            paper("1", title="Speech recognition on small devices", abstract="We recognise speech on a phone."),
            paper(
                "2",
                title="Automatic transcription of spoken language",
                abstract="Voices become text, by neural nets.",
                authors=("Edward J. Hu",),
                categories=("eess.AS",),
            ),
            paper(
                "3",
                title="Recognition of speech acts",
                abstract="Speech recognition helps.",
                published=NOON.replace(year=2025),
            ),
            paper("4", title="Galaxies at high redshift", abstract="We count stars."),
            paper("5", title="Old wobbles", doi="https://doi.org/10.1000/ABC.1, 10.1000/xyz"),
            paper("hep-th/9901001", title="Strings"),
        ]
        store.papers.add(papers)
        vectors = EMBEDDER.embed([one.text for one in papers]).value
        store.vectors.add(
            EMBEDDER.model, {one.text_hash: np.asarray(v) for one, v in zip(papers, vectors, strict=True)}
        )
        yield store


def found(shelf: Store, typed: str, **other: object) -> dict[str, str]:
    return {hit.paper.id: hit.found_by for hit in search_papers(typed, shelf, EMBEDDER, **other).hits}


def test_what_is_near_in_meaning_stands_among_what_has_the_words_and_says_so(shelf: Store) -> None:
    hits = found(shelf, "speech recognition")
    assert hits == {"1": "both", "3": "both", "2": "meaning"}
    answer = search_papers("speech recognition", shelf, EMBEDDER, limit=1)
    assert (answer.total, answer.with_words, answer.more, len(answer.hits)) == (3, 2, False, 1)
    pages = [list(found(shelf, "speech recognition", limit=1, offset=n)) for n in range(4)]
    assert [id_ for page in pages for id_ in page] == list(hits)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ('"speech recognition"', {"1", "3"}),
        ("speech recognition -phone", {"2", "3"}),
        ("speech recognition -transcription", {"1", "3"}),
        ('speech recognition author:"edward hu"', {"2"}),
        ("speech recognition category:eess.AS", {"2"}),
        ("speech recognition -category:cs.CL", {"2"}),
        ("author:hu", {"2"}),
        ("zxcvbnm", set()),
        ("speech zxcvbnm", {"1", "3"}),
        ("-speech", set()),
        ("", set()),
    ],
)
def test_what_narrows_a_search_binds_both(shelf: Store, typed: str, expected: set[str]) -> None:
    assert set(found(shelf, typed)) == expected


def test_a_filter_binds_both(shelf: Store) -> None:
    assert set(found(shelf, "speech recognition", among=SearchFilter(since=NOON))) == {"1", "2"}


def test_the_newest_first_are_those_with_the_words(shelf: Store) -> None:
    assert list(found(shelf, "speech recognition", order="date")) == ["1", "3"]


def test_words_alone_decide_where_no_vector_can_be_had(shelf: Store) -> None:
    class Broken:
        model = EMBEDDER.model

        def embed(self, texts: object) -> object:
            raise ModelError("down")

    for embedder in (None, Broken()):
        assert {hit.paper.id for hit in search_papers("speech recognition", shelf, embedder).hits} == {"1", "3"}


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True), max_size=3))
def test_fused_ranks_hold_each_once_and_keep_the_order_of_a_single_ranking(rankings: list[list[str]]) -> None:
    fused = fuse_ranks(*rankings)
    assert sorted(fused) == sorted({id_ for ranking in rankings for id_ in ranking})
    assert fuse_ranks(*rankings[:1]) == (rankings[0] if rankings else [])


def test_near_spellings_keep_the_rest_of_the_search(shelf: Store) -> None:
    assert suggest_searches('galaxees author:"Exampel" -phone', shelf) == ['galaxies author:"example" -phone']
    assert suggest_searches("galaxies", shelf) == []
    assert suggest_searches("zxcvbnm \x00 author:", shelf) == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("hep-th/9901001", "hep-th/9901001"),
        (" arXiv:hep-th/9901001v3 ", "hep-th/9901001"),
        ("https://arxiv.org/abs/hep-th/9901001", "hep-th/9901001"),
        ("10.48550/arXiv.hep-th/9901001", "hep-th/9901001"),
        ("(arXiv:hep-th/9901001).", "hep-th/9901001"),
        ("https://arxiv.org/abs/hep-th/9901001,", "hep-th/9901001"),
        ("10.1000/xyz.", "5"),
        ("10.1000/abc.1", "5"),
        ("doi: 10.1000/XYZ", "5"),
        ("https://doi.org/10.1000/xyz", "5"),
        ("10.1000/ab", None),
        ("2401.01234", None),
        ("on 10.1000/xyz", None),
        ("speech", None),
        ("", None),
        ("\x00", None),
        ("4", "4"),
    ],
)
def test_a_paper_is_found_by_what_names_it(shelf: Store, typed: str, expected: str | None) -> None:
    kept = find_paper(typed, shelf.papers)
    assert (kept and kept.id) == expected


@pytest.mark.parametrize(
    ("typed", "ids", "missing"),
    [
        ("4, 5", ["4", "5"], ""),
        ("5 doi:10.1000/xyz", ["5"], ""),
        ("arXiv: 2401.01234, 4 and 10.1000/x", ["4"], "arXiv:2401.01234, doi:10.1000/x"),
        ("2401.01234", [], "arXiv:2401.01234"),
        ("[2401.01234] & (2401.01235)", [], "arXiv:2401.01234, arXiv:2401.01235"),
    ],
)
def test_several_papers_are_found_by_what_names_them(shelf: Store, typed: str, ids: list[str], missing: str) -> None:
    named = find_named(typed, shelf.papers)
    assert ([paper.id for paper in named.papers], named.unknown) == (ids, missing)


@pytest.mark.parametrize(
    "typed", ["", "4 speech", "2401.01234 on speech", "and", ", ,", " ".join(["4"] * 60), "4 " * 9_999]
)
def test_words_name_no_papers(shelf: Store, typed: str) -> None:
    assert find_named(typed, shelf.papers) is None
    assert parse_references(typed) == []


@given(st.text(st.characters() | st.sampled_from("10./arxivdo:htps ,")))
def test_no_text_is_an_error(typed: str) -> None:
    reference = parse_reference(typed)
    assert reference is None or parse_references(typed) == [reference]
    urls = [reference.url for reference in parse_references(typed)]
    assert all(url.startswith(("https://arxiv.org/abs/", "https://doi.org/10.")) for url in urls)


def test_a_paper_that_is_not_here_is_fetched_once_and_kept(tmp_path: Path) -> None:
    class Source:
        name = "arxiv"

        def __init__(self) -> None:
            self.asked: list[list[str]] = []

        def fetch(self, ids: list[str], *, wait: object) -> tuple[object, ...]:
            self.asked.append(list(ids))
            return (paper("2401.01234"),) if "2401.01234" in ids else ()

    with Store.open(tmp_path / "x.db") as store:
        source = Source()
        for _ in range(2):
            assert (
                fetch_paper(PaperReference(arxiv="2401.01234"), store.papers, source, lambda *_: None).title
                == "A title"
            )
        assert fetch_paper(PaperReference(arxiv="2401.99999"), store.papers, source, lambda *_: None) is None
        assert fetch_paper(PaperReference(doi="10.1000/x"), store.papers, source, lambda *_: None) is None
        assert source.asked == [["2401.01234"], ["2401.99999"]]
        named = find_named("2401.99999, 2401.01234, 10.1000/x, 2401.99998", store.papers)
        fetched = fetch_named(named, store.papers, source, lambda *_: None)
        assert source.asked[2:] == [["2401.99999", "2401.99998"]]
        assert [kept.id for kept in fetched.papers] == ["2401.01234"]
        assert fetched.unknown == "arXiv:2401.99999, doi:10.1000/x, arXiv:2401.99998"
