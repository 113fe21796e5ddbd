"""Words of a statement and of a paper that count as the same: by their stem, or by a short table of synonyms. Pure."""

from __future__ import annotations

from functools import lru_cache

from digest.claims.claim_words import SYNONYMS
from store.text.tokens import is_stop, stem, tokens


@lru_cache(maxsize=100_000)
def same_word(token: str) -> str:
    """The stem of a word, or of the one that stands for it and its like."""
    return stem(SYNONYMS.get(token, token))


def content_words(text: str) -> list[str]:
    """What a text says, in order, numbers included, without grammar."""
    return [same_word(token) for token in tokens(text) if not is_stop(token)]
