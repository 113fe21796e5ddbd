"""Map layout by multidimensional scaling (SMACOF), pure: a flat map on which near papers are near.

Invariant: the same vectors give the same map, inside the unit square, with no two papers on one spot.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digest.ports import Vectors

Points = NDArray[np.float64]

_ROUNDS = 150  # of stress majorisation: the map no longer moves to the eye
_LEAST_GAP = 0.06  # least distance of two points, in the side of the unit square, while there is room
_LEG, _SECTION = 0.45, 0.6  # by how much neighbours on the route, and papers of one section, are drawn nearer


def layout(vectors: Vectors, *, section_of: Sequence[int] | None = None) -> Points:
    """Places (n, 2) in the unit square, y downwards, for vectors (n, d) in route order.

    Far fewer than d dimensions cannot hold all distances, so the map favours what it is for: neighbours along the
    route, and papers of one section, are drawn nearer to each other than their distance says. The route sets out from
    the upper left. Papers of one meaning are placed side by side.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    if len(rows) < 2:
        return np.full((len(rows), 2), 0.5)
    distances = _distances(rows)
    if not distances.any():
        return _start_upper_left(_fit_to_square(_ring(len(rows))))
    wanted = _draw_nearer(_contrast(distances), section_of)
    return _start_upper_left(_fit_to_square(_separate(_fit_to_square(_majorise(_classical_scaling(wanted), wanted)))))


def _contrast(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Embeddings of one subject are all about equally far apart; what differs between the distances is the map."""
    pairs = distances[np.triu_indices(len(distances), 1)]
    floor = 0.85 * float(np.quantile(pairs, 0.02))
    stretched = np.maximum(distances - floor, 0.25 * distances) / (pairs.max() - 0.75 * floor)
    return np.asarray(stretched, dtype=np.float64)


def _draw_nearer(distances: NDArray[np.float64], section_of: Sequence[int] | None) -> NDArray[np.float64]:
    n = np.arange(len(distances))
    nearer = np.where(np.abs(n[:, None] - n[None, :]) == 1, _LEG, 1.0)
    if section_of is not None:
        sections = np.asarray(section_of)
        nearer = np.where(sections[:, None] == sections[None, :], nearer * _SECTION, nearer)
    return np.asarray(distances * nearer, dtype=np.float64)


def _distances(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    squares = (rows**2).sum(axis=1)
    squared = squares[:, None] + squares[None, :] - 2 * rows @ rows.T
    np.fill_diagonal(squared, 0)
    squared[squared < 1e-12] = 0  # the rounding error of twins
    return np.asarray(np.sqrt(squared), dtype=np.float64)


def _ring(n: int) -> Points:
    turns = 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(turns), np.sin(turns)])


def _classical_scaling(wanted: NDArray[np.float64]) -> Points:
    """Classical multidimensional scaling; each axis turned so that its farthest point is on the positive side."""
    squared = wanted**2
    centred = -0.5 * (squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean())
    values, axes = np.linalg.eigh(centred)
    flat = axes[:, -2:][:, ::-1] * np.sqrt(np.maximum(values[-2:][::-1], 0))
    return _turn_axes(flat + 1e-3 * _ring(len(wanted)))  # the ring parts twins, which no gradient could


def _turn_axes(points: Points) -> Points:
    extremes = points[np.abs(np.round(points, 9)).argmax(axis=0), (0, 1)]
    return points * np.where(extremes < 0, -1.0, 1.0)


def _majorise(points: Points, wanted: NDArray[np.float64]) -> Points:
    """SMACOF with weights d^-2: a near pair that is drawn far counts for more than a far pair drawn near."""
    weights = np.maximum(wanted, 0.05) ** -2.0
    np.fill_diagonal(weights, 0)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.pinv(laplacian, hermitian=True)
    for _ in range(_ROUNDS):
        drawn = np.maximum(_distances(points), 1e-9)
        ratio = weights * wanted / drawn
        points = inverse @ (np.diag(ratio.sum(axis=1)) - ratio) @ points
    return points


def _start_upper_left(points: Points) -> Points:
    return np.where(points[0] > 0.5, 1 - points, points)


def _fit_to_square(points: Points) -> Points:
    """Into the unit square, each axis in full: a page is wider than high, so the map need not keep its shape."""
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    return np.asarray(np.where(span > 1e-9, (points - low) / np.where(span > 1e-9, span, 1.0), 0.5), dtype=np.float64)


def _separate(points: Points) -> Points:
    """Push points apart that would be drawn over each other, a little at a time."""
    n = len(points)
    apart = min(_LEAST_GAP, 0.55 / np.sqrt(n))
    moved = points + 1e-6 * _ring(n)
    for _ in range(50):
        gaps = moved[:, None] - moved[None, :]
        lengths = np.sqrt((gaps**2).sum(axis=2)) + np.eye(n)
        push = np.maximum(0, apart - lengths) / 2
        if not push.any():
            break
        moved = moved + (gaps / lengths[:, :, None] * push[:, :, None]).sum(axis=1)
    return moved
