"""What a text of each role has to be, and where its edges are."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from digest.generative.answer_check import InvalidAnswer, ProseRules, check_prose
from digest.generative.prompts import is_prompt_echo
from digest.ports import OpeningBrief
from tests.doubles.briefs import brief, paper

PAPERS = tuple(paper(number, "Kilns with two chambers save wood.") for number in (1, 2, 3))
ONE, THREE = brief(PAPERS[0]), brief(*PAPERS)
BOTH = OpeningBrief("pots", "en", "survey", (ONE, THREE), ("", ""), found=9, kept=3)
SAID = "Kilns with two chambers save wood and time"
RULES = {
    "section": ProseRules.of_section(THREE),
    "section of one": ProseRules.of_section(ONE),
    "opening": ProseRules.of_opening(BOTH),
    "titles": ProseRules.of_titles([ONE, THREE]),
    "plan": ProseRules.of_plan([ONE, THREE]),
    "statement": ProseRules.of_statement("en", (1, 2, 3)),
}


def prose(characters: int, end: str = "") -> str:
    """English of exactly that length."""
    text = (SAID + ". ") * (characters // len(SAID) + 1)
    return text[: characters - len(end) - 1].rstrip(". ").ljust(characters - len(end) - 1, "s") + "." + end


def fault(role: str, text: str) -> str:
    try:
        check_prose(text, RULES[role])
    except InvalidAnswer as unfit:
        return str(unfit)
    return ""


@pytest.mark.parametrize(
    ("role", "most"),
    [
        ("section of one", 3_500), ("section", 6_500), ("opening", 6_000), ("titles", 400), ("plan", 10_000),
        ("statement", 1_000),
    ],
)  # fmt: skip
def test_a_text_of_a_role_is_taken_up_to_its_length_and_refused_beyond(role: str, most: int) -> None:
    end = " Ash saves wood [1]. Clay saves time [2]."
    assert fault(role, prose(most, end)) == ""
    assert fault(role, prose(most + 1, end)) == "it was too long: write half as much"


@pytest.mark.parametrize(("role", "least"), [("section of one", 25), ("section", 75), ("opening", 25)])
def test_a_text_of_a_role_is_refused_below_its_length(role: str, least: int) -> None:
    assert fault(role, prose(least, " [1].")) == ""
    assert fault(role, prose(least - 1, " [1].")) == "it was too short"


@pytest.mark.parametrize("role", ["titles", "plan", "statement"])
def test_what_is_short_by_its_nature_may_be(role: str) -> None:
    assert fault(role, "Kilns save wood [1].") == ""


@pytest.mark.parametrize("role", RULES)
@pytest.mark.parametrize("text", [f"{SAID}. {SAID}.", f"{SAID} [9]. {SAID} [2024]."], ids=["nothing", "others"])
def test_sections_and_corrections_have_to_cite_and_the_others_need_not(role: str, text: str) -> None:
    cites = role.startswith("section") or role == "statement"
    assert fault(role, text) == ("it cites none of the papers by number, as in [7]" if cites else "")


def test_papers_of_another_section_are_no_citation_of_this_one() -> None:
    assert fault("section of one", f"{SAID} [2].").startswith("it cites none")
    assert fault("section of one", f"{SAID} [2]. {SAID} [1.1].") == ""


@pytest.mark.parametrize("role", RULES)
@pytest.mark.parametrize(
    "markers", ["[1][2][3]", "[1, 2, 3]", "[1-3]", "[1] [2], [3]", "[1.1][2.2][3.1]", "【1】【2】【3】"]
)
def test_only_a_section_has_to_tell_its_papers_apart(role: str, markers: str) -> None:
    complaint = "one sentence cites nearly all of the papers, and the others hardly any" if role == "section" else ""
    assert fault(role, f"{SAID}, and the glaze of each of them does the same {markers}.") == complaint
    assert fault(role, f"{SAID}, and the glaze of each of them does the same {markers}. {SAID} [1].") == ""


def test_a_section_may_leave_papers_out() -> None:
    assert fault("section", f"{SAID}, and the glaze of each of them does the same [2].") == ""
    assert fault("section", f"{SAID}, and the glaze of both of them does the same [1][2].") == ""


@pytest.mark.parametrize("role", RULES)
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "it was empty"),
        ("```\n```", "it was empty"),
        ("I'm sorry, but I can't help with that [1].", "it refused; the task"),
        ("Sure! Here is the text: kilns save wood [1].", "it talked"),
        (f"<paper>{SAID} [1]. {SAID} [2].</paper>", "it held tags"),
        ("<|im_start|>Kilns with two chambers save wood [1].", "it held special tokens"),
        ("[1][2][3]", "it had hardly a word"),
        (
            "Die Öfen mit zwei Kammern sparen Holz, und das ist für die Töpfer und ihre Öfen von Wert [1].",
            "it was not written in English",
        ),
    ],
)
def test_no_role_takes_what_is_no_prose_of_ours(role: str, text: str, complaint: str) -> None:
    assert fault(role, text).startswith(complaint)


def instructions() -> list[str]:
    """The words of a template's longest line without a value in it."""
    text = (resources.files("templates.prompts") / "section.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not re.search(r"[{}]", line)]
    return re.findall(r"[^\W_]+", max(lines, key=len))


@pytest.mark.parametrize("start", [0, 11, 40])
def test_eight_words_of_a_template_in_a_row_are_an_echo_and_seven_are_not(start: int) -> None:
    words = instructions()[start:]
    assert not is_prompt_echo(f"Potters {' '.join(words[:7])} kilns.")
    assert is_prompt_echo(f"Potters {' '.join(words[:8])} kilns.")
    assert is_prompt_echo(f"Potters {', '.join(words[:8]).upper()}; kilns.")
    assert not is_prompt_echo(f"Potters {' '.join([*words[:4], 'fire', *words[4:8]])} kilns.")


def test_a_line_of_a_template_that_leads_to_a_value_is_an_echo_however_short() -> None:
    assert is_prompt_echo("Its papers, in order: 1, 2, 3")
    assert is_prompt_echo("Kilns save wood.\nIts papers, in order:\n")
    assert not is_prompt_echo("Its papers, in order of their weight: kilns, glazes.")
