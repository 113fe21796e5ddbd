"""Nearness of papers by their vectors: to each other, and to what the archive had before. Pure.

Invariant: figures are 0..1; where there is nothing to compare with, there are none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digest.ports import Vectors


def centralities(vectors: Vectors) -> list[float | None]:
    """How near each paper is to the others: mean cosine, scaled so that the nearest has 1 and the farthest 0."""
    count = len(vectors)
    if count < 2:
        return [None] * count
    means = (vectors @ vectors.sum(axis=0) - (vectors * vectors).sum(axis=1)) / (count - 1)
    low, high = float(means.min()), float(means.max())
    return [round((float(mean) - low) / (high - low), 4) if high > low else 1.0 for mean in means]


def novelties(vectors: Vectors, earlier: Sequence[Vectors]) -> list[float | None]:
    """How far each paper is from the nearest earlier one: one minus their cosine, at least 0."""
    if not len(earlier):
        return [None] * len(vectors)
    nearest = (vectors @ np.stack(earlier).T).max(axis=1)
    return [round(min(1.0, max(0.0, 1.0 - float(cosine))), 4) for cosine in nearest]
