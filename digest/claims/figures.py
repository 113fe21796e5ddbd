"""Numbers in a statement and in a paper, as values: digits, words, thousands and millions; what differs. Pure.

Invariant: a value is the same however it is written: 95K, 95,000 and "95 thousand"; 14 and "fourteen".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUES = {word: float(value) for value, word in enumerate(_WORDS, start=2)}
_VALUES |= {word: 10.0 * value for value, word in enumerate(_TENS, start=2)}
NUMBER_WORDS = {word: f"{value:g}" for word, value in _VALUES.items()}
_SCALES = {"k": 1e3, "m": 1e6, "b": 1e9, "dozen": 12.0, "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_SCALE = "dozen|hundred|thousand|million|billion"
_WORD = rf"(?:(?:{'|'.join(_TENS)})(?:-(?:one|{'|'.join(_WORDS[:8])}))?|{'|'.join(_WORDS)})"
_FIGURE = re.compile(
    rf"(?<![A-Za-z\d])(?P<digits>\d+(?:[.,]\d+)*)(?:\s?(?P<scale>{_SCALE}|[kKMB])(?![a-z]))?"
    rf"|\b(?P<word>{_WORD}|(?:a|one)(?=\s(?:{_SCALE})\b))\b(?:\s(?P<more>{_SCALE})\b"
    rf"(?:(?<=hundred)\sand\s(?P<rest>{_WORD})\b)?)?",
    re.IGNORECASE,
)
_APPROXIMATE = re.compile(
    r"\b(?:about|around|roughly|nearly|almost|approximately|some|over|more than|up to|close to|ca\.?|at least)\W*$",
    re.IGNORECASE,
)
_TOLERANCE = 0.05
_LEAST_ROUNDED = 10.0
_THE_TWO = re.compile(rf"\b(?:the|these|those|its|their|both) two\b(?! (?:{_SCALE})\b)", re.IGNORECASE)
_RATIO = re.compile(
    rf"\b(?P<part>\d+|{_WORD})\s(?:\w+\s){{0,2}}(?:of|in|out of)\s(?:the\s)?(?P<whole>\d+|{_WORD})\b",
    re.IGNORECASE,
)
_BARE_RATIO = re.compile(rf"\b(?:\d+|{_WORD})\s(?:out\s)?of\s(?:the\s)?(?:\d+|{_WORD})\b", re.IGNORECASE)

_PARTS = "half third quarter fifth sixth seventh eighth ninth tenth".split()  # of 2 to 10
_PARTS_OF = {name: float(value) for value, name in enumerate(_PARTS, start=2)} | {"halve": 2.0}
_FRACTION = re.compile(
    rf"\b(?P<part>an?|one|{'|'.join(_WORDS[:8])})[\s-](?P<whole>{'|'.join(_PARTS_OF)})s?\b", re.IGNORECASE
)


def figures(text: str) -> frozenset[float]:
    """The values that stand in a text."""
    return frozenset(value for value, _, _ in figure_spans(text))


def figure_spans(text: str) -> Iterator[tuple[float, int, int]]:
    """Each value, with the positions of its first character and of the one behind its last."""
    for match in _FIGURE.finditer(text):
        scale = _SCALES.get((match["scale"] or match["more"] or "").lower(), 1.0)
        rest = _word_value(match["rest"]) if match["rest"] else 0.0
        yield _parse(match) * scale + rest, match.start(), match.end()


def without_ratios(text: str, known: Collection[float]) -> str:
    """A text without "the two", "three of the five", and ratios in other words that are a percentage that is known."""
    return _BARE_RATIO.sub("", _without_shares(text, known))


def missing_figures(text: str, known: Collection[float]) -> int:
    """How many values of a statement a paper does not have, though rounded where the statement says "about"."""
    text = _without_shares(text, known)
    return sum(not _is_known(value, text[:start], known) for value, start, _ in figure_spans(text))


def _without_shares(text: str, known: Collection[float]) -> str:
    text = _THE_TWO.sub("", text)  # of what "A and B" are
    for pattern in (_RATIO, _FRACTION):
        text = pattern.sub(lambda match: "" if _is_share(match, known) else match[0], text)
    return text


def _is_share(ratio: re.Match[str], known: Collection[float]) -> bool:
    """Whether "three comparisons of five" is a percentage that is known."""
    part, whole = (_word_value(ratio[name]) for name in ("part", "whole"))
    return 0 < part < whole and any(abs(100 * part / whole - value) <= _TOLERANCE * value for value in known)


def _parse(match: re.Match[str]) -> float:
    if match["word"]:
        return _word_value(match["word"])
    whole = re.sub(r",(?=\d{3}(?:\D|$))", "", match["digits"][:30])
    try:
        return float(whole.replace(",", "."))
    except ValueError:  # a version, such as 1.2.3
        return float(re.match(r"\d+", whole)[0])  # type: ignore[index]


def _word_value(word: str) -> float:
    """Of "7", "seven", "thirty", "thirty-eight" and of the whole that "thirds" are parts of."""
    if word.isdigit():
        return float(word)
    return sum(_VALUES.get(part) or _PARTS_OF.get(part, 1.0) for part in word.lower().split("-"))


def is_same_figure(value: float, other: float) -> bool:
    """Whether a statement's value is that of a paper, or that one rounded to a whole number."""
    return abs(value - other) <= 1e-9 * abs(other) or (value == round(other) and other >= _LEAST_ROUNDED)


def _is_known(value: float, before: str, known: Collection[float]) -> bool:
    if any(is_same_figure(value, other) for other in known):
        return True
    near = _TOLERANCE if _APPROXIMATE.search(before[-20:]) else 0.0
    return any(abs(value - other) <= near * abs(other) for other in known)
