"""Section titles: what sets a section apart, as a reader would write it, never a fragment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import accumulate, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.route.section_titles import title_sections
from digest.route.title_phrases import LIMIT, find_title_phrases
from digest.text.noun_phrases import build_lexicon, restore_case
from store.records.editions import Paper
from store.text.tokens import tokens

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def paper(title: str, abstract: str = "") -> Paper:
    return Paper("2601.00001", 1, title, abstract, ("A",), ("cs.CL",), "cs.CL", DAY, DAY)


def titled(groups: Sequence[Sequence[Paper]], question: str = "speech recognition") -> tuple[str, ...]:
    papers = [p for group in groups for p in group]
    ends = list(accumulate(map(len, groups), initial=0))
    return title_sections([range(*ends) for ends in pairwise(ends)], find_title_phrases(papers, question), papers)


LOW = [
    paper("Low-resource languages in speech recognition", "We study low-resource languages. Whisper is the baseline."),
    paper(
        "Pretraining for low-resource languages", "Speech recognition of low-resource languages is hard for Whisper."
    ),
    paper("A corpus of low-resource languages", "The corpus covers speech recognition in low-resource languages."),
    paper("Transfer to low-resource languages", "We transfer models. Speech recognition improves in all of them."),
    paper("Tones in low-resource languages", "Tones matter for the speech recognition of Yoruba."),
]
NOISE = [
    paper("Speech enhancement before recognition", "Speech enhancement helps, and noise robustness grows on a GPU."),
    paper("Joint speech enhancement", "A front end for speech enhancement in far-field rooms, run on the GPU."),
    paper("Noise robustness by speech enhancement", "We measure noise robustness on the GPU."),
    paper("Echoes and speech enhancement", "Echoes are removed by speech enhancement in each of the rooms."),
    paper("Noise robustness in cars", "Noise robustness of speech recognition, in cars."),
]
DECODING = [
    paper("Streaming decoding with transducers", "The beam search of transducers. Streaming decoding is quick."),
    paper("Beam search for transducers", "Beam search in the transducers of today, for speech recognition."),
    paper("Streaming decoding on phones", "Streaming decoding needs little memory with transducers."),
    paper("Pruned beam search", "Pruning the beam search. It is quick."),
    paper("Transducers that stream", "We train transducers for streaming decoding, with a beam search."),
]


def test_titles_name_what_sets_each_section_apart() -> None:
    low, noise, decoding = titled([LOW, NOISE, DECODING])
    assert low.startswith("Low-resource languages")
    assert "peech enhancement" in noise or "oise robustness" in noise
    assert any(phrase in decoding.lower() for phrase in ("beam search", "streaming decoding", "transducers"))


def test_words_of_the_question_name_no_section() -> None:
    assert not any("recognition" in title.lower() for title in titled([LOW, NOISE, DECODING]))


def test_the_same_papers_get_the_same_titles() -> None:
    assert titled([LOW, NOISE, DECODING]) == titled([LOW, NOISE, DECODING])


def test_two_sections_alike_get_different_titles() -> None:
    first, second = titled([LOW, LOW])
    assert first.casefold() != second.casefold()


def test_words_keep_the_capitals_of_running_text() -> None:
    group = [
        paper("LoRA Adapters Everywhere", "We merge LoRA adapters. The LoRA adapters of Stable Diffusion are small."),
        paper("Merging LoRA Adapters", "Each of the LoRA adapters is small, and LoRA adapters add up."),
        paper("On LoRA adapters", "The LoRA adapters for Stable Diffusion."),
        paper("Why LoRA adapters work", "There are LoRA adapters in it."),
    ]
    (title, _) = titled([group, NOISE], question="image generation")
    assert "LoRA adapters" in title


def test_capitals_that_only_spell_an_acronym_are_undone() -> None:
    group = [
        paper(
            "CORE: checking citationS for factual enTAILment", "We check. Automated citations fail to entail claims."
        ),
        paper("The FRench annotated corpus", "French annotated corpus: a corpus of French. LoRA helps."),
        paper("More citationS with ControlNet", "ControlNet and LoRA. Citations are checked, and citations count."),
    ]
    found = build_lexicon([p.text for p in group])
    shown = {word: restore_case([word], found) for word in ("citations", "entailment", "french", "lora", "controlnet")}
    assert shown == {
        "citations": "citations",
        "entailment": "entailment",
        "french": "French",
        "lora": "LoRA",
        "controlnet": "ControlNet",
    }


def test_a_title_names_the_section_and_not_one_of_its_papers() -> None:
    one = paper("Trajectory glaze synthesis", "Trajectory glaze synthesis is old. Trajectory glaze synthesis works.")
    loose = paper("Heat", "The trajectory of a glaze has synthesis.")
    others = [paper(f"Pots {c}", "They like wood ovens in the yard." if c in "ABC" else "It rains.") for c in "ABCDEF"]
    assert titled([[one, loose, *others], LOW, NOISE])[0] == "Wood ovens"


def test_two_spellings_of_a_term_are_one_and_the_hyphen_is_kept() -> None:
    loud = [paper("Retrieval augmented kilns", "It burns.") for _ in range(3)]
    quiet = [paper(letter, "The retrieval-augmented kilns.") for letter in "AB"]
    assert titled([[*quiet, *loud], LOW, NOISE])[0] == "Retrieval-augmented kilns"


def test_no_formula_leaks() -> None:
    group = [
        paper(rf"The $\Lambda_{{{i}}}$ hyperons in \emph{{dense}} matter", r"We find $\Lambda$ hyperons.")
        for i in range(5)
    ]
    title = titled([group, NOISE])[0]
    assert not set(title) & set("$\\{}_^")
    assert "yperons" in title


def test_one_section_is_titled_too() -> None:
    assert titled([DECODING])[0]


def test_no_sections_no_titles() -> None:
    assert titled([]) == ()


def test_without_a_question_the_wording_decides() -> None:
    assert titled([LOW, NOISE], question="")[0].startswith("Low-resource languages")


@pytest.mark.parametrize("title", ["", "...", "$x$", "深層学習", "a" * 500])
def test_papers_without_phrases_still_get_a_title(title: str) -> None:
    first, second = titled([[paper(title)], [paper(title)]])
    assert 0 < len(first) <= LIMIT
    assert 0 < len(second) <= LIMIT
    assert first != second


words = st.sampled_from(
    "adapters LoRA speech the of and dense $x^2$ matter, halos. Streaming beam search GPU we large models (RAG)".split()
)
texts = st.lists(words, max_size=25).map(" ".join)
groups_of = st.lists(st.lists(st.builds(paper, texts, texts), min_size=1, max_size=6), min_size=1, max_size=5)


@settings(max_examples=80, deadline=None)
@given(groups_of, texts)
def test_titles_are_distinct_bounded_and_made_of_the_sections_words(groups: list[list[Paper]], question: str) -> None:
    found = titled(groups, question)
    assert len({title.casefold() for title in found}) == len(found) == len(groups)
    for number, (title, group) in enumerate(zip(found, groups, strict=True), 1):
        assert 0 < len(title) <= LIMIT
        own = {word for p in group for word in tokens(p.text)} | {"and"}
        assert set(tokens(title)) <= own or title == f"Section {number}"
