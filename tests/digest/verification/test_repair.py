"""Repair of a text: corrected, left out, marked; and what must stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.claims.claim_check import Evidence
from digest.claims.statements import check_statements
from digest.ports import Verification
from digest.verification.repair import RepairedText, repair_text, settle_statement
from store.records.editions import Statement
from tests.doubles.briefs import paper

PAPERS = {
    1: paper(1, "We fire bowls in a kiln with two chambers. The second chamber cuts the use of wood by a third.").paper,
    2: paper(2, "Ash glazes run at 1200 degrees. We thicken these glazes with clay and measure their flow.").paper,
}
EVIDENCE = Evidence(PAPERS)
KILN = "A second chamber of the kiln cuts the use of wood by a third [1]."
GLAZE = "Ash glazes are thickened with clay, and their flow is measured [2]."
TULIPS = "Tulips bloom 47 days earlier in Norwegian greenhouses [1]."
NO = Verification("unsupported")


def repair(text: str, **verdicts: Verification) -> RepairedText:
    """verdicts: by the statement's first word."""
    findings = []
    for draft in check_statements([(0, text)], EVIDENCE, "en"):
        found = verdicts.get(draft.sentence.split()[0])
        offered = check_statements([(0, found.correction)], EVIDENCE, "en") if found and found.correction else []
        findings.append(settle_statement(draft, found, next(iter(offered), None), EVIDENCE, "local:judge"))
    repaired = repair_text(text, findings)
    assert all(statement.sentence in repaired.text for statement in repaired.statements)
    return repaired


def test_without_a_verdict_nothing_changes() -> None:
    text = f"{KILN} {TULIPS}\n\n{GLAZE}"
    repaired = repair(text)
    assert (repaired.text, repaired.corrected, repaired.dropped) == (text, 0, 0)
    assert [statement.checked_by for statement in repaired.statements] == ["builtin"] * 3
    assert repaired.statements[1].verdict == "unsupported"


def test_what_nothing_supports_is_left_out_and_its_paragraph_reads_on() -> None:
    repaired = repair(f"{TULIPS} {KILN} {TULIPS}\n\n{TULIPS}\n\n{GLAZE}", Tulips=NO)
    assert repaired.text == f"{KILN}\n\n{GLAZE}"
    assert repaired.dropped == 3
    assert [statement.sentence for statement in repaired.statements] == [KILN, GLAZE]


def test_japanese_is_left_out_without_a_gap() -> None:
    text = "LoRAの課題は未解決である[1]。窯は二つの部屋を持つ[1]。灰の釉薬は流れる[2]。"
    papers = check_statements([(0, text)], EVIDENCE, "ja")
    findings = [
        settle_statement(draft, NO if "窯" in draft.sentence else None, None, EVIDENCE, "local:judge")
        for draft in papers
    ]
    assert repair_text(text, findings).text == "LoRAの課題は未解決である[1]。灰の釉薬は流れる[2]。"


@pytest.mark.parametrize("lean", ["It needs no", "However, a kiln needs", "This saves", "By contrast, clay saves"])
def test_what_the_next_sentence_goes_on_from_is_marked_instead(lean: str) -> None:
    text = f"{TULIPS} {lean} third of the wood in the second chamber [1]."
    repaired = repair(text, Tulips=NO)
    assert repaired.text == text
    assert (repaired.statements[0].verdict, repaired.statements[0].checked_by) == ("unsupported", "local:judge")
    assert str(repaired.statements[0].reason)


def test_a_sentence_with_a_subject_of_its_own_goes_on_from_nothing() -> None:
    assert repair(f"{TULIPS} This paper fires bowls in two chambers [1].", Tulips=NO).dropped == 1


def test_a_text_keeps_a_sentence_that_cites() -> None:
    repaired = repair(f"Much is known. {TULIPS}", Tulips=NO)
    assert repaired.text == f"Much is known. {TULIPS}"
    assert [statement.verdict for statement in repaired.statements] == ["unsupported"]


def test_two_have_to_agree_before_anything_is_left_out() -> None:
    """A broken judge may not empty a survey: what the built-in check supports is marked."""
    repaired = repair(f"{KILN} {GLAZE}", A=NO, Ash=NO)
    assert repaired.text == f"{KILN} {GLAZE}"
    assert [statement.verdict for statement in repaired.statements] == ["unsupported"] * 2
    assert all(statement.score < 0.6 for statement in repaired.statements if statement.score is not None)


def test_a_correction_stands_in_the_place_of_its_sentence() -> None:
    wrong = "A second chamber doubles the price of 47 tulips in Norway [1]."
    repaired = repair(f"{GLAZE} {wrong}", A=Verification("unsupported", ((1, 2),), "detail", KILN))
    assert repaired.text == f"{GLAZE} {KILN}"
    assert (repaired.corrected, repaired.dropped) == (1, 0)
    last = repaired.statements[-1]
    assert (last.verdict, last.evidence[0].position, last.checked_by) == ("supported", 2, "local:judge")


@pytest.mark.parametrize("correction", [TULIPS, GLAZE])
def test_a_correction_that_is_worse_or_cites_others_is_not_taken(correction: str) -> None:
    repaired = repair(f"{KILN} {GLAZE}", A=Verification("partly", ((1, 2),), "detail", correction))
    assert repaired.text == f"{KILN} {GLAZE}"
    assert (repaired.statements[0].verdict, str(repaired.statements[0].reason)) == (
        "partly", "a detail is not in the abstract"
    )  # fmt: skip


def test_a_judge_that_supports_what_is_plainly_invented_is_not_believed() -> None:
    repaired = repair(TULIPS, Tulips=Verification("supported", ((1, 1),)))
    assert (repaired.text, repaired.statements[0].verdict) == (TULIPS, "unsupported")
    assert repaired.statements[0].score is not None
    assert repaired.statements[0].score < 0.2


def test_a_statement_that_nothing_could_judge_has_its_models_score() -> None:
    draft = replace(check_statements([(0, "So it is [1].")], EVIDENCE, "en")[0], verdict="unchecked", score=None)
    now = settle_statement(draft, Verification("supported", ((1, 0),)), None, EVIDENCE, "local:judge").now
    assert (now.verdict, now.score, now.evidence[0].text) == ("supported", 1.0, "On Kilns")


def test_a_sentence_that_comes_twice_is_repaired_at_each_place() -> None:
    repaired = repair(f"{TULIPS} {GLAZE}  {TULIPS}\n{KILN}", Tulips=NO)
    assert repaired.text == f"{GLAZE}\n{KILN}"


def test_statements_come_in_the_order_of_the_text() -> None:
    statements: tuple[Statement, ...] = repair(f"{GLAZE} {TULIPS} {KILN}", Tulips=NO).statements
    assert [statement.papers for statement in statements] == [(2,), (1,)]
