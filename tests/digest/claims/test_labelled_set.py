import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench.claims import (
    FAR,
    HALVES,
    KINDS,
    MOST_FALSE_ALARMS,
    OTHER_TARGET,
    TARGETS,
    LabelledStatement,
    auc,
    judged,
    labelled,
    sample_papers,
    scores,
    with_neighbours,
)
from digest.claims.claim_check import WEAK_SCORE
from tests.doubles.llm_server import LlmServer

TUNED = [half for half in HALVES if half not in FAR]  # bench.claims says what the others miss


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


@pytest.mark.parametrize("half", TUNED)
@pytest.mark.parametrize("kind", KINDS)
def test_true_statements_score_higher_than_false_ones(
    kind: str, half: str, scored: list[tuple[LabelledStatement, float]]
) -> None:
    part = [(one.kind, score) for one, score in scored if one.half == half]
    true, false = ([score for its, score in part if its == name] for name in ("true", kind))
    assert not false or auc(true, false) >= TARGETS.get(kind, OTHER_TARGET)


@pytest.mark.parametrize("half", FAR)
@pytest.mark.parametrize("kind", ["neighbour", "negated", "numbers", "detail"])
def test_far_paraphrases_are_told_from_what_is_wrong_in_a_word_or_a_number(
    kind: str, half: str, scored: list[tuple[LabelledStatement, float]]
) -> None:
    part = [(one.kind, score) for one, score in scored if one.half == half]
    true, false = ([score for its, score in part if its == name] for name in ("true", kind))
    assert auc(true, false) >= TARGETS.get(kind, OTHER_TARGET)


@pytest.mark.parametrize("half", TUNED)
def test_few_true_paraphrases_are_weak(half: str, scored: list[tuple[LabelledStatement, float]]) -> None:
    true = [score for one, score in scored if one.kind == "true" and one.half == half]
    assert sum(score < WEAK_SCORE for score in true) <= MOST_FALSE_ALARMS * len(true)


def test_a_judge_is_asked_of_no_statement_beside_its_twin_and_is_scored_by_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = {one.text.rstrip(".") for one in labelled("c") if one.kind == "true"}
    twins = {one.text.rstrip("."): one.twin.rstrip(".") for one in labelled("c") if one.twin}
    batches = list[set[str]]()

    def answer(asked: dict[str, Any]) -> str | dict[str, Any]:
        told = re.findall(r'<statement number="(\d+)">(.*?) \[(\d+)\]\.</statement>', asked["prompt"])
        batches.append({text for _, text, _ in told})
        return {"statements": [_verdict(number, paper, good=text in true) for number, text, paper in told]}

    with LlmServer(answer=answer) as server:
        (tmp_path / "config.toml").write_text(
            f'[providers.local]\nbase_url = "{server.openai_url}"\n[prices]\n"local:judge" = [0, 0]\n'
        )
        monkeypatch.setenv("PAPERROUTE_CONFIG", str(tmp_path / "config.toml"))
        scored = judged(labelled("c"), sample_papers(), "local:judge")
    assert scored == [float(one.kind == "true") for one in labelled("c")]
    assert not any(twins.get(text) in batch for batch in batches for text in batch)


def _verdict(number: str, paper: str, *, good: bool) -> dict[str, Any]:
    verdict, fault = ("supported", "") if good else ("unsupported", "contrary")
    evidence = [f"{paper}.1"]
    return {"number": int(number), "evidence": evidence, "verdict": verdict, "fault": fault, "correction": ""}
