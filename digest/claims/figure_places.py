"""Place of a figure: whether another figure of the paper would fit better where a statement has one of its own. Pure.

Invariant: it needs no parse. A paper that has 188 hours of 38 speakers has both figures of "38 hours of 188 speakers";
the words that stand beside each of them tell which is which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from digest.claims.figures import figure_spans, is_same_figure, without_ratios
from digest.claims.same_words import content_words, spell_out

_CLAUSE = re.compile(r"[;:()]|[,.](?!\d)|\b(?:while|whereas|and|but|which|then|before|after)\b")
_PART = re.compile(r"[;:()]|[,.](?!\d)")  # of a statement
_OF_NAME_BEFORE = re.compile(r"[A-Za-z]-?$")  # GPT-4, ...
_OF_NAME_BEHIND = re.compile(r"-?[A-Za-wyz]")  # ... 3D: no figures. 5x is one.
_PERCENT = "%"
_NEAR = 6  # words of the paper
_BETWEEN_CLAUSES = 1  # words that the end of a clause counts as; two sentences are never near
_BESIDE = 4  # words of the statement on either side of a figure that tell what it counts
_BACKWARD = 0.6  # what nearness counts on the other side of the figure
_MOST_FIGURES = 20  # of a statement that are looked at
_MOST_VALUES, _MOST_PLACES = 100, 20  # of a paper, and of one value or word in it
_EASE = 0.5  # added to the weight of a figure's words, as one word says little

_Beside = tuple[str, float, bool]  # a word, its weight, and whether it stands behind the figure


class FigurePlaces:
    """Where each figure and each word of a paper stands."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self._words: dict[str, list[int]] = {}
        self._figures: dict[float, list[int]] = {}
        at = 0
        for sentence in sentences:
            for clause in _CLAUSE.split(sentence):
                for item in _items(clause):
                    if isinstance(item, str):
                        _note(self._words.setdefault(item, []), at)
                    elif item in self._figures or len(self._figures) < _MOST_VALUES:
                        _note(self._figures.setdefault(item, []), at)
                    at += 1
                at += _BETWEEN_CLAUSES
            at += _NEAR

    def misfit(self, text: str) -> float:
        """How much better other figures of the paper would fit than the statement's, added up: 0, rarely above 1.

        A figure that the paper does not have counts for nothing here.
        """
        row: list[str | float] = []
        for part in _PART.split(without_ratios(text, self._figures)):
            row += [*_items(part), ""]
        figures = [at for at, item in enumerate(row) if isinstance(item, float)][:_MOST_FIGURES]
        return sum(self._misfit(row, at) for at in figures)

    def _misfit(self, row: list[str | float], at: int) -> float:
        own = [figure for figure in self._figures if is_same_figure(float(row[at]), figure)]
        beside = list(self._beside(row, at))
        if not own or not beside:
            return 0.0
        fits = max(self._fit(figure, beside) for figure in own)
        others = max((self._fit(figure, beside) for figure in self._figures if figure not in own), default=fits)
        return max(0.0, others - fits) / (sum(weight for _, weight, _ in beside) + _EASE)

    def _beside(self, row: list[str | float], at: int) -> Iterator[_Beside]:
        for distance in range(1, _BESIDE + 1):
            for place, is_behind in ((at + distance, True), (at - distance, False)):
                if 0 <= place < len(row) and (word := row[place]) in self._words:
                    yield str(word), 1 / distance, is_behind

    def _fit(self, figure: float, beside: Sequence[_Beside]) -> float:
        """How near the words stand to the place of the figure that is best for them."""
        return max(
            sum(weight * self._nearness(word, at, is_behind=is_behind) for word, weight, is_behind in beside)
            for at in self._figures[figure]
        )

    def _nearness(self, word: str, at: int, *, is_behind: bool) -> float:
        return max(
            max(0.0, 1 - (abs(place - at) - 1) / _NEAR) * (1.0 if (place > at) == is_behind else _BACKWARD)
            for place in self._words[word]
        )


def _note(places: list[int], at: int) -> None:
    if len(places) < _MOST_PLACES:
        places.append(at)


def _items(text: str) -> Iterator[str | float]:
    """The words of content and the figures of a text, in order."""
    text, done = spell_out(text), 0
    for value, start, end in figure_spans(text):
        yield from content_words(text[done:start])
        if _OF_NAME_BEFORE.search(text[max(0, start - 2) : start]) or _OF_NAME_BEHIND.match(text, end):
            yield text[start:end]
        else:
            yield value
            if text[end : end + 1] == "%":
                yield _PERCENT
        done = end
    yield from content_words(text[done:])
