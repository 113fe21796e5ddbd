"""Nearest vectors over a real store: what is held, shared in a file, and made anew where the file is none of it."""

import shutil

import numpy as np
import pytest

from store import Store
from store.indexing import nearest, vector_codes
from tests.factories.databases import SQLITE_ONLY
from tests.factories.store import paper

LENGTH = 8
ROWS = 64  # of a block
BLOCK = vector_codes.block_type


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(vector_codes, "_MOST_ROWS", ROWS)
    monkeypatch.setattr(nearest, "_CHUNK_BYTES", 50 * 4 * LENGTH)


@pytest.fixture
def store(place):
    with place.open() as opened:
        yield opened


def made_vectors(count, seed):
    return np.random.default_rng(seed).normal(size=(count, LENGTH)).astype(np.float32)


def add(store, first, last, seed=0):
    vectors = made_vectors(last, seed)
    made = [paper(str(n), title=f"Title {n} {seed}") for n in range(first, last)]
    store.papers.add(made)
    store.vectors.add("m:1", {its.text_hash: vectors[int(its.id)] for its in made})
    return vectors


def assert_nearest(store, vectors, wanted, n=20):
    cosines = vectors @ wanted / np.linalg.norm(vectors, axis=1) / np.linalg.norm(wanted)
    found = store.vectors.nearest("m:1", wanted, n)
    assert [id_ for id_, _ in found] == [str(at) for at in np.argsort(-cosines)[:n]]
    assert [cosine for _, cosine in found] == pytest.approx(np.sort(cosines)[::-1][:n], abs=1e-5)


def file_of(store):
    return next(store.path.parent.glob("*-vectors-*"))


def held(store):
    return store.vectors._cache._held["m:1"]


def blocks_in_memory(store):
    return [block for block in held(store).blocks if block.flags.owndata]


def test_what_any_process_adds_is_found_and_a_file_shared(store, place):
    add(store, 0, 30)
    assert_nearest(store, add(store, 30, 150), np.ones(LENGTH))
    with place.open() as other:
        vectors = add(other, 150, 500)
        assert_nearest(other, vectors, vectors[400])
        written = file_of(store).stat().st_mtime_ns
    assert_nearest(store, vectors, vectors[401])
    assert file_of(store).stat().st_mtime_ns == written
    assert not blocks_in_memory(store)
    assert (len(held(store).blocks), len(held(store).keys)) == divmod(500, ROWS)


def test_few_vectors_leave_no_file(store):
    vectors = add(store, 0, ROWS - 1)
    assert_nearest(store, vectors, vectors[3])
    assert [path for path in store.path.parent.iterdir() if "vectors" in path.name] == []


def test_models_are_held_beside_each_other(store):
    vectors = add(store, 0, 100)
    store.vectors.add("m:2", {"h": np.ones(3, np.float32)})
    assert_nearest(store, vectors, vectors[4])
    kept = held(store)
    assert store.vectors.nearest("m:2", np.ones(3, np.float32), 3) == []
    assert_nearest(store, vectors, vectors[5])
    assert held(store) is kept


@pytest.mark.parametrize("bytes_held", [0, 5_000, 2**20])
def test_where_no_file_can_be_written_memory_is_bounded_and_the_rest_is_read(store, monkeypatch, bytes_held):
    monkeypatch.setattr(nearest, "CACHE_BYTES", bytes_held)
    vectors = add(store, 0, 10)
    assert_nearest(store, vectors, vectors[0], 10)
    held(store).file.path.mkdir()
    vectors = add(store, 10, 300)
    assert_nearest(store, vectors, vectors[40])
    own = [held(store).rows, *blocks_in_memory(store)]
    assert sum(array.nbytes for array in own) <= bytes_held
    assert len(own) == {0: 1, 5_000: 2, 2**20: 5}[bytes_held]


def test_what_a_transaction_adds_is_found_in_it_and_not_kept_where_it_fails(store):
    add(store, 0, 10)

    def fail():
        with store.write():
            vectors = add(store, 10, 200, seed=1)
            assert store.vectors.nearest("m:1", vectors[150], 1)[0][0] == "150"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    vectors = add(store, 10, 200)
    assert_nearest(store, vectors, vectors[150])


def test_the_file_of_another_archive_is_replaced(store, tmp_path):
    (tmp_path / "other").mkdir()
    with Store.open(tmp_path / "other" / "paperroute.db") as other:
        add(other, 0, 200, seed=5)
        other.vectors.nearest("m:1", np.ones(LENGTH), 3)
        foreign = file_of(other)
        shutil.copy(foreign, tmp_path)
    vectors = add(store, 0, 200)
    assert_nearest(store, vectors, vectors[150])
    assert file_of(store).read_bytes() != foreign.read_bytes()
    assert not blocks_in_memory(store)


@SQLITE_ONLY
def test_a_file_of_a_later_state_is_written_anew_from_where_the_store_differs(store, place, tmp_path):
    add(store, 0, 100)
    store.backup(tmp_path / "backup.db")
    add(store, 100, 300)
    store.vectors.nearest("m:1", np.ones(LENGTH), 3)
    before = file_of(store).read_bytes()
    store.close()
    shutil.move(tmp_path / "backup.db", place.path)
    with place.open() as again:
        add(again, 100, 300, seed=3)
        vectors = np.concatenate([made_vectors(100, 0), made_vectors(300, 3)[100:]])
        assert_nearest(again, vectors, vectors[250])
        assert not blocks_in_memory(again)
        first = BLOCK(LENGTH).itemsize
        assert file_of(again).read_bytes()[:first] == before[:first]
        assert file_of(again).read_bytes()[-first:] != before[-first:]


@pytest.mark.parametrize("harm", ["no check", "head", "short", "empty"])
def test_a_block_that_is_not_whole_is_written_again(store, place, harm):
    vectors = add(store, 0, 200)
    assert_nearest(store, vectors, vectors[150])
    file, whole = file_of(store), file_of(store).read_bytes()
    last = len(whole) - BLOCK(LENGTH).itemsize
    keys = last + BLOCK(LENGTH).fields["keys"][1]
    harmed = {
        "no check": whole[:last] + bytes(8) + whole[last + 8 :],
        "head": whole[:keys] + b"\xff" + whole[keys + 1 :],
        "short": whole[: last + 100],
        "empty": b"",
    }
    store.close()
    file.write_bytes(harmed[harm])
    with place.open() as again:
        assert_nearest(again, vectors, vectors[151])
        assert file.read_bytes() == whole
