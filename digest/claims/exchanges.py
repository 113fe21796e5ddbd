"""Exchange test: whether a statement would fit a paper better if two of its phrases changed places. Pure.

Invariant: it needs no parse. A true statement may tell things in another order than the paper, but words that are
neighbours in it are near each other in the paper; where two phrases have changed places, each has the other's
neighbours.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, groupby, pairwise

from digest.claims.same_words import same_word, spell_out
from digest.claims.word_order import as_active
from store.text.tokens import is_stop, tokens

_PUNCTUATION = re.compile(r"[^\w\s'’-]+")
_NEAR = 8  # words of the paper; two that are further apart have nothing to do with each other
_BACKWARD = 0.5  # what nearness counts in the other order
_EASE = 4  # pairs added to each statement's, as one pair more or less says little of a short one
_MOST_WORDS = 30  # of a statement


def phrases(text: str) -> list[list[str]]:
    """The words of content between words of grammar and punctuation, each passive with its agent first."""
    return [
        list(map(same_word, run))
        for part in _PUNCTUATION.split(spell_out(as_active(text)))
        for is_grammar, run in groupby(tokens(part), key=is_stop)
        if not is_grammar
    ]


def exchange_gain(said: Sequence[Sequence[str]], places: Mapping[str, Sequence[int]]) -> float:
    """0..1: how much better the phrases of a statement would fit a paper after the best exchange of two of them.

    places: where each word of the paper stands, rising.
    """
    # decision 282
    known = [shared for phrase in said if (shared := [word for word in phrase if word in places])]
    row = [word for phrase in known for word in phrase][:_MOST_WORDS]
    nearness = _Nearness(places)
    own = nearness.of(row)
    most = max((nearness.of(other) for other in _exchanges(row, known)), default=own)
    return max(0.0, most - own) / (2 * len(row) + _EASE)


def _exchanges(row: list[str], known: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """The row with each two phrases exchanged: whole ones, or without their last words, where a verb may stand."""
    parts, start = list[tuple[int, int]](), 0
    for phrase in known:
        parts += [(start, start + size) for size in range(1, len(phrase) + 1) if start + size <= len(row)]
        start += len(phrase)
    for (a, b), (c, d) in combinations(parts, 2):
        if a != c:
            yield row[:a] + row[c:d] + row[b:c] + row[a:b] + row[d:]


class _Nearness(dict[tuple[str, str], float]):
    """How near a word stands behind another in a paper: 1 next to it, 0 far away, less before it than behind."""

    def __init__(self, places: Mapping[str, Sequence[int]]) -> None:
        self._places = places

    def of(self, row: Sequence[str]) -> float:
        """The sum over the words of a row that are neighbours, or have one word between them."""
        next_but_one = zip(row, row[2:], strict=False)
        return sum(map(self.__getitem__, pairwise(row))) + sum(map(self.__getitem__, next_but_one))

    def __missing__(self, pair: tuple[str, str]) -> float:
        first, second = (self._places[word] for word in pair)
        nearest = 0.0
        for at in first:
            before, behind = bisect_left(second, at), bisect_right(second, at)
            if behind < len(second):
                nearest = max(nearest, 1 - (second[behind] - at - 1) / _NEAR)
            if before:
                nearest = max(nearest, _BACKWARD * (1 - (at - second[before - 1] - 1) / _NEAR))
        self[pair] = nearest
        return nearest
