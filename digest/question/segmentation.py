"""Segmentation of Japanese and Chinese: terms of the glossary, grammar and framing, and what is left, not understood.

Invariant: the longest entry that begins at a place is taken there, of equal ones the term; each character is in one
piece. What no entry knows stays together, without the particles at its edges.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from digest.question.term_tables import fold_spelling, framing_words, glossary
from digest.question.terms import Term, TermKind
from digest.question.words import Token
from store.text.tokens import HIRAGANA

_HIRAGANA_RUN = re.compile(f"[{HIRAGANA}ー]+")
_SAME_SCRIPT = re.compile(r"[\u30a1-\u30fa\u30fc-\u30ff]+|[\u3005-\u3007\u3400-\u9fff\uf900-\ufaff]+|.", re.DOTALL)
_PARTICLES = (
    "的在中上下和与與對对及用等是了请請吗嗎呢吧将將把被從从以為为于於"
    "或並并更有后後前内個个这這那其之做最新都会能可要些種种來来所"
)
_ALWAYS_APART = "的和与與及在对對是了请請吗嗎呢"
_LATIN = re.compile(r"[a-z0-9]", re.IGNORECASE)
_Entries = Mapping[
    str, tuple[tuple[str, str], ...]
]  # by first character: (entry, English or "" of framing), long first


@lru_cache(maxsize=1)
def _entries() -> _Entries:
    by_first: dict[str, dict[str, str]] = defaultdict(dict)
    for word in framing_words("ja") | framing_words("zh"):
        by_first[word[0]][word] = ""
    for term, english in glossary().items():
        by_first[term[0]][term] = english
    return {first: tuple(sorted(found.items(), key=lambda entry: -len(entry[0]))) for first, found in by_first.items()}


def find_terms(text: str) -> list[tuple[int, int, str]]:
    """Where terms of the glossary stand in a text, Latin letters and all (3D生成), with their English words."""
    folded, places = _fold_with_places(text)
    found, at = [], 0
    while at < len(folded):
        entry, english = _longest(folded, at)
        if english and _cuts_latin(folded, at, at + len(entry)):
            entry = ""
        elif english:
            found.append((places[at], places[at + len(entry) - 1] + 1, english))
        at += len(entry) or 1
    return found


def _fold_with_places(text: str) -> tuple[str, list[int]]:
    """The text in one spelling, and where each of its characters stood."""
    kept = [at for at, char in enumerate(text) if char != "・"]
    folded = fold_spelling(text)
    return (folded, kept) if len(folded) == len(kept) else (text, list(range(len(text))))


def _longest(text: str, at: int) -> tuple[str, str]:
    return next((entry for entry in _entries().get(text[at], ()) if text.startswith(entry[0], at)), ("", ""))


def _cuts_latin(text: str, start: int, end: int) -> bool:
    """Whether an end of the place is amid a Latin word."""
    return any(0 < at < len(text) and _LATIN.match(text[at - 1]) and _LATIN.match(text[at]) for at in (start, end))


def segment(piece: Token) -> Iterator[Term]:
    """The terms of a run of Japanese or Chinese."""
    at, unknown = 0, 0
    text = fold_spelling(piece.text) if len(fold_spelling(piece.text)) == len(piece.text) else piece.text
    while at < len(text):
        entry, english = _longest(text, at)
        kana = _HIRAGANA_RUN.match(text, at)
        if at > unknown and len(entry) == 1 and not english and not kana and entry not in _ALWAYS_APART:
            entry = ""  # amid a word that no entry knows
        size = len(entry) or (kana.end() - at if kana else 0)
        if not size:
            at += 1
            continue
        yield from _read_unknown(piece, unknown, at)
        yield _term(piece, at, at + size, "content" if english else "grammar", english)
        at = unknown = at + size
    yield from _read_unknown(piece, unknown, at)


def _read_unknown(piece: Token, start: int, end: int) -> Iterator[Term]:
    """What no entry knows: runs of one script, the particles at the edges of Chinese ones apart."""
    for found in _SAME_SCRIPT.finditer(piece.text, start, end):
        word = found[0]
        left = found.start() + len(word) - len(word.lstrip(_PARTICLES))
        right = max(left, found.end() - (len(word) - len(word.rstrip(_PARTICLES))))
        for first, last, kind in (
            (found.start(), left, "grammar"),
            (left, right, "unknown"),
            (right, found.end(), "grammar"),
        ):
            if first < last:
                yield _term(piece, first, last, kind)  # type: ignore[arg-type]


def _term(piece: Token, start: int, end: int, kind: TermKind, english: str = "") -> Term:
    part = Token(piece.start + start, piece.start + end, piece.text[start:end])
    return Term([part], kind, english)
