from collections import Counter

from digest.claims.same_words import content_words
from digest.claims.synonyms import SYNONYM_GROUPS
from store.text.tokens import stem


def test_no_word_has_two_senses() -> None:
    groups = [{stem(word) for word in group.split()} for group in SYNONYM_GROUPS.strip().splitlines()]
    assert [word for word, count in Counter(word for group in groups for word in group).items() if count > 1] == []


def test_abbreviations_numbers_and_multiples_are_one_with_what_they_stand_for() -> None:
    assert content_words("LLMs need fourteen photos") == content_words("large language models need 14 images")
    assert content_words("a fourteenfold gain") == content_words("14 times the gain")
    assert content_words("speech") != content_words("text")
