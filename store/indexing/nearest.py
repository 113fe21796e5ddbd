"""Nearest-neighbour search: exact cosine similarity of one vector to all of a model, cached in bounded memory.

Invariant: the held matrix is a prefix of the model's vectors in the order of their rows, of at most CACHE_BYTES; what
is above it, added by any process, is read from the file. Vectors are never changed or deleted, so what is held stays
true.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from store.db.database import Session

CACHE_BYTES = 256 * 2**20  # 50,000 vectors of 1,280 numbers
_CHUNK_BYTES = 4 * 2**20

Keys = NDArray[np.int64]
Floats = NDArray[np.float32]


def scale_to_unit(vectors: Floats) -> Floats:
    """The vectors scaled to length 1; zero stays zero, at cosine 0 to everything."""
    lengths = np.sqrt(np.sum(np.square(vectors, dtype=np.float64), axis=-1, keepdims=True))
    scaled: Floats = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def cosines(blobs: Sequence[bytes], vector: Floats) -> Floats:
    """Of each stored vector to a unit vector."""
    rows = np.frombuffer(b"".join(blobs), "<f4").reshape(len(blobs), vector.size)
    return np.asarray(scale_to_unit(rows) @ vector, np.float32)


def highest_indices(scores: Floats, n: int) -> NDArray[np.intp]:
    """The indices of the n highest scores, and of all that equal the last of them."""
    if n >= len(scores):
        return np.arange(len(scores))
    return np.flatnonzero(scores >= np.partition(scores, -n)[-n])


@dataclass
class _CachedVectors:
    model: str
    keys: Keys
    rows: Floats  # unit vectors; may have room for more than len(keys)

    @property
    def last(self) -> int:
        return int(self.keys[-1]) if len(self.keys) else 0

    def with_more(self, keys: Keys, rows: Floats) -> _CachedVectors:
        """This and some more rows. Whoever reads this one goes on undisturbed: only spare rows are written."""
        size, total = len(self.keys), len(self.keys) + len(keys)
        held = self.rows
        if total > len(held):
            held = np.empty((total + total // 8, rows.shape[1]), np.float32)
            held[:size] = self.rows[:size]
        held[size:total] = rows
        return _CachedVectors(self.model, np.concatenate([self.keys, keys]), held)


class VectorCache:
    """The vectors of the model last asked for, held between calls and completed at each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = _no_vectors("", 0)

    def scores(self, session: Session, model: str, vector: Floats) -> tuple[Keys, Floats]:
        """vectors.row, ascending, and cosine to the unit vector, of every vector of the model."""
        held = self._completed(session, model, vector.size)
        keys, scores = [held.keys], [held.rows[: len(held.keys)] @ vector]
        for more_keys, rows in _read_chunks(session, model, vector.size, held.last):
            keys.append(more_keys)
            scores.append(rows @ vector)
        return np.concatenate(keys), np.concatenate(scores)

    def _completed(self, session: Session, model: str, length: int) -> _CachedVectors:
        with self._lock:
            held = self._held if self._held.model == model else _no_vectors(model, length)
            for keys, rows in _read_chunks(session, model, length, held.last):
                room = CACHE_BYTES // (4 * length) - len(held.keys)
                held = held.with_more(keys[:room], rows[:room])
                if room <= len(keys):
                    break
            self._held = held
            return held


def _no_vectors(model: str, length: int) -> _CachedVectors:
    return _CachedVectors(model, np.empty(0, np.int64), np.empty((0, length), np.float32))


def _read_chunks(session: Session, model: str, length: int, after: int) -> Iterator[tuple[Keys, Floats]]:
    size = max(1, _CHUNK_BYTES // (4 * length))
    # Unindexed: by row, not by (model, text_hash), which would have to be sorted each time.
    sql = "SELECT row, vector FROM vectors NOT INDEXED WHERE row > ? AND model = ? ORDER BY row LIMIT ?"
    while rows := session.rows(sql, [after, model, size]):
        after = rows[-1][0]
        matrix = np.frombuffer(b"".join(row[1] for row in rows), "<f4").reshape(len(rows), length)
        yield np.array([row[0] for row in rows], np.int64), scale_to_unit(matrix)
