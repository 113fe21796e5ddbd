"""The parts of reading a question: slips, terms of the glossary, entries of the tables."""

from collections.abc import Iterable

import pytest

from digest.question.corrections import correct_word, is_one_edit
from digest.question.segmentation import find_terms
from digest.question.term_tables import LANGUAGES, framing_words, glossary, head_words, read_entries
from digest.question.translation import translate_word
from digest.question.understand import understand
from digest.text.word_frequencies import word_frequencies
from store.text.tokens import tokens
from tests.digest.question.test_understand import NOW


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("grpah", "graph"),
        ("netwroks", "networks"),
        ("trafic", "traffic"),
        ("reinforcment", "reinforcement"),
        ("langauge", "language"),
        ("neuralnetworks", "neural networks"),
        ("grafs", "graphs"),
        ("semi-supervized", "semi-supervised"),
        *(
            (word, "")
            for word in "networks reinforces LoRA GPT4 bookbinding pottery evacuation fine-tuning xyz".split()
        ),
    ],
)
def test_a_slip_is_corrected_and_a_word_is_not(typed: str, meant: str) -> None:
    assert correct_word(typed) == meant


class Store:
    """A store that has papers on quuxons."""

    def frequency(self, word: str) -> int:
        return 3 * (word == "quuxons")

    def near(self, word: str) -> Iterable[str]:
        return ["quuxons"] if is_one_edit(word, "quuxons") else []


def test_what_the_store_knows_is_no_slip_and_may_be_meant() -> None:
    assert correct_word("quuxons", Store()) == ""
    assert correct_word("quuxosn", Store()) == "quuxons"
    concept = understand("decay of quuxosn", NOW, Store()).concepts[-1]
    assert concept.forms == ("quuxons", "quuxosn")


def test_terms_are_found_with_letters_of_two_scripts_and_in_any_spelling() -> None:
    assert find_terms("三次元再構成とグラフ・ニューラル・ネットワーク") == [
        (0, 6, "3D reconstruction"),
        (7, 23, "graph neural networks"),
    ]
    assert find_terms("生成AIの3D生成") == [(0, 4, "generative AI"), (5, 9, "3D generation")]
    assert find_terms("x3D生成") == [(3, 5, "generation")]


@pytest.mark.parametrize(
    ("word", "language", "english", "guessed"),
    [
        ("Sprachmodellen", "de", "language models", False),
        ("Krankenhäusern", "de", "hospital", False),
        ("Transformermodelle", "de", "transformer model", False),
        ("Optimierungsproblem", "de", "optimization problem", False),
        ("Klassifikatoren", "de", "", False),
        ("Parametrisierung", "de", "parametrization", True),
        ("granularité", "fr", "granularity", True),
        ("modularidad", "es", "modularity", True),
        ("modularidade", "pt", "modularity", True),
        ("populações", "pt", "populations", True),
        ("granularità", "it", "granularity", True),
        ("equazioni", "it", "equations", True),
        ("LoRA", "de", "LoRA", False),
    ],
)
def test_words_are_looked_up_then_split_then_guessed(word: str, language: str, english: str, guessed: bool) -> None:
    assert translate_word(word, language) == (english, guessed)


@pytest.mark.parametrize("name", ["glossary", "english", "framing", *(f"head_words_{tag}" for tag in LANGUAGES)])
def test_tables_are_written_as_they_say(name: str) -> None:
    entries = list(read_entries(name))
    assert len(entries) > 5
    assert all(head and tokens(head) for head, _ in entries)
    assert all(tokens(term) for _, terms in entries for term in terms)


def test_english_words_of_the_tables_are_words_of_papers() -> None:
    words = {
        word
        for table in (glossary(), *map(head_words, LANGUAGES))
        for english in table.values()
        for word in tokens(english)
    }
    unknown = {word for word in words if not word_frequencies().knows(word) and word not in framing_words("en")}
    assert len(unknown) < len(words) / 20, sorted(unknown)
