"""A language model as the judge of surveys: whether papers support claims, and which of two texts is better.

Invariant: a judge sees neither how a text came to be nor what wrote it; it is shown two texts in both positions, and
what it says of a position alone counts for neither. An answer is kept before it is handed on, under the hash of all
that it was asked: a killed run repeats no finished call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Literal

from pydantic import BaseModel, Field

from digest.evaluation.citation_quality import SupportQuestion
from digest.generative.answer_check import InvalidAnswer, ask_until_valid
from digest.generative.prompts import prompt_hash, render_prompt
from digest.generative.section import DraftStore
from digest.ports import Answer, ChatModel, Prompt, S, T
from store.records.editions import Edition, fingerprint

ASKED_AT_ONCE = 15  # claims a call
_SUPPORT_TOKENS, _PREFERENCE_TOKENS = 2_500, 1_500


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


class ChatJudge:
    """Over a chat model. answers: where they are kept."""

    def __init__(self, chat: ChatModel, answers: DraftStore, executor: Executor) -> None:
        self.model = chat.model
        self._chat, self._answers, self._executor = chat, answers, executor

    def support(
        self, questions: Collection[SupportQuestion], papers: Mapping[int, tuple[str, str]]
    ) -> dict[SupportQuestion, bool]:
        """papers: (title, abstract) by number. Raises ModelError."""
        ordered = sorted(questions, key=lambda one: (one.papers, one.claim))
        batches = [ordered[at : at + ASKED_AT_ONCE] for at in range(0, len(ordered), ASKED_AT_ONCE)]
        judged = self._executor.map(lambda batch: self._judge(batch, papers), batches)
        return dict(zip(ordered, (said for verdicts in judged for said in verdicts), strict=True))

    def _judge(self, batch: Sequence[SupportQuestion], papers: Mapping[int, tuple[str, str]]) -> list[bool]:
        shown = {number: papers[number] for question in batch for number in question.papers}

        def render(complaint: str) -> Prompt:
            return render_prompt("judge_claims", papers=shown, claims=batch, complaint=complaint)

        def fit(filled: ClaimVerdicts) -> list[bool]:
            return _verdicts_in_order(filled.verdicts, len(batch))

        return self._ask("judge_claims", render, ClaimVerdicts, fit, _SUPPORT_TOKENS)

    def preference(self, question: str, one: str, other: str) -> float:
        """How much better the second is: 1 in both positions, 0.5 in one of them, down to -1. Raises ModelError."""
        first, second = self._executor.map(lambda texts: self._prefer(question, texts), [(one, other), (other, one)])
        return (first - second) / 2

    def _prefer(self, question: str, texts: tuple[str, str]) -> int:
        """1 for the second, -1 for the first, 0 for neither."""

        def render(complaint: str) -> Prompt:
            return render_prompt("judge_pair", question=question, texts=texts, complaint=complaint)

        def fit(filled: TextPreference) -> int:
            return {"1": -1, "2": 1, "neither": 0}[filled.better]

        return self._ask("judge_pair", render, TextPreference, fit, _PREFERENCE_TOKENS)

    def _ask(self, name: str, render: Callable[[str], Prompt], shape: type[S], fit: Callable[[S], T], most: int) -> T:
        """A fit answer, which JSON can hold: from an earlier call, or from the model now."""
        asked = render("")
        key = fingerprint("judge", self.model, prompt_hash(name), asked.shared, asked.ask)
        if (kept := self._answers.get(key)) is not None:
            held: T = json.loads(kept)
            return held

        def call(complaint: str) -> Answer[S]:
            return self._chat.fill(render(complaint), shape, role="judge", most_tokens=most)

        value = ask_until_valid(self.model, call, fit).value
        self._answers.add(key, "judgement", self.model, json.dumps(value))
        return value


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
