"""Extractive synthesis: sections and opening from the papers' own sentences, without a language model.

Invariant: every paper of a section is cited in it; nothing is claimed that an abstract does not say; the same brief
gives the same text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Literal

from digest.extractive.opening import write_opening
from digest.extractive.section import write_paragraphs
from digest.i18n.builtin_texts import get_builtin_texts, has_builtin_texts
from digest.ports import Answer, OpeningBrief, SectionBrief
from store.records.editions import Usage

MODEL = "builtin:assembled"
VERSION = "assembled-4"  # raised whenever the same brief may give another text


class AssembledSynthesis:
    """A `SynthesisModel` without a language model."""

    model = MODEL
    prompt_hash = VERSION
    source: Literal["extract", "model"] = "extract"

    def section(self, brief: SectionBrief, on_text: Callable[[str], None]) -> Answer[str]:
        started = time.monotonic()
        return _as_answer(write_paragraphs(brief), on_text, started)

    def opening(self, brief: OpeningBrief, on_text: Callable[[str], None]) -> Answer[str]:
        started = time.monotonic()
        return _as_answer(write_opening(brief), on_text, started)

    def titles(self, briefs: Sequence[SectionBrief]) -> Answer[tuple[str, ...]]:
        return Answer(tuple(brief.title for brief in briefs), Usage("synthesis", MODEL, calls=0))

    def note(self, language: str) -> str:
        return get_builtin_texts(language).note

    def written_in(self, language: str) -> str:
        return language if has_builtin_texts(language) else "en"


def _as_answer(paragraphs: Sequence[str], on_text: Callable[[str], None], started: float) -> Answer[str]:
    text = "\n\n".join(paragraphs)
    on_text(text)
    return Answer(text, Usage("synthesis", MODEL, seconds=time.monotonic() - started))
