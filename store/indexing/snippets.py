"""Search snippets: the part of a text that shows why it was found, with the matches highlighted.

Invariant: a snippet is plain text, never markup: where the words stand is told in offsets.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from store.indexing.query_terms import Phrase
from store.text.term_match import place_grown_words
from store.text.tokens import place_words, stem, stems

WIDTH = 240  # characters
_LEAD = 60  # characters before the first word found
_MAX_START_SPANS = 30  # places from which a cut may begin: beyond, each shows much the same
_MAX_SHIFT = 20  # characters by which a cut moves to the next space
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
        folded = _compose(" ".join(text.split()))
        found = _find_phrases(folded, wanted)
        held = len({which for which, _ in found})
        if held > most:
            best, spans, most = folded, [span for _, span in found], held
        if held == len(wanted):  # no other can hold more
            break
    return _cut(best, _merge_overlaps(spans))


def mark_phrases(text: str, wanted: Sequence[Phrase]) -> Snippet:
    """All of a text."""
    text = _compose(text)
    return Snippet(text, tuple(_merge_overlaps(span for _, span in _find_phrases(text, wanted))))


def _compose(text: str) -> str:
    """Letters and their accents as one character, as words are compared."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _find_phrases(text: str, wanted: Sequence[Phrase]) -> list[tuple[int, Span]]:
    """(which phrase, where) for all places where one of the phrases stands."""
    forms = [(which, tuple(form.split())) for which, phrase in enumerate(wanted) for form in phrase]
    if not forms:
        return []
    initials = "".join(form[0][0] for _, form in forms)
    beginning: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for which, form in forms:
        beginning.setdefault(form[0], []).append((which, form))
    found = [
        (which, (start, last))
        for start, end, word in place_words(text, initials)
        for which, form in beginning.get("".join(_stems_of(word)[:1]), ())
        if (last := end if len(form) == 1 else _end_of(form, text, start))
    ]
    grown = [(span, stem(word)) for *span, word in place_grown_words(text) if word[0] in initials or not word.isascii()]
    return found + [(which, (a, b)) for (a, b), word in grown for which, form in forms if form == (word,)]


def _end_of(form: Sequence[str], text: str, start: int) -> int:
    """Where the form ends that begins with the word at `start`; 0 where it does not begin there.

    A word of the text may have several stems: ½ is 1 and 2.
    """
    left = tuple(form)
    for _, end, word in place_words(text, start=start):
        own = _stems_of(word)
        if not own or left[: len(own)] != own[: len(left)]:
            return 0
        left = left[len(own) :]
        if not left:
            return end
    return 0


@lru_cache(maxsize=50_000)
def _stems_of(word: str) -> tuple[str, ...]:
    return tuple(stems(word))


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
    ends = [end for _, end in some]  # ascending
    shown = [bisect_right(ends, first + WIDTH - _LEAD - _MAX_SHIFT) - n for n, (first, _) in enumerate(some)]
    first = some[shown.index(max(shown))][0] if some else 0
    start = max(0, min(first - _LEAD, len(text) - WIDTH))
    if start:
        space = text.find(" ", start, min(start + _MAX_SHIFT, first))
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + WIDTH)
    if end < len(text):
        space = text.rfind(" ", end - _MAX_SHIFT, end)
        end = space if space >= 0 else end
    return start, end
