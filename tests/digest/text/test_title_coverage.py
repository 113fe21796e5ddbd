"""Whether the papers below a title say what it says."""

import pytest

from digest.text.title_coverage import is_carried

PAPERS = [
    "Pre-training an LLM\nWe pre-train LLMs on retrieved passages.",
    "Pretrained retrievers\nOur large language model (LLM) is pretrained.",
    "Tides\nThe moon pulls.",
]


@pytest.mark.parametrize(
    ("title", "question", "carried"),
    [
        ("Pretrained LLMs", "", True),
        ("Improving pre-trained LLMs", "", True),
        ("Tides", "", False),
        ("LLMs and tides", "", False),
        ("LLMs", "What are LLMs?", False),
        ("Improved methods", "", False),
        ("", "", False),
    ],
)
def test_a_title_is_carried_by_three_fifths_of_its_papers(title: str, question: str, carried: bool) -> None:
    assert is_carried(title, PAPERS, question) is carried


def test_no_papers_carry_nothing() -> None:
    assert not is_carried("Tides", [], "")
