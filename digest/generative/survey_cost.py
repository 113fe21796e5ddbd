"""Survey cost: what a survey will take of its models, and how many candidates may be graded for a share of that.

Invariant: a reckoning before anything is asked, in dollars where all prices are known and something is paid for, else
in tokens; the share is of summaries and text alone, so that grades which have to be asked for again find room in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from digest.llm.pricing import PriceTable, TokenCount
from digest.model_names import BUILTIN
from digest.ports import GRADED_AT_ONCE

GRADING_SHARE = 0.25
_MOST_GRADED = 1_000  # where grading costs nothing
# Tokens a paper, as `bench/costs.py` counts them; of grades, those of a paper, and those that a call has beside.
_SUMMARIES = {"30s": TokenCount(550, 160), "15s": TokenCount(550, 80)}
_TEXT = TokenCount(250, 70)
_GRADE, _GRADING_CALL = TokenCount(150, 35), TokenCount(800, 10)


@dataclass(frozen=True)
class SurveyCost:
    """summary, synthesis: the roles' models, each "provider:model" or "builtin". detail: of the summaries."""

    prices: PriceTable
    summary: str
    synthesis: str
    detail: Literal["30s", "15s"] = "30s"

    def most_graded(self, model: str, papers: int) -> int:
        """How many candidates `model` may grade for a survey of so many papers."""
        writing = self._writing(model)
        dollars = [self.prices.usd(named, tokens) for named, tokens in writing]
        in_dollars = None not in (*dollars, self.prices.of(model)) and any(dollars)

        def units(named: str, tokens: TokenCount) -> float:
            return (self.prices.usd(named, tokens) or 0.0) if in_dollars else float(tokens.input + tokens.output)

        share = GRADING_SHARE * papers * sum(units(named, tokens) for named, tokens in writing)
        return _count_graded(share, units(model, _GRADE), units(model, _GRADING_CALL))

    def _writing(self, model: str) -> list[tuple[str, TokenCount]]:
        """The roles that are paid for, and what each takes a paper; where neither is, as if `model` had both."""
        roles = [(self.summary, _SUMMARIES[self.detail]), (self.synthesis, _TEXT)]
        paid = [(named, tokens) for named, tokens in roles if named != BUILTIN]
        return paid or [(model, tokens) for _, tokens in roles]


def _count_graded(share: float, grade: float, call: float) -> int:
    """Papers whose grades, and the calls that these take, cost the share at most."""
    if not grade:
        return _MOST_GRADED
    calls, rest = divmod(share, GRADED_AT_ONCE * grade + call)
    return min(_MOST_GRADED, int(calls) * GRADED_AT_ONCE + max(0, int((rest - call) / grade)))
