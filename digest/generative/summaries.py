"""Summaries from a language model: a paper in half a minute, its problem and method stated clearly.

Invariant: a summary is in the language asked for, bounded, and holds no address and no citation marker; a method is
always there. What cannot be brought to that is refused, and the abstract stands in its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from digest.generative.answer_check import (
    InvalidAnswer,
    ProseRules,
    ask_until_valid,
    check_prose,
    join_sentences,
    to_plain_prose,
)
from digest.generative.prompts import prompt_hash, render_prompt
from digest.ports import Answer, ChatModel, Prompt
from digest.text import sentences
from digest.text.citations import resolve_citations
from digest.text.language import language_name
from store.records.editions import Paper, Summary
from store.records.lazy_text import lazy_gettext

SummaryDetail = Literal["30s", "15s"]

_SCHEMA_VERSION = "1"  # raised with `Services`; spelt out, since its JSON schema may change with pydantic
MAX_TOKENS = 1_200


@dataclass(frozen=True)
class _LengthLimits:
    """words: asked for, at four a second. characters: accepted, twice as much as those words take in English."""

    seconds: int
    words: int
    characters: int


_LIMITS_BY_DETAIL: dict[SummaryDetail, _LengthLimits] = {
    "30s": _LengthLimits(30, 120, 1_600),
    "15s": _LengthLimits(15, 60, 800),
}
_ADDRESS = re.compile(r"\[URL\]")


class SummaryParts(BaseModel):
    """A summary in its parts."""

    problem: str = Field(description="what is missing, hard or open; empty if the abstract does not say")
    method: str = Field(description="what the paper does about it; never empty")
    result: str = Field(description="what came of it; empty if the abstract does not say")


class ChatSummaries:
    """A `SummaryModel` over a chat model. Raises ModelError where no summary can be had."""

    def __init__(self, chat: ChatModel, *, detail: SummaryDetail = "30s") -> None:
        self.model = chat.model
        self.prompt_hash = prompt_hash("summary", settings=f"{detail} {_SCHEMA_VERSION}")
        self._chat, self._measure = chat, _LIMITS_BY_DETAIL[detail]

    def summarise(self, paper: Paper, language: str) -> Answer[Summary]:
        def call(complaint: str) -> Answer[SummaryParts]:
            ask = self.ask(paper, language, complaint)
            return self._chat.fill(ask, SummaryParts, role="summary", most_tokens=MAX_TOKENS)

        return ask_until_valid(self.model, call, lambda filled: self.fit(filled, language))

    def ask(self, paper: Paper, language: str, complaint: str = "") -> Prompt:
        return render_prompt(
            "summary",
            seconds=self._measure.seconds,
            words=self._measure.words,
            language=language_name(language),
            title=paper.title,
            abstract=paper.abstract,
            complaint=complaint,
        )

    def fit(self, filled: SummaryParts, language: str) -> Summary:
        """The summary in what a model filled in. Raises InvalidAnswer."""
        problem, method, result = map(_clean_part, (filled.problem, filled.method, filled.result))
        if not method:
            raise InvalidAnswer(lazy_gettext("it did not state the method"))
        text = join_sentences((problem, method, result))
        if len(text) > self._measure.characters:
            most = str(self._measure.words)
            raise InvalidAnswer(lazy_gettext("it was too long: write at most {n} words", n=most))
        rules = ProseRules(language, self._measure.characters)
        return Summary(problem, method, result, check_prose(text, rules), self.model, "model")


def _clean_part(part: str) -> str:
    """One line without markers and markup; a sentence with an address is housekeeping and goes whole."""
    clean = resolve_citations(" ".join(to_plain_prose(part).split()), ()).text
    return join_sentences(sentence for sentence in sentences.split(clean) if not _ADDRESS.search(sentence))
