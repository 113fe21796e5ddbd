"""Nearest-neighbour search: the vectors of a model that are likely nearest to one, by codes held in bounded memory.

Invariant: what is held, blocks of codes and then the vectors that fill none yet, is a prefix of the model's vectors in
the order of their rows; what is above it, added by any process, is read from the file. Vectors are never changed or
deleted, so what is held stays true. Blocks lie in a file that processes share; in memory of at most CACHE_BYTES where
none can be written.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from store.db.database import Database, Session
from store.indexing.vector_codes import (
    Blocks,
    Floats,
    Keys,
    block_type,
    highest_indices,
    is_code_of,
    make_block,
    nearest_in,
    rows_of,
)
from store.indexing.vector_file import VectorFile

CACHE_BYTES = 384 * 2**20  # a million vectors of 256 numbers
_CHUNK_BYTES = 4 * 2**20


def scale_to_unit(vectors: Floats) -> Floats:
    """The vectors scaled to length 1; zero stays zero, at cosine 0 to everything."""
    lengths = np.sqrt(np.sum(np.square(vectors, dtype=np.float64), axis=-1, keepdims=True))
    scaled: Floats = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return scaled


def cosines(blobs: Sequence[bytes], vector: Floats) -> Floats:
    """Of each stored vector to a unit vector."""
    rows = np.frombuffer(b"".join(blobs), "<f4").reshape(len(blobs), vector.size)
    return np.asarray(scale_to_unit(rows) @ vector, np.float32)


@dataclass(frozen=True)
class _HeldVectors:
    file: VectorFile
    blocks: Sequence[Blocks]
    keys: Keys  # of those behind the blocks
    rows: Floats  # unit vectors; may have room for more than len(keys)

    @property
    def last(self) -> int:
        """The last row that is held."""
        ends = [*self.keys[-1:], *(block["keys"][0, -1] for block in self.blocks[-1:])]
        return int(max(ends, default=0))

    def has_room(self, rows: Floats) -> bool:
        """In this process' own memory, which the file is not."""
        own = [self.rows, *(block for block in self.blocks if block.flags.owndata), rows]
        return sum(array.nbytes for array in own) <= CACHE_BYTES

    def with_more(self, keys: Keys, rows: Floats) -> _HeldVectors:
        """This and some more rows. Whoever reads this one goes on undisturbed: only spare rows are written."""
        size, total = len(self.keys), len(self.keys) + len(keys)
        held = self.rows
        if total > len(held):
            held = np.empty((total + total // 8, rows.shape[1]), np.float32)
            held[:size] = self.rows[:size]
        held[size:total] = rows
        return replace(self, keys=np.concatenate([self.keys, keys]), rows=held)

    def with_blocks(self, blocks: Sequence[Blocks]) -> _HeldVectors:
        """With these, and the vectors that they do not hold."""
        behind = int(np.searchsorted(self.keys, blocks[-1]["keys"][0, -1], side="right"))
        return replace(self, blocks=blocks, keys=self.keys[behind:], rows=self.rows[behind : len(self.keys)].copy())


class VectorCache:
    """The vectors of each model that was asked for, held between calls and completed at each."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._held: dict[str, _HeldVectors] = {}

    def candidates(self, session: Session, model: str, vector: Floats, n: int) -> list[int]:
        """vectors.row of the n vectors, or some more, that are likely nearest to a unit vector; of all where they are
        fewer.
        """
        held = self._completed(session, model, vector.size)
        parts = [nearest_in(held.blocks, vector, n), (held.keys, held.rows[: len(held.keys)] @ vector)]
        after = held.last
        while more := _read_chunk(session, model, vector.size, after):
            parts.append((more[0], more[1] @ vector))
            after = int(more[0][-1])
        keys = np.concatenate([part for part, _ in parts])
        chosen = highest_indices(np.concatenate([scores for _, scores in parts]), n)
        return [int(key) for key in keys[chosen]]

    def _completed(self, session: Session, model: str, length: int) -> _HeldVectors:
        with self._lock:
            held = self._held.get(model) or self._open(session, model, length)
            if not session.in_transaction:  # it may be rolled back  # decision 235
                while (more := _read_chunk(session, model, length, held.last)) and held.has_room(more[1]):
                    held = self._in_blocks(session, model, held.with_more(*more))
            self._held[model] = held
            return held

    def _open(self, session: Session, model: str, length: int) -> _HeldVectors:
        archive = str(session.rows("SELECT value FROM meta WHERE key = 'archive'")[0][0])
        file = VectorFile(self._database.path, archive, model, length)
        blocks = _read_blocks(session, model, file, 0)
        return _HeldVectors(file, blocks, np.empty(0, np.int64), np.empty((0, length), np.float32))

    def _in_blocks(self, session: Session, model: str, held: _HeldVectors) -> _HeldVectors:
        """Nothing that fills a block is held as it is."""
        size = rows_of(block_type(held.rows.shape[1]))
        while len(held.keys) >= size:
            made = len(held.blocks)
            blocks = _read_blocks(session, model, held.file, made)
            if len(blocks) <= made:
                first = held.blocks[0] if made else None
                block = make_block(held.keys[:size], held.rows[:size], first)
                blocks = self._share(session, model, held, block) or [*held.blocks, block]
            held = held.with_blocks(blocks)
        return held

    def _share(self, session: Session, model: str, held: _HeldVectors, block: Blocks) -> list[Blocks]:
        """All blocks, with one more, from the file; none where it cannot be written."""
        made = len(held.blocks)
        if not self._database.readonly:
            with suppress(OSError):
                held.file.write(made, block)
        blocks = _read_blocks(session, model, held.file, made)
        return blocks if len(blocks) > made else []


def _read_blocks(session: Session, model: str, file: VectorFile, known: int) -> list[Blocks]:
    """What the file has of this store, which may have been put back to an older state. The first `known` are known."""
    try:
        blocks = file.blocks(known)
    except OSError:
        return []
    sound = next((at for at in range(known, len(blocks)) if not _is_stored(session, model, blocks[at])), len(blocks))
    return blocks[:sound]


def _is_stored(session: Session, model: str, block: Blocks) -> bool:
    key = int(block["keys"][0, -1])
    row = session.one("SELECT vector FROM vectors WHERE row = ? AND model = ?", [key, model])
    return row is not None and is_code_of(block, key, scale_to_unit(np.frombuffer(row[0], "<f4")))


def _read_chunk(session: Session, model: str, length: int, after: int) -> tuple[Keys, Floats] | None:
    """Unit vectors behind a row, with their rows; None where there are no more."""
    # Unindexed: by row, not by (model, text_hash), which would have to be sorted each time.
    sql = "SELECT row, vector FROM vectors WHERE row > ? AND model || '' = ? ORDER BY row LIMIT ?"
    rows = session.rows(sql, [after, model, max(1, _CHUNK_BYTES // (4 * length))])
    matrix = np.frombuffer(b"".join(row[1] for row in rows), "<f4").reshape(len(rows), length)
    return (np.array([row[0] for row in rows], np.int64), scale_to_unit(matrix)) if rows else None
