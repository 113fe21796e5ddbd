"""Writers that must not be believed, over the wire: none of them is published as healthy, and the reader is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from digest.evaluation.measures import repetition
from digest.model_names import BUILTIN
from digest.pipeline.services import SurveyRequest
from digest.render import plain_text
from digest.render.reliability import support_warning
from digest.run_context import RunContext
from digest.sources.sample import BUNDLED
from paperroute.compose.app import open_app
from paperroute.config.load import Config
from store.records.editions import Edition, Statement
from tests.doubles import llm_answers, untrue_writers
from tests.doubles.llm_server import LlmServer

QUESTION = "LoRA for image generation"
SENTENCES = {paper["id"]: paper["abstract"] for paper in map(json.loads, BUNDLED.read_text().splitlines()[1:])}

# What cannot be published: by name, the text that stands in the place of every section and opening.
UNUSABLE = {
    "refusal": "I'm sorry, but I can't help with summarising these papers [1].",
    "assistant": "As an AI language model, I am not able to write about the papers that were given to me [1].",
    "talk": "Sure! Here is the section that you asked for:\n\nLow-rank adaptation has few parameters [1].",
    "echo": "You write one section of a survey of research papers, for researchers [1]. You get the papers of the "
    "whole survey, each with numbered sentences of its abstract, and the plan of all sections [1].",
    "tokens": "<|im_start|>assistant\nLow-rank adaptation has few parameters and is quick to train [1].<|im_end|>",
    "tags": '<paper number="1">Low-rank adaptation has few parameters and is quick to train [1].</paper>',
    "brackets": "[1][2][3]",
    "nothing": "   ",
    "German": "Die Arbeiten zeigen, dass eine Anpassung von niedrigem Rang die Bilder verbessert und dabei weniger "
    "Speicher braucht als alles, was es zuvor gab [1].",
    "Dutch": "De artikelen laten zien dat een aanpassing van lage rang de beelden verbetert en daarbij minder geheugen "
    "nodig heeft dan alles wat er eerder was [1].",
    "Polish": "Prace pokazują, że dostosowanie niskiego rzędu poprawia jakość obrazów i potrzebuje przy tym mniej "
    "pamięci niż wszystko, co było wcześniej [1].",
    "Turkish": "Makaleler, düşük dereceli uyarlamanın görüntüleri iyileştirdiğini ve daha önceki her şeyden daha az "
    "bellek kullandığını göstermektedir [1].",
    "Swedish": "Artiklarna visar att en anpassning av låg rang förbättrar bilderna och samtidigt behöver mindre minne "
    "än allt som fanns tidigare [1].",
}  # fmt: skip


# What is prose like any other and is not true of its papers.
UNTRUE = {
    "all invented": untrue_writers.invents(1),
    "half invented": untrue_writers.invents(2),
    "shifted": untrue_writers.shifts,
    "negated": untrue_writers.negates,
    "other numbers": untrue_writers.changes_numbers,
}


def survey(tmp_path: Path, answer: Callable[[dict[str, Any]], str | dict[str, Any]], judge: str = "builtin") -> Edition:
    """By a server that answers so; all else is built in."""
    with LlmServer(answer=answer) as server:
        config = Config.model_validate(
            {
                "store": {"path": tmp_path / "p.db"},
                "source": {"kind": "sample"},
                "models": {"synthesis": "local:writer", "verification": judge},
                "providers": {"local": {"base_url": server.openai_url}},
            }
        )
        with open_app(config, {}) as app:
            return app.survey(SurveyRequest(QUESTION, max_papers=14), RunContext())


def writes_only(text: str, roles: Sequence[str] = ("section", "opening")) -> Callable[[dict[str, Any]], Any]:
    return lambda asked: text if asked["role"] in roles else llm_answers.answer(asked)


def failed(edition: Edition) -> dict[str, str]:
    return {line.source: str(line.detail) for line in edition.health if not line.ok}


def read(edition: Edition) -> str:
    """What a reader sees, on one line."""
    return " ".join(plain_text.render(edition).split())


def untrue_statements(edition: Edition) -> list[Statement]:
    """Those of the sections that no paper of theirs says in these words; the honest stand-in copies."""
    papers = {paper.number: paper for paper in edition.papers}
    copied = {number: " ".join(f"{paper.title} {SENTENCES[paper.id]}".split()) for number, paper in papers.items()}
    return [
        one
        for one in edition.statements
        if one.section >= 0 and not any(one.sentence.partition(" [")[0] in copied[number] for number in one.papers)
    ]


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_used_is_built_from_the_papers_and_labelled(name: str, tmp_path: Path) -> None:
    edition = survey(tmp_path, writes_only(UNUSABLE[name]))
    assert {section.source for section in edition.sections} == {"extract"}
    assert edition.opening
    assert UNUSABLE[name].strip()[:30] not in read(edition) or name == "nothing"
    told = [str(line.detail) for line in edition.health if not line.ok]
    assert [detail.partition(",")[0] for detail in told] == [
        "The opening is built from the papers' abstracts",
        "Every section is built from its papers' abstracts",
    ]
    assert str(edition.note).startswith("Nothing that local:writer wrote could be used")
    assert not support_warning(edition), "the papers' own sentences support themselves"
    assert all(detail in read(edition) for detail in told)


def test_an_opening_of_nothing_is_built_and_the_rest_stays(tmp_path: Path) -> None:
    edition = survey(tmp_path, writes_only("  ", ("opening",)))
    assert {section.source for section in edition.sections} == {"model"}
    assert edition.opening
    assert failed(edition)["synthesis"].startswith("The opening is built from the papers' abstracts, because: ")
    assert failed(edition)["synthesis"] in read(edition)
    assert "The opening is made of the papers' abstracts, not written by a language model." in read(edition)


def test_a_section_that_cites_all_its_papers_at_once_is_built_and_named(tmp_path: Path) -> None:
    edition = survey(tmp_path, untrue_writers.untrue(untrue_writers.cites_all_at_once))
    several = [section for section in edition.sections if len(section.papers) >= 3]
    assert several
    assert {section.source for section in several} == {"extract"}
    assert "one sentence cites nearly all of the papers" in failed(edition)["synthesis"]
    assert failed(edition)["synthesis"] in read(edition)
    assert not re.search(r"(?:\[\d+\]){3}", "".join(section.text for section in edition.sections))


@pytest.mark.parametrize("judge", ["builtin", "says yes to all"])
@pytest.mark.parametrize("name", UNTRUE)
def test_what_is_untrue_is_told_before_anything_else(name: str, judge: str, tmp_path: Path) -> None:
    answer = untrue_writers.untrue(UNTRUE[name], untrue_writers.says_yes)
    edition = survey(tmp_path, answer, "builtin" if judge == "builtin" else "local:judge")
    assert {section.source for section in edition.sections} == {"model"}
    seen, untrue = read(edition), untrue_statements(edition)
    assert "support" in failed(edition)
    assert 0 < seen.index("Do not rely on this text") < min(seen.index(one.sentence[:60]) for one in untrue)
    marked = [one for one in untrue if one.verdict == "unsupported"]
    assert len(marked) > 0.8 * len(untrue)
    assert seen.count("not supported by the abstract") >= len(marked)
    assert {one.checked_by for one in untrue} <= {BUILTIN, ""}
    told = failed(edition).get("verification", "")
    assert told.endswith("because: local:judge finds supported what the papers do not say.") is (judge != "builtin")
    assert told in seen


@pytest.mark.parametrize("name", UNTRUE)
def test_what_a_judge_finds_untrue_is_left_out_or_marked_and_told_first(name: str, tmp_path: Path) -> None:
    answer = untrue_writers.untrue(UNTRUE[name], untrue_writers.finds_everything)
    edition = survey(tmp_path, answer, "local:judge")
    seen = read(edition)
    assert "left out" in failed(edition)["support"]
    assert 0 < seen.index("Do not rely on this text") < seen.index(edition.sections[0].title)
    assert {(one.verdict, one.checked_by) for one in untrue_statements(edition)} <= {("unsupported", "local:judge")}
    assert all(section.text for section in edition.sections)


def test_what_a_writer_tells_again_in_each_section_is_read_once(tmp_path: Path) -> None:
    edition = survey(tmp_path, untrue_writers.untrue(untrue_writers.repeats))
    assert failed(edition) == {}
    assert repetition([section.text for section in edition.sections]) < 0.02, "what is left is phrases of the field"
    assert "As said above" not in read(edition)
    assert all(section.text for section in edition.sections)
    assert edition.counts.cited == edition.counts.kept
    assert any("that said the same again were left out" in str(line.detail) for line in edition.health)


@pytest.mark.parametrize("judge", ["builtin", "local:judge"])
def test_an_honest_writer_is_believed(judge: str, tmp_path: Path) -> None:
    answer = untrue_writers.untrue(lambda _, text: text, untrue_writers.finds_everything)
    edition = survey(tmp_path, answer, judge)
    assert {section.source for section in edition.sections} == {"model"}
    assert failed(edition) == {}
    assert "Do not rely" not in read(edition)
    assert "local:writer" in str(edition.note)
    assert {one.checked_by for one in edition.statements if one.section >= 0} <= {judge, ""}
