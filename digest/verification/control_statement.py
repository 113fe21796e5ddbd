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


_ToldSentence = tuple[int, frozenset[str], str]


class ControlStatements:  # decision 205
    """Of the papers of an edition."""

    def __init__(self, papers: Sequence[BriefPaper]) -> None:
        self._papers = {paper.number: paper for paper in papers}
        sentences = [one for one in _told_sentences(papers) if len(one[1]) >= _LEAST_WORDS]
        self._of_paper = {paper.number: _best_candidate(paper, sentences) for paper in papers}

    def find(self, cited: Collection[int]) -> StatementToVerify | None:
        """That which fits one of these papers least, the longest of like ones; None where all of them are too alike."""
        found = [one for number in cited if (one := self._of_paper[number])]
        if not found:
            return None
        *_, paper, sentence = min(found)
        return StatementToVerify(f"{sentence.rstrip(' .!?')} [{paper}].", (self._papers[paper],))


def _best_candidate(paper: BriefPaper, sentences: Sequence[_ToldSentence]) -> tuple[float, int, int, str] | None:
    """How much of a sentence the paper has, too; less the words of the sentence; the paper; the sentence."""
    said, best = _paper_words(paper), (_MOST_SHARED, 1)
    found: tuple[float, int, int, str] | None = None
    for owner, words, sentence in sentences:
        rank = len(words & said) / len(words), -len(words)
        if owner != paper.number and rank < best:
            best, found = rank, (*rank, paper.number, sentence)
    return found


def _paper_words(paper: BriefPaper) -> frozenset[str]:
    return frozenset(content_words(f"{paper.paper.readable_title}\n{' '.join(paper.sentences)}"))


def _told_sentences(papers: Sequence[BriefPaper]) -> Iterator[_ToldSentence]:
    """The paper, its words and the sentence, of those without brackets, which might be taken for citations."""
    for paper in papers:
        for sentence in paper.sentences:
            if "[" not in sentence:
                yield paper.number, frozenset(content_words(sentence)), sentence
