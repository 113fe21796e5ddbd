"""Feedback of readers as a change of relevance: papers near those that they liked rise, papers near those that they
disliked sink, and authors whom they follow count for them. Pure.

Invariant: explainable: a change has one cause, the nearest example or the author that told most, and no paper's change
is beyond `MOST`. What is near is measured against how near the example is to papers of the topic in general, so that an
example that is near to all of them changes none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.ports import Vectors
from store.records.feedback import Feedback

MOST = 0.5  # of relevance, which is in 0..1
_WEIGHTS = {"keep": 0.4, "seed": 0.4, "more": 0.5, "less": -0.5}
_AUTHOR = 0.3
_USUAL = 0.75  # of the topic's papers so many are no nearer to an example than what is usual for it
_FEW, _USUAL_OF_FEW = 20, 0.5  # fewer papers tell nothing of what is usual; cosine
_FULL = 0.2  # cosine above what is usual, from which on an example counts whole
_LEAST = 0.12  # a smaller change is none, and would not be worth its reason
_NEIGHBOURS = 3  # examples of one kind that count, the nearest


@dataclass(frozen=True)
class RelevanceChange:
    """amount: to be added to a relevance. cause: what tells most of it; None where it is 0."""

    amount: float = 0.0
    cause: Feedback | None = None


NO_CHANGE = RelevanceChange()


@dataclass(frozen=True)
class Examples:
    """Papers that readers liked or did not; an item each. vectors: (n, d), unit rows. authors: by `person_key`."""

    feedback: tuple[Feedback, ...]
    vectors: Vectors
    authors: Mapping[str, Feedback]


def change_relevance(
    people: Sequence[Sequence[str]], vectors: Vectors, usual: Vectors, examples: Examples
) -> list[RelevanceChange]:
    """For each paper. people: its authors' keys. vectors: (papers, d), unit rows. usual: (m, d), papers of the topic
    against which nearness is measured.
    """
    effects = _effects(vectors, usual, examples)
    return [_change(effects[row], examples, keys) for row, keys in enumerate(people)]


def _effects(vectors: Vectors, usual: Vectors, examples: Examples) -> NDArray[np.float64]:
    """(papers, examples): what each example by itself would change."""
    if not examples.feedback or not len(vectors):
        return np.zeros((len(vectors), len(examples.feedback)))
    cosine = np.asarray(vectors @ examples.vectors.T, np.float64)
    base = _USUAL_OF_FEW if len(usual) < _FEW else np.quantile(usual @ examples.vectors.T, _USUAL, axis=0)
    weights = np.array([_WEIGHTS[one.kind] for one in examples.feedback])
    return np.asarray(np.clip((cosine - base) / _FULL, 0, 1) * weights, np.float64)


def _change(effects: NDArray[np.float64], examples: Examples, keys: Sequence[str]) -> RelevanceChange:
    parts = [(_AUTHOR, examples.authors[key]) for key in keys if key in examples.authors][:1]
    for sign in (1, -1):
        nearest = np.argsort(-sign * effects, kind="stable")[:_NEIGHBOURS]
        told = [(float(effects[at]), examples.feedback[at]) for at in nearest.tolist() if sign * effects[at] > 0]
        # The nearest counts whole, the others strengthen it: two liked papers say more than one.
        parts += [(amount / (rank + 1) ** 2, cause) for rank, (amount, cause) in enumerate(told)]
    amount = float(np.clip(sum(amount for amount, _ in parts), -MOST, MOST))
    if abs(amount) < _LEAST:
        return NO_CHANGE
    return RelevanceChange(amount, max(parts, key=lambda part: part[0] * np.sign(amount))[1])
