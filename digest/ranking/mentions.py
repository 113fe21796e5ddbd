"""Names as citations: a paper that gives its work a name ("LoRA: Low-Rank ...") is cited by whoever names it. Pure.

The oldest paper of a name owns it, where its abstract introduces it and it is no plain word; only younger ones vote.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from digest.text.word_frequencies import word_frequencies
from store.records.editions import Paper
from store.text.tokens import stems

_NAMED = re.compile(r"([A-Za-z][\w+\-]*(?: [\w+\-]*[\dA-Z][\w+\-]*)?)\s*:\s")
_INTRODUCES = re.compile(r"\b(?:introduc|present|propos|develop|releas|call|dub|nam|term)\w*\b", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z][\w+]*(?:-[\w+]+)*")
_MOST_LOWER = 0.3  # of all uses; more, and it is a plain word
_LEAST_IDF = 4.6  # a name in more than a hundredth of all papers is a subject, and no single paper's


class Mentions:
    """Who is named by whom among some papers."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self._words = [frozenset(_TOKEN.findall(paper.readable_abstract)) for paper in papers]
        self._papers = papers
        self._uses = Counter(word for words in self._words for word in words)
        self.owners = self._owners()

    def count(self, among: Sequence[int]) -> list[int]:
        """How many of the papers in the given rows name each paper."""
        counts = [0] * len(self._papers)
        for name, owner in self.owners.items():
            born = self._papers[owner].published
            counts[owner] += sum(
                name in self._words[row] and row != owner and self._papers[row].published > born for row in among
            )
        return counts

    def names_without_paper(self, among: Sequence[int], least: int, most: int) -> list[str]:
        """Names of things that several of the given papers mention and none of all has; first those that are mentioned
        here more than anywhere.
        """
        uses = Counter(word for row in among for word in self._words[row] if _is_odd(word))
        telling = {
            word: n * _rarity(word)
            for word, n in uses.items()
            if n >= least and _rarity(word) >= _LEAST_IDF and word not in self.owners and not self._is_plain(word)
        }
        return sorted(telling, key=lambda word: -telling[word])[:most]

    def _owners(self) -> dict[str, int]:
        owners: dict[str, int] = {}
        for row, paper in enumerate(self._papers):
            found = _NAMED.match(paper.readable_title)
            if not found or found[1] not in self._words[row] or not _INTRODUCES.search(paper.readable_abstract):
                continue
            name = found[1]
            if self._is_plain(name):
                continue
            if name not in owners or paper.published < self._papers[owners[name]].published:
                owners[name] = row
        return owners

    def _is_plain(self, name: str) -> bool:
        return self._uses[name.lower()] > _MOST_LOWER * (self._uses[name.lower()] + self._uses[name]) or name.islower()


def _rarity(name: str) -> float:
    return max(map(word_frequencies().idf, stems(name)), default=0.0)


def _is_odd(word: str) -> bool:
    """Written as names of models and data sets are: BERT, LoRA, GPT-4; not AI, and no plural of an abbreviation."""
    capitals = sum(map(str.isupper, word))
    return len(word) > 2 and capitals > 1 and not (word.endswith("s") and word[:-1].isupper())
