"""The route: a permutation, short, the same each time on any machine, for any vectors."""

from __future__ import annotations

import itertools
import json
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from python_tsp.heuristics import solve_tsp_lin_kernighan

from bench.route_instances import BEST_KNOWN, SEEDS, clusters
from digest.errors import ModelError
from digest.ports import Vectors
from digest.route.order import distances, find_route, find_theme_route
from digest.route.solvers import NAME, shortest_path


def papers(n: int, seed: int = 1, d: int = 32) -> Vectors:
    """Unit vectors in clusters, as embeddings of one subject are."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(max(2, n // 10), d))
    rows = centres[rng.integers(len(centres), size=n)] + 0.7 * rng.normal(size=(n, d))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def walked(vectors: Vectors, order: tuple[int, ...]) -> float:
    return sum(float(np.linalg.norm(vectors[a] - vectors[b])) for a, b in itertools.pairwise(order))


small = hnp.arrays(
    np.float32,
    st.tuples(st.integers(0, 14), st.just(3)),
    elements=st.floats(-2, 2, width=32) | st.just(0.0),  # zero rows and twins come often
)


@settings(max_examples=60, deadline=None)
@given(small, st.booleans())
def test_any_vectors_give_a_permutation_no_longer_than_as_found(vectors: Vectors, asked: bool) -> None:
    found = find_route(vectors, start=np.ones(3, np.float32) if asked else None)
    assert sorted(found.order) == list(range(len(vectors)))
    assert len(found.legs) == max(0, len(vectors) - 1)
    assert found.length == pytest.approx(walked(vectors, found.order), abs=1e-4)
    assert found.as_found_length == pytest.approx(walked(vectors, tuple(range(len(vectors)))), abs=1e-4)
    assert found.length <= found.as_found_length + 1e-9


@pytest.mark.parametrize("n", [3, 5, 7])
def test_few_papers_get_the_shortest_path_there_is(n: int) -> None:
    vectors = papers(n)
    best = min(walked(vectors, p) for p in itertools.permutations(range(n)))
    assert find_route(vectors).length == pytest.approx(best, abs=1e-4)


def test_papers_on_a_line_are_read_along_the_line_from_the_question() -> None:
    line = np.array([[x, 1.0] for x in (3, 0, 4, 1, 2)], dtype=np.float32)
    assert find_route(line, start=np.array([0, 1], np.float32)).order == (1, 3, 4, 0, 2)
    assert find_route(line, start=np.array([4, 1], np.float32)).order == (2, 0, 4, 3, 1)
    assert find_route(line).order == (1, 3, 4, 0, 2)  # without a question: from the lower index


@pytest.mark.parametrize("n", [30, 60, 120])
def test_the_order_of_input_hardly_changes_the_length(n: int) -> None:
    vectors = papers(n)
    shuffled = vectors[np.random.default_rng(5).permutation(n)]
    lengths = [find_route(v).length for v in (vectors, shuffled, vectors[::-1])]
    assert max(lengths) <= 1.001 * min(lengths)


@pytest.mark.parametrize(("n", "seed"), list(itertools.product([30, 60, 92, 120, 200], SEEDS)))
def test_the_route_is_as_good_as_the_shortest_known(n: int, seed: int) -> None:
    assert find_route(clusters(n, seed)).length <= 1.001 * BEST_KNOWN[n][seed - 1]


def two_opt_length(vectors: Vectors) -> float:
    """Of the path that nearest neighbours make, from the first paper on, and 2-opt then improves: plain, and slow."""
    matrix = np.linalg.norm(vectors[:, None] - vectors[None], axis=2).astype(float)
    path, left = [0], set(range(1, len(vectors)))
    while left:
        path.append(min(left, key=lambda paper: (matrix[path[-1], paper], paper)))
        left.remove(path[-1])
    while better := shorter_by_2_opt(path, matrix):
        path = better
    return walked(vectors, tuple(path))


def shorter_by_2_opt(path: list[int], matrix: np.ndarray) -> list[int]:
    def legs(order: list[int]) -> float:
        return float(matrix[order[:-1], order[1:]].sum())

    turned = (path[:i] + path[i:j][::-1] + path[j:] for i, j in itertools.combinations(range(len(path) + 1), 2))
    return next((other for other in turned if legs(other) < legs(path) - 1e-6), [])


@settings(max_examples=15, deadline=None)
@given(st.integers(3, 16), st.integers(0, 2**32), st.sampled_from([2, 8, 64]))
def test_no_route_is_longer_than_that_of_nearest_neighbours_and_2_opt(n: int, seed: int, d: int) -> None:
    vectors = papers(n, seed, d)
    rounding = n * float(distances(vectors).max()) / 2**16  # the solver's distances are whole numbers
    assert find_route(vectors).length <= two_opt_length(vectors) + rounding


@pytest.mark.parametrize("askew", [0, 1e-12, -1e-12])
def test_a_tie_is_not_decided_by_how_a_processor_rounds(askew: float) -> None:
    ends = np.array([[0, 1], [0, 0], [0, -1]], np.float32)
    assert find_route(ends, start=np.array([1, askew])).order == (0, 1, 2)


def test_twins_are_neighbours() -> None:
    vectors = np.repeat(papers(12), 2, axis=0)
    found = find_route(vectors)
    place = {paper: i for i, paper in enumerate(found.order)}
    assert all(abs(place[i] - place[i + 1]) == 1 for i in range(0, 24, 2))


def test_all_papers_alike_or_all_unknown_survive() -> None:
    for vectors in (np.zeros((30, 4), np.float32), np.tile(papers(1, d=4), (30, 1))):
        found = find_route(vectors, start=np.zeros(4, np.float32))
        assert sorted(found.order) == list(range(30))
        assert found.length == pytest.approx(0)


def test_similarity_is_by_cosine_with_ties_by_index() -> None:
    vectors = np.array([[0, 1], [2, 0], [0, 0], [1, 0], [1, 1]], dtype=np.float32)
    found = find_route(vectors, order="similarity", start=np.array([1, 0], np.float32))
    assert (found.order, found.solver) == ((1, 3, 4, 0, 2), "similarity")


def test_none_is_as_given() -> None:
    found = find_route(papers(9), order="none")
    assert (found.order, found.solver) == (tuple(range(9)), "none")
    assert found.length == found.as_found_length > 0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_vectors_that_are_no_numbers_are_refused(bad: float) -> None:
    vectors = papers(5)
    vectors[3, 0] = bad
    with pytest.raises(ModelError, match="finite"):
        find_route(vectors)


def test_a_question_of_another_model_is_refused() -> None:
    with pytest.raises(ModelError, match="does not fit"):
        find_route(papers(5, d=32), start=np.ones(8, np.float32))


def test_distances_are_those_of_the_definition() -> None:
    vectors = papers(20)
    expected = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    assert np.allclose(distances(vectors), expected, atol=1e-3)


def test_the_callers_vectors_stay_as_they_were() -> None:
    vectors = papers(20)
    before = vectors.copy()
    find_route(vectors)
    assert (vectors == before).all()


def recorded_points() -> Vectors:
    """Points of whole numbers, so that they are the same everywhere."""
    return np.array([(37 * i * i % 101, 53 * i % 97) for i in range(30)], dtype=np.float32)


# Changes with the search alone; then every reader's routes change.
RECORDED = "20 9 18 16 7 25 14 23 12 17 4 13 26 10 21 8 15 2 11 22 0 24 6 28 19 1 3 5 27 29"


def test_the_route_is_the_recorded_one_on_every_machine() -> None:
    assert " ".join(map(str, find_route(recorded_points()).order)) == RECORDED


SIZES = [3, 12, 40, 90]
PROGRAM = f"""
import json, numpy as np
from digest.route.order import find_route
rng = np.random.default_rng(3)
print(json.dumps([find_route(rng.normal(size=(n, 16)).astype("float32")).order for n in {SIZES}]))
"""


def orders_here() -> list[list[int]]:
    rng = np.random.default_rng(3)
    return [list(find_route(rng.normal(size=(n, 16)).astype("float32")).order) for n in SIZES]


def orders_in_a_new_process(**environment: str) -> list[list[int]]:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | environment)
    return list(json.loads(done.stdout))


def test_another_process_finds_the_same_route() -> None:
    assert orders_in_a_new_process() == orders_here()


@pytest.mark.parametrize("threads", ["1", "4"])
def test_the_number_of_threads_that_multiply_matrices_changes_nothing(threads: str) -> None:
    assert orders_in_a_new_process(OPENBLAS_NUM_THREADS=threads, OMP_NUM_THREADS=threads) == orders_here()


@contextmanager
def six_busy_processes() -> Iterator[None]:
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(6)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def test_a_busy_machine_finds_the_same_routes() -> None:
    vectors = papers(92)
    idle = find_route(vectors)
    with six_busy_processes():
        assert find_route(vectors) == idle


def test_threads_side_by_side_find_the_same_routes() -> None:
    inputs = [papers(40, seed) for seed in (1, 2, 3)] * 2
    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(find_route, inputs)) == [find_route(vectors) for vectors in inputs]


def test_no_clock_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = papers(60)
    before = find_route(vectors)

    def no_clock() -> float:
        raise AssertionError("the route depends on a clock")

    with monkeypatch.context() as patched:
        for clock in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
            patched.setattr(time, clock, no_clock)
            patched.setattr(time, f"{clock}_ns", no_clock)
        again = find_route(vectors)
    assert again == before


def test_global_random_state_changes_nothing() -> None:
    np.random.seed(1)
    random.seed(1)
    before = find_route(papers(40))
    np.random.seed(2)
    random.seed(2)
    assert find_route(papers(40)) == before


def test_the_solver_is_named() -> None:
    assert find_route(papers(20)).solver == NAME


def test_the_path_begins_with_the_lower_of_its_ends() -> None:
    path, _ = shortest_path(distances(papers(25)))
    assert path[0] < path[-1]


def test_the_route_is_shorter_than_that_of_lin_kernighan_alone() -> None:
    matrix = np.rint(distances(papers(60)) * 1000).astype(int)
    matrix = np.pad(matrix, (0, 1), constant_values=matrix.max())
    matrix[-1, -1] = 0
    _, peer = solve_tsp_lin_kernighan(matrix, x0=list(range(61)))
    assert 1000 * find_route(papers(60)).length <= peer - 2 * matrix.max() + 60


def test_more_papers_than_lin_kernighan_is_given_still_get_a_short_route() -> None:
    vectors = papers(320, d=4)
    found = find_route(vectors)
    assert sorted(found.order) == list(range(320))
    assert found.length <= 0.5 * found.as_found_length


groups_of = st.lists(st.integers(0, 3), min_size=1, max_size=14)


def groups_from(labels: list[int]) -> list[list[int]]:
    return [[i for i, label in enumerate(labels) if label == group] for group in sorted(set(labels))]


@settings(max_examples=60, deadline=None)
@given(groups_of, st.integers(0, 2**32), st.data())
def test_a_route_over_themes_reads_each_whole_from_the_first_paper_to_the_last_theme(
    labels: list[int], seed: int, data: st.DataObject
) -> None:
    groups = groups_from(labels)
    first = data.draw(st.sampled_from(groups[0]))
    vectors = np.random.default_rng(seed).normal(size=(len(labels), 3)).round(1).astype(np.float32)
    found = find_theme_route(vectors, groups, first)
    assert sorted(found.order) == list(range(len(labels)))
    assert found.order[0] == first
    assert labels[found.order[-1]] == max(labels)
    assert len(list(itertools.groupby(labels[i] for i in found.order))) == len(groups)
    assert found.length == pytest.approx(walked(vectors, found.order), abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_of_all_routes_over_themes_it_is_the_shortest(seed: int) -> None:
    labels = [0, 0, 1, 1, 1, 2, 2, 3]
    vectors = papers(8, seed)

    def is_apt(order: tuple[int, ...]) -> bool:
        read = [labels[i] for i in order]
        return order[0] == 1 and read[-1] == 3 and len(list(itertools.groupby(read))) == 4

    best = min(walked(vectors, order) for order in itertools.permutations(range(8)) if is_apt(order))
    assert find_theme_route(vectors, groups_from(labels), 1).length == pytest.approx(best, abs=1e-4)


def test_papers_all_alike_are_still_read_theme_by_theme() -> None:
    order = find_theme_route(np.zeros((6, 4), np.float32), [[3, 5], [0, 1], [2, 4]], 5).order
    assert (order[:2], sorted(order[2:4]), sorted(order[4:])) == ((5, 3), [0, 1], [2, 4])
