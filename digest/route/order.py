"""Reading order, pure: vectors -> an open travelling-salesman path on which neighbours are near in meaning.

Invariant: a route is a permutation of 0..n-1, and `length` is the sum of `legs`; that of `find_route` is never longer
than the order as found when `order` is "tsp", that of `find_theme_route` reads each group whole. Distances are
Euclidean; between unit vectors they rank as the cosine does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.errors import ModelError
from digest.ports import Vectors
from digest.route.solvers import shortest_path
from store.records.editions import OrderMethod
from store.records.lazy_text import lazy_gettext

_AT_A_TIME = 256  # dimensions in double precision
_DIGITS = 9  # compared, so that no tie is decided by how a processor rounds


@dataclass(frozen=True)
class Route:
    order: tuple[int, ...]  # indices of the vectors, in reading order
    legs: tuple[float, ...]  # distance from each to the next: len(order) - 1, none for fewer than two
    as_found_length: float  # of the order in which the vectors came
    solver: str  # who found it: solvers.NAME, "similarity" or "none"

    @property
    def length(self) -> float:
        return float(sum(self.legs))


def find_route(
    vectors: Vectors,
    *,
    order: OrderMethod = "tsp",
    start: NDArray[np.floating] | None = None,
) -> Route:
    """The order in which to read the papers behind `vectors` (n, d).

    order: "tsp", the shortest open path found, from the end that is nearer to `start`; "similarity", by cosine to
    `start`, nearest first; "none", as given. start: (d,), usually the question's vector. Raises ModelError where a
    vector holds anything but finite numbers.
    """
    _check(vectors, start)
    if order == "similarity" and start is not None:
        return route_from_order(vectors, order_by_similarity(vectors, start), "similarity")
    if order != "tsp" or len(vectors) < 2:
        return route_from_order(vectors, tuple(range(len(vectors))), "none")
    path, name = shortest_path(distances(vectors))
    return route_from_order(vectors, _orient(_shorter_order(vectors, path), vectors, start), name)


def find_theme_route(vectors: Vectors, groups: Sequence[Sequence[int]], first: int) -> Route:  # decision 102
    """The shortest open path found from paper `first` through all groups, one after another; the last one is read last.

    One path through all vectors, on which a step from group to group costs more than any detour inside one; so which
    group follows which, and where each is entered and left, is found together. groups: of numbers of the vectors, each
    in one. Raises ModelError where a vector holds anything but finite numbers.
    """
    _check(vectors, None)
    group_of = np.empty(len(vectors), dtype=np.int64)
    for number, group in enumerate(groups):
        group_of[list(group)] = number
    legs = distances(vectors)
    legs += legs.max(initial=0.0) * (group_of[:, None] != group_of[None, :])
    ends = np.full(len(vectors), legs.max(initial=0.0))
    ends[group_of == len(groups) - 1] = 0 if len(groups) > 1 else ends[:1].max(initial=0.0)
    ends[first] = 0
    path, name = shortest_path(legs, ends)
    path = path if path[0] == first else path[::-1]
    return route_from_order(vectors, _read_whole(path, group_of, first), name)


def _read_whole(path: tuple[int, ...], group_of: NDArray[np.int64], first: int) -> tuple[int, ...]:
    """The path as it is, but where the search ended in one that breaks a group, or begins or ends elsewhere."""
    last = int(group_of.max())
    turns = dict.fromkeys([int(group_of[first]), *(int(group_of[paper]) for paper in path)])
    turn = {group: last + 1 if group == last else at for at, group in enumerate(turns)}
    return tuple(sorted(path, key=lambda paper: (turn[int(group_of[paper])], paper != first)))


def distances(vectors: Vectors) -> NDArray[np.float64]:
    """Euclidean distances (n, n), symmetric, zero diagonal.

    In double precision, so that what a processor's way of adding changes is far below what the solver sees; a few
    dimensions at a time, so that there is no (n, n, d) array and no copy of all vectors.
    """
    n, d = vectors.shape
    matrix = np.zeros((n, n))
    for first in range(0, d, _AT_A_TIME):
        part = vectors[:, first : first + _AT_A_TIME].astype(np.float64)
        matrix += part @ part.T
    squares = matrix.diagonal().copy()
    matrix *= -2
    matrix += squares[:, None]
    matrix += squares[None, :]
    np.fill_diagonal(matrix, 0)
    np.maximum(matrix, 0, out=matrix)  # rounding makes the distance of twins a little negative
    return np.sqrt(matrix, out=matrix)


def order_by_similarity(vectors: Vectors, start: NDArray[np.floating]) -> tuple[int, ...]:
    """Indices by cosine to `start`, highest first, ties by index; a zero vector is similar to nothing."""
    norms = np.linalg.norm(vectors, axis=1) * np.linalg.norm(start)
    cosines = np.round((vectors @ start.astype(np.float64)) / np.where(norms > 0, norms, 1), _DIGITS)
    return tuple(int(i) for i in np.argsort(-cosines, kind="stable"))


def _check(vectors: Vectors, start: NDArray[np.floating] | None) -> None:
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise ModelError(
            lazy_gettext("The embedding model gave vectors that are not rows of finite numbers."), permanent=True
        )
    if start is not None and (start.shape != vectors.shape[1:] or not np.isfinite(start).all()):
        raise ModelError(lazy_gettext("The question's vector does not fit the papers' vectors."), permanent=True)


def _legs(vectors: Vectors, order: tuple[int, ...]) -> NDArray[np.float64]:
    """Exact along one order: (n-1, d), from differences and not from products, in double precision."""
    steps = np.diff(vectors[list(order)], axis=0).astype(np.float64)
    return np.asarray(np.linalg.norm(steps, axis=1), dtype=np.float64)


def route_from_order(vectors: Vectors, order: tuple[int, ...], solver: str) -> Route:
    """The route that a given order is: its legs, and the length as found beside it."""
    as_found = float(_legs(vectors, tuple(range(len(vectors)))).sum())
    return Route(order, tuple(_legs(vectors, order).tolist()), as_found, solver)


def _shorter_order(vectors: Vectors, path: tuple[int, ...]) -> tuple[int, ...]:
    as_found = tuple(range(len(vectors)))
    return min(path, as_found, key=lambda order: round(float(_legs(vectors, order).sum()), _DIGITS))


def _orient(path: tuple[int, ...], vectors: Vectors, start: NDArray[np.floating] | None) -> tuple[int, ...]:
    """From the end nearer to `start`, so that a survey opens with its core; without one, from the lower index."""
    far = [0.0, 0.0] if start is None else [_distance(vectors[end], start) for end in (path[0], path[-1])]
    return min((far[0], path[0], path), (far[1], path[-1], path[::-1]))[2]


def _distance(vector: NDArray[np.floating], start: NDArray[np.floating]) -> float:
    return round(float(np.linalg.norm(vector.astype(np.float64) - start)), _DIGITS)
