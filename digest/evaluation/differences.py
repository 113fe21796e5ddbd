"""The report's answer to what it was made for: what each factor changes, with intervals; and what a judge said.

Invariant: a difference is called found only where `paired_comparison.mark_found` says so; what too few pairs leave
open is said to be open.
"""

from __future__ import annotations

from collections.abc import Sequence

from digest.evaluation.calibration import LEAST
from digest.evaluation.citation_quality import CitationQuality
from digest.evaluation.document import Block, Bullets, Heading, Interval, IntervalPlot, Paragraph, table
from digest.evaluation.experiment import ORDERS, Outcome
from digest.evaluation.paired_comparison import (
    MEASURES,
    Difference,
    compare,
    count_unlike,
    fewest_units,
    level_of,
    mark_found,
)
from digest.evaluation.verdicts import JudgeReport

FACTORS = ("order", "detail", "synthesis", "cite_every", "selection")
_NAMES = {"cite_every": "citing", "synthesis": "mode"}
_HOW_TO_READ = """\
Each difference is over pairs that are alike in all else, with the same papers and, where the factor does not make them,
the same summaries; sections are cut at the same places in every order. The unit is the papers of a question in a run.
The interval holds the mean in 95 % of samples drawn anew from these units, widened where they are few. Found means: the
interval is clear of 0, and signs thrown by a coin would give so large a mean in under 5 %, all comparisons of quality
in its table counted (Holm). What only shows what was varied (likeness of neighbours, step) is never called found."""


def differences_section(outcomes: Sequence[Outcome], judges: Sequence[JudgeReport]) -> list[Block]:
    """Of one set of models: a part for each factor that was varied; nothing where none was."""
    parts = [block for factor in FACTORS for block in _factor_section(outcomes, factor, judges)]
    return [Heading(3, "What the factors change"), Paragraph(_HOW_TO_READ), *parts] if parts else []


def writers_section(outcomes: Sequence[Outcome], judges: Sequence[JudgeReport]) -> list[Block]:
    """Of all sets of models that differ in who wrote."""
    parts = _factor_section(outcomes, "writer", judges)
    return [Heading(2, "What the writer changes"), Paragraph(_HOW_TO_READ), *parts] if parts else []


def order_differences(outcomes: Sequence[Outcome], judges: Sequence[JudgeReport] = ()) -> list[Difference]:
    return _differences(outcomes, "order", _levels(outcomes, "order"), judges)


def _levels(outcomes: Sequence[Outcome], factor: str) -> list[str]:
    """In the order of the factor, or as they were made."""
    levels = list(dict.fromkeys(level_of(one, factor) for one in outcomes))
    return [order for order in ORDERS if order in levels] if factor == "order" else levels


def _differences(
    outcomes: Sequence[Outcome], factor: str, levels: Sequence[str], judges: Sequence[JudgeReport]
) -> list[Difference]:
    if len(levels) < 2:
        return []
    measures = (*MEASURES, *(measure for judge in judges for measure in judge.measures))
    found = compare(outcomes, factor, levels, measures)
    if factor == "order":
        models = dict.fromkeys(one.models for one in outcomes)
        found += [one for judge in judges for each in models for one in judge.preferences(each, levels[0], levels[1:])]
    return mark_found(found)


def _factor_section(outcomes: Sequence[Outcome], factor: str, judges: Sequence[JudgeReport]) -> list[Block]:
    levels = _levels(outcomes, factor)
    if not (found := _differences(outcomes, factor, levels, judges)):
        return []
    name = _NAMES.get(factor, factor)
    unlike = sum(count_unlike(outcomes, factor, levels[0], level) for level in levels[1:])
    left_out = f" {unlike} pairs had other papers or summaries, and are left out." if unlike else ""
    return [
        Heading(4, f"By {name}, against {levels[0]}"),
        Paragraph(_conclusion(found, name) + left_out),
        table(
            [name, "measure", "units", "difference", "95 % interval", "chance", "found"],
            [_row(one) for one in found],
        ),
        IntervalPlot(tuple(_interval(one) for one in found if one.low is not None)),
    ]


def _conclusion(found: Sequence[Difference], name: str) -> str:
    if held := [f"{one.measure} ({one.level}: {one.mean:+.3f})" for one in found if one.found]:
        return f"Found: the {name} changes {', '.join(held)}."
    tried = [one for one in found if one.quality]
    if max((one.units for one in tried), default=0) < fewest_units(len(tried)):
        return (
            f"Open: {max(one.units for one in found)} units are too few to tell by; "
            f"{fewest_units(len(tried))} would do, where all of them agree."
        )
    return f"Nothing found: no measure of quality differs by {name} more than by chance."


def _row(one: Difference) -> list[str]:
    shown = "–" if one.low is None else f"{one.low:+.3f} to {one.high:+.3f}"
    verdict = ("yes" if one.found else "no") if one.quality else "not asked"
    return [one.level, one.measure, str(one.units), f"{one.mean:+.3f}", shown, f"{one.chance:.3f}", verdict]


def _interval(one: Difference) -> Interval:
    return Interval(f"{one.level}: {one.measure}", one.mean, one.low or 0.0, one.high or 0.0, one.found)


def judges_section(outcomes: Sequence[Outcome], judges: Sequence[JudgeReport]) -> list[Block]:
    """Of one set of models: how good each judge is, and what it said by order."""
    return [block for judge in judges for block in _judge_section(outcomes, judge)]


def _judge_section(outcomes: Sequence[Outcome], judge: JudgeReport) -> list[Block]:
    rows = [
        [order, str(len(found)), *_pooled([quality for one in found if (quality := judge.quality_of(one))])]
        for order in _levels(outcomes, "order")
        if (found := [one for one in outcomes if one.cell.order == order and judge.quality_of(one)])
    ]
    if not rows:
        return []
    blocks: list[Block] = [Heading(3, f"Judged by {judge.judge}"), *_calibration(judge)]
    return [*blocks, table(["order", "surveys", "claims", "citation recall", "citation precision"], rows)]


def _pooled(qualities: Sequence[CitationQuality]) -> list[str]:
    """Over all claims and citations of these surveys."""
    pooled = sum(qualities, CitationQuality(0, 0, 0, 0))
    return [f"{pooled.claims:,}", *("–" if one is None else f"{one:.1%}" for one in (pooled.recall, pooled.precision))]


def _calibration(judge: JudgeReport) -> list[Block]:
    if (done := judge.calibration) is None:
        return []
    told = (
        f"Before it judged, it was given {sum(done.asked.values())} labelled claims: it found {done.recall:.0%} of "
        f"those that hold supported, and refused {done.specificity:.0%} of those that do not (balanced accuracy "
        f"{done.balanced_accuracy:.2f}; a coin has 0.50, and below {LEAST:.2f} a judge is not asked further)."
    )
    wrong = [f"{kind}: {done.right[kind]} of {done.asked[kind]}" for kind in done.asked if kind != "true"]
    return [Paragraph(told), Bullets(tuple(wrong))]
