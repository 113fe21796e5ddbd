"""Words of a statement and of a paper that count as the same: by their stem, or by a table of synonyms. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from digest.claims.figures import NUMBER_WORDS
from digest.claims.synonyms import ABBREVIATIONS, SYNONYM_GROUPS
from store.text.tokens import is_stop, stem, tokens

# A sentence is compared with several others: what was read of the latest is kept.  # decision 283
LATEST_TEXTS = 2_000
# decision 212
_FIRST_OF = NUMBER_WORDS | {
    stem(word): stem(group.split()[0]) for group in SYNONYM_GROUPS.strip().splitlines() for word in group.split()
}
_FOLD = re.compile(rf"\b({'|'.join(NUMBER_WORDS)})-?fold\b", re.IGNORECASE)
_CAPITALS = re.compile(r"\b([A-Z]{2,5})s?\b")  # many times as fast as the abbreviations themselves


def spell_out(text: str) -> str:
    """A text without the abbreviations that need no explanation; "tenfold" is "ten times"."""
    if "fold" in text.lower():
        text = _FOLD.sub(r"\1 times", text)
    return _CAPITALS.sub(lambda short: ABBREVIATIONS.get(short[1].lower(), short[0]), text)


@lru_cache(maxsize=100_000)
def same_word(token: str) -> str:
    """The stem of a word, or of the one that stands for it and its like."""
    own = stem(token)
    return _FIRST_OF.get(own, own)


@lru_cache(maxsize=LATEST_TEXTS)
def content_words(text: str) -> tuple[str, ...]:
    """What a text says, in order, numbers included, without grammar."""
    return tuple(same_word(token) for token in tokens(spell_out(text)) if not is_stop(token))
