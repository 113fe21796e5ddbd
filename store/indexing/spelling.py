"""Near spellings: the words of a vocabulary that are one or two slips away from one that is in no text.

Invariant: pure; a suggestion shares the first letter, differs by at most 2 letters left out, put in, changed or swapped
(1 in a short word), and is a word as it is written somewhere. The work is bounded by the words of that first letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_LEAST_LETTERS = 4  # of a word that is thought of as misspelt
_LONG_LETTERS = 7  # from here on, two slips
_MOST_LETTERS = 30


def near_spellings(word: str, vocabulary: Mapping[str, int], most: int = 3) -> list[str]:
    """The nearest words, of equals the commonest. vocabulary: words with how often each is there."""
    wanted = word.lower()
    if not _LEAST_LETTERS <= len(wanted) <= _MOST_LETTERS or not wanted.isalpha():
        return []
    slips = 2 if len(wanted) >= _LONG_LETTERS else 1
    near = [
        (distance, -count, other)
        for other, count in vocabulary.items()
        if abs(len(other) - len(wanted)) <= slips
        and other[0] == wanted[0]
        and 0 < (distance := count_slips(wanted, other, slips)) <= slips
    ]
    return [other for _, _, other in sorted(near)[:most]]


def count_slips(word: str, other: str, most: int) -> int:
    """How many letters are left out, put in, changed, or swapped with the next; `most` + 1 where they are more."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(word, 1):
        new = [at]
        for there, its in enumerate(other, 1):
            best = min(row[there] + 1, new[-1] + 1, row[there - 1] + (letter != its))
            if before and there > 1 and letter == other[there - 2] and word[at - 2] == its:
                best = min(best, before[there - 2] + 1)
            new.append(best)
        if min(new) > most:
            return most + 1
        before, row = row, new
    return row[-1]


def split_words(texts: Iterable[str]) -> Iterable[str]:
    """Words as they are written, in small letters; what holds more than letters is none."""
    for text in texts:
        for word in text.lower().split():
            bare = word.strip(".,;:!?()[]{}'\"“”‘’*$")
            if len(bare) >= _LEAST_LETTERS and bare.isalpha():
                yield bare
