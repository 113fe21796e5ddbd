"""Citation markers behind the end of a sentence are put before it, so that a sentence and what it cites are one.

Invariant: markers keep their order and none is lost; one that stands for its paper as a word ("In [3], ...", "[3]
shows ...") stays where it is, and so does one behind an abbreviation.
"""

from __future__ import annotations

import re

from digest.text.word_lists import ABBREVIATED_TITLES, NEVER_ENDING_ABBREVIATIONS, POSSIBLE_ENDS

_BEHIND_END = re.compile(
    r"(?P<end>[.!?]+[\"'”’»)]*|[。！？]+[」』）]*)(?P<gap>[ \t]*)(?P<markers>(?:\[\d{1,9}\])+)[.。]?"
    r"(?=\s*$|\s+[\"“‘«(]?[A-ZÀ-ÖØ-ÞΑ-Ω]|\s*[^\x00-\u2fff])",
    re.MULTILINE,
)
_ABBREVIATIONS = NEVER_ENDING_ABBREVIATIONS | ABBREVIATED_TITLES | POSSIBLE_ENDS


def place_markers(text: str) -> str:
    """ "It works. [3] We" becomes "It works [3]. We", in a resolved text, and so does "It works. [3]. We"."""
    return _BEHIND_END.sub(_move, text)


def _move(match: re.Match[str]) -> str:
    end, before = match["end"], match.string[max(0, match.start() - 20) : match.start()]
    if end == "." and re.split(r"[\s(\"'“‘]", before)[-1].lower() in _ABBREVIATIONS:
        return match[0]
    blank = "" if end[0] in "。！？" else " "
    return f"{blank}{match['markers']}{end}"
