"""What a question asks, in which words; and that none of its words is lost."""

from datetime import UTC, datetime

import pytest

from digest.question.understand import check_words, understand
from store.records.questions import StructuredQuestion

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


def read(question: str) -> StructuredQuestion:
    record = understand(question, NOW)
    check_words(record)
    return record


def searched(record: StructuredQuestion) -> list[str]:
    """The usual form of each concept."""
    return [concept.forms[0] for concept in record.concepts]


@pytest.mark.parametrize(
    ("question", "concepts"),
    [
        (
            "Is distillation better than pruning for speech recognition?",
            ["distillation", "pruning", "speech recognition"],
        ),
        ("GPT-4 vs Llama-2 for code generation", ["GPT-4", "Llama-2", "code generation"]),
        ("transformers", ["transformers"]),
        ("machine learning", ["machine learning"]),
        ("how do I keep my model from overfitting on small data sets?", ["overfitting", "small data sets"]),
        ("image synthesis in medicine", ["image synthesis", "medicine"]),
    ],
)
def test_an_english_question_names_its_concepts(question: str, concepts: list[str]) -> None:
    assert searched(read(question)) == concepts


@pytest.mark.parametrize("question", ["", "   ", "the of it", "?!", "и как это"])
def test_where_nothing_can_be_searched_for_there_is_no_concept(question: str) -> None:
    assert read(question).concepts == ()
