"""Term counts of a pool of papers, and what BM25 makes of them. Pure.

A word in the title counts three times. How much a word tells is known from the table of word frequencies: within a pool
that was searched for, the question's own words are everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from digest.text.word_frequencies import word_frequencies
from store.records.editions import Paper
from store.text.stop_words import STOP_WORDS
from store.text.tokens import stem

Scores = NDArray[np.float64]

_TITLE_WEIGHT = 3
_K1, _B = 1.2, 0.75
_STOP_STEMS = frozenset(map(stem, STOP_WORDS)) | {"|"}


class TermCounts:
    """Rows are the papers, columns the stems of any of them."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        counted = [Counter((paper.title_stems * _TITLE_WEIGHT + paper.abstract_stems).split()) for paper in papers]
        self.column: dict[str, int] = {}
        self.size = len(papers)
        columns = [self.column.setdefault(word, len(self.column)) for counts in counted for word in counts]
        self._columns = np.array(columns, dtype=np.intp)
        self._rows = np.repeat(np.arange(self.size), [len(counts) for counts in counted])
        counts = np.array([count for words in counted for count in words.values()], dtype=np.float64)
        lengths = np.bincount(self._rows, counts, self.size)
        self._shares = counts / np.maximum(lengths, 1)[self._rows]
        longest = 1 - _B + _B * lengths / max(1.0, float(lengths.mean()) if self.size else 1.0)
        idf = np.array([0.0 if word in _STOP_STEMS else word_frequencies().idf(word) for word in self.column])
        self._bm25 = idf[self._columns] * counts * (_K1 + 1) / (counts + _K1 * longest[self._rows])
        self.stems = list(self.column)

    def scores(self, weights: Mapping[str, float]) -> Scores:
        """(papers,): the sum of BM25 over the weighed stems."""
        wanted = np.zeros(len(self.column))
        for word, weight in weights.items():
            if word in self.column:
                wanted[self.column[word]] = weight
        summed = np.bincount(self._rows, self._bm25 * wanted[self._columns], self.size)
        return np.asarray(summed, np.float64)

    def have(self, word: str) -> NDArray[np.bool_]:
        """(papers,): whether each has the stem."""
        found = np.zeros(self.size, dtype=bool)
        if word in self.column:
            found[self._rows[self._columns == self.column[word]]] = True
        return found

    def expansion(self, feedback: Mapping[int, float], most: int) -> dict[str, float]:
        """The stems that make up the given papers most, each with its share; the shares add up to 1. RM3.

        feedback: row -> weight of the paper.
        """
        weight = np.zeros(self.size)
        for row, value in feedback.items():
            weight[row] = value
        mass = np.bincount(self._columns, self._shares * weight[self._rows], len(self.column))
        best = np.argsort(-mass, kind="stable")
        chosen = [at for at in best.tolist() if self.stems[at] not in _STOP_STEMS and mass[at] > 0][:most]
        total = float(mass[chosen].sum()) or 1.0
        return {self.stems[at]: float(mass[at]) / total for at in chosen}
