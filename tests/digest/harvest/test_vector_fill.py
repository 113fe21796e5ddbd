"""Vectors in the background: the newest first, whatever lacks one, and nothing while an edition is written."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from digest.extractive.embedder import WordLlamaEmbedder
from digest.harvest import vector_fill
from digest.harvest.vector_fill import VectorFill
from digest.ports import Answer
from store import Store
from store.db.owners import new_owner
from tests.factories.store import NOON, paper

DAY = timedelta(days=1)


class Recorder:
    """Embeds texts by their length, and remembers them."""

    model = "test:length"

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts):
        self.texts += texts
        return Answer(np.array([[len(text), 1.0] for text in texts], np.float32), None)


def add_papers(store: Store, count: int) -> None:
    store.papers.add(
        paper(f"2611.{n:05}", title=f"Paper {n}", published=NOON + n * DAY, updated=NOON + n * DAY)
        for n in range(count)
    )


def test_every_text_gets_a_vector_once_the_newest_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_fill, "_LOOKED_AT", 30)
    add_papers(store, 100)
    embedder = Recorder()
    fill = VectorFill(store, embedder, lambda _: False)
    assert fill.fill() == 100
    assert embedder.texts == [f"Paper {n}\nWords." for n in reversed(range(100))]
    assert fill.fill() == 0
    assert len(embedder.texts) == 100
    add_papers(store, 103)
    assert fill.fill() == 3


def test_papers_of_one_moment_and_one_text_are_no_trouble(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_fill, "_LOOKED_AT", 3)
    store.papers.add(paper(f"2611.{n:05}", title=f"Paper {n // 2}") for n in range(10))
    embedder = Recorder()
    VectorFill(store, embedder, lambda _: False).fill()
    assert sorted(set(embedder.texts)) == sorted(f"Paper {n}\nWords." for n in range(5))
    hashes = {kept.text_hash for kept in store.papers.get(f"2611.{n:05}" for n in range(10)).values()}
    assert store.vectors.get(hashes, "test:length").keys() == hashes


def test_it_ends_after_the_piece_in_which_it_is_told_to(store: Store) -> None:
    add_papers(store, 200)
    embedder = Recorder()
    rests: list[float] = []

    def wait(seconds: float) -> bool:
        rests.append(seconds)
        return bool(embedder.texts)

    assert VectorFill(store, embedder, wait).fill() == 64
    assert len(embedder.texts) == 64
    VectorFill(store, embedder, lambda _: False).fill()
    assert len(set(embedder.texts)) == len(embedder.texts) == 200


def test_it_rests_while_an_edition_is_written(store: Store) -> None:
    add_papers(store, 70)
    owner, embedder = new_owner(), Recorder()
    assert store.leases.acquire("digest:speech:2026-11-22", owner, 600)
    waits = []

    def wait(seconds: float) -> bool:
        if seconds >= 5:
            assert len(embedder.texts) == 64
            waits.append(seconds)
            store.leases.release("digest:speech:2026-11-22", owner)
        return False

    assert VectorFill(store, embedder, wait).fill() == 70
    assert len(waits) == 1


def test_the_built_in_vectors_are_those_that_a_search_would_make(store: Store) -> None:
    add_papers(store, 2)
    embedder = WordLlamaEmbedder()
    VectorFill(store, embedder, lambda _: False).fill()
    kept = store.papers.get(["2611.00001"])["2611.00001"]
    made = store.vectors.get([kept.text_hash], embedder.model)[kept.text_hash]
    assert np.array_equal(made, embedder.embed([kept.text]).value[0])
