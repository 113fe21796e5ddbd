"""Vector codes: blocks of unit vectors as signs and int8, by which the nearest are guessed without being read.

Invariant: pure; a block depends on its vectors and the first block alone, so that whoever makes it makes the same.
Guesses pick candidates and are no scores: by signs among all, by int8 among those that are left.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.int64]
Floats = NDArray[np.float32]
Blocks = NDArray[np.void]  # of block_type

_BLOCK_NUMBERS = 2**21  # of the vectors of a block, which are held as they are until they fill one
_MOST_ROWS, _LEAST_ROWS = 8_192, 64
_NUMBERS_AT_ONCE = 2**16  # that stay near the processor, and in one thread of it
_WEIGHTS = (1, 2, 4, -8)  # of the four bits of a number of a query, two's complement  # decision 232
# Candidates by signs of which the int8 codes are looked at: at least, a share of all, and for each that is wanted.
_LEAST_CODES, _SHARE, _CODES_EACH = 2**15, 32, 32  # decision 233


def block_type(length: int) -> np.dtype[np.void]:
    """A block of vectors of `length` numbers, as it lies in a file. `check` tells a whole one."""
    rows = max(_LEAST_ROWS, min(_MOST_ROWS, 2 ** ((_BLOCK_NUMBERS // length).bit_length() - 1)))
    head = [("keys", "<i8", rows), ("scales", "<f4", rows), ("offsets", "<f4", rows), ("factors", "<f4", rows)]
    centre = ("centre", "<f4", length)  # of the first block, in each
    signs = ("signs", "<u8", (-(-length // 64), rows))  # a word of all vectors after the other, since that is summed
    return np.dtype([("check", "<u8"), *head, centre, signs, ("codes", "i1", (rows, length))])


def rows_of(kind: np.dtype[np.void]) -> int:
    """How many vectors a block has."""
    return int(kind["keys"].shape[0])


def make_block(keys: Keys, vectors: Floats, first: Blocks | None) -> Blocks:
    """One block of unit vectors, shape (1,). first: that which was made before all others; None to make it."""
    block = np.zeros(1, block_type(vectors.shape[1]))
    into = block[0]
    scales = np.abs(vectors).max(axis=1) / np.float32(127)
    into["keys"], into["scales"] = keys, scales
    into["codes"] = np.rint(vectors / np.where(scales > 0, scales, 1)[:, None])
    into["centre"] = _mean(into) if first is None else first["centre"][0]
    apart = vectors - into["centre"]
    into["offsets"] = vectors @ into["centre"]
    sums = np.abs(apart).sum(axis=1)
    into["factors"] = np.square(apart).sum(axis=1) / np.where(sums > 0, sums, 1)
    into["signs"] = _words(apart > 0).T
    into["check"] = check_of(into)
    return block


def is_code_of(block: Blocks, key: int, vector: Floats) -> bool:
    """Whether the last of a block is this unit vector, under this key."""
    again = vector / max(float(block["scales"][0, -1]), 1e-30)
    return bool(block["keys"][0, -1] == key and np.abs(block["codes"][0, -1] - again).max() < 1)


def check_of(block: np.void) -> int:
    """Of all but signs and codes; never that of an empty one."""
    sums = 0
    for name in ("keys", "scales", "offsets", "factors", "centre"):
        sums = zlib.crc32(block[name].tobytes(), sums)
    return sums + 1


def nearest_in(blocks: Sequence[Blocks], vector: Floats, n: int) -> tuple[Keys, Floats]:
    """The keys of the n vectors nearest to a unit vector, as their codes guess it, with the guesses; in no order."""
    if not blocks:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    rows = rows_of(blocks[0].dtype)
    most = max(_LEAST_CODES, len(blocks) * rows // _SHARE, n * _CODES_EACH)
    chosen = np.arange(len(blocks) * rows)
    if most < len(chosen):
        chosen = highest_indices(_scores_by_signs(blocks, vector), most)
    scores = _scores_by_codes(blocks, chosen, vector)
    best = highest_indices(scores, n)
    keys = [blocks[at // rows]["keys"][0, at % rows] for at in chosen[best].tolist()]
    return np.array(keys, np.int64), scores[best]


def highest_indices(scores: Floats, n: int) -> NDArray[np.intp]:
    """The indices of the n highest scores, and of all that equal the last of them; ascending."""
    if n >= len(scores):
        return np.arange(len(scores))
    return np.flatnonzero(scores >= np.partition(scores, -n)[-n])


def _scores_by_signs(blocks: Sequence[Blocks], vector: Floats) -> Floats:
    """Of every vector its product with the centre, and that of the rest of it as signs and a query of 4 bits tell it
    (RaBitQ).
    """
    apart = vector - blocks[0]["centre"][0]
    step = np.abs(apart).max() / np.float32(7) or np.float32(1)
    numbers = np.rint(apart / step).astype(np.int8)
    planes = [_words((numbers >> bit & 1) > 0)[:, None] for bit in range(len(_WEIGHTS))]
    total = np.float32(numbers.sum())
    scores = np.empty((len(blocks), rows_of(blocks[0].dtype)), np.float32)
    for block, its_scores in zip(blocks, scores, strict=True):
        sums = 2 * _sums_where_set(block["signs"][0], planes) - total
        np.multiply(sums, block["factors"][0] * step, out=its_scores)
        np.add(its_scores, block["offsets"][0], out=its_scores)
    return scores.reshape(-1)


def _sums_where_set(signs: NDArray[np.uint64], planes: Sequence[NDArray[np.uint64]]) -> Floats:
    """Of each vector the sum of the query's numbers where its sign is set: 64 numbers at a time, a bit of them each."""
    sums = np.zeros(signs.shape[1], np.float32)
    for weight, plane in zip(_WEIGHTS, planes, strict=True):
        sums += np.bitwise_count(signs & plane).sum(axis=0, dtype=np.float32) * np.float32(weight)
    return sums


def _scores_by_codes(blocks: Sequence[Blocks], chosen: NDArray[np.intp], vector: Floats) -> Floats:
    """Of the chosen, whose places ascend."""
    rows = rows_of(blocks[0].dtype)
    scores = np.empty(len(chosen), np.float32)
    ends = np.searchsorted(chosen, np.arange(len(blocks) + 1) * rows)
    for at, block in enumerate(blocks):
        its = chosen[ends[at] : ends[at + 1]] - at * rows
        scores[ends[at] : ends[at + 1]] = _products(block["codes"][0], its, vector) * block["scales"][0][its]
    return scores


def _products(codes: NDArray[np.int8], rows: NDArray[np.intp], vector: Floats) -> Floats:
    at_once = max(1, _NUMBERS_AT_ONCE // vector.size)
    parts = [codes[rows[at : at + at_once]].astype(np.float32) @ vector for at in range(0, len(rows), at_once)]
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def _mean(block: np.void) -> Floats:
    return np.asarray(block["scales"] @ block["codes"].astype(np.float32) / np.float32(len(block["scales"])))


def _words(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Truth values along the last axis as words of 64."""
    packed = np.packbits(bits, axis=-1)
    padded = np.pad(packed, [(0, 0)] * (bits.ndim - 1) + [(0, -packed.shape[-1] % 8)])
    return np.ascontiguousarray(padded).view("<u8")
