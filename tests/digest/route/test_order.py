"""The route: a permutation, short, the same each time, from any solver, for any vectors."""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from digest.errors import ModelError
from digest.ports import Vectors
from digest.route import solvers
from digest.route.order import Route, distances, find_route
from digest.route.solvers import Solver

SOLVERS: tuple[Solver, ...] = get_args(Solver)


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
@given(small, st.sampled_from(SOLVERS), st.booleans())
def test_any_vectors_give_a_permutation_no_longer_than_as_found(vectors: Vectors, solver: Solver, asked: bool) -> None:
    found = find_route(vectors, solver=solver, start=np.ones(3, np.float32) if asked else None)
    assert sorted(found.order) == list(range(len(vectors)))
    assert len(found.legs) == max(0, len(vectors) - 1)
    assert found.length == pytest.approx(walked(vectors, found.order), abs=1e-4)
    assert found.as_found_length == pytest.approx(walked(vectors, tuple(range(len(vectors)))), abs=1e-4)
    assert found.length <= found.as_found_length + 1e-9


@pytest.mark.parametrize("solver", ["auto", "fast-tsp"])
@pytest.mark.parametrize("n", [3, 5, 7])
def test_few_papers_get_the_shortest_path_there_is(n: int, solver: Solver) -> None:
    vectors = papers(n)
    best = min(walked(vectors, p) for p in itertools.permutations(range(n)))
    assert find_route(vectors, solver=solver).length == pytest.approx(best, abs=1e-4)


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


def test_twins_are_neighbours() -> None:
    vectors = np.repeat(papers(12), 2, axis=0)
    found = find_route(vectors)
    place = {paper: i for i, paper in enumerate(found.order)}
    assert all(abs(place[i] - place[i + 1]) == 1 for i in range(0, 24, 2))


@pytest.mark.parametrize("solver", SOLVERS)
def test_all_papers_alike_or_all_unknown_survive(solver: Solver) -> None:
    for vectors in (np.zeros((30, 4), np.float32), np.tile(papers(1, d=4), (30, 1))):
        found = find_route(vectors, solver=solver, start=np.zeros(4, np.float32))
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


PROGRAM = """
import json, numpy as np
from digest.order import route
rng = np.random.default_rng(3)
print(json.dumps([route(rng.normal(size=(n, 16)).astype("float32")).order for n in SIZES]))
"""


def orders_in_a_new_process(sizes: list[int]) -> list[list[int]]:
    program = PROGRAM.replace("SIZES", str(sizes))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def test_another_process_finds_the_same_route() -> None:
    sizes = [12, 19, 40]  # larger ones depend on how busy the machine is: see solvers._patience and bench/order.py
    assert orders_in_a_new_process(sizes) == orders_in_a_new_process(sizes)


def test_python_tsp_is_named_and_finds_a_short_route() -> None:
    vectors = papers(60)
    fast, slow = find_route(vectors), find_route(vectors, solver="python-tsp")
    assert slow.solver == "python-tsp"
    assert slow.length <= 1.05 * fast.length
    assert slow == find_route(vectors, solver="python-tsp")


def test_without_fast_tsps_wheel_python_tsp_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solvers, "find_spec", lambda _name: None)
    assert find_route(papers(20)).solver == "python-tsp"


def test_python_tsp_keeps_the_deadline_with_what_it_has_by_then() -> None:
    found: Route = find_route(papers(400, d=4), solver="python-tsp", deadline_seconds=0.0)
    assert sorted(found.order) == list(range(400))
