"""Understanding a question without a language model: every word gets one role, and what is asked becomes concepts.

Invariant: deterministic, pure, and linear in the text. What plainly narrows the search or frames the request is taken
out first, by pattern; then negations; what is left is read word by word in its language, and grouped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from digest.question.author_names import take_authors
from digest.question.concepts import Run, find_runs, is_hollow, is_request, make_concept, split_long, split_verbs, trim
from digest.question.corrections import Known
from digest.question.english_words import read_english
from digest.question.frames import take_frames
from digest.question.languages import question_language
from digest.question.negation import take_negations
from digest.question.search_limits import (
    take_categories,
    take_count,
    take_language,
    take_paper_ids,
    take_publishing,
)
from digest.question.segmentation import find_terms, segment
from digest.question.term_tables import LANGUAGES
from digest.question.terms import Term, role_term
from digest.question.translation import read_foreign
from digest.question.words import Reading, Token
from digest.text.date_range import Period, locate_period
from store.records.questions import Concept, QuestionWord, SearchLimits, StructuredQuestion
from store.text.stop_words import STOP_WORDS
from store.text.tokens import tokens


def understand(text: str, now: datetime, known: Known | None = None) -> StructuredQuestion:  # decision 96
    """The question as a record; one without concepts where nothing in it can be searched for by words.

    known: what the store knows of words, beside the table of frequencies. Limits stand as the question says them,
    contradictory ones (since after until) too.
    """
    reading = Reading(text)
    paper_ids = take_paper_ids(reading)
    categories = take_categories(reading)
    period, period_words = _take_period(reading, now)
    max_papers = take_count(reading)
    asked_language = take_language(reading)
    authors = take_authors(reading)
    take_publishing(reading, reading.text.find(period_words) if period_words else 0)
    take_frames(reading)
    objects_before = take_negations(reading)
    terms, language = _read_terms(reading, known)
    runs, concepts = _find_concepts(
        terms, objects_before, reading.text, language, needed=not (paper_ids or authors or categories)
    )
    limits = SearchLimits(
        period.since, period.until, categories, authors, tuple(_excluded(runs, reading.text, language))
    )
    return StructuredQuestion(
        text=text,
        words=tuple(_words(terms)),
        concepts=tuple(concepts),
        limits=limits,
        paper_ids=paper_ids,
        max_papers=max_papers,
        language=asked_language or language,
        corrections=tuple(correction for term in terms for correction in term.corrections),
        period=period_words,
    )


def restrict(question: StructuredQuestion, limits: SearchLimits) -> StructuredQuestion:
    """The question narrowed further: the narrower bounds, all authors and exclusions; categories given go before its
    own.
    """
    return replace(question, limits=narrow(question.limits, limits))


def narrow(own: SearchLimits, limits: SearchLimits) -> SearchLimits:
    return SearchLimits(
        max(filter(None, (own.since, limits.since)), default=None),
        min(filter(None, (own.until, limits.until)), default=None),
        limits.categories or own.categories,
        tuple(dict.fromkeys((*own.authors, *limits.authors))),
        tuple(dict.fromkeys((*own.exclude, *limits.exclude))),
    )


def check_words(question: StructuredQuestion) -> None:
    """Raises ValueError, saying what, where a content word of the text has no role or more than one, where a word is
    in no text, or where roles and concepts do not agree. Grammar words may be missing.
    """
    _check_order(_plain_tokens(question.text), [token for word in question.words for token in _plain_tokens(word.text)])
    asked = Counter(token for concept in question.concepts for token in _plain_tokens(concept.asked))
    for token, times in (asked - _tokens_of(question, "concept")).items():
        if not _is_small(token):
            raise ValueError(f"{token!r} is asked for {times} times more than words have the role of a concept")
    for token in _tokens_of(question, "concept") - asked:
        if not _is_small(token):
            raise ValueError(f"{token!r} is a word of no concept")
    if any(not concept.asked.strip() or not any(map(str.strip, concept.forms)) for concept in question.concepts):
        raise ValueError("a concept has no words, or no form")
    limits = question.limits
    for role, there in (
        ("exclusion", bool(limits.exclude)),
        ("author", bool(limits.authors)),
        ("category", bool(limits.categories)),
        ("paper", bool(question.paper_ids)),
        ("count", question.max_papers is not None),
        ("period", bool(question.period)),
    ):
        if not there and any(not _is_small(token) for token in _tokens_of(question, role)):
            raise ValueError(f"words have the role {role!r}, and the record has none")


def _check_order(there: Sequence[str], told: Sequence[str]) -> None:
    at = 0
    for token in there:
        if at < len(told) and told[at] == token:
            at += 1
        elif not _is_small(token):
            raise ValueError(f"{token!r} has no role")
    if at < len(told):
        raise ValueError(f"{told[at]!r} is not in the question, or not there")


def _tokens_of(question: StructuredQuestion, role: str) -> Counter[str]:
    return Counter(token for word in question.words if word.role == role for token in _plain_tokens(word.text))


def _plain_tokens(text: str) -> list[str]:
    return tokens(text.replace("’", " ").replace("'", " "))


def _is_small(token: str) -> bool:
    return token in STOP_WORDS or (len(token) == 1 and (token.isascii() or token in _SMALL_KANA))


_SMALL_KANA = frozenset(map(chr, range(0x3041, 0x3097)))


def _take_period(reading: Reading, now: datetime) -> tuple[Period, str]:
    """The period, and the words that name it."""
    found = locate_period(reading.text, now)
    if found is None or not reading.take_span(found.start, found.end, "period"):
        return Period(), ""
    return found.period, reading.text[found.start : found.end].strip()


def _read_terms(reading: Reading, known: Known | None) -> tuple[list[Term], str]:
    """All words and marks as terms in order, and the question's language."""
    fixed = [(start, end, reading.text[start + 1 : end - 1].strip()) for start, end in reading.quoted_spans()]
    fixed += [
        (start, end, english)
        for start, end, english in find_terms(reading.text)
        if any(char.isascii() or char == "・" for char in reading.text[start:end])  # others are read piece by piece
    ]
    fixed = [(start, end, english) for start, end, english in fixed if reading.is_free(start, end)]
    for start, end, _ in fixed:
        reading.cut(start, end)
    pieces = reading.pieces()
    language = question_language(reading.text, pieces)
    shouted = reading.text.isupper() and len(pieces) > 3
    return list(_terms(pieces, fixed, language, known, shouted=shouted)), language


def _terms(
    pieces: Sequence[Token], fixed: Sequence[tuple[int, int, str]], language: str, known: Known | None, *, shouted: bool
) -> Iterator[Term]:
    places = {at: place for place in fixed for at in range(place[0], place[1])}
    latin: list[Token] = []
    inside: list[Token] = []
    for at, piece in enumerate([*pieces, None]):
        plain = piece is not None and piece.role is None and piece.start not in places and not piece.is_cjk
        if plain and piece is not None:
            latin.append(piece)
            continue
        yield from _read_latin(latin, language, known, shouted=shouted)
        latin = []
        if piece is None:
            break
        if piece.start in places and piece.role is None:
            inside.append(piece)
            following = pieces[at + 1] if at + 1 < len(pieces) else None
            if following is None or places.get(following.start) is not places[piece.start]:
                yield from _fixed_term(inside, places[piece.start][2])
                inside = []
        elif piece.role is not None:
            yield role_term(piece)
        else:
            yield from segment(piece)


def _fixed_term(pieces: list[Token], english: str) -> Iterator[Term]:
    """Of a quoted phrase, or of a term with letters of two scripts."""
    words = [piece for piece in pieces if not piece.is_mark]
    if words:
        yield Term(words, "content", english, typed=english if pieces[0].is_mark else "")


def _read_latin(pieces: Sequence[Token], language: str, known: Known | None, *, shouted: bool) -> list[Term]:
    if not pieces:
        return []
    if language in LANGUAGES:
        return read_foreign(pieces, language)
    return read_english(pieces, known, correct=language == "en", shouted=shouted)


def _find_concepts(
    terms: Sequence[Term], objects_before: set[int], text: str, language: str, *, needed: bool
) -> tuple[list[Run], list[Concept]]:
    """The runs with their roles given, and the concepts. needed: whether there must be one if any word will do."""
    found = split_verbs(find_runs(terms, objects_before, language), terms)
    runs = [trim(part) for run in found for part in split_long(run)]
    kept = [run for run in runs if not run.excluded and not is_hollow(run)]
    hollow = [run for run in runs if not run.excluded and is_hollow(run) and not is_request(run)]
    if not kept and hollow and needed:
        kept = [max(hollow, key=lambda run: len(run.words))]
    for run in runs:
        role = "exclusion" if run.excluded else "concept" if any(run is other for other in kept) else "framing"
        for term in run.terms:
            term.role = role  # type: ignore[assignment]
    if not any(run.excluded for run in runs):  # what the negation is about was not understood
        for term in terms:
            term.role = "framing" if term.role == "exclusion" else term.role
    return runs, [make_concept(run, text, language) for run in kept]


def _excluded(runs: Sequence[Run], text: str, language: str) -> list[str]:
    forms = [form for run in runs if run.excluded for form in make_concept(run, text, language).forms]
    return list(dict.fromkeys(forms))


def _words(terms: Sequence[Term]) -> Iterator[QuestionWord]:
    for term in terms:
        role = term.role or ("unknown" if term.kind == "unknown" else "framing")
        yield from (QuestionWord(piece.text, role) for piece in term.pieces if not piece.is_mark)
