"""Control statement: one that is surely not supported, put among those that a model verifies, to see whether it reads.

Invariant: pure; a control is a sentence of one paper of the edition put under the number of another that shares hardly
a word with it; the same papers give the same controls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from digest.claims.same_words import content_words
from digest.ports import BriefPaper, StatementToVerify

_LEAST_WORDS = 6  # of content; a shorter sentence says too little to be wrong
_MOST_SHARED = 0.2  # of its words, with all that the other paper says


class ControlStatements:  # decision 205
    """Of the papers of an edition."""

    def __init__(self, papers: Sequence[BriefPaper]) -> None:
        self._papers = {paper.number: paper for paper in papers}

    def find(self, cited: Collection[int]) -> StatementToVerify | None:
        """That which fits one of these papers least, the longest of like ones; None where all of them are too alike."""
        best = min(self._candidates(cited), key=lambda found: (found[0], -found[1], found[2]), default=None)
        if best is None:
            return None
        *_, paper, sentence = best
        return StatementToVerify(f"{sentence.rstrip(' .!?')} [{paper}].", (self._papers[paper],))

    def _candidates(self, cited: Collection[int]) -> Iterator[tuple[float, int, int, str]]:
        """How much of a sentence the paper has, too; words of the sentence; the paper; the sentence."""
        for number in sorted(cited):
            said = self._words[number]
            for owner, words, sentence in self._sentences:
                shared = len(words & said) / len(words)
                if owner != number and shared <= _MOST_SHARED:
                    yield shared, len(words), number, sentence

    @cached_property
    def _words(self) -> dict[int, frozenset[str]]:
        return {
            number: frozenset(content_words(f"{paper.paper.readable_title}\n{' '.join(paper.sentences)}"))
            for number, paper in self._papers.items()
        }

    @cached_property
    def _sentences(self) -> list[tuple[int, frozenset[str], str]]:
        """Those without brackets, which might be taken for citations."""
        told = (
            (number, frozenset(content_words(sentence)), sentence)
            for number, paper in self._papers.items()
            for sentence in paper.sentences
            if "[" not in sentence
        )
        return [one for one in told if len(one[1]) >= _LEAST_WORDS]
