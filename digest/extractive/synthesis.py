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
from digest.i18n import LANGUAGES
from digest.i18n.catalog import offered_language
from digest.ports import Answer, OpeningBrief, SectionBrief, SectionOutline
from digest.text.language import primary_tag
from store.records.editions import Usage
from store.records.lazy_text import AnyText, join_sentences, lazy_gettext

MODEL = "builtin:assembled"
VERSION = "assembled-6"  # raised whenever the same brief may give another text


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

    def outline(self, briefs: Sequence[SectionBrief]) -> Answer[tuple[SectionOutline, ...]]:  # noqa: ARG002 - it has none
        return Answer((), Usage("synthesis", MODEL, calls=0))

    def note(self, language: str) -> AnyText:
        note = lazy_gettext(
            "No language model was used: the sentences are extracts from the papers' abstracts, "
            "with “we” turned into the authors' names."
        )
        foreign = lazy_gettext("The extracts stay in the language of the abstracts.")
        return note if offered_language(language) == "en" else join_sentences(note, foreign)

    def written_in(self, language: str) -> str:
        return language if primary_tag(language) in LANGUAGES else "en"


def _as_answer(paragraphs: Sequence[str], on_text: Callable[[str], None], started: float) -> Answer[str]:
    text = "\n\n".join(paragraphs)
    on_text(text)
    return Answer(text, Usage("synthesis", MODEL, seconds=time.monotonic() - started))
