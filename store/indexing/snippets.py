"""Search snippets: the part of a text that shows why it was found, with the matches highlighted.

Invariant: a snippet is plain text, never markup: where the words stand is told in offsets.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from store.indexing.query_terms import Phrase, fold_token, token_spans

WIDTH = 240  # characters
_LEAD = 60  # characters before the first word found
_MAX_START_SPANS = 30  # places from which a cut may begin: beyond, each shows much the same
_MAX_SHIFT = 20  # characters by which a cut moves to the next space
_SYMBOL_ENDINGS = ("plusplus", "sharp")  # how tokens of C++ and C# end, which no text spells out
_PORTER = snowballstemmer.stemmer("porter")  # as the index stems, not as store/text/tokens.py does
_STEMMER_LOCK = threading.Lock()  # the stemmer holds the word it works on; two threads would get each other's

Span = tuple[int, int]


@dataclass(frozen=True)
class Snippet:
    """A piece of a text; `matches` are [start, end) offsets in it, ascending, apart from each other."""

    text: str
    matches: tuple[Span, ...] = ()


def best_snippet(texts: Iterable[str], wanted: Sequence[Phrase]) -> Snippet:
    """From the first of the texts that hold most of the phrases; its beginning where none holds any."""
    best, spans, most = "", [], -1
    for text in texts:
        folded = " ".join(text.split())
        found = _find_phrases(folded, wanted)
        held = len({which for which, _ in found})
        if held > most:
            best, spans, most = folded, [span for _, span in found], held
        if held == len(wanted):  # no other can hold more
            break
    return _cut(best, _merge_overlaps(spans))


def mark_phrases(text: str, wanted: Sequence[Phrase]) -> Snippet:
    """All of a text."""
    return Snippet(text, tuple(_merge_overlaps(span for _, span in _find_phrases(text, wanted))))


def _find_phrases(text: str, wanted: Sequence[Phrase]) -> list[tuple[int, Span]]:
    """(which phrase, where) for all places where one of the phrases stands."""
    if not wanted:
        return []
    stems = [tuple(_stem(token) for token in phrase) for phrase in wanted]
    # Stemming is slow and changes the last letters only: words that begin otherwise need none.
    beginnings = tuple(stem[: max(1, len(stem) - 2)] for phrase in stems for stem in phrase)
    if text.isascii() and all(map(_is_plain, wanted)) and all(beginnings):
        return _find_single_words(text, stems, beginnings)
    placed = [(start, end, fold_token(token)) for start, end, token in token_spans(text)]
    there = [_stem(token) if token.startswith(beginnings) else "" for _, _, token in placed]
    return [
        (which, (placed[at][0], placed[at + len(phrase) - 1][1]))
        for at in range(len(placed))
        for which, phrase in enumerate(stems)
        if there[at] == phrase[0] and tuple(there[at : at + len(phrase)]) == phrase
    ]


def _is_plain(phrase: Phrase) -> bool:
    return len(phrase) == 1 and phrase[0].isascii() and not phrase[0].endswith(_SYMBOL_ENDINGS)


def _find_single_words(text: str, stems: Sequence[Phrase], beginnings: tuple[str, ...]) -> list[tuple[int, Span]]:
    """The same for single words in a plain text, the usual case: only words that begin so are looked at."""
    which: dict[str, list[int]] = {}
    for number, (stem,) in enumerate(stems):
        which.setdefault(stem, []).append(number)
    found: list[tuple[int, Span]] = []
    for place in _prefix_pattern(beginnings).finditer(text.lower()):
        word = place[0]
        # What ends in a sign is C++, which is another word than C.
        if word[-1] not in "+#":
            found += [(number, place.span()) for number in which.get(_stem(word), ())]
    return found


@lru_cache(maxsize=512)
def _prefix_pattern(beginnings: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(map(re.escape, beginnings))
    return re.compile(rf"(?<![a-z0-9])(?:{words})[a-z0-9]*(?:\+\+|#(?![a-z0-9]))?")


@lru_cache(maxsize=50_000)
def _stem(token: str) -> str:
    with _STEMMER_LOCK:
        return str(_PORTER.stemWord(fold_token(token)))


def _merge_overlaps(spans: Iterable[Span]) -> list[Span]:
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def _cut(text: str, spans: Sequence[Span]) -> Snippet:
    start, end = _window(text, spans)
    before, after = "…" if start else "", "…" if end < len(text) else ""
    shift = len(before) - start
    inside = tuple((a + shift, b + shift) for a, b in spans if start <= a and b <= end)
    return Snippet(f"{before}{text[start:end]}{after}", inside)


def _window(text: str, spans: Sequence[Span]) -> Span:
    """The stretch of about WIDTH characters that shows most of the spans, cut at spaces where some are near."""
    some = spans[:_MAX_START_SPANS]
    first = max(some, key=lambda span: _count_shown_spans(span[0], some), default=(0, 0))[0]
    start = max(0, min(first - _LEAD, len(text) - WIDTH))
    if start:
        space = text.find(" ", start, min(start + _MAX_SHIFT, first))
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + WIDTH)
    if end < len(text):
        space = text.rfind(" ", end - _MAX_SHIFT, end)
        end = space if space >= 0 else end
    return start, end


def _count_shown_spans(first: int, spans: Sequence[Span]) -> int:
    return sum(first <= start and end <= first + WIDTH - _LEAD - _MAX_SHIFT for start, end in spans)
