"""Vectors in the background: what was harvested is placed by meaning before anybody asks, the newest papers first.

Invariant: only a model that costs nothing; a few texts at a time, each kept at once, so that a kill loses one piece; it
rests as long as it works, and altogether while an edition is written.
"""  # decision 221

from __future__ import annotations

import time
from collections.abc import Callable

from digest.ports import Embedder
from store import Store

_LOOKED_AT = 1_000  # papers a step
_TEXTS_PER_CALL = 64
_EDITIONS = ("survey:", "digest:")  # how the leases of what is written begin
_BUSY_SECONDS = 5.0


class VectorFill:
    """embedder: one that costs nothing. wait: whether to end, after so many seconds at most."""

    def __init__(self, store: Store, embedder: Embedder, wait: Callable[[float], bool]) -> None:
        self._store, self._embedder, self._wait = store, embedder, wait

    def fill(self) -> int:
        """All that lack one, unless it is to end before; how many were made."""
        made, place = 0, None
        while True:
            lacking, place = self._store.papers.without_vector(self._embedder.model, place, _LOOKED_AT)
            texts = list(lacking.items())
            for at in range(0, len(texts), _TEXTS_PER_CALL):
                piece = dict(texts[at : at + _TEXTS_PER_CALL])
                rest, made = self._make(piece), made + len(piece)
                if self._wait(rest) or self._is_over_while_written():
                    return made
            self._index(list(lacking)[-1:])
            if place is None or self._wait(0):
                return made

    def _make(self, texts: dict[str, str]) -> float:
        """The seconds that it took."""
        began = time.monotonic()
        vectors = self._embedder.embed(list(texts.values())).value
        self._store.vectors.add(self._embedder.model, dict(zip(texts, vectors, strict=True)))
        return time.monotonic() - began

    def _index(self, made_last: list[str]) -> None:
        """Their codes are made now, and not by the first who searches."""
        for vector in self._store.vectors.get(made_last, self._embedder.model).values():
            self._store.vectors.nearest(self._embedder.model, vector, 1)

    def _is_over_while_written(self) -> bool:
        while self._store.leases.is_any_held(_EDITIONS):
            if self._wait(_BUSY_SECONDS):
                return True
        return False
