"""Relevance grades from a language model: how much a paper is about what a question asks for.

Invariant: a batch has exactly one grade a paper, by its number, within the scale, each with a bounded plain reason in
the question's language; what cannot be brought to that is refused as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel, Field

from digest.generative.answer_check import InvalidAnswer, ask_until_valid, require_language, to_plain_prose
from digest.generative.prompts import prompt_hash, render_prompt
from digest.generative.survey_cost import SurveyCost
from digest.ports import Answer, ChatModel, Grade, SummaryModel
from digest.text.citations import resolve_citations
from digest.text.data_fence import fence_data
from digest.text.language import language_name
from store.records.editions import Paper
from store.records.lazy_text import lazy_gettext
from store.records.questions import StructuredQuestion

HIGHEST_GRADE = 3
_SCHEMA_VERSION = "1"  # raised with `PaperGrades`; spelt out, since its JSON schema may change with pydantic
_MOST_TOKENS = 3_000
_EXTRACT_CHARACTERS = 600
_REASON_CHARACTERS = 160
_ADDRESS = re.compile(r"\[URL\]")


class PaperGrade(BaseModel):
    """The grade of one paper."""

    number: int = Field(description="the paper's number")
    reason: str = Field(description="why, in 3 to 10 words")
    grade: int = Field(description="0, 1, 2 or 3")


class PaperGrades(BaseModel):
    """Exactly one grade for every paper."""

    grades: list[PaperGrade]


class ChatRelevance:
    """A `RelevanceModel` over a chat model. Raises ModelError where its grades cannot be used.

    extracts: gives the key sentences of abstracts, at no cost.
    """

    def __init__(self, chat: ChatModel, extracts: SummaryModel, cost: SurveyCost) -> None:
        self.model = chat.model
        settings = f"{extracts.model} {extracts.prompt_hash} {_EXTRACT_CHARACTERS} {_SCHEMA_VERSION}"
        self.prompt_hash = prompt_hash("relevance", settings=settings)
        self._chat, self._extracts, self._cost = chat, extracts, cost

    def most_graded(self, papers: int) -> int:
        return self._cost.most_graded(self.model, papers)

    def grade(self, question: StructuredQuestion, papers: Sequence[Paper]) -> Answer[tuple[Grade, ...]]:
        shown = [{"title": paper.title, "extract": self._extract(paper)} for paper in papers]

        def call(complaint: str) -> Answer[PaperGrades]:
            ask = render_prompt(
                "relevance",
                question=question,
                language=language_name(question.language),
                papers=shown,
                most=_EXTRACT_CHARACTERS,
                complaint=complaint,
            )
            return self._chat.fill(ask, PaperGrades, role="relevance", most_tokens=_MOST_TOKENS)

        def fit(filled: PaperGrades) -> tuple[Grade, ...]:
            return _parse_grades(filled.grades, len(papers), question.language)

        return ask_until_valid(self.model, call, fit)

    def _extract(self, paper: Paper) -> str:
        return self._extracts.summarise(paper, "en").value.text


def _parse_grades(grades: Sequence[PaperGrade], count: int, language: str) -> tuple[Grade, ...]:
    found: dict[int, Grade] = {}
    for given in grades:
        if given.number in found or not 1 <= given.number <= count:
            raise InvalidAnswer(
                lazy_gettext("it graded paper {n}, which is not there or had a grade already", n=str(given.number))
            )
        found[given.number] = _parse_grade(given)
    if missing := [str(number) for number in range(1, count + 1) if number not in found]:
        raise InvalidAnswer(lazy_gettext("it left out these papers: {numbers}", numbers=", ".join(missing)))
    require_language(" ".join(grade.reason for grade in found.values()), language)
    return tuple(found[number] for number in range(1, count + 1))


def _parse_grade(given: PaperGrade) -> Grade:
    if not 0 <= given.grade <= HIGHEST_GRADE:
        raise InvalidAnswer(
            lazy_gettext(
                "it gave paper {n} the grade {grade}, and grades are 0 to {most}",
                n=str(given.number),
                grade=str(given.grade),
                most=str(HIGHEST_GRADE),
            )
        )
    reason = _clean_reason(given.reason)
    if not reason:
        raise InvalidAnswer(lazy_gettext("it gave no reason for paper {n}", n=str(given.number)))
    return Grade(given.grade / HIGHEST_GRADE, reason)


def _clean_reason(text: str) -> str:
    """On one line, visible, without markup, markers and addresses, and bounded."""
    reason = " ".join(_ADDRESS.sub("", resolve_citations(fence_data(to_plain_prose(text)), ()).text).split())
    if len(reason) <= _REASON_CHARACTERS:
        return reason
    cut = reason[: _REASON_CHARACTERS - 1]
    return (cut.rpartition(" ")[0] or cut) + "…"
