"""Identifiers: DOIs as authors type them, arXiv ids in every form that people paste."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.identifiers import ArxivId, parse_arxiv_id, parse_dois

SICI = "10.1002/(SICI)1097-0258(19980815/30)17:15/16<1661::AID-SIM968>3.0.CO;2-2"


@pytest.mark.parametrize(
    ("text", "dois"),
    [
        ("10.1000/abc.1", ["10.1000/abc.1"]),
        ("10.1000/abc.1 10.1000/def.2", ["10.1000/abc.1", "10.1000/def.2"]),
        ("10.1000/abc.1,10.1000/def.2;10.1000/ghi", ["10.1000/abc.1", "10.1000/def.2", "10.1000/ghi"]),
        ("10.1000/abc.1, 10.1000/def.2; 10.1000/ghi.", ["10.1000/abc.1", "10.1000/def.2", "10.1000/ghi"]),
        ("10.1000/abc.1 and 10.1000/def.2", ["10.1000/abc.1", "10.1000/def.2"]),
        ("https://doi.org/10.1000/xyz.3", ["10.1000/xyz.3"]),
        ("http://dx.doi.org/10.1000/xyz.3", ["10.1000/xyz.3"]),
        ("dx.doi.org/10.1000/%28x%29y?nosfx=y", ["10.1000/(x)y"]),
        ("https://doi.org/10.1000/ahttps://doi.org/10.1000/b", ["10.1000/a", "10.1000/b"]),
        ("https://publisher.example/doi/10.1000/abc/full", ["10.1000/abc"]),
        ("https://doi.org/10.1000%2Fxyz%281%29", ["10.1000/xyz(1)"]),
        ("doi:10.1000/xyz", ["10.1000/xyz"]),
        ("DOI 10.1000/xyz", ["10.1000/xyz"]),
        ("10.1000/a doi:10.1000/b", ["10.1000/a", "10.1000/b"]),
        ("10.1000/adoi:10.1000/b", ["10.1000/a", "10.1000/b"]),
        ("10.1000/ abc", ["10.1000/abc"]),
        ("10.1000/ABC 10.1000/abc 10.1000/d", ["10.1000/ABC", "10.1000/d"]),
        ("10.1890/0012-0000(2006)87[1465:ABCDE]2.0.CO;2", ["10.1890/0012-0000(2006)87[1465:ABCDE]2.0.CO;2"]),
        (SICI, [SICI]),
        (SICI.replace("<", "&lt;").replace(">", "&gt;") + "; 10.1000/b", [SICI, "10.1000/b"]),
        ("(10.1000/x(1)) <10.1000/y> [10.1000/z]", ["10.1000/x(1)", "10.1000/y", "10.1000/z"]),
        (r"10.1000/978\_1", ["10.1000/978_1"]),
        ("10.1000/a\u200bb", ["10.1000/ab"]),
        ("10.1000.5/a", ["10.1000.5/a"]),
        ("10.1000/", []),
        ("see the journal, p. 10.12", []),
        ("110.1000/a", []),
        ("", []),
    ],
)
def test_dois_are_found_whatever_stands_around_them(text: str, dois: list[str]) -> None:
    assert list(parse_dois(text)) == dois


@given(st.text(alphabet="10./ab,;()[]<>{}\\&% doi:htps", max_size=60))
def test_a_doi_is_one_word_whose_letters_stand_in_the_text(text: str) -> None:
    for doi in parse_dois(text):
        assert re.fullmatch(r"10\.\d{4,9}(\.\d+)*/[^\s{}\\]+", doi)
        assert parse_dois(doi) == (doi,)


@given(st.lists(st.from_regex(r"10\.\d{4}/[a-z]{1,6}(\(\d\))?", fullmatch=True), unique=True, max_size=5))
def test_dois_in_a_row_come_out_as_they_were(dois: list[str]) -> None:
    for separator in (" ", ", ", ";", ",", " and ", "; doi:"):
        assert list(parse_dois(separator.join(dois))) == dois


@pytest.mark.parametrize(
    ("text", "id_", "version"),
    [
        ("2401.01234", "2401.01234", None),
        (" 2401.01234v2 ", "2401.01234", 2),
        ("0706.1234", "0706.1234", None),
        ("arXiv:2401.01234v2", "2401.01234", 2),
        ("ARXIV: 2401.01234 [cs.CL]", "2401.01234", None),
        ("arxiv 2401.01234", "2401.01234", None),
        ("hep-th/9901001", "hep-th/9901001", None),
        ("arXiv:hep-th/9901001v3", "hep-th/9901001", 3),
        ("math.GT/0309136", "math/0309136", None),
        ("https://arxiv.org/abs/2401.01234v2", "2401.01234", 2),
        ("http://export.arxiv.org/abs/hep-th/9901001", "hep-th/9901001", None),
        ("arxiv.org/pdf/2401.01234v1.pdf", "2401.01234", 1),
        ("https://www.arxiv.org/pdf/2401.01234?download=1#page=2", "2401.01234", None),
        ("https://arxiv.org/html/2401.01234v2#S1", "2401.01234", 2),
        ("https://arxiv.org/html/2401.01234", "2401.01234", None),
        ("https://ar5iv.labs.arxiv.org/html/2401.01234", "2401.01234", None),
        ("ar5iv.org/abs/hep-th/9901001", "hep-th/9901001", None),
        ("https://www.alphaxiv.org/abs/2401.01234v3", "2401.01234", 3),
        ("https://alphaxiv.org/ja/overview/2401.01234.md", "2401.01234", None),
        ("https://huggingface.co/papers/2401.01234", "2401.01234", None),
        ("hf.co/papers/2401.01234?tab=code", "2401.01234", None),
        ("https://www.semanticscholar.org/arXiv/2401.01234", "2401.01234", None),
        ("https://www.semanticscholar.org/paper/arXiv:2401.01234", "2401.01234", None),
        ("https://api.semanticscholar.org/arXiv:hep-th%2F9901001", "hep-th/9901001", None),
        ("https://ui.adsabs.harvard.edu/abs/arXiv:2401.01234/abstract", "2401.01234", None),
        ("https://scirate.com/arxiv/2401.01234", "2401.01234", None),
        ("https://www.arxiv-vanity.com/papers/hep-th/9901001/", "hep-th/9901001", None),
        ("http://xxx.lanl.gov/abs/hep-th/9901001", "hep-th/9901001", None),
        ("10.48550/arXiv.2401.01234", "2401.01234", None),
        ("doi:10.48550/ARXIV.HEP-TH/9901001", "hep-th/9901001", None),
        ("https://doi.org/10.48550/arXiv.2401.01234", "2401.01234", None),
        ("oai:arXiv.org:2401.01234", "2401.01234", None),
        ("2401.01234v2.pdf", "2401.01234", 2),
    ],
)
def test_an_arxiv_id_is_known_in_any_form(text: str, id_: str, version: int | None) -> None:
    assert parse_arxiv_id(text) == ArxivId(id_, version)


@pytest.mark.parametrize(
    "text",
    [
        "", "speech", "speech 2401.01234", "2413.00001", "2401.012345", "24.0101234", "2401.01234v0", "x2401.01234",
        "10.1000/arXiv.2401.01234", "https://example.org/abs/2401.01234", "https://notarxiv.org.example/abs/2401.01234",
        "a/b/9901001", "biorxiv:2401.01234", "3.14159", "https://huggingface.co/2401.01234",
        "https://huggingface.co/papers", "https://www.semanticscholar.org/paper/2401.01234",
        "https://alphaxiv.org.example/abs/2401.01234", "https://biorxiv.org/abs/2401.01234",
    ],
)  # fmt: skip
def test_other_texts_are_no_arxiv_id(text: str) -> None:
    assert parse_arxiv_id(text) is None


def test_long_texts_take_no_longer_than_their_length_asks() -> None:
    assert parse_dois("10.1000/a" * 20_000) == parse_dois("10.1000/" + ")" * 200_000) == ()
    assert len(parse_dois(" ".join(f"http://x/10.1000/{n}" for n in range(5_000)))) == 5_000
    assert parse_arxiv_id("a-" * 50_000) is None


@pytest.mark.parametrize(
    ("text", "dois"),
    [
        ("10.1101/2024.01.05.574321v2", ("10.1101/2024.01.05.574321",)),
        ("https://www.biorxiv.org/content/10.1101/2024.01.05.574321v2.full.pdf", ("10.1101/2024.01.05.574321",)),
        ("https://www.medrxiv.org/content/10.64898/2026.05.31.26354439v1.full-text", ("10.64898/2026.05.31.26354439",)),
        ("10.1101/654321v3.abstract", ("10.1101/654321",)),
        ("10.1101/2024.01.05.574321.full.pdf", ("10.1101/2024.01.05.574321",)),
        ("10.1101/gr.123456.111", ("10.1101/gr.123456.111",)),
        ("10.1101/cshperspect.a000018", ("10.1101/cshperspect.a000018",)),
        ("10.1000/2024.01.05.574321v2", ("10.1000/2024.01.05.574321v2",)),
    ],
)
def test_a_version_of_a_preprint_is_no_part_of_its_doi(text: str, dois: tuple[str, ...]) -> None:
    assert parse_dois(text) == dois
