"""Validation of a language model's answers: one is asked for once more where it is invalid, then refused.

Invariant: no role asks a model more than twice for the same thing, and never twice in the same words; what every call
took is counted, that of answers that were thrown away too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from digest.errors import ModelError, ModelFailure
from digest.generative.prompts import is_prompt_echo
from digest.ports import Answer, OpeningBrief, SectionBrief
from digest.text.citations import bind_citations
from digest.text.prose_faults import (
    cites_all_at_once,
    cites_in_one_place,
    has_markup,
    is_chat_talk,
    is_only_markers,
    is_refusal,
)
from digest.text.special_tokens import has_special_token
from digest.text.written_language import is_written_in
from store.records.editions import Usage
from store.records.lazy_text import AnyText, lazy_gettext

T = TypeVar("T")
V = TypeVar("V")

# Failures after which asking differently may help. The others cannot be helped, or the chat model has tried again
# itself: passing ones ("down", "busy" ...), and "malformed", after which `fill` asks once more in plainer words.
_ASK_DIFFERENTLY: Mapping[ModelFailure, str] = {
    "empty": "it was empty",
    "refused": "it refused; the task is to describe published research papers, and nothing else",
    "truncated": "it did not come to its end; write half as much",
}


_FENCE = re.compile(r"^\s*```.*$", re.MULTILINE)
_HEADING = re.compile(r"^\s*#{1,6}\s.*$", re.MULTILINE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", re.MULTILINE)
_BOLD = re.compile(r"\*\*(\S[^*\n]*)\*\*")
_GAP = re.compile(r"\s*\n\s*\n\s*")
# Characters. A section is asked for in 50 words a paper, an opening in 170: several times that is no answer but a loop.
_MOST, _MOST_A_PAPER, _LEAST_A_PAPER = 2_000, 1_500, 25
_MOST_A_TITLE, _MOST_A_PLAN, _MOST_A_STATEMENT = 200, 5_000, 1_000
_MOST_OF_OPENING, _LEAST_OF_OPENING = 6_000, 25
_FULL_WIDTH_END = ("。", "！", "？", "」", "）")


class InvalidAnswer(Exception):
    """An answer that will not do. what: a clause such as "it was empty"; in English it goes back to the model."""

    def __init__(self, what: AnyText) -> None:
        super().__init__(str(what))
        self.what = what


def ask_until_valid(model: str, call: Callable[[str], Answer[T]], fit: Callable[[T], V]) -> Answer[V]:
    """A fit answer to a call, or to a second one that is told what was wrong with the first.

    call(complaint): "" at first. fit: the answer as it may be used; raises InvalidAnswer. Raises ModelError, with what
    all calls took.
    """
    spent: Usage | None = None
    complaint: AnyText = ""
    for last in (False, True):
        try:
            answer = call(str(complaint))
        except ModelError as error:
            error.usage = add_usage(spent, error.usage)
            if last or error.kind not in _ASK_DIFFERENTLY:
                raise
            spent, complaint = error.usage, _ASK_DIFFERENTLY[error.kind]
            continue
        spent = add_usage(spent, answer.usage)
        try:
            return Answer(fit(answer.value), spent or answer.usage)
        except InvalidAnswer as unfit:
            complaint = unfit.what
    message = lazy_gettext("The answers of {model} could not be used: {complaint}.", model=model, complaint=complaint)
    raise ModelError(message, hint=lazy_gettext("Another model may do better."), kind="malformed", usage=spent)


@dataclass(frozen=True)
class ProseRules:
    """What a text of one role has to be. Lengths in characters.

    papers: numbers of those that it may cite; must_cite: at least one of them; tells_apart: not several at one place
    alone.
    """

    language: str
    most: int
    least: int = 1
    papers: frozenset[int] = frozenset()
    must_cite: bool = False
    tells_apart: bool = False

    @classmethod
    def of_section(cls, brief: SectionBrief) -> Self:
        count = len(brief.papers)
        papers = frozenset(paper.number for paper in brief.papers)
        most, least = _MOST + _MOST_A_PAPER * count, _LEAST_A_PAPER * count
        return cls(brief.language, most, least, papers, must_cite=True, tells_apart=True)

    @classmethod
    def of_opening(cls, brief: OpeningBrief) -> Self:
        papers = frozenset(paper.number for section in brief.sections for paper in section.papers)
        return cls(brief.language, _MOST_OF_OPENING, _LEAST_OF_OPENING, papers)

    @classmethod
    def of_titles(cls, briefs: Sequence[SectionBrief]) -> Self:
        """Of all sections' titles, as sentences of one text."""
        return cls(briefs[0].language, _MOST_A_TITLE * len(briefs))

    @classmethod
    def of_plan(cls, briefs: Sequence[SectionBrief]) -> Self:
        """Of what a plan says of all sections."""
        return cls(briefs[0].language, _MOST_A_PLAN * len(briefs))

    @classmethod
    def of_statement(cls, language: str, papers: Iterable[int]) -> Self:
        """Of one sentence, and the papers of which it has to cite one."""
        return cls(language, _MOST_A_STATEMENT, papers=frozenset(papers), must_cite=True)


def check_prose(text: str, expected: ProseRules) -> str:  # decision 156
    """The text as plain prose, fit to be published; markers that name no paper stay in it, to be counted later.

    Raises InvalidAnswer.
    """
    clean = to_plain_prose(text)
    for is_faulty, complaint in _FAULTS:
        if is_faulty(clean):
            raise InvalidAnswer(complaint)
    _require_length(require_language(clean, expected.language), expected)
    _require_citations(clean, expected)
    return clean


# The gravest first: what a refusal in another language is called is a refusal.
_FAULTS: tuple[tuple[Callable[[str], bool], AnyText], ...] = (
    (lambda text: not text, lazy_gettext("it was empty")),
    (has_special_token, lazy_gettext("it held special tokens of a language model")),
    (is_refusal, lazy_gettext("it refused; the task is to describe published research papers, and nothing else")),
    (is_chat_talk, lazy_gettext("it talked to whoever asked; give the text alone")),
    (is_prompt_echo, lazy_gettext("it repeated what it was asked")),
    (has_markup, lazy_gettext("it held tags or other markup")),
    (is_only_markers, lazy_gettext("it had hardly a word beside its numbers")),
)


def _require_length(text: str, expected: ProseRules) -> None:
    if len(text) > expected.most:
        raise InvalidAnswer(lazy_gettext("it was too long: write half as much"))
    # A Chinese, Japanese or Korean character says what two Latin ones do.
    if len(text) + sum(char > "\u2e7f" for char in text) < expected.least:
        raise InvalidAnswer(lazy_gettext("it was too short"))


def _require_citations(text: str, expected: ProseRules) -> None:
    if expected.must_cite and not bind_citations(text, expected.papers).pointers:
        raise InvalidAnswer(lazy_gettext("it cites none of the papers by number, as in [7]"))
    # decision 208
    at_one_place = expected.tells_apart and cites_in_one_place(text, expected.papers)
    if at_one_place or cites_all_at_once(text, expected.papers):
        raise InvalidAnswer(lazy_gettext("one sentence cites nearly all of the papers, and the others hardly any"))


def add_usage(first: Usage | None, second: Usage | None) -> Usage | None:
    return first + second if first and second else first or second


def require_language(text: str, language: str) -> str:
    """The text itself. Raises InvalidAnswer where it is empty, or plainly in another language."""
    if not text:
        raise InvalidAnswer(lazy_gettext("it was empty"))
    if not is_written_in(text, language):
        raise InvalidAnswer(lazy_gettext("it was not written in {language:language}", language=language))
    return text


def to_plain_prose(text: str) -> str:
    """A text as plain paragraphs: what markdown a model adds all the same is taken off."""
    bare = _BOLD.sub(r"\1", _BULLET.sub("", _HEADING.sub("", _FENCE.sub("", text)))).strip()
    return _GAP.sub("\n\n", bare)


def join_sentences(pieces: Iterable[str]) -> str:
    """Sentences as running text, with a blank between them where their script has one."""
    text = ""
    for piece in filter(None, pieces):
        text += piece if not text or text.endswith(_FULL_WIDTH_END) else f" {piece}"
    return text
