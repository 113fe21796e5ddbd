import pytest

from digest.claims.claim_check import Evidence
from digest.claims.statements import check_statements
from digest.model_names import BUILTIN
from store.records.editions import Paper, Statement
from tests.factories.chat import paper

PAPERS: dict[int, Paper] = {
    1: paper(
        1, "Adapters of low rank let a diffusion model paint in a new style after 12 images. Memory falls by 3.5 GB."
    ),
    2: paper(2, "Streaming recognisers write captions within 300 ms by chunked attention over microphones in cars."),
}
EVIDENCE = Evidence(PAPERS)


def check(text: str, language: str = "en") -> Statement:
    (found,) = check_statements([(0, text)], EVIDENCE, language)
    return found


def test_a_statement_has_verdict_score_and_the_sentence_that_it_rests_on() -> None:
    found = check("Low-rank adapters cut memory by 3.5 GB [1].")
    assert (found.section, found.papers, found.verdict, found.checked_by) == (0, (1,), "supported", BUILTIN)
    assert (found.evidence[0].paper, found.evidence[0].position) == (1, 2)
    assert found.evidence[0].text == "Memory falls by 3.5 GB."
    assert found.reason == ""


def test_what_no_paper_says_is_unsupported_and_has_a_reason() -> None:
    found = check("Tulips bloom earlier in heated greenhouses of Holland [1].")
    assert found.verdict == "unsupported"
    assert found.score is not None
    assert str(found.reason)


@pytest.mark.parametrize("text", ["Both do well [1].", "This is so [2]."])
def test_what_says_too_little_is_not_judged(text: str) -> None:
    found = check(text)
    assert (found.verdict, found.score, found.checked_by, found.reason) == ("unchecked", None, "", "")


def test_every_sentence_that_cites_is_a_statement_in_order() -> None:
    texts = [
        (-1, "No marker here. Captions appear within 300 ms [2].\nAdapters paint in a new style [1]."),
        (3, "X [1]."),
    ]
    found = check_statements(texts, EVIDENCE, "en")
    assert [(one.section, one.papers) for one in found] == [(-1, (2,)), (-1, (1,)), (3, (1,))]


def test_what_the_writer_named_stands_first() -> None:
    text = "Low-rank adapters cut memory by 3.5 GB [1]."
    (found,) = check_statements([(0, text)], EVIDENCE, "en", pointers={text: [(1, 1)]})
    assert [one.position for one in found.evidence[:2]] == [1, 2]
