from collections import Counter

import pytest

from bench.claims import (
    KINDS,
    MOST_FALSE_ALARMS,
    OTHER_TARGET,
    TARGETS,
    LabelledStatement,
    auc,
    labelled,
    sample_papers,
    scores,
    with_neighbours,
)
from digest.claims.claim_check import WEAK_SCORE


@pytest.fixture(scope="module")
def scored() -> list[tuple[LabelledStatement, float]]:
    papers = sample_papers()
    found = with_neighbours(labelled(), papers)
    return list(zip(found, scores(found, papers), strict=True))


def test_every_false_statement_has_a_true_twin_of_the_same_paper_and_half() -> None:
    true = {(one.half, one.paper, one.text) for one in labelled() if one.kind == "true"}
    false = [one for one in labelled() if one.kind != "true"]
    assert len(true) + len(false) >= 400
    assert all((one.half, one.paper, one.twin) in true for one in false)
    assert all(count >= 30 for count in Counter(one.kind for one in false).values())


@pytest.mark.parametrize("kind", KINDS)
def test_true_statements_score_higher_than_false_ones(kind: str, scored: list[tuple[LabelledStatement, float]]) -> None:
    true, false = ([score for one, score in scored if one.kind == name] for name in ("true", kind))
    assert auc(true, false) >= TARGETS.get(kind, OTHER_TARGET)


def test_few_true_paraphrases_are_weak(scored: list[tuple[LabelledStatement, float]]) -> None:
    true = [score for one, score in scored if one.kind == "true"]
    assert sum(score < WEAK_SCORE for score in true) <= MOST_FALSE_ALARMS * len(true)
