"""Control statement: one that is surely not supported, put among those that a model verifies, to see whether it reads.

Invariant: pure; a control is a sentence of one paper of the edition put under the number of another that shares hardly
a word with it; the same papers give the same controls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from digest.claims.same_words import content_words
from digest.ports import BriefPaper, StatementToVerify

_LEAST_WORDS = 6  # of content; a shorter sentence says too little to be wrong
_MOST_SHARED = 0.2  # of its words, with all that the other paper says


class ControlStatements:  # decision 205
    """Of the papers of an edition."""

    def __init__(self, papers: Sequence[BriefPaper]) -> None:
        self._papers = {paper.number: paper for paper in papers}
        self._words = {paper.number: _paper_words(paper) for paper in papers}
        self._sentences = [one for one in _told_sentences(papers) if len(one[1]) >= _LEAST_WORDS]

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


def _paper_words(paper: BriefPaper) -> frozenset[str]:
    return frozenset(content_words(f"{paper.paper.readable_title}\n{' '.join(paper.sentences)}"))


def _told_sentences(papers: Sequence[BriefPaper]) -> Iterator[tuple[int, frozenset[str], str]]:
    """The paper, its words and the sentence, of those without brackets, which might be taken for citations."""
    for paper in papers:
        for sentence in paper.sentences:
            if "[" not in sentence:
                yield paper.number, frozenset(content_words(sentence)), sentence
