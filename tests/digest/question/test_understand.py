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


@pytest.mark.parametrize(
    ("question", "language", "concepts"),
    [
        ("geração de imagens com modelos de difusão", "pt", ["image generation", "diffusion models"]),
        (
            "Quais são os avanços em aprendizado por reforço em robótica?",
            "pt",
            ["reinforcement learning", "robotics"],
        ),
        ("redes neurais em grafos na agricultura", "pt", ["graph neural networks", "agriculture"]),
        ("Quali sono i progressi dei modelli linguistici in medicina?", "it", ["language models", "medicine"]),
        ("l'intelligenza artificiale nell'istruzione", "it", ["artificial intelligence", "education"]),
        ("previsione della struttura delle proteine", "it", ["protein structure prediction"]),
    ],
)
def test_portuguese_and_italian_questions_are_asked_in_english(
    question: str, language: str, concepts: list[str]
) -> None:
    record = read(question)
    assert record.language == language
    assert [concept.forms[0] for concept in record.concepts] == concepts
    assert record.not_understood == ()


@pytest.mark.parametrize(
    ("question", "exclude", "authors", "since"),
    [
        ("segmentação de imagens, exceto tumores", ("tumors",), (), None),
        ("riconoscimento vocale, ma non per i bambini", ("children",), (), None),
        ("artigos de Yann LeCun sobre visão computacional", (), ("Yann LeCun",), None),
        ("articoli di Geoffrey Hinton sulle reti neurali", (), ("Geoffrey Hinton",), None),
        ("detecção de objetos desde março de 2023", (), (), datetime(2023, 3, 1, tzinfo=UTC)),
        ("rilevamento di oggetti dal gennaio 2024", (), (), datetime(2024, 1, 1, tzinfo=UTC)),
    ],
)
def test_portuguese_and_italian_limits(
    question: str, exclude: tuple[str, ...], authors: tuple[str, ...], since: datetime | None
) -> None:
    limits = read(question).limits
    assert (limits.exclude, limits.authors, limits.since) == (exclude, authors, since)


@pytest.mark.parametrize("question", ["", "   ", "the of it", "?!", "и как это"])
def test_where_nothing_can_be_searched_for_there_is_no_concept(question: str) -> None:
    assert read(question).concepts == ()


@pytest.mark.parametrize(
    ("question", "categories"),
    [
        ("owls in biorxiv:neuroscience", ("biorxiv:neuroscience",)),
        ("owls in bioRxiv:Cell-Biology since 2024", ("biorxiv:cell_biology",)),
        ("owls, medrxiv:infectious_diseases papers", ("medrxiv:infectious_diseases",)),
        ("owls in cs.CL or biorxiv:zoology", ("cs.CL", "biorxiv:zoology")),
        ("owls in biorxiv:zoologyst", ()),
        ("owls on bioRxiv", ()),
    ],
)
def test_a_question_names_subject_areas(question: str, categories: tuple[str, ...]) -> None:
    record = read(question)
    assert record.limits.categories == categories
    assert searched(record)[0] == "owls"
