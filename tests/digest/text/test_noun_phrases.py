"""Noun phrases: which stretches of words are whole, and how they are written."""

from __future__ import annotations

import pytest

from digest.text.noun_phrases import are_alike, build_lexicon, is_title, pluralise, restore_case


def whole(*texts: str) -> set[str]:
    found = build_lexicon(texts)
    return {restore_case(p.words, found) for p in found.phrases.values() if len(p.words) > 1 and is_title(p, found)}


def test_what_varied_words_stand_before_is_whole_and_what_one_word_does_is_a_fragment() -> None:
    texts = [f"We train {kind} foundation models." for kind in ("vision", "weather", "video")]
    assert "foundation models" in whole(*texts)
    assert "graph completion" not in whole(*["We study knowledge graph completion."] * 3)


def test_the_size_of_a_model_names_no_subject() -> None:
    assert "7B models" not in whole("We tune the 7B models.", "They are 7B models.", "All 7B models.")
    assert "3D models" in whole("We tune the 3D models.", "They are 3D models.", "All 3D models.")


def test_a_possessive_reads_as_the_word_itself() -> None:
    assert "client data" in whole("We need the clients' data.", "It is client data.", "The client’s data help.")
    assert "James paradox" in whole("We solve James' paradox.", "It is the James paradox.", "A James paradox.")
    assert "party lines" in whole("We read parties' lines.", "It is the party line.", "A party line.")


def test_the_last_word_after_an_article_is_a_noun() -> None:
    assert whole("We fire the glazed porcelain.", "It is a glazed porcelain.") == {"glazed porcelain"}


def test_singular_and_plural_of_an_abbreviation_are_one_phrase() -> None:
    found = build_lexicon(["An LLM is large.", "The LLMs are large."])
    assert [len(phrase.weight) for phrase in found.phrases.values() if "llm" in phrase.stems] == [2]


def test_capitals_that_spell_out_an_acronym_with_small_letters_are_undone() -> None:
    texts = ["We use Neural Radiance Kilns (NeRK) and Hong Kong clay."] * 2
    found = build_lexicon(texts)
    assert restore_case(["radiance", "kilns"], found) == "radiance kilns"
    assert restore_case(["hong", "kong"], found) == "Hong Kong"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("low-rank adaptation", "LoRA weights"),
        ("graph neural networks", "GNNs"),
        ("GNN models", "GNNs"),
        ("multi-modal kilns", "multimodal clay"),
    ],
)
def test_phrases_that_say_one_thing_are_alike(one: str, other: str) -> None:
    assert are_alike(one, other)
    assert are_alike(other, one)
    assert not are_alike(one, "speech recognition")


def test_nouns_get_the_plural_that_they_have() -> None:
    nouns = "kiln matrix policy process key search"
    assert [pluralise(noun) for noun in nouns.split()] == "kilns matrices policies processes keys searches".split()
