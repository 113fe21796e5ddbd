"""Paired comparison of two ways to make a survey: mean difference, bootstrap interval, and whether it is chance.

Invariant: pure and repeatable (a fixed seed). A pair differs in one factor alone, and has the same papers where that
factor does not choose them; what has no partner is left out. The unit is the papers of a question
in a run: cells that share them are not independent, so that their differences are averaged before anything is inferred.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from digest.evaluation.experiment import Outcome

LEVEL = 0.05
_RESAMPLES, _SEED = 10_000, 20_240
_EXACT = 12  # units up to which every flip of signs is tried
_HELD: Mapping[str, str] = {  # what both of a pair must have in common, by factor
    "order": "material",
    "cite_every": "material",
    "synthesis": "material",
    "detail": "papers",
    "writer": "papers",
    "selection": "",
}

Unit = tuple[str, int]  # the papers that a question found, in a run


@dataclass(frozen=True)
class Measure:
    """quality: whether the text is better by it; else it says what was varied, and proves nothing.

    read: None where an outcome does not tell.
    """

    name: str
    read: Callable[[Outcome], float | None]
    quality: bool = True


MEASURES = (
    Measure("coverage of the first draft", lambda one: one.draft_coverage),
    Measure("unknown markers", lambda one: float(one.unknown_markers)),
    Measure("support", lambda one: one.support),
    Measure("repetition", lambda one: one.repetition),
    Measure("likeness of neighbours", lambda one: one.likeness, quality=False),
    Measure("step", lambda one: one.step, quality=False),
)


@dataclass(frozen=True)
class Difference:
    """level minus base. low, high: of the 95 % interval, None for fewer than two units. chance: how often signs thrown
    by a coin would give as large a mean. found: whether it is more than chance, all comparisons of its table counted.
    """

    factor: str
    base: str
    level: str
    measure: str
    quality: bool
    units: int
    mean: float
    low: float | None
    high: float | None
    chance: float
    found: bool = False


def compare(
    outcomes: Sequence[Outcome], factor: str, levels: Sequence[str], measures: Sequence[Measure] = MEASURES
) -> list[Difference]:
    """Each level against the first, by each measure for which there are pairs."""
    base, *others = levels
    found = [
        of_units(factor, base, level, measure.name, units, quality=measure.quality)
        for level in others
        for measure in measures
        if (units := _unit_differences(outcomes, factor, base, level, measure))
    ]
    return mark_found(found)


def level_of(one: Outcome, factor: str) -> str:
    if factor == "writer":
        return one.models.synthesis
    level = getattr(one.cell, factor)
    return {True: "cite every", False: "as it fits"}[level] if factor == "cite_every" else str(level)


def pairs(outcomes: Iterable[Outcome], factor: str, base: str, level: str) -> list[tuple[Outcome, Outcome]]:
    """Of base and level, each two that differ in this alone."""
    return [two for two in _partners(outcomes, factor, base, level) if _are_alike(*two, factor)]


def count_unlike(outcomes: Iterable[Outcome], factor: str, base: str, level: str) -> int:
    """How many differ in their papers, or summaries, as well, though they were made to differ in this alone."""
    return sum(not _are_alike(*two, factor) for two in _partners(outcomes, factor, base, level))


def _are_alike(one: Outcome, other: Outcome, factor: str) -> bool:
    held = _HELD[factor]
    return not held or getattr(one, held) == getattr(other, held)


def _partners(outcomes: Iterable[Outcome], factor: str, base: str, level: str) -> list[tuple[Outcome, Outcome]]:
    sides: dict[str, dict[object, Outcome]] = {base: {}, level: {}}
    for one in outcomes:
        if (side := level_of(one, factor)) in sides:
            sides[side][_all_else(one, factor)] = one
    return [(one, sides[level][key]) for key, one in sides[base].items() if key in sides[level]]


def _all_else(one: Outcome, factor: str) -> object:
    cell = {name: value for name, value in asdict(one.cell).items() if name != factor}
    return tuple(cell.items()), replace(one.models, synthesis="") if factor == "writer" else one.models


def _unit_differences(
    outcomes: Sequence[Outcome], factor: str, base: str, level: str, measure: Measure
) -> dict[Unit, list[float]]:
    units = defaultdict[Unit, list[float]](list)
    for one, other in pairs(outcomes, factor, base, level):
        before, after = measure.read(one), measure.read(other)
        if before is not None and after is not None:
            units[one.papers, one.cell.run].append(after - before)
    return units


def of_units(
    factor: str, base: str, level: str, measure: str, units: Mapping[Unit, Sequence[float]], *, quality: bool = True
) -> Difference:
    """From the differences in each unit."""
    values = np.array([np.mean(each) for each in units.values()])
    low, high = bootstrap_interval(values)
    mean = float(values.mean())
    return Difference(factor, base, level, measure, quality, len(values), mean, low, high, sign_flip_chance(values))


def bootstrap_interval(values: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """The middle 95 % of the means of samples drawn from these with replacement, widened as Student's t is for few."""
    if len(values) < 2:
        return None, None
    drawn = np.random.default_rng(_SEED).integers(0, len(values), (_RESAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [LEVEL / 2, 1 - LEVEL / 2])
    mean, wider = values.mean(), _widening(len(values))
    return float(mean + wider * (low - mean)), float(mean + wider * (high - mean))


def _widening(n: int) -> float:
    """By what a bootstrap of n values is too narrow: t over z (Cornish and Fisher's expansion), and n over n - 1."""
    z, v = 1.96, n - 1
    t = z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
    return float(t / z * np.sqrt(n / v))


def sign_flip_chance(values: NDArray[np.float64]) -> float:
    """How often as large a mean comes where each sign is a coin's: exact for few values, else by sampling."""
    n = len(values)
    if n <= _EXACT:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        signs = 1 - 2 * np.random.default_rng(_SEED).integers(0, 2, (_RESAMPLES, n))
        signs[0] = 1  # what was seen is one of the ways
    return float(np.mean(np.abs(signs @ values) >= abs(values.sum()) - 1e-12))


def mark_found(differences: Sequence[Difference]) -> list[Difference]:  # decision 173
    """The same, each marked: the chance is small after Holm's correction over those of quality, and the interval is
    clear of 0.
    """
    ranked = sorted((one for one in differences if one.quality), key=lambda one: one.chance)
    held = set[Difference]()
    for at, one in enumerate(ranked):
        if one.chance * (len(ranked) - at) > LEVEL:
            break
        held.add(one)
    return [replace(one, found=one in held and _is_clear(one)) for one in differences]


def fewest_units(comparisons: int) -> int:
    """With how many, at least, something can be found: where all differ in one direction, by every flip of signs."""
    return next(n for n in range(1, 64) if 2 ** (1 - n) * max(1, comparisons) <= LEVEL)


def _is_clear(one: Difference) -> bool:
    return one.low is not None and one.high is not None and (one.low > 0 or one.high < 0)
