"""Cache of model texts: kept in the store by the worker that had them made, before they are handed on.

Invariant: between the end of a call and the keeping of its text nothing waits, so that a killed run repeats no call
that was finished, whatever the calling thread was at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Literal

from digest.pipeline.section_writer import text_fingerprint
from digest.ports import Answer, OpeningBrief, SectionBrief, SingleCallModel, SynthesisModel
from store.tables.model_texts import ModelTexts


class CachedSynthesis:
    """A `SynthesisModel` over another."""

    def __init__(self, model: SynthesisModel, texts: ModelTexts) -> None:
        self.model, self.prompt_hash = model.model, model.prompt_hash
        self.source: Literal["extract", "model"] = model.source
        self._model, self._texts = model, texts

    def section(self, brief: SectionBrief, on_text: Callable[[str], None]) -> Answer[str]:
        answer = self._model.section(brief, on_text)
        self._texts.add(text_fingerprint(self, brief), "section", self.model, answer.value)
        return answer

    def opening(self, brief: OpeningBrief, on_text: Callable[[str], None]) -> Answer[str]:
        answer = self._model.opening(brief, on_text)
        self._texts.add(text_fingerprint(self, brief), "opening", self.model, answer.value)
        return answer

    def titles(self, briefs: Sequence[SectionBrief]) -> Answer[tuple[str, ...]]:
        answer = self._model.titles(briefs)
        self._texts.add(text_fingerprint(self, *briefs, what="titles"), "titles", self.model, json.dumps(answer.value))
        return answer

    def note(self, language: str) -> str:
        return self._model.note(language)

    def written_in(self, language: str) -> str:
        return self._model.written_in(language)


class CachedSingleCall:
    """A `SingleCallModel` over another."""

    def __init__(self, model: SingleCallModel, texts: ModelTexts) -> None:
        self.model, self.prompt_hash = model.model, model.prompt_hash
        self._model, self._texts = model, texts

    def write_all(self, briefs: Sequence[SectionBrief], on_text: Callable[[int, str], None]) -> Answer[tuple[str, ...]]:
        answer = self._model.write_all(briefs, on_text)
        for brief, text in zip(briefs, answer.value, strict=True):
            self._texts.add(text_fingerprint(self, brief), "section", self.model, text)
        return answer
