"""Order of a statement's words beside that of its evidence: who does what to whom, as far as word order tells. Pure.

Invariant: a passive with its agent is read as its active twin, in statements and in papers alike.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache

from digest.claims.same_words import LATEST_TEXTS, content_words

_PARTS = re.compile(r"([,;:.()]|\b(?:while|whereas|but|and|which|that|so that|because)\b)", re.IGNORECASE)
_IRREGULAR = (
    "written|drawn|given|shown|taken|known|chosen|seen|made|held|built|found|kept|sent|taught|led|driven|beaten"
)
_PASSIVE = re.compile(
    rf"(?P<before>.*?)\b(?:is|are|was|were|be|been|being)?\s(?P<verb>(?:\w+ly\s)?(?:\w{{2,}}ed|{_IRREGULAR}))\b"
    r"(?P<between>.*?)\bby\s(?!\w+ing\b)(?P<agent>.+?)"
    r"(?P<rest>\s(?:into|to|onto|from|for|on|as|in|at|with|when|than|using|by)\b.*|$)",
    re.IGNORECASE | re.DOTALL,
)
_ACTIVE = r" \g<agent> \g<verb> \g<before> \g<between> \g<rest> "
_LONGEST = 300  # characters of a clause; a longer one is none
_MOST_WORDS = 60  # of a statement


def active_words(text: str) -> tuple[str, ...]:
    """The content words of a text, each passive with its agent first."""
    return content_words(as_active(text))


@lru_cache(maxsize=LATEST_TEXTS)
def as_active(text: str) -> str:
    """A text with the agent of each passive before what it does: "B beats A" for "A is beaten by B"."""
    return "".join(_PASSIVE.sub(_ACTIVE, part) if _may_be_passive(part) else part for part in _PARTS.split(text))


def _may_be_passive(part: str) -> bool:
    return " by " in part and len(part) < _LONGEST


def kept_order(said: Sequence[str], words: Sequence[str]) -> float:
    """0..1: of the words that both have, the share that can stand in one order; half of it with ends joined.

    A part that stands first in one and last in the other ("In cars, it ...") so costs half.
    """
    places: dict[str, list[int]] = {}
    for at, word in enumerate(words):
        places.setdefault(word, []).append(at)
    shared = [word for word in said if word in places][:_MOST_WORDS]
    if len(shared) < 2:
        return 1.0
    # decision 210
    straight = _longest_rise(shared, places)
    turned = max(_longest_rise(shared[at:] + shared[:at], places) for at in range(len(shared)))
    return (straight + turned) / 2 / len(shared)


def _longest_rise(words: Sequence[str], places: Mapping[str, Sequence[int]]) -> int:
    """The length of the longest part of a row whose places rise, each of a word's places tried."""
    ends: list[int] = []
    for word in words:
        for place in reversed(places[word]):
            at = bisect_left(ends, place)
            ends[at : at + 1] = [place]
    return len(ends)
