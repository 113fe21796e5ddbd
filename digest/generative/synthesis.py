"""The synthesis by a language model: the plan, the sections, the opening.

Invariant: the model gives prose and [n]; addresses, names, dates and titles of papers are the program's.

In a single call, as the article did, one text is split at its headings: every section is there, in order, once; a text
that cannot be taken apart so is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Literal

from digest.errors import ModelError
from digest.generative.answer_check import InvalidAnswer, ProseRules, ask_until_valid, check_prose, to_plain_prose
from digest.generative.outline import write_outline
from digest.generative.prompts import prompt_hash, render_prompt
from digest.generative.section import WORDS_A_PAPER, CacheTurns, DraftStore, NoDraftStore, write_section
from digest.ports import Answer, ChatModel, OpeningBrief, SectionBrief, SectionOutline
from digest.survey_brief import make_survey_brief
from digest.text.fact_counts import count_facts
from digest.text.language import language_name
from store.records.lazy_text import AnyText, lazy_gettext

_OPENING_WORDS = 170
_OPENING_TOKENS = 2_500
_SECTION_CHARACTERS, _CUT_CHARACTERS = (
    20_000,
    400,
)  # characters of each section that the opening is written from; where those are too many


class ChatSynthesis:
    """A `SynthesisModel` over a chat model. drafts: where sections are kept that are not whole yet."""

    source: Literal["extract", "model"] = "model"

    def __init__(self, chat: ChatModel, drafts: DraftStore | None = None) -> None:
        self.model = chat.model
        self.prompt_hash = prompt_hash("section", "_survey", "opening", "outline")
        self._chat, self._drafts, self._turns = chat, drafts or NoDraftStore(), CacheTurns()

    def section(self, brief: SectionBrief, on_text: Callable[[str], None]) -> Answer[str]:
        return write_section(self._chat, brief, on_text, self._drafts, self._turns)

    def opening(self, brief: OpeningBrief, on_text: Callable[[str], None]) -> Answer[str]:
        """From the whole sections; from the beginning of each where the model cannot hold them all."""
        try:
            return self._opening(brief, on_text, _SECTION_CHARACTERS)
        except ModelError as error:
            if error.kind != "too_long":
                raise
            return self._opening(brief, on_text, _CUT_CHARACTERS)

    def _opening(self, brief: OpeningBrief, on_text: Callable[[str], None], most: int) -> Answer[str]:
        def call(complaint: str) -> Answer[str]:
            ask = render_prompt(
                "opening",
                words=_OPENING_WORDS,
                language=language_name(brief.language),
                question=brief.question,
                kind=brief.kind,
                sections=[
                    (section.title if section.is_theme else "", text, section.plan.gaps if section.plan else ())
                    for section, text in zip(brief.sections, brief.texts, strict=True)
                ],
                most=most,
                dates=_months(brief),
                counts=count_facts(brief.facts, brief.question),
                earlier=brief.earlier,
                off_topic=brief.off_topic,
                complaint=complaint,
            )
            return self._chat.write(ask, role="synthesis", most_tokens=_OPENING_TOKENS, on_text=on_text)

        return ask_until_valid(self.model, call, lambda text: check_prose(text, ProseRules.of_opening(brief)))

    def outline(self, briefs: Sequence[SectionBrief]) -> Answer[tuple[SectionOutline, ...]]:
        return write_outline(self._chat, briefs)

    def note(self, language: str) -> AnyText:  # noqa: ARG002 - it is told in the reader's own
        return lazy_gettext(
            "Written by {model} from the papers' abstracts; every citation was checked by program.", model=self.model
        )

    def written_in(self, language: str) -> str:
        return language


def _months(brief: OpeningBrief) -> list[tuple[str, str]]:
    """When papers were submitted, the latest month first, with their markers."""
    papers = sorted(
        (paper for section in brief.sections for paper in section.papers),
        key=lambda one: one.paper.published,
        reverse=True,
    )
    months = groupby(papers, key=lambda one: f"{one.paper.published:%Y-%m}")
    return [(month, "".join(f"[{one.number}]" for one in group)) for month, group in months]


_TOKENS_A_PAPER = 300
_TOKENS_AT_LEAST = 2_000
_HEADING = re.compile(r"^#{1,4}\s*\**\s*(?:section\s*)?(\d{1,3})\b.*$", re.IGNORECASE | re.MULTILINE)


class SingleCallSynthesis:
    """A `SingleCallModel` over a chat model."""

    def __init__(self, chat: ChatModel) -> None:
        self.model = chat.model
        self.prompt_hash = prompt_hash("single", "_survey")
        self._chat = chat

    def write_all(self, briefs: Sequence[SectionBrief], on_text: Callable[[int, str], None]) -> Answer[tuple[str, ...]]:
        """The sections' texts. on_text: index of a section and its text so far. Raises ModelError."""
        papers = sum(len(brief.papers) for brief in briefs)
        survey = briefs[0].survey or make_survey_brief(briefs)

        def call(complaint: str) -> Answer[str]:
            ask = render_prompt(
                "single",
                documents=survey.documents,
                survey=survey,
                concepts=briefs[0].concepts,
                cite_every=briefs[0].cite_every,
                language=language_name(briefs[0].language),
                question=briefs[0].question,
                briefs=briefs,
                words=WORDS_A_PAPER * papers,
                complaint=complaint,
            )
            most = _TOKENS_AT_LEAST + _TOKENS_A_PAPER * papers
            return self._chat.write(
                ask, role="synthesis", most_tokens=most, on_text=_section_callback(len(briefs), on_text)
            )

        return ask_until_valid(self.model, call, lambda text: _validate_sections(text, briefs))


def _section_callback(count: int, on_text: Callable[[int, str], None]) -> Callable[[str], None]:
    """Tell the section that is being written."""

    def tell(text: str) -> None:
        parts = _split_sections(text)
        number, body = parts[-1] if parts else (1, "")
        on_text(min(max(number, 1), count) - 1, body)

    return tell


def _validate_sections(text: str, briefs: Sequence[SectionBrief]) -> tuple[str, ...]:
    parts = _split_sections(text)
    if [number for number, _ in parts] != list(range(1, len(briefs) + 1)) or not all(body for _, body in parts):
        raise InvalidAnswer(
            lazy_gettext("it was not {n} sections, each below a line such as “## 1”, in order", n=len(briefs))
        )
    return tuple(
        check_prose(body, ProseRules.of_section(brief)) for (_, body), brief in zip(parts, briefs, strict=True)
    )


def _split_sections(text: str) -> list[tuple[int, str]]:
    """The number of each heading and the prose below it."""
    headings = list(_HEADING.finditer(text))
    ends = [*(heading.start() for heading in headings), len(text)][1:]
    return [(int(head[1]), to_plain_prose(text[head.end() : end])) for head, end in zip(headings, ends, strict=True)]
