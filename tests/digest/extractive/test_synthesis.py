"""The built-in synthesis: third person, citations, connecting lines, and text that nobody can smuggle anything into.

All abstracts are invented.
"""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.extractive import anaphora, third_person
from digest.extractive.shared_phrases import SharedPhrases
from digest.i18n.catalog import get_catalog
from digest.ports import BriefPaper
from digest.text import citations
from store.records.editions import Summary
from tests.doubles.briefs import MANY, MODEL, body, brief, paper, section


@pytest.mark.parametrize(
    ("authors", "abstract", "told"),
    [
        (
            MANY,
            "We propose a kiln and show that our bricks last.",
            "Hu et al. propose a kiln and show that their bricks last [1].",
        ),
        (MANY, "In this paper, we study clay.", "Hu et al. study clay [1]."),
        (MANY, "This paper presents a kiln.", "Hu et al. present a kiln [1]."),
        (MANY, "Here we report the discovery of a pot.", "Hu et al. report the discovery of a pot [1]."),
        (
            MANY,
            "By burning wood, we build a kiln, which we sell.",
            "By burning wood, Hu et al. build a kiln, which they sell [1].",
        ),
        (("Ada Hu",), "We propose a kiln and carefully test it.", "Hu proposes a kiln and carefully tests it [1]."),
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
        ((), "We propose a kiln.", "One paper proposes a kiln [1]."),
        ((), "We propose KilnNet, a kiln that learns.", "KilnNet is a kiln that learns [1]."),
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
    assert body(section(paper(1, abstract, authors=authors))) == told


def test_what_cannot_be_turned_safely_is_quoted() -> None:
    text = section(paper(1, "We propose a way to fire clay and prove that it holds.", authors=("Ada Hu",)))
    assert body(text) == "In Hu’s words, “We propose a way to fire clay and prove that it holds” [1]."


def test_a_result_follows_with_a_pronoun() -> None:
    text = section(paper(1, "We propose a kiln. Our experiments show that we fire 20% more pots than before."))
    assert body(text) == (
        "Hu et al. propose a kiln [1]. Their experiments show that they fire 20% more pots than before [1]."
    )


@pytest.mark.parametrize(
    ("authors", "abstract", "told"),
    [
        (
            MANY,
            "Our scaling study shows that clay cracks, and we describe why.",
            "Hu et al.’s scaling study shows that clay cracks, and they describe why [1].",
        ),
        (MANY, "In our kiln, we fire clay.", "In their kiln, Hu et al. fire clay [1]."),
        ((), "Our approach utilizes clay.", "The approach of [1] utilizes clay."),
        ((), "Our kilns show that we can fire.", "In [1], the authors’ kilns show that they can fire."),
        ((), "Limited by wood, we find a cheaper kiln.", "Limited by wood, the authors of [1] find a cheaper kiln."),
        ((), "We test a kiln with our clay.", "The authors of [1] test a kiln with their clay."),
        (MANY, "In this work of pottery, we study clay.", "Hu et al. study clay [1]."),
        (MANY, "In this work on pots, we study clay.", "In the work on pots, Hu et al. study clay [1]."),
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
    assert body(section(paper(1, abstract, authors=authors))).startswith(told)


def test_these_methods_work_is_not_this_work() -> None:
    assert anaphora.depends_on_previous("These methods work well but often fail.")
    assert not anaphora.depends_on_previous("This new work is about kilns.")


def test_a_cut_sentence_without_authors_ends_once() -> None:
    long = "Based on wood, we propose a kiln that fires " + "clay and sand, " * 40 + "tiles."
    text = section(paper(1, long, authors=()))
    assert "the authors of [1]" in text
    assert "…." not in text


def test_one_paper_has_its_results_and_not_theirs() -> None:
    papers = [paper(n, "We study clay. Our tests show a gain of 5% in kilns.", authors=()) for n in (1, 2)]
    assert "Its tests show a gain of 5% in kilns [2]." in section(papers[1], papers[0])


def test_names_of_peoples_keep_their_capital() -> None:
    assert SharedPhrases(["On Indian kilns.", "Indian kilns burn."]).find() == [("Indian kilns", 2)]


def test_a_macro_for_the_method_takes_the_name_from_the_title() -> None:
    text = section(paper(1, r"We propose \ours, a kiln.", title="TrojKiln: Firing Clay"))
    assert "Hu et al. propose TrojKiln, a kiln [1]." in text


def test_a_result_names_the_authors_where_the_method_does_not() -> None:
    text = section(paper(1, "A novel kiln is presented. Our tests show that we fire 20% more pots."))
    assert "Hu et al.’s tests show that they fire 20% more pots [1]." in text


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
    subject = third_person.author_subject(authors)
    assert subject is not None
    assert subject.name == name


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


def test_neighbours_that_share_a_phrase_are_tied_once() -> None:
    papers = [
        paper(1, "We propose a kiln. Glazed porcelain is our subject."),
        paper(2, "We study heat. It matters for glazed porcelain."),
        paper(3, "We like cold. It matters for glazed porcelain."),
    ]
    assert section(*papers[:2]).count("glazed porcelain") == 1
    assert "Also concerned with glazed porcelain, Hu et al. study heat [2]." in section(*papers[:2])
    lead = (
        "One paper"
        if len(papers) == 1
        else "The route holds three papers from 2024; most of them speak of glazed porcelain."
    )
    assert section(*papers).startswith(lead)
    assert section(*papers).count("glazed porcelain") == 1


def test_the_lead_tells_place_number_and_years() -> None:
    papers = (paper(1, "We study clay.", year=2021), paper(2, "We study sand.", year=2023))
    assert section(*papers, after="Next").startswith("The route opens with two papers from 2021 to 2023.")
    assert section(*papers, before="Last").startswith("The route ends with two papers from 2021 to 2023.")


@pytest.mark.parametrize(
    ("texts", "phrase"),
    [
        (["Our reward model learns.", "A reward model fails."], "reward models"),
        (["We use GPT-3.5 here.", "Then GPT-3.5 fails."], "GPT-3.5"),
        (["Gaussian kilns with Gaussian kilns.", "The gaussian kilns."], "Gaussian kilns"),
    ],
)
def test_a_shared_phrase_is_named_as_a_sentence_needs_it(texts: list[str], phrase: str) -> None:
    assert [found for found, _ in SharedPhrases(texts).find()] == [phrase]


@pytest.mark.parametrize("adjective", ["Low-Rank", "pre-trained text-to-image", "zero-shot"])
def test_an_adjective_is_no_topic(adjective: str) -> None:
    assert SharedPhrases([f"A {adjective} of it.", f"The {adjective}, and so on."]).find() == []


def test_the_lines_that_open_sections_vary_along_the_route() -> None:
    firsts = (7, 13, 20, 28, 36)
    leads = [section(paper(n, "We dig."), before="A", after="B").split(" from ")[0] for n in firsts]
    assert all(one != other for one, other in pairwise(leads))
    assert len(set(leads)) >= 4


def test_the_lines_of_a_japanese_edition_are_japanese() -> None:
    papers = [paper(n, f"We fire clay in kiln {n}.") for n in range(1, 3)]
    assert section(*papers, language="ja").startswith("経路をなすのは、2024年の論文2本です。")
    note = get_catalog("builtin", "ja").show(MODEL.note("ja"))
    assert "2026年" not in note
    assert "言語モデル" in note


def test_no_blank_follows_a_japanese_line() -> None:
    papers = [paper(n, f"We fire kiln {n}.") for n in (1, 2)]
    assert section(*papers, language="ja").startswith("経路をなすのは、2024年の論文2本です。Hu et al.")


def test_no_number_of_a_list_follows_a_marker() -> None:
    told = section(paper(1, "Our model (1) injects clay, and (2) glazes it.", authors=()), paper(2, "We dig."))
    assert "The model of [1] injects clay, and glazes it." in told


def test_a_paper_without_an_abstract_is_cited_all_the_same() -> None:
    assert "“On Kilns” comes without an abstract [1]." in section(paper(1, ""))


def test_a_summary_by_a_language_model_is_used_as_it_is() -> None:
    record = paper(1, "We fire clay.").paper
    summary = Summary("Pots break.", "The authors fire clay twice.", "", "...", "openai:x", "model")
    assert body(section(BriefPaper(1, record, summary))) == "Pots break [1]. The authors fire clay twice [1]."


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


@given(st.text(max_size=200))
def test_any_sentence_is_turned_or_refused(text: str) -> None:
    subject = third_person.author_subject(["Ada Hu"])
    assert subject
    for turned in (third_person.turn_first_sentence(text, subject), third_person.turn_later_sentence(text, subject)):
        assert turned is None or isinstance(turned, str)


def test_shared_phrases_are_in_every_text_they_are_counted_for() -> None:
    texts = ["We fire glazed tiles.", "A glazed tile breaks.", "Clay only.", "Neural networks and glazed tiles."]
    assert SharedPhrases(texts).find() == [("glazed tiles", 3)]
    assert SharedPhrases(texts, question="glazed tile").find() == []
