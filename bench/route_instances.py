"""Inputs for the route that are the same everywhere, and the length of the best path known for each.

Clusters on the sphere, as embeddings of one subject are. The lengths are those of the best of fast-tsp 0.2.2 (long runs
with alpha candidates) and, up to 200 papers, LKH (elkai 2.0.1, ten runs). What finds a shorter path replaces them.
"""

from __future__ import annotations

from random import Random

import numpy as np

from digest.ports import Vectors

SEEDS = (1, 2, 3)
BEST_KNOWN: dict[int, tuple[float, ...]] = {
    30: (22.34693, 22.11977, 22.78197),
    60: (46.84478, 45.81961, 46.58701),
    92: (71.7605, 71.06845, 72.51567),
    120: (92.23138, 93.53519, 98.08298),
    200: (154.02319, 158.88336, 157.04675),
    1000: (781.09033, 778.20618, 776.59448),
}


def clusters(n: int, seed: int, d: int = 64) -> Vectors:
    """Unit vectors (n, d). Random and not numpy's generator, whose streams may change between versions."""
    chance = Random(seed)
    centres = [[chance.gauss(0, 1) for _ in range(d)] for _ in range(max(3, n // 10))]
    chosen = [centres[int(chance.random() * len(centres))] for _ in range(n)]
    rows = np.array([[x + 0.7 * chance.gauss(0, 1) for x in centre] for centre in chosen])
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)
