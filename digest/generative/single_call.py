"""Synthesis in a single call, as the article did: one text, split at its headings into sections.

Invariant: every section is there, in order, once; a text that cannot be taken apart so is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from digest.generative.answer_check import InvalidAnswer, ask_until_valid, require_language, to_plain_prose
from digest.generative.prompts import prompt_hash, render_prompt
from digest.ports import Answer, ChatModel, SectionBrief
from digest.text.language import language_name

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
        raise InvalidAnswer(f"it was not {len(briefs)} sections, each below a line such as “## 1”, in order")
    require_language("\n".join(body for _, body in parts), briefs[0].language)
    return tuple(body for _, body in parts)


def _split_sections(text: str) -> list[tuple[int, str]]:
    """The number of each heading and the prose below it."""
    headings = list(_HEADING.finditer(text))
    ends = [*(heading.start() for heading in headings), len(text)][1:]
    return [(int(head[1]), to_plain_prose(text[head.end() : end])) for head, end in zip(headings, ends, strict=True)]
