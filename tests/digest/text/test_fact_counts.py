"""What is counted of an edition's papers, and what is not."""

from __future__ import annotations

from digest.text.fact_counts import count_facts
from store.records.paper_facts import NO_FACTS, PaperFacts

METHOD = PaperFacts(role="method", methods=("LoRA", "RAG"), datasets=("MMLU",), code_url="https://x.org/y")


def test_kinds_methods_and_code_are_counted_and_what_is_not_known_is_not() -> None:
    counts = count_facts([METHOD] * 3 + [PaperFacts(role="survey", methods=("LoRA",)), NO_FACTS], "fine-tuning")
    assert counts.kinds == (("method", 3), ("survey", 1))
    assert counts.methods == (("LoRA", 4), ("RAG", 3))
    assert counts.datasets == ()  # one is no ranking
    assert counts.with_code == 3


def test_what_the_question_names_in_words_or_initials_is_not_told_again() -> None:
    named = [PaperFacts(methods=("LoRA", "RAG", "BERT", "GPT-4"))] * 3
    told = [name for name, _ in count_facts(named, "Retrieval augmented generation with LoRA").methods]
    assert told == ["BERT", "GPT-4"]


def test_a_method_that_a_paper_names_twice_counts_once() -> None:
    assert count_facts([PaperFacts(methods=("LoRA", "LoRA", "BERT"))] * 3, "").methods == (("LoRA", 3), ("BERT", 3))
    assert count_facts([], "").kinds == ()


def test_what_nearly_every_paper_names_is_not_told() -> None:
    named = [PaperFacts(methods=("NeRF", "SLAM", "3DGS"))] * 4 + [PaperFacts(methods=("NeRF",))] * 6
    assert count_facts(named, "neural radiance fields").methods == (("SLAM", 4), ("3DGS", 4))


def test_spellings_of_one_name_count_together_under_the_usual_one() -> None:
    named = [
        PaperFacts(datasets=(name, "TED-LIUM"))
        for name in ("LibriSpeech", "Librispeech", "Libri-Speech", "LibriSpeech")
    ]
    named += [PaperFacts(datasets=("LibriSpeech", "Librispeech", "TEDLIUM"))] + [NO_FACTS] * 3
    assert count_facts(named, "").datasets == (("LibriSpeech", 5), ("TED-LIUM", 5))
