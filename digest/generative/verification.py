"""Verification by a language model: whether the papers that a statement cites support it, by which of their sentences.

Invariant: a verdict that a statement is supported, wholly or partly, names a sentence of a paper that it cites, or is
none; a correction cites only papers that the statement cited, in its language, within its length. An answer of which
less than half can be used is refused as a whole: what was checked otherwise stands then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from pydantic import BaseModel, Field

from digest.generative.answer_check import InvalidAnswer, ProseRules, ask_until_valid, check_prose, to_plain_prose
from digest.generative.prompts import prompt_hash, render_prompt
from digest.ports import Answer, BriefPaper, ChatModel, Document, StatementToVerify, Verification
from digest.text import sentences
from digest.text.citations import resolve_citations
from digest.text.data_fence import fence_data
from digest.text.language import language_name
from store.records.lazy_text import lazy_gettext

_SCHEMA_VERSION = "1"  # raised with `StatementVerdicts`; spelt out, since its JSON schema may change with pydantic
_TOKENS_A_STATEMENT, _TOKENS_AT_LEAST = 160, 1_000
_MOST_SENTENCES, _SENTENCE_CHARACTERS = 16, 500  # of a paper; a sentence
_MOST_GROWTH, _GROWTH = 1.5, 80  # a correction is at most so many times as long, and so many characters beside

_POINTER = re.compile(r"(\d{1,4})\.(\d{1,3})")
_ADDRESS = re.compile(r"\[URL\]")
_Verdict = Literal["supported", "partly", "unsupported"]
_FAULTS = ("absent", "contrary", "direction", "number", "detail", "paper")


class VerifiedStatement(BaseModel):
    """What the cited papers' sentences say of one statement."""

    number: int = Field(description="the statement's number")
    evidence: list[str] = Field(description='numbers of the sentences that speak of it, such as "7.3"; [] if none do')
    verdict: str = Field(description="supported, partly or unsupported")
    fault: str = Field(description="empty if supported; else absent, contrary, direction, number, detail or paper")
    correction: str = Field(description="empty if supported; else the statement as the sentences support it")


class StatementVerdicts(BaseModel):
    """Exactly one verdict for every statement."""

    statements: list[VerifiedStatement]


class ChatVerification:
    """A `VerificationModel` over a chat model."""

    def __init__(self, chat: ChatModel) -> None:
        self.model = chat.model
        settings = f"{_MOST_SENTENCES} {_SENTENCE_CHARACTERS} {_SCHEMA_VERSION}"
        self.prompt_hash = prompt_hash("verification", settings=settings)
        self._chat = chat

    def verify(self, statements: Sequence[StatementToVerify], language: str) -> Answer[tuple[Verification | None, ...]]:
        papers = {paper.number: _as_document(paper) for statement in statements for paper in statement.papers}

        def call(complaint: str) -> Answer[StatementVerdicts]:
            ask = render_prompt(
                "verification",
                papers=[papers[number] for number in sorted(papers)],
                statements=[statement.sentence for statement in statements],
                language=language_name(language),
                most=_SENTENCE_CHARACTERS,
                complaint=complaint,
            )
            most = _TOKENS_AT_LEAST + _TOKENS_A_STATEMENT * len(statements)
            return self._chat.fill(ask, StatementVerdicts, role="verification", most_tokens=most)

        return ask_until_valid(
            self.model, call, lambda filled: _read_verdicts(filled.statements, statements, papers, language)
        )


def _as_document(paper: BriefPaper) -> Document:
    cut = paper.sentences or tuple(sentences.split(paper.paper.readable_abstract))
    return Document(paper.number, paper.paper.title, paper.paper.url, cut[:_MOST_SENTENCES])


def _read_verdicts(
    given: Sequence[VerifiedStatement],
    statements: Sequence[StatementToVerify],
    papers: dict[int, Document],
    language: str,
) -> tuple[Verification | None, ...]:
    """By number, the first where there are two. Raises InvalidAnswer where they are of too little use."""
    by_number = {one.number: one for one in reversed(given)}
    found = tuple(
        _read_verdict(by_number[number], statement, papers, language) if number in by_number else None
        for number, statement in enumerate(statements, start=1)
    )
    if 2 * found.count(None) > len(found):
        unused = ", ".join(str(number) for number, one in enumerate(found, start=1) if one is None)
        raise InvalidAnswer(
            lazy_gettext("these statements had no verdict, or no evidence for it: {numbers}", numbers=unused)
        )
    return found


def _read_verdict(
    given: VerifiedStatement, statement: StatementToVerify, papers: dict[int, Document], language: str
) -> Verification | None:
    verdict = given.verdict.strip().lower()
    cited = {paper.number: papers[paper.number] for paper in statement.papers}
    evidence = tuple(dict.fromkeys(_read_pointers(given.evidence, cited)))
    if verdict not in get_args(_Verdict) or (verdict != "unsupported" and not evidence):
        return None
    if verdict == "supported":
        return Verification("supported", evidence)
    fault = given.fault.strip().lower()
    correction = _read_correction(given.correction, statement, language)
    return Verification(
        "partly" if verdict == "partly" else "unsupported", evidence, fault if fault in _FAULTS else "", correction
    )


def _read_pointers(given: Sequence[str], papers: dict[int, Document]) -> Iterator[tuple[int, int]]:
    """Those that name a sentence which was shown."""
    for paper, position in _POINTER.findall(" ".join(given)[:2_000]):
        if int(paper) in papers and int(position) <= len(papers[int(paper)].sentences):
            yield int(paper), int(position)


def _read_correction(given: str, statement: StatementToVerify, language: str) -> str:
    """The sentence as it may stand in the text; "" where it may not, or says the same."""
    clean = to_plain_prose(fence_data(given))
    bound = resolve_citations(clean, {paper.number for paper in statement.papers})
    longest = _MOST_GROWTH * len(statement.sentence) + _GROWTH
    if not bound.numbers or bound.unknown or _ADDRESS.search(bound.text) or len(bound.text) > longest:
        return ""
    if bound.text == statement.sentence or len(sentences.split(bound.text)) > 1:
        return ""
    try:
        return check_prose(bound.text, ProseRules.of_statement(language, bound.numbers))
    except InvalidAnswer:
        return ""
