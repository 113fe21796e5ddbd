"""Search terms that a language model names: bounded English words, without signs and operators, or refused."""

from __future__ import annotations

import re

from digest.generative.answer_check import InvalidAnswer
from store.records.lazy_text import lazy_gettext

_MOST_CHARACTERS = 60
_WORD = re.compile(r"(?:[^\W_]+(?:[-'’.][^\W_]+)*)[+#]{0,2}")
_OPERATORS = frozenset({"AND", "OR", "NOT", "ANDNOT"})
_LATIN = re.compile(r"[A-Za-z0-9\u00c0-\u024f\u0370-\u03ff]")
_QUOTES = " \"'“”‘’«»"


def clean_term(term: str) -> str:
    """On one line, without quotation marks around it."""
    return " ".join(term.strip(_QUOTES).split())


def check_term(term: str, most_words: int) -> None:
    """Raises InvalidAnswer."""
    words = term.split()
    if not 1 <= len(words) <= most_words or len(term) > _MOST_CHARACTERS:
        raise InvalidAnswer(
            lazy_gettext("the term {term} has not 1 to {most} words", term=repr(term[:80]), most=most_words)
        )
    if _OPERATORS & set(words) or not all(_WORD.fullmatch(word) for word in words):
        raise InvalidAnswer(
            lazy_gettext("the term {term} has signs or operators, and a term has only words", term=repr(term))
        )
    if not _LATIN.search(term):
        raise InvalidAnswer(lazy_gettext("the term {term} is not in English", term=repr(term)))
