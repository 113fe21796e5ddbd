"""One section from a language model, written from the sentences of its papers beside the plan of all sections.

Invariant: a text that leaves here is in its brief's language and cites at least one of its papers. What a reader
watches never shrinks while it is written. Where the model cannot hold the whole survey a section is written from its
own papers, and in two halves where it cannot hold those; the first of two is kept before the second is asked for, so
that a killed run does not pay for it again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Protocol

from digest.errors import ModelError
from digest.generative.answer_check import ProseRules, ask_until_valid, check_prose
from digest.generative.prompts import prompt_hash, render_prompt
from digest.ports import Answer, ChatModel, SectionBrief, SurveyBrief
from digest.survey_brief import make_survey_brief
from digest.text.language import language_name
from store.records.editions import Usage, fingerprint

WORDS_A_PAPER = 40  # of a section, for each paper that answers something
_TOKENS_A_PAPER = 300  # several times what those words take in any language: models that think take tokens for it, too
_TOKENS_AT_LEAST = 1_500
_LONGEST_TURN = 3.0  # seconds after which a beginning has surely been read, though its server says nothing yet
_TURN_POLL = 0.1

OnText = Callable[[str], None]


class DraftStore(Protocol):
    """Where texts are kept that are not whole yet, by the hash of what determined them; the store's texts are one."""

    def get(self, key: str) -> str | None: ...

    def add(self, key: str, kind: str, model: str, body: str) -> None: ...


class NoDraftStore:
    """Keeps none."""

    def get(self, key: str) -> str | None:  # noqa: ARG002 - it knows none
        return None

    def add(self, key: str, kind: str, model: str, body: str) -> None:
        pass


class CacheTurns:  # decision 163
    """Lets the first of several calls with the same beginning go ahead of the others.

    A provider has a beginning in its cache once its answer has begun, be it with thoughts or with no text yet: calls
    that are sent before pay for it in full.
    """

    def __init__(self) -> None:
        self._lock, self._answering = threading.Lock(), dict[str, threading.Event]()

    @contextmanager
    def take(self, key: str, check: Callable[[], None]) -> Iterator[Callable[[], None]]:
        """Gives what is to be called once an answer comes. check: called while it waits; raises to leave."""
        with self._lock:
            goes_first = key not in self._answering
            answering = self._answering.setdefault(key, threading.Event())
        for _ in range(0 if goes_first else round(_LONGEST_TURN / _TURN_POLL)):
            check()
            if answering.wait(_TURN_POLL):
                break
        try:
            yield answering.set
        finally:
            answering.set()


def write_section(
    chat: ChatModel, brief: SectionBrief, on_text: OnText, drafts: DraftStore, turns: CacheTurns
) -> Answer[str]:
    """Raises ModelError where no text can be had."""
    shown = _report_growth(on_text)
    try:
        answer = _write_whole(chat, brief, shown, turns)
    except ModelError as error:
        if error.kind != "too_long" or (brief.survey is None and len(brief.papers) < 2):
            raise
        if brief.survey is not None:
            return write_section(chat, replace(brief, survey=None), on_text, drafts, turns)
        return _write_in_halves(chat, brief, on_text, drafts, turns)
    shown(answer.value)
    return answer


def _report_growth(on_text: OnText) -> OnText:
    """Tell a text only once it is longer than what was told: a second attempt takes over where it overtakes."""
    longest = ""

    def tell(text: str) -> None:
        nonlocal longest
        longest = max(longest, text, key=len)
        on_text(longest)  # told again though nothing is new: it is how the caller stops a stream

    return tell


def _write_whole(chat: ChatModel, brief: SectionBrief, on_text: OnText, turns: CacheTurns) -> Answer[str]:
    survey = brief.survey or make_survey_brief([brief])

    def call(complaint: str) -> Answer[str]:
        with turns.take(survey.key, lambda: on_text("")) as answering:

            def tell(text: str) -> None:
                answering()
                on_text(text)

            return _ask_for_text(chat, brief, survey, tell, complaint)

    return ask_until_valid(chat.model, call, lambda text: _validate_section(text, brief))


def _ask_for_text(
    chat: ChatModel, brief: SectionBrief, survey: SurveyBrief, on_text: OnText, complaint: str
) -> Answer[str]:
    numbers = [paper.number for paper in brief.papers]
    number, whole = next(
        (at, section) for at, section in enumerate(survey.sections, start=1) if numbers[0] in section.papers
    )
    beside = [paper for paper in (brief.plan.beside if brief.plan else ()) if paper in numbers]
    ask = render_prompt(
        "section",
        documents=survey.documents,
        cache_key=survey.key,
        survey=survey,
        language=language_name(brief.language),
        question=brief.question,
        concepts=brief.concepts,
        number=number,
        is_part=len(numbers) < len(whole.papers),
        is_theme=brief.is_theme,
        papers=numbers,
        beside=beside,
        before=brief.before,
        after=brief.after,
        cite_every=brief.cite_every,
        words=WORDS_A_PAPER * max(1, len(numbers) - len(beside)),
        complaint=complaint,
    )
    most = _TOKENS_AT_LEAST + _TOKENS_A_PAPER * len(numbers)
    return chat.write(ask, role="synthesis", most_tokens=most, on_text=on_text)


def _validate_section(text: str, brief: SectionBrief) -> str:
    return check_prose(text, ProseRules.of_section(brief))


def _write_in_halves(
    chat: ChatModel, brief: SectionBrief, on_text: OnText, drafts: DraftStore, turns: CacheTurns
) -> Answer[str]:
    """The section as two, one after the other, each with as much context as the model has."""
    middle = len(brief.papers) // 2
    half = replace(brief, papers=brief.papers[:middle], legs=brief.legs[: middle - 1])
    first = _load_or_make(chat, half, drafts, lambda: write_section(chat, half, on_text, drafts, turns))
    second = write_section(
        chat,
        replace(brief, papers=brief.papers[middle:], legs=brief.legs[middle:]),
        lambda text: on_text(f"{first.value}\n\n{text}"),
        drafts,
        turns,
    )
    return Answer(f"{first.value}\n\n{second.value}", first.usage + second.usage)


def _load_or_make(
    chat: ChatModel, brief: SectionBrief, drafts: DraftStore, make: Callable[[], Answer[str]]
) -> Answer[str]:
    """A half from an earlier run that was stopped, or made and kept now."""
    held = json.dumps(asdict(brief), default=str, sort_keys=True)
    key = fingerprint("half", chat.model, prompt_hash("section", "_survey"), held)
    if (text := drafts.get(key)) is not None:
        return Answer(text, Usage("synthesis", chat.model, calls=0))
    answer = make()
    drafts.add(key, "half", chat.model, answer.value)
    return answer
