"""The plan of a survey by a language model: of each section a title, a claim, contrasts, gaps and what answers nothing.

Invariant: a plan names papers of its own section only, and never sets all of them aside. A title is held to what a
built-in one is: enough of the section's papers have its words, or the built-in one stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, Field

from digest.generative.answer_check import InvalidAnswer, ProseRules, ask_until_valid, check_prose, to_plain_prose
from digest.generative.prompts import render_prompt
from digest.ports import Answer, BriefPaper, ChatModel, SectionBrief, SectionOutline
from digest.survey_brief import key_sentences
from digest.text.citations import bind_citations, resolve_citations
from digest.text.language import language_name
from digest.text.title_coverage import is_carried
from store.records.lazy_text import lazy_gettext

MAX_TITLE_CHARACTERS = 70  # characters
_TOKENS_A_SECTION, _TOKENS_AT_LEAST = 300, 1_500
_KEY_CHARACTERS = 200  # of an abstract: its sentence that says what the title says
_MOST_POINTS, _POINT_CHARACTERS = 3, 400

_NUMBERING = re.compile(r"^(?:(?:section|part)\s+)?\d{1,2}\s*[.):：-]\s+", re.IGNORECASE)
_TITLE_MARKS = " \t\"'“”‘’«»*_#`.。"


class OutlinedSection(BaseModel):
    """What one section is to tell."""

    title: str
    claim: str = Field(description="one sentence; empty where its papers have nothing in common")
    contrasts: list[str] = Field(description="where papers differ or disagree, a sentence each; [] where they do not")
    gaps: list[str] = Field(description="what is asked and not answered, a sentence each; [] for nothing")
    beside: list[int] = Field(description="numbers of papers that answer nothing of the question; [] for none")


class SurveyOutline(BaseModel):
    """A plan of a survey's sections."""

    sections: list[OutlinedSection] = Field(description="one for each section, in order")


def write_outline(chat: ChatModel, briefs: Sequence[SectionBrief]) -> Answer[tuple[SectionOutline, ...]]:
    """Raises ModelError where no plan can be had."""

    def call(complaint: str) -> Answer[SurveyOutline]:
        ask = render_prompt(
            "outline",
            most=MAX_TITLE_CHARACTERS - 10,  # models count badly
            language=language_name(briefs[0].language),
            question=briefs[0].question,
            sections=[(brief, [(paper, _key_sentence(paper)) for paper in brief.papers]) for brief in briefs],
            complaint=complaint,
        )
        most = _TOKENS_AT_LEAST + _TOKENS_A_SECTION * len(briefs)
        return chat.fill(ask, SurveyOutline, role="synthesis", most_tokens=most)

    return ask_until_valid(chat.model, call, lambda filled: _validate_outline(filled.sections, briefs))


def _key_sentence(paper: BriefPaper) -> str:
    shown = key_sentences(paper.sentences, paper.paper.readable_title, 0)
    return " ".join(filter(None, shown))[:_KEY_CHARACTERS]


def _validate_outline(given: Sequence[OutlinedSection], briefs: Sequence[SectionBrief]) -> tuple[SectionOutline, ...]:
    if len(given) != len(briefs):
        raise InvalidAnswer(lazy_gettext("it had {n} sections, not {wanted}", n=len(given), wanted=len(briefs)))
    titles = _validate_titles([one.title for one in given], briefs)
    outlines = tuple(_read_section(one, title, brief) for one, title, brief in zip(given, titles, briefs, strict=True))
    prose = [text for one in outlines for text in (one.claim, *one.contrasts, *one.gaps) if text]
    if prose:
        check_prose("\n\n".join(prose), ProseRules.of_plan(briefs))
    return outlines


def _read_section(given: OutlinedSection, title: str, brief: SectionBrief) -> SectionOutline:
    numbers = frozenset(paper.number for paper in brief.papers)
    beside = tuple(number for number in dict.fromkeys(given.beside) if number in numbers)
    return SectionOutline(
        title,
        next(iter(_read_points([given.claim], numbers)), "") if brief.is_theme else "",
        _read_points(given.contrasts, numbers),
        _read_points(given.gaps, numbers),
        beside if len(beside) < len(numbers) else (),
    )


def _read_points(given: Iterable[str], numbers: frozenset[int]) -> tuple[str, ...]:
    """As lines without a number that is not the section's."""
    bound = (bind_citations(" ".join(to_plain_prose(one).split()), numbers).text for one in given)
    return tuple(text for text in bound if text and len(text) <= _POINT_CHARACTERS)[:_MOST_POINTS]


def _validate_titles(raw: Sequence[str], briefs: Sequence[SectionBrief]) -> tuple[str, ...]:
    """The titles as they may stand; that of what fits no theme is the brief's."""
    titles = tuple(
        _strip_numbering(title) if brief.is_theme else brief.title for title, brief in zip(raw, briefs, strict=True)
    )
    if not all(titles) or len({title.casefold() for title in titles}) < len(titles):
        raise InvalidAnswer(lazy_gettext("two titles were alike, or one was empty"))
    if long := [title for title in titles if len(title) > MAX_TITLE_CHARACTERS]:
        raise InvalidAnswer(
            lazy_gettext(
                "the title “{title}” has {n} characters, not {most} at most",
                title=long[0][:100],
                n=len(long[0]),
                most=MAX_TITLE_CHARACTERS,
            )
        )
    if any(resolve_citations(title, ()).text != title for title in titles):
        raise InvalidAnswer(lazy_gettext("a title held a citation marker or a web address"))
    check_prose(". ".join(titles), ProseRules.of_titles(briefs))
    return _replace_uncarried(titles, briefs)


def _replace_uncarried(titles: tuple[str, ...], briefs: Sequence[SectionBrief]) -> tuple[str, ...]:
    """With the title that the brief came with where the model's says what the section's papers do not say."""
    held = tuple(
        title if _is_carried(title, brief) else brief.title for title, brief in zip(titles, briefs, strict=True)
    )
    distinct = len({title.casefold() for title in held}) == len(held)
    return held if distinct else tuple(brief.title for brief in briefs)


def _is_carried(title: str, brief: SectionBrief) -> bool:
    """Of another language than the papers' nothing can be said."""
    texts = [paper.paper.text for paper in brief.papers]
    return brief.language != "en" or is_carried(title, texts, f"{brief.question} {brief.asked}")


def _strip_numbering(title: str) -> str:
    return _NUMBERING.sub("", " ".join(title.split()).strip(_TITLE_MARKS)).strip(_TITLE_MARKS)
