"""What reference managers read from pages, read back as Zotero's COinS translator does."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from store.records.editions import EditionPaper
from tests.doubles.editions import edition
from web.views.citation_tags import context_object, meta_tags


def paper(**changes: object) -> EditionPaper:
    return replace(edition(1).papers[0], **changes)


def read_context(text: str) -> dict[str, list[str]]:
    """By hand: urllib would take a plus for a blank, which Zotero does even where it is written %2B."""
    fields: dict[str, list[str]] = {}
    for part in text.split("&"):
        name, _, value = part.partition("=")
        fields.setdefault(name, []).append(unquote(value, errors="strict"))
    return fields


def as_zotero_reads(name: str) -> tuple[str, str]:
    """(family, given) of an author, by the rules of Zotero's `cleanAuthor`."""
    bare = name.strip(" .,/[]:")
    if "," in name:
        family, _, given = bare.partition(", ")
        return family, given
    given, _, family = bare.rpartition(" ")
    return family, given


def test_a_papers_span_makes_a_preprint() -> None:
    fields = read_context(
        context_object(
            paper(
                id="2106.09685",
                title=r"LoRA: $L^{2}$ & Schr\"odinger",
                authors=("Jan van den Berg", "Hal Daumé III", "The ATLAS Collaboration", "Plato", "et al."),
                categories=("cs.CL", "cs.LG"),
                doi="",
            )
        )
    )
    assert fields["rft_val_fmt"] == ["info:ofi/fmt:kev:mtx:dc"]
    assert fields["rft.type"] == ["preprint"]
    assert fields["rft.title"] == ["LoRA: L² & Schrödinger"]
    assert [as_zotero_reads(name) for name in fields["rft.au"]] == [
        ("van den Berg", "Jan"),
        ("Daumé", "Hal III"),
        ("The ATLAS Collaboration", ""),
        ("Plato", ""),
    ]
    assert fields["rft.date"] == ["2026-11-21"]
    assert fields["rft.publisher"] == ["arXiv"]
    assert fields["rft.identifier"] == ["https://arxiv.org/abs/2106.09685"]
    assert fields["rft_id"] == ["info:doi/10.48550/arXiv.2106.09685"]
    assert fields["rft.subject"] == ["cs.CL", "cs.LG"]


def test_a_span_is_short() -> None:
    assert len(context_object(paper(authors=("Ada Example", "Ben Sample")))) < 600


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=3), st.text(max_size=20))
def test_no_text_breaks_out_of_its_field(title: str, names: list[str], category: str) -> None:
    made = context_object(paper(title=title, authors=tuple(names), categories=(category,)))
    assert made.isascii()
    assert not set(made) & set(" +\"'<>")
    assert all(name in FIELDS for name in read_context(made))


FIELDS = (
    "ctx_ver rft_val_fmt rft.type rft.title rft.au rft.date rft.publisher rft.identifier rft_id rft.subject".split()
)


def test_meta_tags_name_each_author_and_the_type_that_zotero_wants() -> None:
    one = paper(id="2106.09685", authors=("Jan van den Berg", "The ATLAS Collaboration"), doi="10.1000/x")
    tags = meta_tags(one, "We $\\beta$-test.")
    named = dict(tags)
    assert [value for name, value in tags if name == "citation_author"] == [
        "van den Berg, Jan",
        "The ATLAS Collaboration",
    ]
    assert named["citation_date"] == named["citation_online_date"] == "2026/11/21"
    assert named["citation_doi"] == "10.1000/x"
    assert named["citation_abstract"] == "We β-test."
    assert named["citation_public_url"] == "https://arxiv.org/abs/2106.09685"
    assert named["citation_pdf_url"] == "https://arxiv.org/pdf/2106.09685"
    assert (named["citation_publisher"], named["citation_arxiv_id"]) == ("arXiv", "2106.09685")
    assert named["DC.type"] == "preprint"


def test_a_lone_author_has_no_comma_that_would_make_two() -> None:
    for name, written in (("Ada B. van der Example", "Ada B. van der Example"), ("Example, Ada", "Ada Example")):
        assert ("citation_author", written) in meta_tags(paper(authors=(name,)), "")
