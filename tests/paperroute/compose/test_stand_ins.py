"""Writers that must not be believed, over the wire: none of them is published as healthy, and the reader is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digest.pipeline.services import SurveyRequest
from digest.render import plain_text
from digest.render.reliability import support_warning
from digest.run_context import RunContext
from paperroute.compose.app import open_app
from paperroute.config.load import Config
from store.records.editions import Edition
from tests.doubles import llm_answers
from tests.doubles.llm_server import LlmServer

QUESTION = "LoRA for image generation"
_MARKER = r"\s*\[(\d+)[\d.]*\]"

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


def invents(every: int) -> Callable[[str], str]:
    """Each so many-th statement says what no paper says."""

    def write(text: str) -> str:
        told = re.findall(rf"([^\[]+){_MARKER}\.?", text)
        return " ".join(
            f"A trial with {37 * (at + 2)} patients in Norway found that herbal tea lowers blood pressure [{number}]."
            if at % every == 0
            else f"{said.strip()} [{number}]."
            for at, (said, number) in enumerate(told)
        )

    return write


def survey(tmp_path: Path, write: Callable[[str], str]) -> Edition:
    """By a model that writes so; all else is built in."""

    def answer(asked: dict[str, Any]) -> str | dict[str, Any]:
        told = llm_answers.answer(asked)
        return write(told) if asked["role"] in ("section", "opening") and isinstance(told, str) else told

    with LlmServer(answer=answer) as server:
        config = Config.model_validate(
            {
                "store": {"path": tmp_path / "p.db"},
                "source": {"kind": "sample"},
                "models": {"synthesis": "local:writer"},
                "providers": {"local": {"base_url": server.openai_url}},
            }
        )
        with open_app(config, {}) as app:
            return app.survey(SurveyRequest(QUESTION, max_papers=14), RunContext())


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_used_is_built_from_the_papers_and_labelled(name: str, tmp_path: Path) -> None:
    edition = survey(tmp_path, lambda _: UNUSABLE[name])
    assert {section.source for section in edition.sections} == {"extract"}
    assert edition.opening
    read = plain_text.render(edition)
    assert UNUSABLE[name].strip()[:30] not in read or name == "nothing"
    failed = [str(line.detail) for line in edition.health if not line.ok]
    assert [detail.partition(",")[0] for detail in failed] == [
        "The opening is built from the papers' abstracts",
        "Every section is built from its papers' abstracts",
    ]
    assert str(edition.note).startswith("Nothing that local:writer wrote could be used")
    assert not support_warning(edition), "the papers' own sentences support themselves"
    assert all(detail in " ".join(read.split()) for detail in failed)


@pytest.mark.parametrize("every", [1, 2], ids=["all", "half"])
def test_what_is_invented_is_told_before_anything_else(every: int, tmp_path: Path) -> None:
    edition = survey(tmp_path, invents(every))
    assert {section.source for section in edition.sections} == {"model"}
    assert "support" in [line.source for line in edition.health if not line.ok]
    read = plain_text.render(edition)
    assert 0 < read.index("Do not rely on this text") < read.index("herbal tea")
    invented = [one for one in edition.statements if "herbal tea" in one.sentence]
    assert invented
    assert {one.verdict for one in invented} == {"unsupported"}
    assert " ".join(read.split()).count("not supported by the abstract") >= len(invented)


def test_an_honest_writer_is_believed(tmp_path: Path) -> None:
    edition = survey(tmp_path, lambda text: text)
    assert {section.source for section in edition.sections} == {"model"}
    assert [line for line in edition.health if not line.ok] == []
    assert "Do not rely" not in plain_text.render(edition)
    assert "local:writer" in str(edition.note)
