"""The synthesis by a language model: sections, the opening, the sections' titles.

Invariant: the model gives prose and [n]; addresses, names, dates and titles of papers are the program's.

A title of the model's is held to what a built-in one is: enough of the section's papers have its words, or the built-in
one stands.

In a single call, as the article did, one text is split at its headings: every section is there, in order, once; a text
that cannot be taken apart so is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import BaseModel, Field

from digest.errors import ModelError
from digest.generative.answer_check import InvalidAnswer, ProseRules, ask_until_valid, check_prose, to_plain_prose
from digest.generative.prompts import prompt_hash, render_prompt
from digest.generative.section import DraftStore, NoDraftStore, write_section
from digest.ports import Answer, ChatModel, OpeningBrief, SectionBrief
from digest.text.citations import resolve_citations
from digest.text.fact_counts import count_facts
from digest.text.language import language_name
from digest.text.title_coverage import is_carried
from store.records.lazy_text import AnyText, lazy_gettext

MAX_TITLE_CHARACTERS = 70  # characters
_OPENING_WORDS = 170
_OPENING_TOKENS = 2_500
_TITLES_TOKENS = 1_500
_SECTION_CHARACTERS, _CUT_CHARACTERS = (
    20_000,
    400,
)  # characters of each section that the opening is written from; where those are too many
_NEWEST = 5

_NUMBERING = re.compile(r"^(?:(?:section|part)\s+)?\d{1,2}\s*[.):：-]\s+", re.IGNORECASE)
_TITLE_MARKS = " \t\"'“”‘’«»*_#`.。"


class SectionTitles(BaseModel):
    """Titles of a survey's sections."""

    titles: list[str] = Field(description="one title for each section, in order")


class ChatSynthesis:
    """A `SynthesisModel` over a chat model. drafts: where sections are kept that are not whole yet."""

    source: Literal["extract", "model"] = "model"

    def __init__(self, chat: ChatModel, drafts: DraftStore | None = None) -> None:
        self.model = chat.model
        self.prompt_hash = prompt_hash("section", "opening", "titles")
        self._chat, self._drafts = chat, drafts or NoDraftStore()

    def section(self, brief: SectionBrief, on_text: Callable[[str], None]) -> Answer[str]:
        return write_section(self._chat, brief, on_text, self._drafts)

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
                    (section.title if section.is_theme else "", text)
                    for section, text in zip(brief.sections, brief.texts, strict=True)
                ],
                most=most,
                newest=_newest_markers(brief),
                counts=count_facts(brief.facts, brief.question),
                earlier=brief.earlier,
                off_topic=brief.off_topic,
                complaint=complaint,
            )
            return self._chat.write(ask, role="synthesis", most_tokens=_OPENING_TOKENS, on_text=on_text)

        return ask_until_valid(self.model, call, lambda text: check_prose(text, ProseRules.of_opening(brief)))

    def titles(self, briefs: Sequence[SectionBrief]) -> Answer[tuple[str, ...]]:
        def call(complaint: str) -> Answer[SectionTitles]:
            ask = render_prompt(
                "titles",
                most=MAX_TITLE_CHARACTERS - 10,  # models count badly
                language=language_name(briefs[0].language),
                question=briefs[0].question,
                briefs=briefs,
                complaint=complaint,
            )
            return self._chat.fill(ask, SectionTitles, role="synthesis", most_tokens=_TITLES_TOKENS)

        return ask_until_valid(self.model, call, lambda filled: _validate_titles(filled.titles, briefs))

    def note(self, language: str) -> AnyText:  # noqa: ARG002 - it is told in the reader's own
        return lazy_gettext(
            "Written by {model} from summaries of the papers; every citation was checked by program.", model=self.model
        )

    def written_in(self, language: str) -> str:
        return language


def _newest_markers(brief: OpeningBrief) -> str:
    papers = sorted(
        (paper for section in brief.sections for paper in section.papers), key=lambda paper: paper.paper.published
    )
    return "".join(f"[{paper.number}]" for paper in papers[-_NEWEST:][::-1])


def _validate_titles(raw: Sequence[str], briefs: Sequence[SectionBrief]) -> tuple[str, ...]:
    titles = tuple(_strip_numbering(title) for title in raw)
    if len(titles) != len(briefs):
        raise InvalidAnswer(lazy_gettext("it had {n} titles, not {wanted}", n=len(titles), wanted=len(briefs)))
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


_WORDS_A_PAPER = 50
_TOKENS_A_PAPER = 300
_TOKENS_AT_LEAST = 2_000
_HEADING = re.compile(r"^#{1,4}\s*\**\s*(?:section\s*)?(\d{1,3})\b.*$", re.IGNORECASE | re.MULTILINE)


class SingleCallSynthesis:
    """A `SingleCallModel` over a chat model: no paper is offered back, since that would be a second call."""

    def __init__(self, chat: ChatModel) -> None:
        self.model = chat.model
        self.prompt_hash = prompt_hash("single")
        self._chat = chat

    def write_all(self, briefs: Sequence[SectionBrief], on_text: Callable[[int, str], None]) -> Answer[tuple[str, ...]]:
        """The sections' texts. on_text: index of a section and its text so far. Raises ModelError."""
        papers = sum(len(brief.papers) for brief in briefs)

        def call(complaint: str) -> Answer[str]:
            ask = render_prompt(
                "single",
                language=language_name(briefs[0].language),
                question=briefs[0].question,
                briefs=briefs,
                words=_WORDS_A_PAPER * papers,
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
