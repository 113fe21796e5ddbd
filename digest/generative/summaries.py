"""Summaries from a language model: a paper in half a minute, its problem and method stated clearly.

Invariant: a summary is in the language asked for, bounded, and holds no address and no citation marker; a method is
always there. What cannot be brought to that is refused, and the abstract stands in its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from digest.generative.answer_check import UnfitError, asked, in_language, prose, run_together
from digest.generative.prompts import prompt, prompt_hash
from digest.ports import Answer, ChatModel, Prompt
from digest.text import sentences
from digest.text.citations import resolve
from digest.text.language import name
from store.records.editions import Paper, Summary

Detail = Literal["30s", "15s"]

_SCHEMA_VERSION = "1"  # raised with `Services`; spelt out, since its JSON schema may change with pydantic
MOST_TOKENS = 1_200


@dataclass(frozen=True)
class _Measure:
    """words: asked for, at four a second. characters: accepted, twice as much as those words take in English."""

    seconds: int
    words: int
    characters: int


_MEASURES: dict[Detail, _Measure] = {"30s": _Measure(30, 120, 1_600), "15s": _Measure(15, 60, 800)}
_ADDRESS = re.compile(r"\[URL\]")


class Parts(BaseModel):
    """A summary in its parts."""

    problem: str = Field(description="what is missing, hard or open; empty if the abstract does not say")
    method: str = Field(description="what the paper does about it; never empty")
    result: str = Field(description="what came of it; empty if the abstract does not say")


class ChatSummaries:
    """A `SummaryModel` over a chat model. Raises ModelError where no summary can be had."""

    def __init__(self, chat: ChatModel, *, detail: Detail = "30s") -> None:
        self.model = chat.model
        self.prompt_hash = prompt_hash("summary", settings=f"{detail} {_SCHEMA_VERSION}")
        self._chat, self._measure = chat, _MEASURES[detail]

    def summarise(self, paper: Paper, language: str) -> Answer[Summary]:
        def call(complaint: str) -> Answer[Parts]:
            ask = self.ask(paper, language, complaint)
            return self._chat.fill(ask, Parts, role="summary", most_tokens=MOST_TOKENS)

        return asked(self.model, call, lambda filled: self.fit(filled, language))

    def ask(self, paper: Paper, language: str, complaint: str = "") -> Prompt:
        return prompt(
            "summary",
            seconds=self._measure.seconds,
            words=self._measure.words,
            language=name(language),
            title=paper.title,
            abstract=paper.abstract,
            complaint=complaint,
        )

    def fit(self, filled: Parts, language: str) -> Summary:
        """The summary in what a model filled in. Raises UnfitError."""
        problem, method, result = map(_plain, (filled.problem, filled.method, filled.result))
        if not method:
            raise UnfitError("it did not state the method")
        text = run_together((problem, method, result))
        if len(text) > self._measure.characters:
            raise UnfitError(f"it was too long: write at most {self._measure.words} words")
        return Summary(problem, method, result, in_language(text, language), self.model, "model")


def _plain(part: str) -> str:
    """One line without markers and markup; a sentence with an address is housekeeping and goes whole."""
    clean = resolve(" ".join(prose(part).split()), ()).text
    return run_together(sentence for sentence in sentences.split(clean) if not _ADDRESS.search(sentence))
