"""Words of a statement and of a paper that count as the same: by their stem, or by a table of synonyms. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from digest.claims.figures import NUMBER_WORDS
from digest.claims.synonyms import ABBREVIATIONS, SYNONYM_GROUPS
from store.text.tokens import is_stop, stem, tokens

# decision 212
_FIRST_OF = NUMBER_WORDS | {
    stem(word): stem(group.split()[0]) for group in SYNONYM_GROUPS.strip().splitlines() for word in group.split()
}
_FOLD = re.compile(rf"\b({'|'.join(NUMBER_WORDS)})-?fold\b", re.IGNORECASE)
_ABBREVIATION = re.compile(rf"\b({'|'.join(map(str.upper, ABBREVIATIONS))})s?\b")


def spell_out(text: str) -> str:
    """A text without the abbreviations that need no explanation; "tenfold" is "ten times"."""
    text = _FOLD.sub(r"\1 times", text)
    return _ABBREVIATION.sub(lambda short: ABBREVIATIONS[short[1].lower()], text)


@lru_cache(maxsize=100_000)
def same_word(token: str) -> str:
    """The stem of a word, or of the one that stands for it and its like."""
    own = stem(token)
    return _FIRST_OF.get(own, own)


def content_words(text: str) -> list[str]:
    """What a text says, in order, numbers included, without grammar."""
    return [same_word(token) for token in tokens(spell_out(text)) if not is_stop(token)]
