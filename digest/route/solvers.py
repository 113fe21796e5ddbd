"""TSP solver: a distance matrix -> a short open path through all rows, by iterated local search.

Invariant: the path is a permutation and a function of the matrix alone, on every machine and under any load. The
budget is a count of kicks and never a time, all sums are of whole numbers, and the random generator has a fixed seed.
Of neighbours equally near the lower index comes first, of paths equally short the one found first stays, and a path
begins with the lower index of its two ends.

An extra stop, equally far from every row, makes a closed tour an open path. python-tsp's Lin-Kernighan finds the first
tour; kicks, each followed by 2-opt and Or-opt moves, shorten it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]
Path = tuple[int, ...]
Move = tuple[int, int, list[int], tuple[int, ...]]  # gain, from which position on, what stands there now, ends of legs

NAME = "local-search"
_LONGEST_LEG = 2**16
_NEAR = 10  # neighbours looked at; more cost time and gain nothing (bench/order.py)
_MOST_KICKS = 5_000
_LONGEST_STRETCH = 100  # that a kick moves
_ROUNDS = 100  # of reweighting
_LARGEST_START = 300  # papers in the largest survey; the time of python-tsp's rounds grows with the cube


def shortest_path(matrix: Matrix, ends: NDArray[np.float64] | None = None) -> tuple[Path, str]:  # decision 95
    """A short open path over all rows of a symmetric distance matrix (n, n), and the name of what found it.

    ends: (n,), what it costs to begin or end at each row; without it the same everywhere. Not 0 for all: the extra
    stop would be every paper's nearest neighbour.
    """
    n = len(matrix)
    if n < 3 or not matrix.any():
        return tuple(range(n)), "none"
    path = _search(_close_matrix(matrix, np.full(n, matrix.max()) if ends is None else ends))
    return min(path, path[::-1]), NAME


def _close_matrix(matrix: Matrix, ends: NDArray[np.float64]) -> Whole:
    """Whole numbers (n+1, n+1), so that every gain is a real one."""
    closed = np.pad(matrix, (0, 1))
    closed[-1, :-1] = closed[:-1, -1] = ends
    whole = np.rint(closed * (_LONGEST_LEG / float(closed.max()))).astype(np.int64)
    whole = np.maximum(whole, whole.T)
    np.fill_diagonal(whole, 0)
    return whole


def _reweigh(closed: Whole) -> Whole:
    """The same problem with other distances (Held and Karp): a weight on a stop is passed twice by every tour, so all
    tours keep their differences. Weights that bring the shortest tree near to a path show which legs are near."""
    weighted, step = closed.copy(), _LONGEST_LEG // 20
    for _ in range(_ROUNDS):
        weights = step * (_degrees(weighted) - 2)
        weighted += weights[:, None] + weights[None, :]
        step = step * 97 // 100
    np.fill_diagonal(weighted, 0)
    return weighted


def _degrees(distances: Whole) -> Whole:
    """How many legs of the shortest spanning tree (Prim) meet at each stop."""
    never = np.iinfo(np.int64).max
    degrees, parent = np.zeros((2, len(distances)), dtype=np.int64)
    outside = np.arange(len(distances)) > 0
    reach = np.where(outside, distances[0], never)
    for _ in range(len(distances) - 1):
        nearest = int(reach.argmin())
        degrees[[nearest, parent[nearest]]] += 1
        outside[nearest], reach[nearest] = False, never
        closer = outside & (distances[nearest] < reach)
        reach[closer], parent[closer] = distances[nearest][closer], nearest
    return degrees


def _first(distances: Whole) -> list[int]:
    """A first path: from the extra stop always on to the nearest paper left, then by python-tsp's Lin-Kernighan."""
    tour, left = [len(distances) - 1], distances.copy()
    while len(tour) < len(distances):
        left[:, tour[-1]] = np.iinfo(np.int64).max
        tour.append(int(left[tour[-1]].argmin()))
    if len(tour) - 1 > _LARGEST_START:
        return tour[1:]
    from python_tsp.heuristics import solve_tsp_lin_kernighan  # noqa: PLC0415 - its import takes longer than most routes

    tour, _ = solve_tsp_lin_kernighan(distances, x0=tour)
    cut = tour.index(len(tour) - 1)
    return [*tour[cut + 1 :], *tour[:cut]]


def _nearest(row: Whole, paper: int) -> list[int]:
    ranked: list[int] = row.argsort(kind="stable").tolist()
    return [other for other in ranked if other != paper][:_NEAR]


class _Tour:
    """A path with the extra stop at both ends: positions 1..n are papers, and no move reaches the ends."""

    def __init__(self, path: Sequence[int], distances: Whole) -> None:
        self.n = len(path)
        self.near = [_nearest(row, paper) for paper, row in enumerate(distances[:-1, :-1])]
        self.rows: list[list[int]] = distances.tolist()  # plain lists: three times as fast to read one number at a time
        self.order = [self.n, *path, self.n]
        self.place = [0] * (self.n + 1)
        self.length = sum(self.rows[a][b] for a, b in pairwise(self.order))
        self.make((0, 1, list(path), tuple(path)))

    def make(self, move: Move) -> None:
        """Make a move, and then every move that shortens the path near a leg that has changed."""
        waiting = dict.fromkeys(self._put(move))
        while waiting:
            paper, _ = waiting.popitem()
            while better := paper != self.n and (self._reversal(paper) or self._transfer(paper)):
                waiting |= dict.fromkeys(self._put(better))

    def _put(self, move: Move) -> tuple[int, ...]:
        gain, first, papers, ends = move
        self.length -= gain
        self.order[first : first + len(papers)] = papers
        for position, paper in enumerate(papers, first):
            self.place[paper] = position
        return ends

    def _reversal(self, paper: int) -> Move | None:
        """2-opt: turn a stretch round, so that `paper` comes to stand beside one that is nearer than its neighbour."""
        order, rows, here = self.order, self.rows, self.place[paper]
        for step in (1, -1):
            beside = order[here + step]
            leg = rows[paper][beside]
            for near in self.near[paper]:
                if (spared := leg - rows[paper][near]) <= 0:
                    break
                there = self.place[near]
                beyond = order[there + step]
                if (gain := spared + rows[near][beyond] - rows[beside][beyond]) > 0:
                    first, last = sorted((here, there)) if step < 0 else sorted((here + 1, there + 1))
                    return gain, first, order[first:last][::-1], (beside, near, beyond)
        return None

    def _transfer(self, paper: int) -> Move | None:
        """Or-opt: move a stretch of up to three papers that ends with `paper` to where `paper` is beside a near one."""
        order, rows, place = self.order, self.rows, self.place
        for first, last, other in self._stretches(place[paper]):
            before, after = order[first - 1], order[last + 1]
            freed = rows[before][order[first]] + rows[order[last]][after] - rows[before][after]
            for near in self.near[paper]:
                if (spared := freed - rows[paper][near]) <= 0:
                    break
                there = place[near]
                for step in (1, -1):
                    beyond = order[there + step]
                    gain = spared + rows[near][beyond] - rows[other][beyond]
                    if gain > 0 and not (first <= there <= last or first <= there + step <= last):
                        moved = self._moved(first, last, max(there, there + step), paper, step)
                        return gain, *moved, (before, after, near, beyond, other)
        return None

    def _stretches(self, here: int) -> Iterator[tuple[int, int, int]]:
        """First and last position of every short stretch that begins or ends here, and the paper at its other end."""
        for size in range(3):
            if here + size <= self.n:
                yield here, here + size, self.order[here + size]
            if size and here > size:
                yield here - size, here, self.order[here - size]

    def _moved(self, first: int, last: int, gap: int, paper: int, step: int) -> tuple[int, list[int]]:
        """From where on a move before position `gap` changes the path, and to what; `paper` leads if step is 1."""
        stretch = self.order[first : last + 1]
        if stretch[0 if step > 0 else -1] != paper:
            stretch.reverse()
        if gap > last:
            return first, self.order[last + 1 : gap] + stretch
        return gap, stretch + self.order[gap:first]

    def kick(self, chance: Random) -> None:
        """Exchange two random stretches that follow each other, i..j-1 and j..k-1, whatever it costs: a change of three
        legs, which 2-opt and Or-opt seldom undo. The best of several exchanges would change a small problem too little.
        """
        order, rows, n = self.order, self.rows, self.n
        i = 1 + int(chance.random() * (n - 1))
        j = i + 1 + int(chance.random() * min(_LONGEST_STRETCH, n - i))
        k = j + 1 + int(chance.random() * min(_LONGEST_STRETCH, n + 1 - j))
        ends = (order[i - 1], order[i], order[j - 1], order[j], order[k - 1], order[k])
        a, b, c = rows[ends[0]], rows[ends[2]], rows[ends[4]]
        gain = a[ends[1]] + b[ends[3]] + c[ends[5]] - a[ends[3]] - c[ends[1]] - b[ends[5]]
        self.make((gain, i, order[j:k] + order[i:j], ends))


def _count_kicks(n: int) -> int:  # decision 103
    """What a path of n papers needs grows faster than n."""
    return min(max(20 * n, n * n // 3), _MOST_KICKS)


def _search(closed: Whole) -> Path:
    """The shortest path met in a fixed number of kicks. The search goes on from paths up to a fiftieth of a leg longer,
    too: from the shortest alone it ends in a worse one."""
    n, distances = len(closed) - 1, _reweigh(closed)
    first = _first(distances)
    slack = int(closed[first[:-1], first[1:]].sum()) // (50 * n)
    tour, chance = _Tour(first, distances), Random(1)  # noqa: S311 - to be the same each time is the point
    best, shortest = tour.order[:], tour.length
    for _ in range(_count_kicks(n)):
        order, place, length = tour.order[:], tour.place[:], tour.length
        tour.kick(chance)
        if tour.length > shortest + slack:
            tour.order, tour.place, tour.length = order, place, length
        elif tour.length < shortest:
            best, shortest = tour.order[:], tour.length
    return tuple(best[1:-1])
