"""Word frequencies: in how many papers a word or stem is, counted once over 52,000 of arXiv's and brought along.

A young store knows only what was asked of it, in which the question's own words are everywhere; what is rare has to be
known before. The table is made by bench/word_frequencies.py.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from store.text.tokens import stem

_RARE = 2  # papers that a word is taken to be in that the table does not have: it holds those of 3 and more


@dataclass(frozen=True)
class WordFrequencies:
    """stems, words: in how many of `papers` papers each is; words in small letters, of three papers and more."""

    papers: int
    stems: Mapping[str, int]
    words: Mapping[str, int]

    def idf(self, name: str) -> float:
        """log((papers + 1) / papers with the stem), above 0; of a stem it does not have, the greatest."""
        return math.log((self.papers + 1) / self.stems.get(name, _RARE))

    def knows(self, word: str) -> bool:
        return stem(word) in self.stems


@lru_cache(maxsize=1)
def word_frequencies() -> WordFrequencies:
    """The table, read once."""
    text = gzip.decompress((files("digest.text") / "word_frequencies.txt.gz").read_bytes()).decode()
    papers, *lines = text.split("\n")
    stems, words = {}, {}
    for line in lines:
        name, count, *written = line.split(" ")
        stems[name] = int(count)
        for word in written:
            spelling, _, its = word.partition(":")
            words[spelling] = int(its)
    return WordFrequencies(int(papers), stems, words)
