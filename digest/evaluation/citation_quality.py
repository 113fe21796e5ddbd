"""Citation recall and precision of a survey, a claim at a time, as AutoSurvey (arXiv:2406.10252) defines them.

A claim is a sentence that cites; h(c, R) is whether the papers R together support claim c, as a judge says. Recall is
the share of claims that all their papers together support. Precision is the share of citations that hold: the claim is
supported, and the paper supports it by itself, or the others no longer do without it.

Invariant: pure; what a judge is asked is determined by the text, and asked once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from digest.text import sentences
from digest.text.citations import cited_numbers, resolve_citations
from store.records.editions import Edition


@dataclass(frozen=True)
class SupportQuestion:
    """Whether these papers, by number, together support a claim, which is without its markers."""

    claim: str
    papers: tuple[int, ...]  # ascending

    def of(self, *papers: int) -> SupportQuestion:
        """The same claim, held against other papers."""
        return SupportQuestion(self.claim, tuple(sorted(papers)))

    def without(self, paper: int) -> SupportQuestion:
        return self.of(*(other for other in self.papers if other != paper))


Judge = Callable[[Collection[SupportQuestion]], dict[SupportQuestion, bool]]


@dataclass(frozen=True)
class CitationQuality:
    """claims: how many cite; citations: markers in them."""

    claims: int
    supported: int
    citations: int
    held: int

    def __add__(self, other: CitationQuality) -> CitationQuality:
        return CitationQuality(
            self.claims + other.claims,
            self.supported + other.supported,
            self.citations + other.citations,
            self.held + other.held,
        )

    @property
    def recall(self) -> float | None:
        return self.supported / self.claims if self.claims else None

    @property
    def precision(self) -> float | None:
        return self.held / self.citations if self.citations else None


def cited_claims(edition: Edition) -> list[SupportQuestion]:
    """Every sentence of the text that cites, with all the papers that it cites, in order."""
    known = {paper.number for paper in edition.papers}
    lines = [
        line for text in (edition.opening, *(part.text for part in edition.sections)) for line in text.splitlines()
    ]
    cited = [(said, cited_numbers(said, known)) for line in lines for said in sentences.split(line)]
    return [
        SupportQuestion(resolve_citations(said, ()).text, tuple(sorted(papers))) for said, papers in cited if papers
    ]


def measure_citations(claims: Sequence[SupportQuestion], judge: Judge) -> CitationQuality:
    """Two rounds of questions: papers together and each alone; then, where one alone does not do, the others."""
    several = [claim for claim in claims if len(claim.papers) > 1]
    answers = judge({*claims, *(claim.of(paper) for claim in several for paper in claim.papers)})
    doubted = [
        claim.without(paper)
        for claim in several
        for paper in claim.papers
        if answers[claim] and not answers[claim.of(paper)]
    ]
    answers |= judge(set(doubted)) if doubted else {}

    def holds(claim: SupportQuestion, paper: int) -> bool:
        return answers[claim] and (answers[claim.of(paper)] or not answers[claim.without(paper)])

    return CitationQuality(
        len(claims),
        sum(answers[claim] for claim in claims),
        sum(len(claim.papers) for claim in claims),
        sum(holds(claim, paper) for claim in claims for paper in claim.papers),
    )
