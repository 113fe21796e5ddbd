"""Sections: contiguous, within bounds, cut at the long legs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.route.sections import cut

legs_of = st.lists(st.floats(0, 2), min_size=0, max_size=150)


@settings(max_examples=100, deadline=None)
@given(legs_of, st.integers(1, 12), st.integers(0, 10))
def test_sections_cover_the_route_once_and_in_order(legs: list[float], smallest: int, more: int) -> None:
    sections = cut(legs, smallest=smallest, largest=smallest + more)
    assert [i for section in sections for i in section] == list(range(len(legs) + 1))
    assert all(sections)
    if len(legs) + 1 >= smallest:
        assert min(map(len, sections)) >= smallest


@settings(max_examples=100, deadline=None)
@given(legs_of)
def test_the_usual_bounds_hold(legs: list[float]) -> None:
    n = len(legs) + 1
    sections = cut(legs)
    assert len(sections) == 1 if n < 10 else all(5 <= len(section) <= 12 for section in sections)


@pytest.mark.parametrize(
    ("n", "longest_before", "sizes"),
    [
        (12, {5}, [5, 7]),
        (13, {6}, [6, 7]),
        (13, {7}, [7, 6]),
        (24, {8, 16}, [8, 8, 8]),
        (30, {6, 17, 24}, [6, 11, 7, 6]),
        (60, {9, 16, 27, 33, 44, 52}, [9, 7, 11, 6, 11, 8, 8]),
    ],
)
def test_it_cuts_where_the_legs_are_long(n: int, longest_before: set[int], sizes: list[int]) -> None:
    legs = [1.0 if position in longest_before else 0.3 for position in range(1, n)]
    assert [len(section) for section in cut(legs)] == sizes


def test_equal_legs_give_sections_of_like_size() -> None:
    sizes = [len(section) for section in cut([0.5] * 47)]
    assert sum(sizes) == 48
    assert max(sizes) - min(sizes) <= 3


def test_a_long_leg_near_the_end_does_not_leave_a_stray_paper() -> None:
    assert min(len(section) for section in cut([0.3] * 28 + [2.0])) >= 5


@pytest.mark.parametrize("n", range(1, 10))
def test_few_papers_are_one_section(n: int) -> None:
    assert cut([0.1] * (n - 1)) == (range(n),)


def test_no_papers_are_no_section() -> None:
    assert cut([], papers=0) == ()


def test_bounds_that_no_cutting_fits_give_way() -> None:
    assert sorted(len(section) for section in cut([0.1] * 10, smallest=5, largest=5)) == [5, 6]
    assert sorted(len(section) for section in cut([0.1] * 22, smallest=10, largest=11)) == [11, 12]
