"""Polarity of a statement beside its evidence: negation, direction words, and who is compared with whom. Pure.

Invariant: a contradiction is found only where both sides say something: a statement about what its evidence is silent
on is not a contradiction, but unsupported by its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from digest.claims.claim_words import (
    BEFORE_BEHIND,
    DIRECTIONS,
    SELF_WORDS,
    TURNS,
)
from digest.claims.same_words import LATEST_TEXTS, same_word
from digest.claims.word_order import as_active
from store.text.tokens import is_generic, is_stop, stem, tokens

_COMPARISON = re.compile(
    r"\b(?:rather than|instead of|in place of|replaces?|stands? in for|takes? the place of)\b", re.IGNORECASE
)
_PIVOT = re.compile(
    r"\b(?:than|over|against|behind|(?:superior|preferred|inferior|compared) to|ahead of|compared with"
    r"|in comparison with)\b",
    re.IGNORECASE,
)
_FROM = re.compile(r"\bfrom\b[ -](?:(?:the|a|an|its|their)\s)?|\b(?=\w+-to-\w)", re.IGNORECASE)
_TO = re.compile(r"\b(?:to|into|towards?|onto)\b[ -](?:(?:the|a|an|its|their)\s)?", re.IGNORECASE)
_COMPOUND = re.compile(r"\b\w+-to-\w+")
_CLAUSE_END = re.compile(r"[,;:]|\b(?:but|while|whereas|yet|although|though)\b")
_AND = re.compile(r"\band\b")
_WORD = re.compile(r"[A-Za-z]+")
_WORD_ALONE = re.compile(r"[A-Za-z]+\b(?!-[A-Za-z])")  # "low-rank" says nothing of more or less
_TURNED_BY = 3  # words before a direction among which one may turn it round
_MOST_COMPARED = 3  # words after "than"


def is_turned_round(said: str, evidence: Sequence[str], names: frozenset[str]) -> bool:
    """Whether a statement has another direction than its evidence: "slower" for "faster", "B beats A" for "A beats B".

    names: stems of what the paper calls its own contribution.
    """
    said, evidence = as_active(said), [as_active(text) for text in evidence]
    return any(_is_clause_turned_round(clause, said, evidence, names) for clause in _clauses(said))


def _is_clause_turned_round(clause: str, said: str, evidence: Sequence[str], names: frozenset[str]) -> bool:
    for axis, sign in _signs(clause):
        near = _nearest_clauses(_content(clause), _content(said), axis, evidence)
        said_so = [text for text, part in near if (axis, sign) in _signs(part)]
        opposed = [text for text, part in near if (axis, -sign) in _signs(part)]
        if said_so and _is_swapped(said, said_so[0], names):
            return True
        if opposed and not said_so and not _is_swapped(said, opposed[0], names):
            return True
    return False


def _nearest_clauses(
    about: frozenset[str], whole: frozenset[str], axis: str, evidence: Sequence[str]
) -> list[tuple[str, str]]:
    """Of the clauses with a direction on an axis those that share most with a statement's, each behind its sentence."""
    found = [
        ((len(about & _content(part)), len(whole & _content(text))), text, part)
        for text in evidence
        for part in _clauses(text)
        if any(axis == other for other, _ in _signs(part))
    ]
    most = max((shared for shared, _, _ in found), default=(0, 0))
    return [(text, part) for shared, text, part in found if shared == most]


@lru_cache(maxsize=LATEST_TEXTS)
def _clauses(text: str) -> tuple[str, ...]:
    """Its clauses; one with "and" between two opposite directions is two: "strengthens A and suppresses B"."""
    return tuple(part for clause in _CLAUSE_END.split(text) for part in _halves(clause))


def _halves(clause: str) -> list[str]:
    halves = _AND.split(clause, maxsplit=1)
    signs = [{sign for _, sign in _signs(half)} for half in halves]
    return halves if signs in ([{1}, {-1}], [{-1}, {1}]) else [clause]


def is_sent_back(said: str, evidence: Sequence[str]) -> bool:
    """Whether a statement has from where its evidence has to: "from English to Chinese" for "Chinese-to-English".

    One end alone is told by the best sentence only, and by no name such as "text-to-speech".
    """
    mine, to, theirs, onto = _four_ends(said, " ".join(evidence))
    if mine & onto - theirs and to & theirs - onto:
        return True
    mine, to, theirs, onto = _four_ends(_COMPOUND.sub("", said), _COMPOUND.sub("", evidence[0]))
    return bool(mine & onto - theirs or to & theirs - onto)


def _four_ends(said: str, text: str) -> tuple[frozenset[str], ...]:
    return tuple(_ends(part, pattern) for part in (said, text) for pattern in (_FROM, _TO))


def _ends(text: str, pattern: re.Pattern[str]) -> frozenset[str]:
    """The word behind each match."""
    found = pattern.finditer(text)
    return frozenset(words[0] for match in found if (words := _content_list(text[match.end() : match.end() + 40])))


def is_replaced_otherwise(said: str, evidence: Sequence[str]) -> bool:
    """Whether what stands instead of what is the other way about."""
    return any(_sides_cross(said, text, _COMPARISON) for text in evidence)


def _is_swapped(said: str, text: str, names: frozenset[str]) -> bool:
    """Whether the two that are compared change places."""
    return _sides_cross(_mark_self(said, names), _mark_self(text, names), _PIVOT_OR_VERB)


@dataclass(frozen=True)
class _Sides:
    left: frozenset[str]
    right: frozenset[str]


def _sides_cross(said: str, text: str, pivot: re.Pattern[str]) -> bool:
    mine, theirs = _sides(said, pivot), _sides(text, pivot)
    if mine is None or theirs is None:
        return False
    straight = len(mine.right & theirs.right)
    there, back = len(mine.left & theirs.right), len(mine.right & theirs.left)
    return there + back > (straight if there and back else 2 * straight)


def _sides(text: str, pivot: re.Pattern[str]) -> _Sides | None:
    match = pivot.search(text)
    if match is None:
        return None
    before, after = text[: match.start()], text[match.end() :]
    if not before.strip():  # "In place of B, we use A."
        after, _, before = after.partition(",")
    elif match[0].lower().startswith("replace") and " by " in after:  # "replaces B by A"
        after, _, before = after.partition(" by ")
    left, right = _content(before), frozenset(_content_list(after)[:_MOST_COMPARED])
    return _Sides(left - right, right - left)


_PIVOT_OR_VERB = re.compile(
    rf"{_PIVOT.pattern}|\b(?:outperform|beat|surpass|exceed|outdo|outdoes|trail|lag|underperform|lose)\w*(?: behind)?\b"
    r"|\bimprove\w* (?:up)?on\b",
    re.IGNORECASE,
)


def _mark_self(text: str, names: frozenset[str]) -> str:
    return _WORD.sub(
        lambda word: "ourself" if word[0].lower() in SELF_WORDS or stem(word[0]) in names else word[0], text
    )


@lru_cache(maxsize=LATEST_TEXTS)
def _signs(text: str) -> frozenset[tuple[str, int]]:
    words = [word.lower() for word in _WORD_ALONE.findall(text)]
    return frozenset(
        (axis, -sign if TURNS.intersection(words[max(0, at - _TURNED_BY) : at]) else sign)
        for at, word in enumerate(words)
        for axis, sign in [DIRECTIONS.get(word, ("", 0))]
        if sign and (word != "behind" or BEFORE_BEHIND.intersection(words[max(0, at - 1) : at]))
    )


@lru_cache(maxsize=LATEST_TEXTS)
def _content(text: str) -> frozenset[str]:
    return frozenset(_content_list(text))


def _content_list(text: str) -> list[str]:
    return [same_word(t) for t in tokens(text) if not is_stop(t) and not is_generic(t) and t not in DIRECTIONS]
