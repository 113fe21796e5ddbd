"""One section from a language model: drafted, completed with the papers that the draft left out, split where too long.

Invariant: a text that leaves here is in its brief's language and cites at least one of its papers; uncited papers are
offered back once, and no offer ever makes a text cite fewer. What a reader watches never shrinks while it is written.
A draft, and the first half of two, are kept before anything else is asked: a killed run pays for neither again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Protocol

from digest.errors import ModelError
from digest.generative.answer_check import InvalidAnswer, ProseRules, add_usage, ask_until_valid, check_prose
from digest.generative.prompts import prompt_hash, render_prompt
from digest.ports import Answer, BriefPaper, ChatModel, SectionBrief
from digest.text.citations import resolve_citations
from digest.text.language import language_name
from store.records.editions import Usage, fingerprint

_WORDS_A_PAPER = 50
_TOKENS_A_PAPER = 300  # several times what those words take in any language: models that think take tokens for it, too
_TOKENS_AT_LEAST = 1_500

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


def write_section(chat: ChatModel, brief: SectionBrief, on_text: OnText, drafts: DraftStore) -> Answer[str]:
    """Raises ModelError where no text can be had."""
    shown = _report_growth(on_text)
    try:
        draft = _load_or_make("draft", chat, brief, drafts, lambda: _write_draft(chat, brief, shown))
    except ModelError as error:
        if error.kind != "too_long" or len(brief.papers) < 2:
            raise
        return _write_in_halves(chat, brief, on_text, drafts)
    shown(draft.value)
    return _add_uncited(chat, brief, draft, shown)


def _load_or_make(
    kind: str, chat: ChatModel, brief: SectionBrief, drafts: DraftStore, make: Callable[[], Answer[str]]
) -> Answer[str]:
    """A text from an earlier run that was stopped, or made and kept now."""
    held = json.dumps(asdict(brief), default=str, sort_keys=True)
    key = fingerprint(kind, chat.model, prompt_hash("section"), held)
    if (text := drafts.get(key)) is not None:
        return Answer(text, Usage("synthesis", chat.model, calls=0))
    answer = make()
    drafts.add(key, kind, chat.model, answer.value)
    return answer


def _report_growth(on_text: OnText) -> OnText:
    """Tell a text only once it is longer than what was told: a second attempt takes over where it overtakes."""
    longest = ""

    def tell(text: str) -> None:
        nonlocal longest
        longest = max(longest, text, key=len)
        on_text(longest)  # told again though nothing is new: it is how the caller stops a stream

    return tell


def _write_draft(chat: ChatModel, brief: SectionBrief, on_text: OnText) -> Answer[str]:
    def call(complaint: str) -> Answer[str]:
        words = _WORDS_A_PAPER * len(brief.papers)
        return _ask_for_text(chat, brief, brief.papers, on_text, complaint=complaint, words=words, draft="")

    return ask_until_valid(chat.model, call, lambda text: _validate_section(text, brief))


def _ask_for_text(
    chat: ChatModel, brief: SectionBrief, papers: tuple[BriefPaper, ...], on_text: OnText, **values: object
) -> Answer[str]:
    ask = render_prompt(
        "section",
        language=language_name(brief.language),
        question=brief.question,
        title=brief.title if brief.is_theme else "",
        before=brief.before,
        after=brief.after,
        papers=papers,
        **values,
    )
    most = _TOKENS_AT_LEAST + _TOKENS_A_PAPER * len(brief.papers)
    return chat.write(ask, role="synthesis", most_tokens=most, on_text=on_text)


def _validate_section(text: str, brief: SectionBrief) -> str:
    return check_prose(text, ProseRules.of_section(brief))


def _cited_numbers(text: str, brief: SectionBrief) -> frozenset[int]:
    return frozenset(resolve_citations(text, {paper.number for paper in brief.papers}).numbers)


def _add_uncited(chat: ChatModel, brief: SectionBrief, draft: Answer[str], on_text: OnText) -> Answer[str]:
    """The draft with its uncited papers worked in; the draft itself where that does not succeed."""
    cited = _cited_numbers(draft.value, brief)
    uncited = tuple(paper for paper in brief.papers if paper.number not in cited)
    if not uncited:
        return draft
    try:
        second = _ask_for_text(chat, brief, uncited, on_text, complaint="", words=0, draft=draft.value)
    except ModelError as error:
        if error.misconfigured:
            raise
        return Answer(draft.value, add_usage(draft.usage, error.usage) or draft.usage)
    return Answer(_choose_fullest(draft.value, second.value, brief), draft.usage + second.usage)


def _choose_fullest(draft: str, second: str, brief: SectionBrief) -> str:
    """Of the draft and the second text the one that cites more; both, where the second holds only what was missing."""
    try:
        second = _validate_section(second, brief)
    except InvalidAnswer:
        return draft
    apart = not _cited_numbers(draft, brief) & _cited_numbers(second, brief)
    options = [draft, f"{draft}\n\n{second}" if apart else second]
    return max(options, key=lambda text: len(_cited_numbers(text, brief)))


def _write_in_halves(chat: ChatModel, brief: SectionBrief, on_text: OnText, drafts: DraftStore) -> Answer[str]:
    """The section as two, one after the other, each with as much context as the model has."""
    middle = len(brief.papers) // 2
    half = replace(brief, papers=brief.papers[:middle], legs=brief.legs[: middle - 1])
    first = _load_or_make("half", chat, half, drafts, lambda: write_section(chat, half, on_text, drafts))
    second = write_section(
        chat,
        replace(brief, papers=brief.papers[middle:], legs=brief.legs[middle:]),
        lambda text: on_text(f"{first.value}\n\n{text}"),
        drafts,
    )
    return Answer(f"{first.value}\n\n{second.value}", first.usage + second.usage)
