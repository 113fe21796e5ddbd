"""A language model as the judge of surveys: whether papers support claims, and which of two texts is better.

Invariant: a judge sees neither how a text came to be nor what wrote it; it is shown two texts in both positions, and
what it says of a position alone counts for neither. An answer is kept before it is handed on, under the hash of all
that it was asked: a killed run repeats no finished call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, Field

from digest.evaluation.citation_quality import SupportQuestion
from digest.fan_out import FanOut
from digest.generative.answer_check import InvalidAnswer, ask_until_valid
from digest.generative.prompts import prompt_hash, render_prompt
from digest.generative.section import DraftStore
from digest.ports import Answer, ChatModel, Prompt
from store.records.editions import Edition, fingerprint

ASKED_AT_ONCE = 15  # claims a call


class ClaimVerdict(BaseModel):
    """What is said of one claim."""

    number: int = Field(description="the claim's number")
    supported: bool = Field(description="whether the papers named with it support all of it")


class ClaimVerdicts(BaseModel):
    """Exactly one verdict for every claim."""

    verdicts: list[ClaimVerdict]


class TextPreference(BaseModel):
    """Which of two texts is the better survey."""

    reason: str = Field(description="why, in one sentence")
    better: Literal["1", "2", "neither"] = Field(description="the number of the better text, or neither")


@dataclass(frozen=True)
class _ClaimBatch:
    """papers: (title, abstract) by number, of those that the claims name."""

    claims: tuple[SupportQuestion, ...]
    papers: Mapping[int, tuple[str, str]]

    template = "judge_claims"
    shape = ClaimVerdicts
    most_tokens = 2_500

    def render(self, complaint: str = "") -> Prompt:
        return render_prompt(self.template, papers=self.papers, claims=self.claims, complaint=complaint)

    def fit(self, filled: ClaimVerdicts) -> list[bool]:
        return _verdicts_in_order(filled.verdicts, len(self.claims))


@dataclass(frozen=True)
class _TextPair:
    question: str
    texts: tuple[str, str]

    template = "judge_pair"
    shape = TextPreference
    most_tokens = 1_500

    def render(self, complaint: str = "") -> Prompt:
        return render_prompt(self.template, question=self.question, texts=self.texts, complaint=complaint)

    def fit(self, filled: TextPreference) -> int:
        """1 for the second, -1 for the first, 0 for neither."""
        return {"1": -1, "2": 1, "neither": 0}[filled.better]


def ask_judge(chat: ChatModel, asked: _ClaimBatch | _TextPair) -> Any:
    """A task of the fan-out: a fit answer, which JSON can hold."""

    def call(complaint: str) -> Answer[Any]:
        return chat.fill(asked.render(complaint), asked.shape, role="judge", most_tokens=asked.most_tokens)

    fit: Callable[[Any], Any] = asked.fit
    return ask_until_valid(chat.model, call, fit).value


class ChatJudge:
    """Over a chat model. answers: where they are kept."""

    def __init__(self, chat: ChatModel, answers: DraftStore, fan_out: FanOut) -> None:
        self.model = chat.model
        self._chat, self._answers, self._fan_out = chat, answers, fan_out

    def support(
        self, questions: Collection[SupportQuestion], papers: Mapping[int, tuple[str, str]]
    ) -> dict[SupportQuestion, bool]:
        """papers: (title, abstract) by number. Raises ModelError."""
        ordered = sorted(questions, key=lambda one: (one.papers, one.claim))
        batches = [tuple(ordered[at : at + ASKED_AT_ONCE]) for at in range(0, len(ordered), ASKED_AT_ONCE)]
        shown = [{number: papers[number] for one in batch for number in one.papers} for batch in batches]
        judged = self._ask_all([_ClaimBatch(*pair) for pair in zip(batches, shown, strict=True)])
        return dict(zip(ordered, (said for verdicts in judged for said in verdicts), strict=True))

    def preference(self, question: str, one: str, other: str) -> float:
        """How much better the second is: 1 in both positions, 0.5 in one of them, down to -1. Raises ModelError."""
        first, second = self._ask_all([_TextPair(question, (one, other)), _TextPair(question, (other, one))])
        return float(first - second) / 2

    def _ask_all(self, asked: Sequence[_ClaimBatch | _TextPair]) -> list[Any]:
        """The answer to each: from an earlier call, or from the model now."""
        answers = [self._answer(one) for one in asked]
        try:
            return [answer.result() for answer in answers]
        finally:
            for answer in answers:
                answer.cancel()

    def _answer(self, asked: _ClaimBatch | _TextPair) -> Future[Any]:
        prompt = asked.render()
        key = fingerprint("judge", self.model, prompt_hash(asked.template), prompt.shared, prompt.ask)
        if (kept := self._answers.get(key)) is None:
            return self._fan_out.submit(ask_judge, self._chat, asked, keep=partial(self._put_into_store, key))
        held = Future[Any]()
        held.set_result(json.loads(kept))
        return held

    def _put_into_store(self, key: str, value: Any) -> None:
        self._answers.add(key, "judgement", self.model, json.dumps(value))


def _verdicts_in_order(verdicts: Sequence[ClaimVerdict], count: int) -> list[bool]:
    said = {verdict.number: verdict.supported for verdict in verdicts}
    if len(verdicts) != count or set(said) != set(range(1, count + 1)):
        raise InvalidAnswer(f"it was not one verdict for each of {count} claims, by its number")
    return [said[number] for number in range(1, count + 1)]


def comparable_text(edition: Edition) -> str:
    """An edition as two are compared: opening and sections under their titles, and nothing of how it was made."""
    return "\n\n".join([edition.opening, *_told_sections(edition)])


def _told_sections(edition: Edition) -> Iterator[str]:
    for section in edition.sections:
        yield f"{section.title}\n\n{section.text}"


def paper_texts(edition: Edition, abstracts: Mapping[str, str]) -> dict[int, tuple[str, str]]:
    """Title and abstract of an edition's papers, by number. abstracts: by id."""
    return {paper.number: (paper.readable_title, abstracts[paper.id]) for paper in edition.papers}
