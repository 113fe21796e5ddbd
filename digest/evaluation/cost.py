"""What an experiment may cost, reckoned before anything is asked.

Invariant: an estimate in whole numbers of calls and tokens, and in dollars where all prices are known; rather too much
than too little. What models took for finished surveys is not looked at: the first survey of a run pays for its others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digest.evaluation.experiment import Cell, ModelSet, total
from digest.llm.pricing import PriceTable, TokenCount
from digest.model_names import is_built_in

# Tokens a paper, as `bench/costs.py` counts them, rounded up; and those of a survey, however many papers it has.
_SUMMARY = {"30s": TokenCount(600, 160), "15s": TokenCount(600, 80)}
_TEXT = TokenCount(3_000, 150)  # every section sees all papers, most of it from the provider's cache
_READING = TokenCount(5_000, 600)  # the question
_GRADES = TokenCount(400, 80)
_VECTORS = TokenCount(1_800)  # of all candidates
_CLAIMS = TokenCount(1_000, 60)  # two rounds, each paper with its abstract
_PAIR = TokenCount(300, 10)  # two texts, in two positions
_CALIBRATION = TokenCount(20_000, 1_000)


@dataclass(frozen=True)
class CostEstimate:
    """usd: None where a price is unknown."""

    surveys: int
    tokens: int
    usd: float | None

    def __add__(self, other: CostEstimate) -> CostEstimate:
        usd = total([self.usd, other.usd])
        return CostEstimate(self.surveys + other.surveys, self.tokens + other.tokens, usd)


def estimate_surveys(cells: Sequence[Cell], models: ModelSet, papers: int, prices: PriceTable) -> CostEstimate:
    """papers: that a survey has at most. Summaries, vectors and questions are paid for once by what shares them."""
    details = {(cell.run, cell.question, cell.detail, cell.selection) for cell in cells}
    asked = {(cell.run, cell.question, cell.selection) for cell in cells}
    spent = [
        *((models.synthesis, _times(_TEXT, papers)) for _ in cells),
        *((models.summary, _times(_SUMMARY[detail], papers)) for _, _, detail, _ in details),
        *((models.embedding, _times(_VECTORS, papers)) for _ in asked),
        *((models.queries, _READING) for _ in asked),
        *((models.summary, _times(_GRADES, papers)) for _ in asked),
    ]
    return _estimate(len(cells), spent, prices)


def estimate_judging(surveys: int, pairs: int, judge: str, papers: int, prices: PriceTable) -> CostEstimate:
    spent = [_times(_CLAIMS, papers * surveys), _times(_PAIR, papers * pairs), _CALIBRATION]
    return _estimate(0, [(judge, tokens) for tokens in spent], prices)


def _estimate(surveys: int, spent: Iterable[tuple[str, TokenCount]], prices: PriceTable) -> CostEstimate:
    paid = [(model, tokens) for model, tokens in spent if not is_built_in(model)]
    usd = total(prices.usd(model, tokens) for model, tokens in paid)
    return CostEstimate(surveys, sum(tokens.input + tokens.output for _, tokens in paid), usd)


def _times(tokens: TokenCount, count: int) -> TokenCount:
    return TokenCount(tokens.input * count, tokens.output * count)
