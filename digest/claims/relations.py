"""Relations with two ends: what becomes what, serves as what, precedes what; crossed in a statement or not. Pure.

Invariant: a relation is crossed only where each of its ends has words of the other one in the paper, and more of them
than of its own: a statement about other things crosses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice

from digest.claims.same_words import LATEST_TEXTS, content_words
from digest.claims.word_order import as_active

# "20 to 100", "up to 100" and "text-to-speech" lead nowhere.
_INTO = re.compile(r"(?<!-)(?<!\d\s)(?<!\bup\s)\b(?:into|onto|to|towards?)\b(?!-)", re.IGNORECASE)
_AS = re.compile(r"\bas\b", re.IGNORECASE)
_BEFORE = re.compile(
    r"\b(?:before|first|then|afterwards|later|continues? with|ends? (?:at|with|in)|up to)\b", re.IGNORECASE
)
_BEATS = re.compile(r"\b(?:than|exceed\w*|surpass\w*|outperform\w*|beats?|ahead of|superior to)\b", re.IGNORECASE)
_EQUALS = re.compile(
    r"\b(?:par with|comparable to|equals?|match(?:es)?|level with|as (?:good|well) as|competitive with|rivals?)\b",
    re.IGNORECASE,
)
_PART_END = re.compile(r"[,;:]")
_CLAUSE_END = re.compile(r"[;:]")
_PHRASE_END = re.compile(r"[,;:]|\b(?:and|but)\b")
_MOST_BEFORE, _MOST_BEHIND = 6, 4  # words on either side
_SEEN = 150  # characters on either side
_MOST_PIVOTS = 20  # of a text


@dataclass(frozen=True)
class _TwoEnds:
    first: frozenset[str]
    second: frozenset[str]


def is_crossed(said: str, evidence: Sequence[str]) -> bool:
    """Whether what becomes, serves as, or precedes what is the other way about, or whom it beats and whom it equals."""
    said, evidence = as_active(said), [as_active(text) for text in evidence]
    return any(_is_crossed_in(mine, read(text)) for read in _RELATIONS for mine in read(said) for text in evidence)


def _is_crossed_in(mine: _TwoEnds, text: Sequence[_TwoEnds]) -> bool:
    """A text may have the relation more than once: what one of them says as straight is not crossed."""
    straight = max((_straight(mine, theirs) for theirs in text), default=0)
    return any(_crossing(mine, theirs) > straight for theirs in text)


def _straight(mine: _TwoEnds, theirs: _TwoEnds) -> int:
    return len(mine.first & theirs.first) + len(mine.second & theirs.second)


def _crossing(mine: _TwoEnds, theirs: _TwoEnds) -> int:
    """0 where only one of the ends has words of the other one."""
    there, back = len(mine.first & theirs.second), len(mine.second & theirs.first)
    return there + back if there and back else 0


@lru_cache(maxsize=LATEST_TEXTS)
def _beside(text: str, *, pivot: re.Pattern[str], end: re.Pattern[str]) -> tuple[_TwoEnds, ...]:
    """The words on either side of each match, within its part of the text."""
    found = ((part, match) for part in end.split(text) for match in pivot.finditer(part))
    return tuple(
        _ends(
            content_words(part[max(0, match.start() - _SEEN) : match.start()])[-_MOST_BEFORE:],
            content_words(part[match.end() : match.end() + _SEEN])[:_MOST_BEHIND],
        )
        for part, match in islice(found, _MOST_PIVOTS)
    )


@lru_cache(maxsize=LATEST_TEXTS)
def _rivals(text: str) -> tuple[_TwoEnds, ...]:
    """What is beaten, and what is equalled: "better than A and on a par with B"."""
    found = [pattern.search(text) for pattern in (_BEATS, _EQUALS)]
    beaten, equalled = (
        content_words(_PHRASE_END.split(text[match.end() : match.end() + _SEEN])[0])[:_MOST_BEHIND] if match else ()
        for match in found
    )
    return (_ends(beaten, equalled),)


def _ends(first: Sequence[str], second: Sequence[str]) -> _TwoEnds:
    return _TwoEnds(frozenset(first).difference(second), frozenset(second).difference(first))


_RELATIONS: tuple[Callable[[str], tuple[_TwoEnds, ...]], ...] = (
    partial(_beside, pivot=_INTO, end=_PART_END),
    partial(_beside, pivot=_AS, end=_PART_END),
    partial(_beside, pivot=_BEFORE, end=_CLAUSE_END),
    _rivals,
)
