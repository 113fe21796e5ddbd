"""What a statement denies that its evidence does not, or the other way about, by what stands behind each "not". Pure.

Invariant: a contradiction is found only where both speak of the same: a denial of what the evidence is silent on is
not a contradiction, but unsupported by its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from digest.claims.claim_words import DENIALS, IMPLIED_DENIALS, LACKS
from digest.claims.same_words import LATEST_TEXTS, content_words

_NO = rf"\b(?:{'|'.join(DENIALS)})\b|n['’]t\b"
DENIAL = re.compile(_NO, re.IGNORECASE)
HALF_DENIAL = re.compile(rf"\b(?:{'|'.join((*LACKS, *IMPLIED_DENIALS))})\b", re.IGNORECASE)
_NOT_ONLY = re.compile(r"\bnot (?:only|just|merely)\b", re.IGNORECASE)
_LACKING_CUE = re.compile("|".join(LACKS), re.IGNORECASE)
_LACK = re.compile(rf"{_NO}|\b(?:{'|'.join(LACKS)})\b", re.IGNORECASE)
_IMPLIED = re.compile(rf"{_LACK.pattern}|\b(?:{'|'.join(IMPLIED_DENIALS)})\b|\bfrom \w+ing\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[,;:()]|\b(?:but|while|whereas|although|though|because|so that)\b", re.IGNORECASE)
_REACH = 4  # words that a denial denies behind it
_LACKING = 2  # likewise of "without"
_SEEN = 200  # characters on either side of it
_MOST_DENIALS = 30  # of a text
_BEFORE = 2  # words before it that it may be about
_SHORT = 2  # words of a clause that denies what stands before it: "smoothing, a standard remedy, fails"
_HALF, _MOST = 0.5, 0.7  # of the words that a denial is about
_AS_NEAR = 0.6  # of the words that the best sentence shares, for one to be read beside it


@dataclass(frozen=True)
class _Denial:
    cue: str
    behind: frozenset[str]
    near: frozenset[str]  # and before it
    is_short: bool  # nothing or a word behind it: what stands before it is denied


def is_denied_otherwise(said: str, evidence: Sequence[str]) -> bool:
    """evidence: the sentences that share most with what is said, the best first."""
    about = frozenset(content_words(said))
    shared = [len(about & set(content_words(text))) for text in evidence]
    if not shared or shared[0] < _SHORT:
        return False
    aligned = [text for text, count in zip(evidence, shared, strict=True) if count >= _AS_NEAR * shared[0]]
    # decision 211
    theirs = [denial for text in aligned for denial in _denials(text, _IMPLIED, _REACH)]
    mine = _denials(said, _IMPLIED, _REACH)
    if any(DENIAL.fullmatch(denial.cue) for denial in _unmatched(mine, theirs)):
        return True
    return any(
        _is_about(denial, about) and not any(denial.near & other.near for other in mine)
        for pattern, reach in ((DENIAL, _REACH), (_LACK, _LACKING))
        for denial in _denials(aligned[0], pattern, reach)
    )


def _is_about(denial: _Denial, about: frozenset[str]) -> bool:
    share = len(denial.behind & about) / len(denial.behind) if denial.behind else 0.0
    return share > _MOST if denial.is_short else share >= _HALF


def _unmatched(some: Sequence[_Denial], others: Sequence[_Denial]) -> list[_Denial]:
    """Those of some that none of the others is left for, when each goes to the one that it has most in common with."""
    left, free = dict.fromkeys(range(len(some))), dict.fromkeys(range(len(others)))
    pairs = ((a.cue == b.cue, len(a.near & b.near), -i, -j) for i, a in enumerate(some) for j, b in enumerate(others))
    for _, shared, i, j in sorted(pairs, reverse=True):
        if shared and -i in left and -j in free:
            del left[-i], free[-j]
    return [some[i] for i in left]


@lru_cache(maxsize=LATEST_TEXTS)
def _denials(text: str, pattern: re.Pattern[str], reach: int) -> tuple[_Denial, ...]:
    return tuple(islice(_find_denials(text, pattern, reach), _MOST_DENIALS))


def _find_denials(text: str, pattern: re.Pattern[str], reach: int) -> Iterator[_Denial]:
    before = ""
    for clause in _CLAUSE_END.split(_NOT_ONLY.sub("", text)):
        for cue in pattern.finditer(clause):
            whole = content_words(clause[cue.end() : cue.end() + _SEEN])
            behind = whole[:reach]
            ahead = (
                ()
                if _LACKING_CUE.fullmatch(cue[0])
                else content_words(clause[max(0, cue.start() - _SEEN) : cue.start()])[-_BEFORE:]
            )
            is_short = len(behind) < _SHORT
            if is_short:
                behind = (*behind, *(ahead or content_words(before)))
            # "No model does so" denies all of it.
            near = (*ahead, *behind) if clause[: cue.start()].strip() else (*behind, *whole)
            yield _Denial(cue[0].lower(), frozenset(behind), frozenset(near), is_short)
        before = f"{before} {clause}"[-_SEEN:]
