"""Paired comparison: what is a pair, how sure a difference is, and how often chance alone is taken for one."""

from dataclasses import replace

import numpy as np
import pytest

from digest.evaluation.experiment import Cell, ModelSet, Outcome
from digest.evaluation.paired_comparison import (
    Difference,
    bootstrap_interval,
    compare,
    count_unlike,
    fewest_units,
    mark_found,
    of_units,
    sign_flip_chance,
)

MODELS = ModelSet("a:q", "a:e", "a:s", "a:w")
OUTCOME = Outcome(
    Cell("q", 1, "30s", "sections", "tsp"), MODELS, "id", (), 10, 10, 8, 8, 0, 5, 0.8, 0, 5, 0, 0, 0.0, 0.1, 0.9, 0,
    1.0, (), "papers", "material",
)  # fmt: skip


def surveys(drafted: dict[tuple[int, str], int]) -> list[Outcome]:
    """Outcomes by run and order, the papers of each run its own."""
    return [
        replace(
            OUTCOME,
            cell=replace(OUTCOME.cell, run=run, order=order),  # type: ignore[arg-type]
            drafted=n,
            papers=f"p{run}",
            material=f"m{run}",
        )
        for (run, order), n in drafted.items()
    ]


def drafts(outcomes: list[Outcome], factor: str = "order", levels: tuple[str, ...] = ("tsp", "none")) -> Difference:
    return next(one for one in compare(outcomes, factor, levels) if one.measure == "coverage of the first draft")


def test_a_pair_has_the_same_papers_and_summaries() -> None:
    outcomes = surveys({(1, "tsp"): 9, (1, "none"): 5, (2, "tsp"): 9, (2, "none"): 1, (3, "tsp"): 9})
    found = drafts(outcomes)
    assert (found.units, round(found.mean, 6)) == (2, -0.6)
    outcomes[3] = replace(outcomes[3], material="other")
    found = drafts(outcomes)
    assert (found.units, round(found.mean, 6), found.low, found.high) == (1, -0.4, None, None)
    assert count_unlike(outcomes, "order", "tsp", "none") == 1


def test_cells_that_share_their_papers_are_one_unit() -> None:
    outcomes = surveys({(1, "tsp"): 9, (1, "none"): 5})
    single = [replace(one, cell=replace(one.cell, synthesis="single"), drafted=one.drafted - 1) for one in outcomes]
    assert drafts([*outcomes, *single]).units == 1
    same = [replace(one, cell=replace(one.cell, question="in other words")) for one in outcomes]
    assert drafts([*outcomes, *same]).units == 1


def test_writers_are_paired_over_sets_of_models() -> None:
    other = replace(OUTCOME, models=MODELS.with_writer("b:w"), drafted=4)
    assert drafts([OUTCOME, other], "writer", ("a:w", "b:w")).mean == pytest.approx(-0.4)


def test_the_chance_is_that_of_every_flip_of_signs() -> None:
    assert sign_flip_chance(np.array([0.1, 0.2, 0.3])) == 2 / 8
    assert sign_flip_chance(np.array([0.1] * 6)) == 2 / 64
    assert sign_flip_chance(np.zeros(5)) == 1.0
    assert sign_flip_chance(np.ones(40)) < 0.001


def test_an_interval_is_repeatable_and_wider_for_few() -> None:
    values = np.array([0.1, 0.3, 0.2, 0.25, 0.15, 0.2])
    low, high = bootstrap_interval(values)
    assert low is not None
    assert high is not None
    assert bootstrap_interval(values) == (low, high)
    assert low < 0.2 < high
    t_half = 2.5706 * values.std(ddof=1) / np.sqrt(6)
    assert (high - low) / 2 == pytest.approx(t_half, rel=0.1)
    assert bootstrap_interval(values[:1]) == (None, None)


def test_few_units_find_nothing_however_clear_they_look() -> None:
    assert fewest_units(1) == 6
    assert fewest_units(8) == 9
    few = of_units("order", "tsp", "none", "m", {("p", run): [0.5] for run in range(5)})
    assert (few.low, mark_found([few])[0].found) == (pytest.approx(0.5), False)
    enough = of_units("order", "tsp", "none", "m", {("p", run): [0.5] for run in range(6)})
    assert mark_found([enough])[0].found
    assert not mark_found([replace(enough, quality=False)])[0].found


def test_chance_alone_is_seldom_taken_for_a_difference() -> None:
    """Tables of four comparisons over ten units: one in twenty may say that it found something."""
    random, wrong = np.random.default_rng(1), 0
    for _ in range(200):
        table = [
            of_units("order", "tsp", "none", str(at), {("p", n): [value] for n, value in enumerate(values)})
            for at, values in enumerate(random.normal(size=(4, 10)))
        ]
        wrong += any(one.found for one in mark_found(table))
    assert wrong <= 16
