"""What a judge said of surveys, of pairs of them and of the labelled claims: values, and the measures that they give.

Invariant: pure; a verdict names its judge, and those of two judges are never mixed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from digest.evaluation.calibration import Calibration
from digest.evaluation.citation_quality import CitationQuality
from digest.evaluation.experiment import Cell, ModelSet, Outcome
from digest.evaluation.paired_comparison import Difference, Measure, Unit, of_units
from store.records.editions import OrderMethod


@dataclass(frozen=True)
class JudgedSurvey:
    cell: Cell
    models: ModelSet
    judge: str
    quality: CitationQuality


@dataclass(frozen=True)
class JudgedPair:
    """cell: of the survey in the order `base`. score: how much better the other is, -1 to 1."""

    cell: Cell
    models: ModelSet
    judge: str
    other: OrderMethod
    papers: str  # as in `Outcome`
    score: float


Judged = JudgedSurvey | JudgedPair | Calibration


@dataclass(frozen=True)
class JudgeReport:
    """All of one judge."""

    judge: str
    calibration: Calibration | None
    surveys: tuple[JudgedSurvey, ...]
    pairs: tuple[JudgedPair, ...]

    def quality_of(self, one: Outcome) -> CitationQuality | None:
        found = (held.quality for held in self.surveys if (held.cell, held.models) == (one.cell, one.models))
        return next(found, None)

    @property
    def measures(self) -> tuple[Measure, ...]:
        return (
            Measure("citation recall", lambda one: found.recall if (found := self.quality_of(one)) else None),
            Measure("citation precision", lambda one: found.precision if (found := self.quality_of(one)) else None),
        )

    def preferences(self, models: ModelSet, base: str, others: Sequence[str]) -> list[Difference]:
        """How much better each other order reads than the base, the papers of a question in a run the unit."""
        return [
            of_units("order", base, other, "preferred, blind", units)
            for other in others
            if (units := self._scores(models, base, other))
        ]

    def _scores(self, models: ModelSet, base: str, other: str) -> dict[Unit, list[float]]:
        units = defaultdict[Unit, list[float]](list)
        for pair in self.pairs:
            if (pair.models, pair.cell.order, pair.other) == (models, base, other):
                units[pair.papers, pair.cell.run].append(pair.score)
        return units


def judge_reports(judged: Sequence[Judged]) -> list[JudgeReport]:
    """One for each judge, in the order of their first verdicts; of several calibrations the last."""
    return [_report_of(judge, judged) for judge in dict.fromkeys(one.judge for one in judged)]


def _report_of(judge: str, judged: Sequence[Judged]) -> JudgeReport:
    own = [one for one in judged if one.judge == judge]
    calibrations = [one for one in own if isinstance(one, Calibration)]
    return JudgeReport(
        judge,
        calibrations[-1] if calibrations else None,
        tuple(one for one in own if isinstance(one, JudgedSurvey)),
        tuple(one for one in own if isinstance(one, JudgedPair)),
    )
