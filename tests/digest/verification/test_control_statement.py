"""A control is a sentence that none of the papers it stands under could support."""

from __future__ import annotations

from dataclasses import replace

from digest.ports import BriefPaper
from digest.text import sentences
from digest.verification.control_statement import ControlStatements
from tests.doubles.briefs import paper


def read(number: int, abstract: str) -> BriefPaper:
    """With its sentences, as a survey's writers get it."""
    return replace(paper(number, abstract), sentences=tuple(sentences.split(abstract)))


KILNS = read(
    1, "We fire bowls in a kiln with two chambers. The second chamber cuts the wood that bowls need by a third."
)
MORE_KILNS = read(
    2, "Bowls fired in a kiln of two chambers need less wood. The chamber cuts the wood that bowls need by a third."
)
SEALS = read(3, "Harbour seals prefer herring to mackerel during eight observed winters along cold coasts. They swim.")


def test_it_is_a_sentence_of_another_paper_under_the_number_that_it_fits_least() -> None:
    found = ControlStatements([KILNS, MORE_KILNS, SEALS]).find({1, 2})
    assert found is not None
    assert (
        found.sentence
        == "Harbour seals prefer herring to mackerel during eight observed winters along cold coasts [1]."
    )
    assert found.papers == (KILNS,)
    assert found == ControlStatements([KILNS, MORE_KILNS, SEALS]).find({2, 1})


def test_papers_that_are_too_alike_give_none() -> None:
    assert ControlStatements([KILNS, MORE_KILNS]).find({1}) is None
    assert ControlStatements([KILNS]).find({1}) is None
    assert ControlStatements([KILNS, SEALS]).find(()) is None


def test_a_sentence_that_says_little_or_has_brackets_is_none() -> None:
    short = read(4, "They swim far. Harbour seals prefer herring [12] to mackerel during eight observed winters [3].")
    assert ControlStatements([KILNS, short]).find({1}) is None
