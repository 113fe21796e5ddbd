"""Numbers in a statement and in a paper, as values: digits, words, thousands and millions; what differs. Pure.

Invariant: a value is the same however it is written: 95K, 95,000 and "95 thousand"; 14 and "fourteen".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
).split()
NUMBER_WORDS = {word: str(value) for value, word in enumerate(_WORDS, start=2)}
_VALUES = {word: float(value) for value, word in enumerate(_WORDS, start=2)}
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9}
_FIGURE = re.compile(
    rf"(?<![A-Za-z\d])(?P<digits>\d+(?:[.,]\d+)*)(?:\s?(?P<scale>thousand|million|billion|[kKMB])(?![a-z]))?"
    rf"|\b(?P<word>{'|'.join(_WORDS)})\b(?:\s(?P<more>thousand|million|billion)\b)?",
    re.IGNORECASE,
)
_APPROXIMATE = re.compile(
    r"\b(?:about|around|roughly|nearly|almost|approximately|some|over|more than|up to|close to|ca\.?|at least)\W*$",
    re.IGNORECASE,
)
_TOLERANCE = 0.05
_THE_TWO = re.compile(r"\b(?:the|these|those|its|their|both) two\b(?! (?:thousand|million|billion))", re.IGNORECASE)
_RATIO = re.compile(
    rf"\b(?P<part>\d+|{'|'.join(_WORDS)})\s(?:\w+\s){{0,2}}(?:of|in|out of)\s(?P<whole>\d+|{'|'.join(_WORDS)})\b",
    re.IGNORECASE,
)


def figures(text: str) -> frozenset[float]:
    """The values that stand in a text."""
    return frozenset(value for value, _ in _values(text))


def missing_figures(text: str, known: Collection[float]) -> int:
    """How many values of a statement a paper does not have, though rounded where the statement says "about"."""
    text = _THE_TWO.sub("", text)  # of what "A and B" are
    text = _RATIO.sub(lambda match: "" if _is_share(match, known) else match[0], text)
    return sum(not _is_known(value, text[:at], known) for value, at in _values(text))


def _is_share(ratio: re.Match[str], known: Collection[float]) -> bool:
    """Whether "three comparisons of five" is a percentage that is known."""
    part, whole = (float(NUMBER_WORDS.get(ratio[name].lower(), ratio[name])) for name in ("part", "whole"))
    return 0 < part < whole and any(abs(100 * part / whole - value) <= _TOLERANCE * value for value in known)


def _values(text: str) -> Iterator[tuple[float, int]]:
    for match in _FIGURE.finditer(text):
        scale = _SCALES.get((match["scale"] or match["more"] or "").lower(), 1.0)
        yield _parse(match) * scale, match.start()


def _parse(match: re.Match[str]) -> float:
    if match["word"]:
        return _VALUES[match["word"].lower()]
    whole = re.sub(r",(?=\d{3}(?:\D|$))", "", match["digits"][:30])
    try:
        return float(whole.replace(",", "."))
    except ValueError:  # a version, such as 1.2.3
        return float(re.match(r"\d+", whole)[0])  # type: ignore[index]


def _is_known(value: float, before: str, known: Collection[float]) -> bool:
    if any(abs(value - other) <= 1e-9 * abs(other) for other in known):
        return True
    near = _TOLERANCE if _APPROXIMATE.search(before[-20:]) else 0.0
    return any(abs(value - other) <= near * abs(other) or (value == round(other) and other >= 10) for other in known)
