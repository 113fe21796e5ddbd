"""Segmentation by dynamic programming, pure: a route -> contiguous sections, cut at its long steps.

Invariant: the sections cover positions 0..n-1 of the route, each position once, in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

# How much a section of unusual size costs, in spreads of the legs: mild, so that size decides between like cuts only.
_BALANCE = 1.0


def cut(legs: Sequence[float], *, papers: int | None = None, smallest: int = 5, largest: int = 12) -> tuple[range, ...]:
    """Sections of `smallest` to `largest` papers along a route with these legs (n papers have n-1 legs).

    Of all such cuttings it is the one whose cut legs stand out most from the rest, with a mild preference for equal
    sizes. Fewer than twice `smallest` papers are one section. Where no cutting fits the bounds (11 papers in sections
    of 5 to 5), sections grow beyond `largest` as little as need be. `papers`: n, where it is not len(legs) + 1 (0).
    """
    n = len(legs) + 1 if papers is None else papers
    if n < 2 * max(1, smallest):
        return (range(n),) if n else ()
    return _best(_leg_scores(legs), max(1, smallest), _feasible_largest(n, max(1, smallest), largest))


def _feasible_largest(n: int, smallest: int, largest: int) -> int:
    """The least upper bound, from `largest` up, with which n can be written as a sum of allowed sizes."""
    sizes = count(max(smallest, largest))
    return next(size for size in sizes if -(-n // size) * smallest <= n)


def _leg_scores(legs: Sequence[float]) -> NDArray[np.float64]:
    """Each leg in spreads above the mean; all 0 where all are alike."""
    lengths = np.asarray(legs, dtype=np.float64)
    spread = lengths.std()
    return (lengths - lengths.mean()) / spread if spread > 1e-9 else np.zeros(len(lengths))


def _best(gains: NDArray[np.float64], smallest: int, largest: int) -> tuple[range, ...]:
    """The dynamic programme: best[end] is the worth of the best cutting of the first `end` papers, by its last cut."""
    n = len(gains) + 1
    middle, reach = (smallest + largest) / 2, max(1.0, (largest - smallest) / 2)
    best, cut_before = [0.0] + [-np.inf] * n, [0] * (n + 1)
    for end in range(smallest, n + 1):
        for start in range(max(0, end - largest), end - smallest + 1):
            worth = (
                best[start] + (gains[start - 1] if start else 0.0) - _BALANCE * ((end - start - middle) / reach) ** 2
            )
            if worth > best[end] + 1e-12:
                best[end], cut_before[end] = worth, start
    return _walk_back(cut_before)


def _walk_back(cut_before: Sequence[int]) -> tuple[range, ...]:
    end, sections = len(cut_before) - 1, list[range]()
    while end > 0:
        sections.append(range(cut_before[end], end))
        end = cut_before[end]
    return tuple(reversed(sections))
