"""The stop words and the generic ones: what each list holds and leaves out."""

from __future__ import annotations

import pytest

from store.text.stop_words import GENERIC_WORDS, STOP_WORDS


@pytest.mark.parametrize(
    ("words", "inside", "outside"),
    [
        (STOP_WORDS, "the of we which recently", "model learning graph"),
        (GENERIC_WORDS, "method approach learning", "diffusion speech the"),
    ],
    ids=["stop", "generic"],
)
def test_a_list_holds_the_words_of_its_purpose_and_no_others(words: frozenset[str], inside: str, outside: str) -> None:
    assert set(inside.split()) <= words
    assert not set(outside.split()) & words
    assert all(word == word.lower() and word == word.strip() for word in words)


def test_no_word_is_in_both() -> None:
    assert not STOP_WORDS & GENERIC_WORDS
