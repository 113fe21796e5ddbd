"""Questions read by a language model: a role for every word, and the English names of what is asked about.

Invariant: the words are the question's own, in its order, and none is lost: what the model quotes must stand there, and
what it leaves out must be grammar. Ids and addresses are those that the rules find. A record that breaks this is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, Field

from digest.categories import find_category
from digest.generative.answer_check import InvalidAnswer, ask_until_valid
from digest.generative.prompts import prompt_hash, render_prompt
from digest.generative.search_terms import check_term, clean_term
from digest.ports import Answer, ChatModel
from digest.question.understand import check_words, understand
from digest.question.words import Reading
from store.records.lazy_text import lazy_gettext
from store.records.questions import Concept, Correction, QuestionWord, SearchLimits, StructuredQuestion
from store.text.tokens import is_stop, unique_terms

_SCHEMA_VERSION = "1"  # raised with `ReadQuestion`; spelt out, since its JSON schema may change with pydantic
_MOST_TOKENS = 4_000
_MOST_TERM_WORDS = 6
_MOST_TERMS = 8
_MOST_PAPERS = 300
_MOST_AUTHOR_CHARACTERS = 80
_CATEGORY = re.compile(r"[a-z]{2,8}(?:-[a-z]{2,4})?(?:\.(?:[A-Z]{2}|[a-z]{3,4}-[a-z]{2,4}|\*))?")
_ALNUM = re.compile(r"[^\W_]+")


class QuestionPart(BaseModel):
    """A part of the question."""

    quote: str = Field(description="its words, copied letter by letter")
    role: Literal[
        "concept", "exclusion", "author", "category", "period", "count", "language", "paper", "framing", "unknown"
    ]
    terms: list[str] = Field(description="English names; empty for most roles")
    corrected: str = Field(description="how it is spelt, where it is misspelt; else empty")


class ReadQuestion(BaseModel):
    """The question cut into parts, in their order."""

    parts: list[QuestionPart]
    since: str = Field(description="YYYY-MM-DD or empty")
    until: str = Field(description="YYYY-MM-DD or empty")
    max_papers: int = Field(description="papers wanted; 0 where no number is named")


class ChatQuestions:
    """A `QuestionModel` over a chat model. Raises ModelError where its record breaks the invariant twice."""

    def __init__(self, chat: ChatModel) -> None:
        self.model = chat.model
        self.prompt_hash = prompt_hash("questions", settings=_SCHEMA_VERSION)
        self._chat = chat

    def read(self, question: str, now: datetime) -> Answer[StructuredQuestion]:
        def call(complaint: str) -> Answer[ReadQuestion]:
            ask = render_prompt("questions", question=question, today=now.date().isoformat(), complaint=complaint)
            return self._chat.fill(ask, ReadQuestion, role="questions", most_tokens=_MOST_TOKENS)

        return ask_until_valid(self.model, call, lambda filled: _build_record(filled, understand(question, now)))


def _build_record(filled: ReadQuestion, by_rules: StructuredQuestion) -> StructuredQuestion:
    """The record in what a model filled in. by_rules: the same question as rules read it. Raises InvalidAnswer."""
    parts = [part for part in filled.parts if _ALNUM.search(part.quote)]
    words = tuple(_give_roles(parts, by_rules))
    period = " ".join(part.quote.strip() for part in parts if part.role == "period")
    since, until = _read_period(filled, period)
    record = StructuredQuestion(
        text=by_rules.text,
        words=words,
        concepts=tuple(_concept(part) for part in parts if part.role == "concept"),
        limits=SearchLimits(
            since,
            until,
            _unique(_read_category(term) for part in parts if part.role == "category" for term in part.terms),
            _unique(_read_author(part) for part in parts if part.role == "author"),
            _unique(term for part in parts if part.role == "exclusion" for term in _read_terms(part)),
        ),
        paper_ids=by_rules.paper_ids,
        max_papers=min(filled.max_papers, _MOST_PAPERS) if filled.max_papers > 0 else None,
        language=by_rules.language,
        corrections=tuple(
            Correction(part.quote.strip(), corrected)
            for part in parts
            if part.role == "concept" and (corrected := clean_term(part.corrected)) and _differs(corrected, part.quote)
        ),
        period=period,
    )
    _check_asked(record, by_rules)
    return record


def _check_asked(record: StructuredQuestion, by_rules: StructuredQuestion) -> None:
    """Raises InvalidAnswer where words got lost, or all of what is asked did."""
    try:
        check_words(record)
    except ValueError as error:
        raise InvalidAnswer(lazy_gettext("its words are not those of the question: {what}", what=str(error))) from None
    if by_rules.concepts and not (record.concepts or record.limits.authors or record.limits.categories):
        raise InvalidAnswer(lazy_gettext("it found nothing that is asked about"))


def _give_roles(parts: Sequence[QuestionPart], by_rules: StructuredQuestion) -> Iterator[QuestionWord]:
    """Every word of the question with its role."""
    reading = Reading(by_rules.text)
    places = list(_places(reading.text, by_rules.words))
    for start, end, role in places:
        if role == "paper":
            reading.take_span(start, end, "paper")
    _take_parts(reading, parts)
    for start, end, role in places:
        if role == "framing":
            _take_free(reading, start, end)
    for piece in reading.pieces():
        if piece.is_mark:
            continue
        if piece.role is None and not is_stop(piece.text):
            raise InvalidAnswer(lazy_gettext("it has no role for {word}", word=repr(piece.text[:80])))
        yield QuestionWord(piece.text, piece.role or "framing")


def _take_parts(reading: Reading, parts: Sequence[QuestionPart]) -> None:
    at = 0
    for part in parts:
        start, at = _find_quote(reading.text, part.quote, at)
        if part.role != "paper" and not reading.take_span(start, at, part.role):
            raise InvalidAnswer(lazy_gettext("{quote} is an id or an address", quote=repr(part.quote[:80])))
        reading.cut(start, at)


def _places(text: str, words: Sequence[QuestionWord]) -> Iterator[tuple[int, int, str]]:
    at = 0
    for word in words:
        start = text.find(word.text, at)
        if start >= 0:
            at = start + len(word.text)
            yield start, at, word.role


def _find_quote(text: str, quote: str, at: int) -> tuple[int, int]:
    """Where the quote stands behind `at`, whatever marks and blanks are between its words."""
    words = _ALNUM.findall(Reading(quote).text)
    spelt = r"[\W_]*".join(map(re.escape, words))
    before = r"(?<![a-z0-9])" if words[0][0].isascii() else ""
    after = r"(?![a-z0-9])" if words[-1][-1].isascii() else ""
    found = re.compile(before + spelt + after, re.IGNORECASE).search(text, at)
    if not found:
        raise InvalidAnswer(
            lazy_gettext("{quote} does not stand in the question behind the part before it", quote=repr(quote[:80]))
        )
    return found.span()


def _take_free(reading: Reading, start: int, end: int) -> None:
    for place in range(start, end):
        reading.take_span(place, place + 1, "framing")


def _concept(part: QuestionPart) -> Concept:
    return Concept(" ".join(part.quote.split()), _read_terms(part))


def _read_terms(part: QuestionPart) -> tuple[str, ...]:
    terms = unique_terms(clean_term(term) for term in part.terms)[:_MOST_TERMS]
    if not terms:
        raise InvalidAnswer(lazy_gettext("{quote} has no English name", quote=repr(part.quote[:80])))
    for term in terms:
        check_term(term, _MOST_TERM_WORDS)
    return tuple(terms)


def _read_author(part: QuestionPart) -> str:
    """The name as the question writes it, less what is no name; in Latin letters where that is in others."""
    quoted = " ".join(part.quote.split())
    name = " ".join(part.terms[0].split())[:_MOST_AUTHOR_CHARACTERS] if part.terms else ""
    known = {word.casefold() for word in _ALNUM.findall(quoted)}
    spelt = [word.casefold() for word in _ALNUM.findall(name)]
    usable = bool(spelt) and (not quoted.isascii() or known.issuperset(spelt))
    return name if usable else quoted[:_MOST_AUTHOR_CHARACTERS]


def _read_category(term: str) -> str:
    if area := ":" in term and find_category(term):
        return area
    if not _CATEGORY.fullmatch(term.strip()):
        raise InvalidAnswer(lazy_gettext("{term} is no category of arXiv", term=repr(term[:80])))
    return term.strip()


def _read_period(filled: ReadQuestion, quoted: str) -> tuple[datetime | None, datetime | None]:
    since, until = _read_date(filled.since), _read_date(filled.until)
    if bool(since or until) != bool(quoted):
        raise InvalidAnswer(lazy_gettext("a period has words of the question and a date, or neither"))
    if since and until and since >= until:
        raise InvalidAnswer(lazy_gettext("the period ends before it begins"))
    return since, until


def _read_date(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()[:10]).replace(tzinfo=UTC)
    except ValueError:
        raise InvalidAnswer(lazy_gettext("{date} is no date (YYYY-MM-DD)", date=repr(text[:40]))) from None


def _differs(corrected: str, quote: str) -> bool:
    return [word.casefold() for word in _ALNUM.findall(corrected)] != [
        word.casefold() for word in _ALNUM.findall(Reading(quote).text)
    ]


def _unique(found: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))
