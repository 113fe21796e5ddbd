"""Codes of vectors: what they leave out, and what they find."""

import numpy as np
import pytest

from store.indexing import vector_codes
from store.indexing.vector_codes import block_type, is_code_of, make_block, nearest_in, rows_of


def clustered(count, length, *, seed=0, shift=0.0):
    """Unit vectors around an eighth as many middles; shift: all of them leaning to one side, as some models' do."""
    random = np.random.default_rng(seed)
    middles = random.normal(size=(count // 8, length))
    vectors = np.repeat(middles, 8, axis=0) + 0.8 * random.normal(size=(count, length)) + shift
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def blocks_of(vectors):
    rows = rows_of(block_type(vectors.shape[1]))
    made = []
    for at in range(0, len(vectors), rows):
        made.append(make_block(np.arange(at, at + rows), vectors[at : at + rows], made[0] if made else None))
    return made


@pytest.mark.parametrize(("length", "shift"), [(100, 0.0), (256, 0.0), (256, 2.0)])
def test_of_the_nearest_twenty_at_most_one_in_a_hundred_is_missed(monkeypatch, length, shift):
    monkeypatch.setattr(vector_codes, "_LEAST_CODES", 64)
    vectors = clustered(16_384, length, shift=shift)
    blocks = blocks_of(vectors)
    found = 0
    for wanted in (vectors + np.roll(vectors, 1, axis=0))[4:1_000:20] / 2:
        best = np.argsort(-(vectors @ wanted))[:20]
        keys, scores = nearest_in(blocks, wanted, 60)
        assert scores == pytest.approx(vectors[keys] @ wanted, abs=0.01)
        found += len(np.intersect1d(keys, best))
    assert found >= 0.99 * 50 * 20


def test_few_vectors_are_all_looked_at_by_their_int8_codes():
    vectors = clustered(8_192, 16)
    keys, _ = nearest_in(blocks_of(vectors), vectors[7], 8_192)
    assert sorted(keys.tolist()) == list(range(8_192))
    assert nearest_in([], vectors[7], 5)[0].size == 0


def test_vectors_that_are_all_the_same_or_zero_have_codes_too():
    same = np.tile(np.array([[0.6, -0.8]], np.float32), (8_192, 1))
    same[5] = 0
    keys, scores = nearest_in(blocks_of(same), same[0], 8_192)
    assert dict(zip(keys.tolist(), scores.tolist(), strict=True))[5] == 0
    assert scores[keys != 5] == pytest.approx(1, abs=0.01)


def test_the_same_vectors_make_the_same_block_and_its_last_is_known_again():
    vectors = clustered(8_192, 16)
    first, second = (make_block(np.arange(8_192), vectors, None) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert is_code_of(first, 8_191, vectors[-1])
    assert not is_code_of(first, 8_190, vectors[-1])
    assert not is_code_of(first, 8_191, vectors[0])


def test_a_block_takes_about_as_much_of_long_vectors_as_of_short_ones():
    assert rows_of(block_type(256)) == rows_of(block_type(3)) == 8_192
    assert rows_of(block_type(3_072)) == 512
    assert rows_of(block_type(100_000)) == 64
