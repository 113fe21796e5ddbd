"""The English word lists: what each holds and leaves out, so that a word is added where it belongs."""

from __future__ import annotations

import pytest

from digest.text import word_lists

LISTS = {name: value for name, value in vars(word_lists).items() if name.isupper()}
SAMPLES = {
    "NEVER_ENDING_ABBREVIATIONS": ("al e.g fig", "etc inc model"),
    "ABBREVIATED_TITLES": ("dr prof", "fig etc"),
    "POSSIBLE_ENDS": ("etc inc u.s", "e.g dr"),
    "SENTENCE_OPENERS": ("We However The", "Tensor we"),
    "PROSE_VERBS": ("propose achieve learn", "method diffusion proposed"),
    "NOUN_LIKE_VERBS": ("model map search", "propose achieve"),
    "TERM_VERB_FORMS": ("learning fine-tuning shared", "proposed achieving"),
    "CLAUSE_WORDS": ("versus e.g per", "model propose"),
    "NO_EDGE_WORDS": ("novel robust various", "diffusion speech"),
    "HOLLOW_NOUNS": ("approach performance result", "diffusion speech"),
    "FILLABLE_NOUNS": ("model data network", "approach performance"),
    "THIN_NOUNS": ("image text language", "diffusion approach"),
    "BEFORE_VERBS": ("we to can", "the a"),
    "BEFORE_NOUNS": ("the a our", "we can"),
    "LY_NOUNS": ("anomaly family", "rapidly newly"),
    "COMMONPLACE_PHRASES": ("deep_learning ground_truth", "diffusion_models learning"),
    "FRAMING_OPENERS": ("describe overview", "diffusion role"),
    "FRAMING_ENDS": ("papers techniques", "diffusion describe"),
    "FRAMING_WORDS": ("describe papers role impact", "diffusion speech"),
    "REPORTING_WORDS": ("propose authors paper", "diffusion speech"),
    "MEASURE_NOUNS": ("accuracy recall", "diffusion dataset"),
    "RESOURCE_NOUNS": ("benchmark dataset corpora", "diffusion recall"),
    "EMPTY_HEADS": ("architecture", "diffusion recall"),
}
GROUPS = {"LIKE_WORDS": ("document", "passage")}  # lines of words that name one thing
ENDINGS = {"ADJECTIVE_ENDS", "NOUN_ENDS"}


def test_every_list_says_what_it_is_for() -> None:
    assert LISTS.keys() == SAMPLES.keys() | GROUPS.keys() | ENDINGS


@pytest.mark.parametrize("name", GROUPS)
def test_a_group_holds_words_that_name_one_thing_and_no_word_twice(name: str) -> None:
    words = [word for line in LISTS[name] for word in line]
    assert [line for line in LISTS[name] if set(GROUPS[name]) <= set(line)]
    assert len(words) == len(set(words))
    assert words == [word.lower().strip() for word in words]


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_list_holds_the_words_of_its_purpose_and_no_others(name: str) -> None:
    inside, outside = (words.split() for words in SAMPLES[name])
    assert set(inside) <= set(LISTS[name])
    assert not set(outside) & set(LISTS[name])


@pytest.mark.parametrize("name", sorted(SAMPLES.keys() - {"SENTENCE_OPENERS"}))
def test_words_are_written_small(name: str) -> None:
    assert all(word == word.lower() and word == word.strip() for word in LISTS[name])


def test_what_a_list_is_a_part_of_it_stays_within() -> None:
    assert word_lists.HOLLOW_NOUNS >= word_lists.FILLABLE_NOUNS
    assert word_lists.FRAMING_WORDS >= word_lists.FRAMING_OPENERS | word_lists.FRAMING_ENDS
