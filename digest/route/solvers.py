"""TSP solvers (fast-tsp, python-tsp), pure: a distance matrix -> a short open path, within a deadline.

Invariant: what comes back is a permutation, within the deadline (plus what one step of a solver takes), whatever the
distances. Both solvers look for closed tours over integers: an extra stop, equally far from every paper, makes the
tour an open path, and integers make every gain a real one (python-tsp's Lin-Kernighan can circle for ever on the
rounding errors of floats).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Solver = Literal["auto", "fast-tsp", "python-tsp"]
Matrix = NDArray[np.float32]
Path = tuple[int, ...]

_SCALE = 2**16 - 2  # fast-tsp reads 16-bit distances; the longest leg takes the whole range


def shortest_path(matrix: Matrix, *, solver: Solver, deadline_seconds: float) -> tuple[Path, str]:
    """A short open path over all rows of a symmetric distance matrix (n, n), and the name of the solver that found it.

    Without fast-tsp's wheel on this machine, python-tsp does the work and is named.
    """
    n = len(matrix)
    if n < 3 or not matrix.any():
        return tuple(range(n)), "none"
    if solver == "python-tsp" or find_spec("fast_tsp") is None:
        return _python_tsp(matrix, deadline_seconds), "python-tsp"
    return _fast_tsp(matrix, deadline_seconds), "fast-tsp"


def _closed_matrix(matrix: Matrix) -> NDArray[np.uint16]:
    """Whole numbers (n+1, n+1). The extra stop is as far off as the farthest pair: at distance 0 it would be every
    paper's nearest neighbour, and spoil the candidate lists from which the solvers work."""
    scale = _SCALE / float(matrix.max())
    closed = np.full((len(matrix) + 1, len(matrix) + 1), _SCALE, dtype=np.uint16)
    np.rint(matrix * scale, out=closed[:-1, :-1], casting="unsafe")
    np.maximum(closed, closed.T, out=closed)
    np.fill_diagonal(closed, 0)
    return closed


def _open_tour(tour: Sequence[int]) -> Path:
    cut = tour.index(len(tour) - 1)
    return tuple(int(i) for i in (*tour[cut + 1 :], *tour[:cut]))


def _fast_tsp(matrix: Matrix, deadline_seconds: float) -> Path:
    import fast_tsp  # noqa: PLC0415 - no wheel on some machines

    seconds = min(deadline_seconds, _search_seconds(len(matrix)))
    return _open_tour(fast_tsp.find_tour(_closed_matrix(matrix), seconds, 1, "alpha"))


def _search_seconds(n: int) -> float:
    """Seconds to search. fast-tsp takes no seed: only a search long enough to end at the best route always ends at the
    same one. Up to 60 papers it does (and below 20 the search is exact); at 100 it mostly does, at 200 half the time,
    the routes then differing by less than one part in ten thousand (bench/order.py)."""
    return float(np.interp(n, (20, 100, 150, 200, 1000), (0.05, 0.06, 0.35, 1.0, 1.8)))


def _python_tsp(matrix: Matrix, deadline_seconds: float) -> Path:
    from python_tsp.heuristics import solve_tsp_lin_kernighan  # noqa: PLC0415 - its import takes longer than most routes

    end = time.monotonic() + deadline_seconds
    watched = _WatchedMatrix(_closed_matrix(matrix).astype(np.int64), end)
    try:
        tour, _ = solve_tsp_lin_kernighan(watched, x0=_nearest_neighbours(watched.matrix))
    except _OutOfTimeError:
        tour = watched.best
    return _improve(list(_open_tour(tour)), matrix, end)


class _OutOfTimeError(Exception):
    pass


class _WatchedMatrix:
    """The matrix as python-tsp's Lin-Kernighan reads it. That solver knows no deadline, but at the head of every round
    it looks up all legs of its best tour so far: so the matrix can remember the tour, and call time."""

    def __init__(self, matrix: NDArray[np.int64], end: float) -> None:
        self.matrix = matrix
        self.shape = matrix.shape
        self.best: list[int] = list(range(len(matrix)))
        self._rows = matrix.tolist()  # plain lists: three times as fast to read one number at a time
        self._end = end
        self._reads = 0

    def __getitem__(self, key: tuple[int, int] | tuple[list[int], list[int]]) -> int | NDArray[np.int64]:
        row, column = key
        if isinstance(row, int) and isinstance(column, int):
            self._reads += 1
            if self._reads % 4096 == 0 and time.monotonic() > self._end:
                raise _OutOfTimeError
            return int(self._rows[row][column])
        if isinstance(row, list) and isinstance(column, list) and row == sorted(row):
            self.best = _cycle(column)
        return np.asarray(self.matrix[row, column])


def _cycle(successors: Sequence[int]) -> list[int]:
    tour = [0]
    while len(tour) < len(successors):
        tour.append(successors[tour[-1]])
    return tour


def _nearest_neighbours(matrix: NDArray[np.int64]) -> list[int]:
    """A first tour: from the extra stop, always on to the nearest paper not yet visited."""
    far = np.iinfo(np.int64).max
    left = matrix.copy()
    tour = [len(matrix) - 1]
    while len(tour) < len(matrix):
        left[:, tour[-1]] = far
        tour.append(int(left[tour[-1]].argmin()))
    return tour


def _improve(path: list[int], matrix: Matrix, end: float) -> Path:
    """2-opt and Or-opt on the open path until neither helps: what Lin-Kernighan leaves, as it only ever opens the
    longest leg."""
    while time.monotonic() < end and (_two_opt(path, matrix) or _or_opt(path, matrix)):
        pass
    return tuple(path)


_GAIN = 1e-6  # smaller ones are the rounding of single precision, and could go round in circles


def _two_opt(path: list[int], matrix: Matrix) -> bool:
    """Reverse the one stretch i..j that shortens the path most; either end may be an end of the path."""
    along = np.zeros((len(path) + 2, len(path) + 2), dtype=np.float32)  # 0 beyond both ends: nothing to rejoin
    along[1:-1, 1:-1] = matrix[np.ix_(path, path)]
    legs = np.diagonal(along, 1)
    # legs[i] leads into position i; stretch i..j drops legs i and j+1 and adds (i-1, j) and (i, j+1)
    gain = np.triu(legs[:-1, None] + legs[None, 1:] - along[:-2, 1:-1] - along[1:-1, 2:], 1)
    i, j = divmod(int(gain.argmax()), len(path))
    if gain[i, j] <= _GAIN:
        return False
    path[i : j + 1] = path[i : j + 1][::-1]
    return True


def _or_opt(path: list[int], matrix: Matrix) -> bool:
    """Move the one stretch of up to three papers, either way round, to where it shortens the path most."""
    best = max((_best_move(path, matrix, size) for size in (1, 2, 3) if size < len(path)), default=(0.0, []))
    if best[0] <= _GAIN:
        return False
    path[:] = best[1]
    return True


def _best_move(path: list[int], matrix: Matrix, size: int) -> tuple[float, list[int]]:
    n = len(path)
    along = np.zeros((n + 2, n + 2), dtype=np.float32)
    along[1:-1, 1:-1] = matrix[np.ix_(path, path)]
    legs = np.diagonal(along, 1)
    first = np.arange(n - size + 1)  # where the stretch starts
    gap = np.arange(n + 1)  # before which position it goes
    last = first + size - 1
    freed = legs[first] + legs[last + 1] - along[first, last + 2]
    ahead = along[np.ix_(first + 1, gap)] + along[np.ix_(last + 1, gap + 1)]
    back = along[np.ix_(last + 1, gap)] + along[np.ix_(first + 1, gap + 1)]
    gain = freed[:, None] + legs[None, :] - np.minimum(ahead, back)
    gain[(gap[None, :] >= first[:, None]) & (gap[None, :] <= last[:, None] + 1)] = -np.inf
    f, g = divmod(int(gain.argmax()), n + 1)
    stretch = path[f : f + size][:: 1 if ahead[f, g] <= back[f, g] else -1]
    rest = path[:f] + path[f + size :]
    at = g if g <= f else g - size
    return float(gain[f, g]), rest[:at] + stretch + rest[at:]
