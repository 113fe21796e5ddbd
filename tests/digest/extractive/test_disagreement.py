"""Opposite findings about one named method or measure: told with both sentences, and otherwise never."""

from __future__ import annotations

import pytest

from digest.extractive.disagreement import find_disagreement
from digest.ports import BriefPaper
from store.records.paper_facts import PaperFacts
from tests.doubles.briefs import brief, opening, paper

FACTS = PaperFacts(methods=("LoRA", "QLoRA", "DPO"))


def told(*sentences: str) -> tuple[str, ...] | None:
    papers = abstracts(*sentences)
    found = find_disagreement(papers, [FACTS] * len(papers))
    return found.names if found else None


def abstracts(*sentences: str) -> list[BriefPaper]:
    return [paper(n, f"We study tuning in kilns. {said}") for n, said in enumerate(sentences, start=1)]


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (
            "Our results show that LoRA improves reasoning on long texts.",
            "We find that LoRA does not improve reasoning.",
            ("LoRA",),
        ),
        ("We show that DPO is robust to label noise.", "Tests show that DPO is brittle under label noise.", ("DPO",)),
        (
            "We find that BLEU correlates well with human judges.",
            "Results show that BLEU fails to correlate with judges.",
            ("BLEU",),
        ),
        (
            "We find that LoRA outperforms QLoRA in all tests.",
            "Experiments show that QLoRA is better than LoRA by 3%.",
            ("LoRA", "QLoRA"),
        ),
        (
            "We find that LoRA outperforms DPO.",
            "We find that LoRA underperforms standard DPO on small data.",
            ("LoRA", "DPO"),
        ),
    ],
)
def test_opposite_findings_are_found_in_either_order(first: str, second: str, names: tuple[str, ...]) -> None:
    assert told(first, second) == names
    assert set(told(second, first) or ()) == set(names)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("We find that LoRA improves reasoning.", "We find that LoRA improves reasoning, too."),
        ("We find that LoRA improves reasoning.", "We find that DPO does not improve reasoning."),
        ("We find that LoRA improves reasoning.", "We find that LoRA does not improve translation."),
        ("We find that LoRA improves reasoning.", "We ask whether LoRA does not improve reasoning."),
        ("We find that LoRA improves reasoning.", "It may be that LoRA does not improve reasoning."),
        ("We find that LoRA improves reasoning.", "Previous work found that LoRA does not improve reasoning."),
        ("We find that LoRA improves reasoning.", "Results show that accuracy of LoRA degrades with reasoning."),
        ("We find that LoRA improves reasoning.", "Results show that LoRA is brittle in reasoning."),
        ("We find that LoRA outperforms QLoRA.", "We find that QLoRA outperforms DPO."),
        ("We find that LoRA outperforms QLoRA.", "We find that LoRA outperforms QLoRA."),
        ("We find that LoRAX improves reasoning.", "We find that LoRA does not improve reasoning."),
        ("We dig.", "It rains."),
    ],
)
def test_what_is_no_disagreement_is_not_told(first: str, second: str) -> None:
    assert told(first, second) is None


def test_one_paper_does_not_disagree_with_itself() -> None:
    assert told("We find that LoRA improves reasoning. We find that LoRA does not improve reasoning.") is None


def test_the_opening_tells_both_findings_with_their_papers() -> None:
    papers = abstracts("We find that LoRA improves reasoning.", "We find that LoRA does not improve reasoning.", "So.")
    text = opening(brief(*papers), facts=(FACTS,) * 3)
    assert text.startswith("Their findings on LoRA differ. Hu et al. find that LoRA improves reasoning [1]. ")
    assert "LoRA does not improve reasoning [2]." in text.split("\n\n")[0]
    assert "differ" not in opening(brief(*papers), facts=(FACTS,) * 3, off_topic=True)
    assert "differ" not in opening(brief(*papers[:1]), facts=(FACTS,))
