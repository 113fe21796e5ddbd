"""Corrections: a word that no paper has and that is near one that many have, and which that is.

Invariant: pure; a word that is known is never corrected, nor one with a digit or with capitals amid it. The nearest by
edits (a letter more, less, another, two exchanged) is taken, of equally near ones that with the same first letter,
then the more frequent.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Protocol

from digest.text.word_frequencies import word_frequencies
from store.text.stop_words import STOP_WORDS
from store.text.tokens import stem

_OFTEN = 20  # papers that a word must be in to be what somebody meant
_OFTEN_AT_TWO = 100  # likewise, two edits away
_OFTEN_ALONE = 1_000  # likewise, each of two that were grown together
_OFTEN_IN_STORE = 3  # papers of the store, as of the table's; a word near to a rarer one is another thing
_SLIPS = 8  # papers in which a word may be a slip of one that is in very many
_FEWEST_LETTERS = 4
_FEWEST_AT_TWO = 8
_SHORT = 6  # letters
_MOST_LETTERS = 24
_CORRIGIBLE = re.compile(r"[^\W\d_](?:[a-z]+(?:-[a-z]+)*)", re.UNICODE)


class Known(Protocol):
    """What the store knows of words."""

    def frequency(self, word: str) -> int:
        """How many papers have the word, in any inflection."""
        ...

    def near(self, word: str) -> Iterable[str]:
        """Words of papers that are spelt much like it, the nearest first."""
        ...


def correct_word(word: str, known: Known | None = None) -> str:
    """What the word was to be, in small letters; "" where it is right, or nothing is near."""
    plain = word.lower()
    if not _CORRIGIBLE.fullmatch(word) or len(plain) < _FEWEST_LETTERS:
        return ""
    if "-" in plain:
        parts = [correct_word(part, known) or part for part in plain.split("-")]
        return "-".join(parts) if parts != plain.split("-") else ""
    if is_known(plain, known):
        return _correct_inside(plain)
    return nearest_word(plain) or _split_word(plain) or _near_in_store(plain, known)


def _near_in_store(word: str, known: Known | None) -> str:
    """A word newer than the table of frequencies: a name of a method, such as flashattention."""
    near = known.near(word) if known else ()
    return next((other for other in near if known and known.frequency(other) >= _OFTEN_IN_STORE), "")


def is_known(word: str, known: Known | None = None) -> bool:
    """Whether any paper has it, in whatever inflection."""
    table = word_frequencies()
    return word in table.words or table.knows(word) or bool(known and known.frequency(word))


def _correct_inside(word: str) -> str:
    """Of a word that no paper writes so, though it has the stem of one: "reinforcment", but not "reinforces"; and of
    one that is a slip of a few papers themselves ("langauge").
    """
    words = word_frequencies().words
    if words.get(word, 0) > _SLIPS:
        return ""
    near = nearest_word(word)
    if word in words and len(word) >= _FEWEST_AT_TWO and words.get(near, 0) >= _OFTEN_ALONE:
        return near if sorted(near) == sorted(word) else ""  # two letters exchanged
    if word in words or stem(near) != stem(word):
        return ""
    shared = next((at for at, (a, b) in enumerate(zip(word, near, strict=False)) if a != b), len(word))
    return near if shared < len(word) - 2 else ""


@lru_cache(maxsize=4096)
def nearest_word(word: str) -> str:
    """The nearest word that many papers have; "" where none is near. The word itself is none."""
    if len(word) > _MOST_LETTERS:
        return ""
    words = word_frequencies().words
    if (sounded := word.replace("f", "ph")) != word and words.get(sounded, 0) >= _OFTEN:
        return sounded
    near = {other for form in _without_one(word) for other in _by_shorter_form().get(form, ())} - {word}
    close = [other for other in near if is_one_edit(word, other) and word[0] in other[:2]]
    if len(word) <= _SHORT:  # too many short words are one letter from another
        close = [other for other in close if len(other) != len(word) or sorted(other) == sorted(word)]
    if not close and len(word) >= _FEWEST_AT_TWO:
        close = [other for other in near if words[other] >= _OFTEN_AT_TWO and other[0] == word[0]]
    return min(close, key=lambda other: (other in STOP_WORDS, other[0] != word[0], -words[other], other), default="")


def is_one_edit(one: str, other: str) -> bool:
    """Whether a letter more, less or another, or two neighbours exchanged, make one word of the other."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swap = short[at + 1 : at + 2] + short[at : at + 1] == long[at : at + 2] and short[at + 2 :] == long[at + 2 :]
    return swap or short[at + 1 :] == long[at + 1 :]


def _split_word(word: str) -> str:
    """Two frequent words that a blank is missing between: neuralnetworks."""
    words = word_frequencies().words
    for at in range(4, len(word) - 3):
        if min(words.get(word[:at], 0), words.get(word[at:], 0)) >= _OFTEN_ALONE:
            return f"{word[:at]} {word[at:]}"
    return ""


def _without_one(word: str) -> Iterator[str]:
    """The word, and the word without each of its letters."""
    yield word
    yield from {word[:at] + word[at + 1 :] for at in range(len(word))}


@lru_cache(maxsize=1)
def _by_shorter_form() -> dict[str, list[str]]:
    """Frequent words by what is left of them without one letter."""
    index = defaultdict(list)
    for word, count in word_frequencies().words.items():
        if count >= _OFTEN and len(word) >= _FEWEST_LETTERS - 1:
            for form in _without_one(word):
                index[form].append(word)
    return dict(index)
