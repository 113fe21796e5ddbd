"""The built-in synthesis: third person, citations, connecting lines, and text that nobody can smuggle anything into.

All abstracts are invented.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.extractive import acronyms, anaphora, third_person
from digest.extractive.cited_sentence import clean_sentence
from digest.i18n.catalog import get_catalog
from digest.ports import BriefPaper, SectionBrief
from digest.text import citations
from store.records.editions import Summary
from tests.doubles.briefs import MANY, MODEL, brief, paper, section


@pytest.mark.parametrize(
    ("authors", "abstract", "told"),
    [
        (
            MANY,
            "We propose a kiln and show that our bricks last.",
            "Hu et al. propose a kiln and show that their bricks last [1].",
        ),
        (MANY, "In this paper, we study clay.", "Hu et al. study clay [1]."),
        (MANY, "This paper presents a kiln.", "The paper by Hu et al. presents a kiln [1]."),
        (MANY, "Here we report the discovery of a pot.", "Hu et al. report the discovery of a pot [1]."),
        (
            MANY,
            "By burning wood, we build a kiln, which we sell.",
            "By burning wood, Hu et al. build a kiln, which they sell [1].",
        ),
        (("Ada Hu",), "We carefully study a kiln for tiles.", "Hu carefully studies a kiln for tiles [1]."),
        (("Ada Hu",), "We have studied clay.", "Hu has studied clay [1]."),
        (("Ada Hu", "Bo van den Berg"), "We study clay.", "Hu and van den Berg study clay [1]."),
        (
            ("The ATLAS Collaboration",),
            "We report a search for pots.",
            "The ATLAS Collaboration reports a search for pots [1].",
        ),
        (
            ("Hu, Ada", "Shen, Bo"),
            "We study how our Galaxy fires clay.",
            "Hu and Shen study how the Galaxy fires clay [1].",
        ),
        ((), "We propose a kiln.", "The authors propose a kiln [1]."),
        ((), "This tutorial series aims to teach clay.", "The tutorial series aims to teach clay [1]."),
        (
            MANY,
            "A novel kiln for $we$ tiles is presented in this work.",
            "A novel kiln for $we$ tiles is presented [1].",
        ),
        (
            MANY,
            "To bake $our$ pots (e.g., jars), we propose a kiln.",
            "To bake $our$ pots (e.g., jars), Hu et al. propose a kiln [1].",
        ),
    ],
)
def test_the_method_is_told_in_the_third_person(authors: tuple[str, ...], abstract: str, told: str) -> None:
    assert section(paper(1, abstract, authors=authors)) == told


@pytest.mark.parametrize(
    "abstract",
    [
        "We propose a way to fire clay and prove that it holds.",
        "In this paper, we call it “what we do” and study clay.",
    ],
)
def test_what_cannot_be_turned_safely_is_quoted(abstract: str) -> None:
    told = section(paper(1, abstract, authors=("Ada Hu",)))
    assert re.fullmatch(r"Hu: “We [^“”]*” \[1\]\.", told)


def test_each_paper_has_the_sentence_that_answers_the_question() -> None:
    abstract = "We propose a kiln. We measure its heat. Our tests show that glaze halves the loss of heat by 40%."
    told = paper(1, abstract)
    assert section(told) == "Hu et al. propose a kiln [1]."
    asked = SectionBrief("Does glaze reduce the loss of heat?", "en", "Kilns", (told,), ())
    answer = MODEL.section(asked, lambda _: None).value
    assert answer == "Hu et al.’s tests show that glaze halves the loss of heat by 40% [1]."


def test_findings_of_others_are_none_of_the_paper() -> None:
    text = section(paper(1, "Kilns have achieved great success in pots. We study pots and clay."))
    assert text == "Hu et al. study pots and clay [1]."


def test_an_acronym_is_written_out_at_its_first_use() -> None:
    first = "A hot glazing kiln (HGK) is old. We propose an HGK for tiles."
    text = section(paper(1, first), paper(2, "HGKs burn. We study how hot glazing kilns (HGKs) burn HGK clay."))
    assert text.startswith("Hu et al. propose a hot glazing kiln (HGK) for tiles [1].")
    assert text.count("hot glazing kiln") == 2
    assert "HGK" in section(paper(1, "We propose an HGK for tiles."))


@given(st.lists(st.sampled_from("Hot Glazing kiln (HGK) HGK HGKs an (A) AI - ’ of".split()), max_size=12))
def test_writing_acronyms_out_twice_changes_nothing_more(pieces: list[str]) -> None:
    text = " ".join(pieces)
    meanings = acronyms.find_acronyms("A hot glazing kiln (HGK). " + text)
    known: set[str] = set()
    once = acronyms.write_out_acronyms(text, meanings, known)
    assert acronyms.write_out_acronyms(once, meanings, known) == once
    assert len(re.findall("hot glazing kiln", once)) <= 1


@pytest.mark.parametrize(
    ("authors", "abstract", "told"),
    [
        (
            MANY,
            "Our scaling study shows that clay cracks, and we describe why.",
            "Hu et al.’s scaling study shows that clay cracks, and they describe why [1].",
        ),
        (MANY, "In our kiln, we fire clay.", "In their kiln, Hu et al. fire clay [1]."),
        ((), "Our approach utilizes clay.", "The authors’ approach utilizes clay [1]."),
        ((), "Limited by wood, we find a cheaper kiln.", "Limited by wood, the authors find a cheaper kiln [1]."),
        ((), "We test a kiln with our clay.", "The authors test a kiln with their clay [1]."),
        (MANY, "We evaluate our KilnNet on Type I clay.", "Hu et al. evaluate KilnNet on Type I clay [1]."),
        (MANY, "To the best of our knowledge, we fire the first pot.", "Hu et al. fire the first pot [1]."),
        (MANY, "Based on our findings, we propose a kiln.", "Hu et al. propose a kiln [1]."),
        (MANY, "We propose a kiln to address this problem.", "Hu et al. propose a kiln [1]."),
        (MANY, "(ii) We propose {a kiln} that \\emph{burns.", "Hu et al. propose a kiln that burns [1]."),
        (MANY, "We propose $\\textit{Hot Kilns}$.", "Hu et al. propose Hot Kilns [1]."),
        (MANY, "In this work of pottery, we study clay.", "Hu et al. study clay [1]."),
        (MANY, "In this work on pots, we study clay.", "In the work by Hu et al. on pots, they study clay [1]."),
        (MANY, r"We study \textbf{wet clay.}", "Hu et al. study wet clay [1]."),
        (
            MANY,
            r"We propose \TrojKiln, a kiln, \eg, for tiles.",
            "Hu et al. propose TrojKiln, a kiln, e.g., for tiles [1].",
        ),
        (MANY, r"We show that \ours{} fires at $\alpha$.", r"Hu et al. show that the method fires at $\alpha$ [1]."),
        (
            MANY,
            "We extend the use of kilns with two aspects that matter: First, they burn clean wood.",
            "Hu et al. extend the use of kilns with two aspects that matter … [1].",
        ),
        (
            MANY,
            "We present fired clay (f-Clay). f-Clay is a clay.",
            "Hu et al. present fired clay (f-Clay) [1].",
        ),
    ],
)
def test_a_papers_first_sentence_names_whose_it_is(authors: tuple[str, ...], abstract: str, told: str) -> None:
    assert section(paper(1, abstract, authors=authors)).startswith(told)


def test_these_methods_work_is_not_this_work() -> None:
    assert anaphora.depends_on_previous("These methods work well but often fail.")
    assert not anaphora.depends_on_previous("This new work is about kilns.")
    assert anaphora.depends_on_previous("Such work shows that kilns crack.")


def test_a_cut_sentence_without_authors_ends_once() -> None:
    long = "Based on wood, we propose a kiln that fires " + "clay and sand, " * 40 + "tiles."
    text = section(paper(1, long, authors=()))
    assert "the authors propose" in text
    assert "…." not in text


def test_a_macro_for_the_method_takes_the_name_from_the_title() -> None:
    text = section(paper(1, r"We propose \ours, a kiln.", title="TrojKiln: Firing Clay"))
    assert "Hu et al. propose TrojKiln, a kiln [1]." in text


def test_a_macro_for_the_method_is_left_out_where_it_stands_behind_the_name() -> None:
    said = r"We propose hot glazing kilns (\method{}), which last."
    assert section(paper(1, said, title="On clay")) == "Hu et al. propose hot glazing kilns, which last [1]."


def test_what_a_comment_of_latex_says_is_not_told() -> None:
    text = section(paper(1, "We propose a kiln. %Contrastive rewards Our approach has two steps."))
    assert text == "Hu et al. propose a kiln [1]."
    assert "50% Of" in clean_sentence("A yield of 50% Of tiles.")


def test_an_acronym_is_defined_without_its_possessive() -> None:
    said = "We improve hot glazing kiln's (HGK) output. We propose to line HGKs."
    assert acronyms.find_acronyms(said) == {"HGK": "hot glazing kiln"}


def test_whom_a_finding_is_known_to_is_named() -> None:
    told = "We fire. KilnNet has the best yield known to us{}."
    assert section(paper(1, told.format(" without glaze"), title="KilnNet: A Kiln")) == (
        "KilnNet has the best yield known to Hu et al. without glaze [1]."
    )
    assert (
        section(paper(1, told.format(""), title="KilnNet: A Kiln")) == "KilnNet has the best yield known to them [1]."
    )


def test_what_a_comparison_says_of_it_does_not_stand_alone() -> None:
    assert anaphora.has_dangling_reference("Compared to the old kiln, it saves 5% of wood.")
    assert anaphora.has_dangling_reference("On the old test set of bowls it reaches 5% of wood.")
    assert not anaphora.has_dangling_reference("On bowls that it reaches, wood burns.")
    assert not anaphora.has_dangling_reference("In clay, it is known that wood burns.")
    assert anaphora.depends_on_previous("The improvement further increases to 26.4%.")


def test_we_of_everybody_are_not_the_authors() -> None:
    assert third_person.turn_sentence("It is hard unless we have wood.", third_person.NAMELESS) == (
        "It is hard unless we have wood."
    )


def test_this_perspective_is_not_the_paper() -> None:
    assert "Hu et al. enable" not in section(paper(1, "This perspective enables a flexible strategy."))


def test_two_first_authors_of_one_name_get_their_given_names() -> None:
    text = section(
        paper(1, "We propose a kiln.", authors=("Ada Hu", "Bo Shen", "C")),
        paper(2, "We study clay.", authors=("Di Hu", "E", "F")),
    )
    assert "Ada Hu et al. propose" in text
    assert "Di Hu et al. study" in text


@pytest.mark.parametrize(
    ("authors", "name"),
    [
        (("Jan van den Berg",), "van den Berg"),
        (("Jan van den Berg", "Martin King Jr."), "van den Berg and King"),
        (("Jan van den Berg", "et al."), "van den Berg et al."),
        (("Ada Hu", "for the X Collaboration"), "Hu et al."),
        (("for the X Collaboration",), "the X Collaboration"),
        (("The ATLAS Collaboration", "Ada Hu"), "the ATLAS Collaboration"),
        (("Plato",), "Plato"),
    ],
)
def test_authors_are_called_as_people_call_them(authors: tuple[str, ...], name: str) -> None:
    assert third_person.author_subject(authors).name == name


def test_a_particle_that_opens_a_sentence_has_a_capital() -> None:
    text = section(paper(1, "We propose a kiln.", authors=("Jan van den Berg", "Bo Shen", "C")))
    assert "Van den Berg et al. propose a kiln" in text


def test_bracketed_numbers_of_an_abstract_never_become_citations() -> None:
    text = section(
        paper(1, "We extend the kiln of [2] and [Paper 2] to pots in [0, 1] and [1, 2], see [[2]] and 【2】."),
        paper(2, "We study clay."),
    )
    first = text.split("[1].")[0]
    assert citations.resolve_citations(first, {1, 2}).numbers == ()
    assert citations.resolve_citations(text, {1, 2}).numbers == (1, 2)


def test_no_extract_starts_a_heading_or_a_list() -> None:
    for start in ("# ", "- ", "1. ", "> ", "* "):
        text = MODEL.section(brief(paper(1, f"{start}We propose\n\n# a kiln."), paper(2, "")), lambda _: None).value
        assert not re.search(r"^\s*(?:[#>*-]|\d+\.)\s", text, re.MULTILINE)


def test_a_section_of_nine_papers_has_three_paragraphs_cut_at_its_longest_legs() -> None:
    papers = [paper(n, f"We study clay number {n} in detail.") for n in range(1, 10)]
    text = section(*papers, legs=(1, 1, 9, 1, 1, 8, 1, 1))
    assert [re.findall(r"\[(\d)\]", part) for part in text.split("\n\n")] == [
        ["1", "2", "3"],
        ["4", "5", "6"],
        ["7", "8", "9"],
    ]


def test_the_note_of_a_japanese_edition_is_japanese() -> None:
    note = get_catalog("builtin", "ja").show(MODEL.note("ja"))
    assert "2026年" not in note
    assert "言語モデル" in note


def test_no_number_of_a_list_stays_amid_a_sentence() -> None:
    told = section(paper(1, "Our model (1) injects clay, and (2) glazes it.", authors=()), paper(2, "We dig."))
    assert "The authors’ model injects clay, and glazes it [1]." in told


def test_a_paper_without_an_abstract_is_cited_all_the_same() -> None:
    assert "“On Kilns” comes without an abstract [1]." in section(paper(1, ""))


def test_a_summary_by_a_language_model_is_used_as_it_is() -> None:
    record = paper(1, "We fire clay.").paper
    summary = Summary("Pots break.", "The authors fire clay twice.", "", "...", "openai:x", "model")
    assert section(BriefPaper(1, record, summary)) == "The authors fire clay twice [1]."


PIECES = st.sampled_from(
    "We propose a kiln.|However, [3] tiles remain costly.|Our results show a gain of 5%.|This helps us.|"
    "In [12], we|$x_{we}$ holds.|These tiles suffer|To address this, we fire them|(see above. |)|\n\n|# head|- item"
    "|[1]|【2】|A novel kiln is presented|陶器。|“We”|let us|I".split("|")
)
AUTHORS = st.lists(
    st.sampled_from(["Ada Hu", "Bo [2] Shen", "(authors not recorded)", "The X Collaboration", "", "Li"]), max_size=3
).map(tuple)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(st.lists(PIECES, max_size=8).map(" ".join), AUTHORS), min_size=1, max_size=11),
    st.sampled_from(["en", "ja"]),
)
def test_every_paper_is_cited_in_order_and_nothing_else(
    papers: list[tuple[str, tuple[str, ...]]], language: str
) -> None:
    told = [paper(n, abstract, authors=authors) for n, (abstract, authors) in enumerate(papers, 1)]
    text = section(*told, language=language)
    found = citations.resolve_citations(text, range(1, len(told) + 1))
    assert found.unknown == 0
    assert found.numbers == tuple(range(1, len(told) + 1))
    assert text == section(*told, language=language)
    assert all(part.strip() == part and part and "\n" not in part for part in text.split("\n\n"))


@given(st.text(max_size=200), st.sampled_from([["Ada Hu"], ["Ada Hu", "Bo Shen"], []]))
def test_any_sentence_is_turned_or_quoted(text: str, authors: list[str]) -> None:
    assert isinstance(third_person.turn_sentence(text, third_person.author_subject(authors)), str)


GARBLED = re.compile(
    r"^\((?:i+|\d)\)|^(?:Their|Its|They|It|Paper,)\b|\\(?:emph|text\w*)|[{}]|\bhave in common\b|\bthe authors of \["
    r"|\b(?:we|our|us)\b(?![^“]*”)"
)


@settings(max_examples=120, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=8).map(" ".join), AUTHORS)
def test_no_telling_is_of_a_garbled_kind(abstract: str, authors: tuple[str, ...]) -> None:
    told = section(paper(1, abstract, authors=authors))
    assert all(not GARBLED.search(re.sub(r"\$.*?\$", "x", one)) for one in told.split(" [1]. ")[:1]), told
