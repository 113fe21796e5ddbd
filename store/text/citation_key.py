"""The key under which a paper stands in bibliographies: hu2021lora210609685, of surname, year, first word of the title
and id. Pure.

Invariant: a key is a to z and 0 to 9, begins with a letter, and follows from the paper alone, in whatever store and
beside whatever other papers. The store gives each paper its key once, and keeps it: a new version with another title
changes nothing.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime
from itertools import chain, count

from store.text.folding import to_ascii
from store.text.latex import latex_to_unicode
from store.text.names import parse_authors
from store.text.tokens import is_stop, tokens

_LONGEST_WORD = 24
_DIGITS = "0123456789"


def make_key(authors: Sequence[str], published: datetime, title: str, id_: str) -> str:
    """published: of the first version. A paper whose author no key can spell goes by its source."""
    known = parse_authors(authors[:2])
    name = to_ascii(known[0].filing_word).lstrip(_DIGITS)[:_LONGEST_WORD] if known else ""
    words = (to_ascii(word)[:_LONGEST_WORD] for word in tokens(latex_to_unicode(title)) if not is_stop(word))
    word = next((word for word in words if len(word) > 1 and not word.isdigit()), "")
    return f"{name or _source(id_)}{published.year}{word}{to_ascii(id_)}"


def choose_key(key: str, taken: Container[str]) -> str:
    """The key itself, but for ids that differ in their marks alone."""
    numbered = (f"{key}x{n}" for n in count(2))
    return next(free for free in chain((key,), numbered) if free not in taken)


def _source(id_: str) -> str:
    """Ids of other sources begin with their name."""
    source, colon, _ = id_.partition(":")
    return (to_ascii(source).lstrip(_DIGITS) if colon else "") or "arxiv"
