"""Themes, pure: papers that share a phrase and are near in meaning, a group for each phrase.

Invariant: no paper is in two themes; of a theme's papers at least CARRIED have every word of its title; a theme has
`smallest` to `largest` papers. Papers that no theme takes are left over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from digest.ports import Vectors
from digest.route.title_phrases import TitlePhrase
from digest.text.noun_phrases import are_alike, bare_stems
from digest.text.title_coverage import CARRIED, singular_acronyms
from digest.text.word_lists import EMPTY_HEADS, LIKE_WORDS
from store.text.tokens import stem, tokens

_NAMED = 0.4  # what it counts for a paper to have the phrase, in cosines to the papers that have it
_FAR = 0.05  # a paper that is no nearer to any theme fits none
_BROAD = 0.6  # a phrase that more of all papers have sets none apart
_SMALLEST = 3  # papers, in however small a field
_ALIKE = 0.6  # two phrases that so many of the same papers have are one theme
_ROOT = 4  # letters in which words of one family agree
_DIGITS = 6  # compared, so that no tie is decided by how a processor rounds

_LIKE = {stem(word): stem(line[0]) for line in LIKE_WORDS for word in line}
_EMPTY = frozenset(map(stem, EMPTY_HEADS))

_Table = NDArray[np.float64]  # (papers, phrases)


@dataclass(frozen=True)
class Theme:
    title: str
    papers: tuple[int, ...]  # as numbers of the vectors, ascending


def smallest_theme(papers: int, asked: int) -> int:
    """How many papers one has at least: in a small field few are on any one thing, and none would have a theme."""
    return min(asked, max(_SMALLEST, papers // 4)) if papers >= 2 * asked else asked


def find_themes(
    vectors: Vectors, phrases: Sequence[TitlePhrase], *, smallest: int = 5, largest: int = 12
) -> tuple[Theme, ...]:
    """Each time the phrase whose papers, and others near to those, gain most over the themes that they have so far."""
    n = len(vectors)
    held = -int(-CARRIED * smallest // 1)
    apt = [p for p in phrases if len(p.literal) > 1 and held <= len(p.strength) <= max(_BROAD * n, smallest)]
    if n < 2 * smallest or not apt:
        return ()
    strength = np.array([[phrase.strength.get(paper, 0.0) for phrase in apt] for paper in range(n)])
    named = _NAMED * strength * np.array([phrase.worth for phrase in apt])
    near = np.round(_nearness(vectors, strength) + named, _DIGITS)
    chosen = _choose(near, strength > 0, apt, smallest, largest)
    members = _assign(near, strength > 0, chosen, smallest, largest)
    return tuple(Theme(apt[phrase].text, tuple(sorted(papers))) for phrase, papers in members.items())


def _nearness(vectors: Vectors, strength: _Table) -> _Table:
    """Cosine of each paper to those that have each phrase, as seen from the middle of all papers."""
    rows = np.asarray(vectors, dtype=np.float64)
    rows = _unit(rows - rows.mean(axis=0))
    return np.asarray(rows @ _unit(strength.T @ rows).T, dtype=np.float64)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(norms > 1e-9, norms, 1.0), dtype=np.float64)


def _choose(
    near: _Table, has: NDArray[np.bool_], phrases: Sequence[TitlePhrase], smallest: int, largest: int
) -> list[int]:
    chosen, left, so_far = list[int](), list(range(len(phrases))), np.full(len(near), _FAR)
    while left:
        gains = [_gain(near[:, phrase] - so_far, has[:, phrase], smallest, largest) for phrase in left]
        if max(gains) <= 0:
            break
        best = left[gains.index(max(gains))]
        chosen.append(best)
        left = [phrase for phrase in left if not _is_same(phrases[phrase], phrases[best])]
        so_far = np.maximum(so_far, near[:, best])
    return chosen


def _gain(gains: NDArray[np.float64], has: NDArray[np.bool_], smallest: int, largest: int) -> float:
    """What a theme of at most `largest` papers adds; 0 for one that would be too small."""
    named = np.sort(gains[has & (gains > 0)])[::-1][:largest]
    others = np.sort(gains[~has & (gains > 0)])[::-1][: min(largest, int(len(named) / CARRIED + 1e-9)) - len(named)]
    return float(named.sum() + others.sum()) if len(named) + len(others) >= smallest else 0.0


def _is_same(one: TitlePhrase, other: TitlePhrase) -> bool:
    shared = len(one.strength.keys() & other.strength.keys()) / len(one.strength.keys() | other.strength.keys())
    words, others = _words(one.text), _words(other.text)
    nested = one.new <= other.new or other.new <= one.new or words <= others or others <= words
    return shared > _ALIKE or _read_alike(one.text, other.text) or (nested and are_alike(one.text, other.text))


@lru_cache(maxsize=4096)  # phrases; each is compared with every theme that is chosen
def _telling_words(text: str) -> frozenset[str]:
    words = frozenset(map(stem, tokens(singular_acronyms(text))))
    return frozenset(_LIKE.get(word, word) for word in words - _EMPTY or words)


def _read_alike(one: str, other: str) -> bool:
    """Retrieved passages are retrieved documents, and GNN architectures graph neural networks."""
    first, second = _telling_words(one), _telling_words(other)
    return first == second or {_initials(one)} == second or {_initials(other)} == first


@lru_cache(maxsize=4096)
def _initials(text: str) -> str:
    """ "gnn" of graph neural networks."""
    return stem("".join(word[0] for word in tokens(text)))


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    """Pre-trained is pretrained, parsers are parsing."""
    return frozenset(stem[:_ROOT] for stem in bare_stems(text.replace("-", "").split()))


def _assign(
    near: _Table, has: NDArray[np.bool_], chosen: list[int], smallest: int, largest: int
) -> dict[int, list[int]]:
    """The papers of each phrase. While a theme is too small, the smallest is given up and its papers assigned anew."""
    while chosen:
        members = _fill(near, has, chosen, largest)
        least = min(chosen, key=lambda phrase: (len(members[phrase]), -phrase))
        if len(members[least]) >= smallest:
            return members
        chosen = [phrase for phrase in chosen if phrase != least]
    return {}


def _fill(near: _Table, has: NDArray[np.bool_], chosen: list[int], largest: int) -> dict[int, list[int]]:
    """Nearest pairs of paper and phrase first: those that have the phrase, then others, as far as CARRIED lets in."""
    members, left = {phrase: list[int]() for phrase in chosen}, set(range(len(near)))
    named = dict.fromkeys(chosen, 0)
    pairs = [(paper, phrase) for paper in left for phrase in chosen if near[paper, phrase] > _FAR]
    pairs.sort(key=lambda pair: (not has[pair], -near[pair], pair))
    for paper, phrase in pairs:
        enough = named[phrase] + has[paper, phrase] >= CARRIED * (len(members[phrase]) + 1)
        if paper in left and len(members[phrase]) < largest and enough:
            members[phrase].append(paper)
            named[phrase] += has[paper, phrase]
            left.remove(paper)
    return members
