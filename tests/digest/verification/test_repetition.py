"""What is told again of the same papers is left out; what adds anything stays."""

from __future__ import annotations

import re

import pytest

from digest.verification.repair import RepairedText
from digest.verification.repetition import drop_repetition
from store.records.editions import Statement, StatementVerdict

FIRST = "A kiln with two chambers cuts the wood that bowls need by a third [1]."


def text(*sentences: str, section: int = 0, verdict: StatementVerdict = "supported") -> RepairedText:
    cited = [sentence for sentence in sentences if "[" in sentence]
    told = (
        Statement(section, one, tuple(map(int, re.findall(r"\[(\d+)\]", one))), verdict=verdict, score=0.9)
        for one in cited
    )
    return RepairedText(" ".join(sentences), tuple(told))


def last(*texts: RepairedText) -> str:
    return drop_repetition(texts)[-1].text


OWN = "Ash glazes craze after ninety firings [2]."


@pytest.mark.parametrize(
    "again",
    [
        FIRST,
        "As noted above, a kiln with two chambers cuts the wood that bowls need by a third [1].",
        "The wood that bowls need is cut by a third in kilns with two chambers [1].",
        "Kilns with two chambers cut the wood [1].",
    ],
)
def test_what_a_section_before_it_says_of_the_same_paper_is_left_out(again: str) -> None:
    first, second = drop_repetition([text(FIRST), text(OWN, again, section=1)])
    assert (first.text, first.repeated) == (FIRST, 0)
    assert (second.text, second.repeated, second.dropped) == (OWN, 1, 0)
    assert [one.sentence for one in second.statements] == [OWN]
    assert last(text(OWN, FIRST, again)) == f"{OWN} {FIRST}", "nor is it told twice within a section"


@pytest.mark.parametrize(
    "more",
    [
        "A kiln with two chambers cuts the wood that bowls need by a half [1].",
        "A kiln with two chambers cuts the wood that bowls need by a third [3].",
        "A kiln with two chambers cuts the wood that bowls need by a third [1][3].",
        "A kiln with 12 chambers cuts the wood that bowls need [1].",
        "A kiln with two chambers does not cut the wood that bowls need [1].",
        "A kiln with two chambers raises the wood that bowls need [1].",
        "A kiln of the Bizen type with two chambers cuts the wood that bowls need by a third [1].",
        "A kiln with two chambers cuts the time that bowls need [1].",
    ],
)
def test_what_says_anything_else_or_of_another_paper_stays(more: str) -> None:
    assert last(text(FIRST), text(OWN, more, section=1)) == f"{OWN} {more}"


def test_no_section_becomes_empty() -> None:
    second = drop_repetition([text(FIRST), text(FIRST, section=1)])[1]
    assert (second.text, second.repeated) == (FIRST, 0)
    assert last(text(FIRST), text("Little is new.", FIRST, FIRST, section=1)) == f"Little is new. {FIRST}"


def test_what_the_next_sentence_goes_on_from_stays() -> None:
    told = ("Few bowls crack.", FIRST, "It takes nine hours [1].")
    assert last(text(FIRST), text(*told, OWN, section=1)) == " ".join((*told, OWN))


def test_a_supported_statement_does_not_go_for_one_that_is_not() -> None:
    doubtful, sound = text(FIRST, verdict="unsupported"), text(OWN, FIRST, section=1)
    assert last(doubtful, sound) == f"{OWN} {FIRST}"
    assert last(sound, text(OWN.replace("2", "3"), FIRST, section=1, verdict="unsupported")) == OWN.replace("2", "3")


def test_a_paragraph_that_goes_leaves_no_gap() -> None:
    second = RepairedText(f"{OWN}\n\n{FIRST}\n\nLittle else is known.", text(OWN, FIRST, section=1).statements)
    assert last(text(FIRST), second) == f"{OWN}\n\nLittle else is known."
