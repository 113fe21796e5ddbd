"""The built-in summaries: which sentence is what, in several fields, and what stays empty. Abstracts are invented."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.extractive.anaphora import make_standalone
from digest.extractive.summaries import ExtractiveSummaries, shorten_sentence
from store.records.editions import Paper, Summary

DAY = datetime(2026, 5, 1, tzinfo=UTC)


def summarise(abstract: str, title: str = "A Title", language: str = "en") -> Summary:
    paper = Paper("2605.00001", 1, title, abstract, (), (), "", DAY, DAY)
    return ExtractiveSummaries().summarise(paper, language).value


def test_problem_method_and_result_are_told_apart() -> None:
    summary = summarise(
        "Kettles are found in most kitchens. However, boiling water remains slow and wastes energy. "
        "To address this, we propose QuickBoil, a kettle with a curved floor. We place it on a stove. Experiments on "
        "40 stoves show that QuickBoil boils 31% faster than flat kettles. Code is available at https://example.org."
    )
    assert summary.problem == "Boiling water remains slow and wastes energy."  # "However," to nothing shown is left off
    assert summary.method == "To address this, we propose QuickBoil, a kettle with a curved floor."
    assert summary.result == "Experiments on 40 stoves show that QuickBoil boils 31% faster than flat kettles."
    assert summary.text == f"{summary.problem} {summary.method} {summary.result}"
    assert (summary.source, summary.model) == ("extract", "builtin:extractive")


@pytest.mark.parametrize(
    ("abstract", "method"),
    [
        (
            "Stars age. We report the discovery of a pulsar in a quiet field. Its period is 3 s.",
            "We report the discovery",
        ),
        ("Let G be a finite group. We prove that every such G has a large orbit.", "We prove that"),
        ("Foams drain slowly. The drainage of wet foams is investigated with X-rays.", "The drainage of wet foams"),
        ("Cells divide. Here we show how yeast counts its divisions.", "Here we show"),
        ("In this note, a short proof of an old bound is given.", "In this note"),
        ("Rivers meander. This paper surveys 90 years of work on bends.", "This paper surveys"),
        ("Background: Tea is hot. Aims. We measure how tea cools in 12 cups. Results. It cools.", "We measure how"),
    ],
)
def test_the_method_is_found_in_every_field(abstract: str, method: str) -> None:
    assert summarise(abstract).method.startswith(method)


@pytest.mark.parametrize(
    "dangling",
    [
        "Most still suffer from cracks.",
        "Yet, they are simple, naive pots that fail.",
        "Yet in practice, they suffer and fail.",
    ],
)
def test_no_part_opens_with_what_points_to_an_unseen_sentence(dangling: str) -> None:
    summary = summarise(f"These pots have been made. {dangling} We propose FirePot, a kiln without cracks.")
    assert summary.problem == ""
    assert dangling not in summary.text
    shown = summarise(f"Clay pots are old. {dangling} We propose FirePot, a kiln without cracks.")
    assert shown.problem in ("", f"Clay pots are old. {dangling}")


def test_a_part_begins_with_a_capital_also_before_a_hyphen() -> None:
    lead = "However, tuning-free pots fail and suffer from cracks."
    assert summarise(f"Pots are old. {lead} We propose FirePot, a kiln.").problem.startswith("Tuning-free pots")
    lead = "However, k-means fails and suffers from cracks."
    assert summarise(f"Pots are old. {lead} We propose FirePot, a kiln.").problem.startswith("k-means")


def test_no_problem_is_invented_where_none_precedes_the_method() -> None:
    summary = summarise(
        "We introduce a loom that weaves in the dark. The loom needs no lamp. "
        "However, it remains unlikely to be useful by day."
    )
    assert (summary.problem, summary.method) == ("", "We introduce a loom that weaves in the dark.")


def test_a_first_sentence_without_a_cue_is_context_in_the_text_only() -> None:
    summary = summarise("Bridges carry cars. We study how bridges sing in the wind.")
    assert (summary.problem, summary.result) == ("", "")
    assert summary.text == "Bridges carry cars. We study how bridges sing in the wind."


def test_a_method_that_points_back_brings_what_it_points_to() -> None:
    summary = summarise("Sand flows like water. We model these flows with marbles. The marbles roll.")
    assert summary.method == "Sand flows like water. We model these flows with marbles."


def test_a_result_needs_a_finding_of_its_own() -> None:
    assert (
        summarise("We propose a lamp. We conduct experiments on three desks. This paves the way to light.").result == ""
    )
    assert summarise("We propose a lamp that improves reading by 20%.").result == ""


@pytest.mark.parametrize(
    "abstract", ["", "  ", "Withdrawn.", "这是一个没有英文的摘要。它有两句话。", "This paper has been withdrawn.", "?!"]
)
def test_odd_abstracts_survive(abstract: str) -> None:
    summary = summarise(abstract)
    assert (summary.problem, summary.result) == ("", "")
    assert summary.text.strip() or not abstract.strip()


def test_a_long_sentence_is_cut_at_a_clause_and_never_inside_a_formula() -> None:
    long = "We propose a kiln for tiles, " + "which fires $a, b, c, d$ and more " * 12 + "at dawn."
    short = shorten_sentence(long)
    assert short.endswith(" …")
    assert short.count("$") % 2 == 0
    assert len(short.split()) <= 46
    assert long.startswith(short.removesuffix(" …"))


def test_a_cut_never_loses_the_claim_itself() -> None:
    long = "Starting from " + "an old idea, and " * 20 + "we propose a kiln that fires tiles at dawn."
    assert "we propose a kiln" in shorten_sentence(long)


def test_a_cut_never_loses_the_main_verb() -> None:
    sentence = (
        "Existing kilns, such as the round kiln, which burns wood that nobody in the village ever wanted to carry up "
        "the hill, and the square kiln, which burns coal that everybody in the valley is used to by now and for long, "
        "fall short of what potters in the north of the country expect."
    )
    assert shorten_sentence(sentence, 30) == sentence


@pytest.mark.parametrize(
    "leaning",
    [
        "We propose a kiln for tiles in all five levels.",
        "We propose to tackle both the cost of tiles and the kiln.",
        "Combined with dry wood, it improves the kiln, and we propose a kiln for tiles.",
        "We propose to train the kiln for tiles instead.",
    ],
)
def test_another_sentence_is_preferred_to_one_that_leans_on_what_is_not_shown(leaning: str) -> None:
    abstract = f"Tiles crack. {leaning} We propose a kiln for tiles that never crack."
    assert summarise(abstract, "A kiln for tiles").method == "We propose a kiln for tiles that never crack."
    assert summarise(leaning).text == leaning.replace(" instead", "")  # if there is no other


def test_the_same_abstract_gives_the_same_summary_in_every_language() -> None:
    abstract = "Bread rises. We study yeast, and we find that it is alive."
    assert summarise(abstract, language="ja") == summarise(abstract, language="en")


PIECES = st.sampled_from(
    "We propose a kiln.|However, tiles remain costly.|Results show a gain of 5%.|This helps.|It is so.|"
    "$x. y$ holds.|Fig. 2 e.g.|These tiles suffer.|To address this, we fire them|, and so on|(see above. |)|\n"
    "|A novel kiln is presented.|陶器。".split("|")
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=14).map(" ".join))
def test_every_part_is_verbatim_and_parts_never_overlap(abstract: str) -> None:
    summary = summarise(abstract)
    folded = " ".join(abstract.split())
    for part in (summary.problem, summary.method, summary.result):
        assert all(piece.strip() in folded or piece[:1].isupper() for piece in part.split(" …"))
    assert not summary.result or summary.result != summary.method
    assert not summary.problem or folded.find(summary.problem[:20]) <= folded.rfind(summary.method[-20:])
    assert len(summary.text.split()) <= 150


def test_a_sentence_is_not_cut_inside_a_range_or_before_the_noun_of_a_number() -> None:
    long = (
        "We show how ideas from rendering and signal processing can be used to construct a technique that combines"
        " kilns of clay and of brick and ovens of iron to yield error rates that are 8% - 77% lower than those of any"
        " prior technique, and that trains much faster than any of them does"
    )
    short = shorten_sentence(long, 30)
    assert short.endswith(" …")
    assert not re.search(r"\d%? …$", short)


@pytest.mark.parametrize(
    ("said", "alone"),
    [
        ("Further, we aim at kilns.", "We aim at kilns."),
        ("We instead propose a kiln.", "We propose a kiln."),
        ("Afterwards, we fire tiles.", "We fire tiles."),
        ("In doing so, we fire tiles.", "We fire tiles."),
        ("For the second, we fire tiles.", "We fire tiles."),
        ("Tiles are moreover hard.", "Tiles are hard."),
        ("We fire tiles in a new kiln instead.", "We fire tiles in a new kiln."),
        ("To address the limitation, we fire tiles.", "We fire tiles."),
        ("To address the limitation of kilns, we fire tiles.", "To address the limitation of kilns, we fire tiles."),
    ],
)
def test_a_link_to_what_came_before_is_left_out(said: str, alone: str) -> None:
    assert make_standalone(said) == alone
