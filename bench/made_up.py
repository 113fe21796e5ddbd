"""Papers and vectors made up for benchmarks: words as prose has them (Zipf), vectors as near each other as real ones.

A paper has some of a third as many authors as there are papers, and one to three of sixty categories. A vector is one
between two near vectors of the bundled papers, as the built-in model makes them, moved as those differ: evenly random
ones would have no neighbours, and any index would look bad by them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from digest.extractive.embedder import WordLlamaEmbedder
from digest.sources.sample import BUNDLED
from store import Store
from store.indexing.nearest import scale_to_unit
from store.indexing.paper_rows import INSERT, values_of
from store.indexing.paper_texts import index_papers
from store.records.editions import Paper
from store.sqlite.sqlite_database import SqliteDatabase
from store.text.tokens import stem

WORDS = 40_000
START = datetime(2020, 1, 1, tzinfo=UTC)
_CHUNK = 10_000
_SYLLABLES = ["ba", "co", "di", "fu", "ge", "la", "mi", "no", "pu", "ra", "se", "ti", "vo", "xe", "zy", "tron"]
_CATEGORIES = [f"{archive}.{one}{two}" for archive in ("cs", "math", "stat") for one in "ACDLM" for two in "CGLM"]
_NEAR = 16  # bundled papers
_SPREAD = 0.9  # of a vector about the line between its two, of the spread of all


def made_up(count: int, random: np.random.Generator) -> Iterator[Paper]:
    """Each a minute after the one before, and read."""
    vocabulary = ["".join(random.choice(_SYLLABLES, random.integers(1, 5))) for _ in range(WORDS)]
    stems = [stem(word) for word in vocabulary]
    commonness = np.cumsum(np.arange(1.0, WORDS + 1) ** -1.15)
    for first in range(0, count, _CHUNK):
        drawn = random.random((min(_CHUNK, count - first), 180)) * commonness[-1]
        ranks = np.searchsorted(commonness, drawn)
        for n, its in enumerate(ranks.tolist(), first):
            title, abstract = (" ".join(vocabulary[rank] for rank in part) for part in (its[:10], its[10:]))
            read = [f" {' '.join(stems[rank] for rank in part)} " for part in (its[:10], its[10:])]
            reading = {"title_stems": read[0], "abstract_stems": read[1]}
            yield _paper(n, title, abstract, count).with_reading(reading)


def _paper(n: int, title: str, abstract: str, count: int) -> Paper:
    people = max(1, count // 3)
    authors = tuple(_name(n * 7 + k * k, people) for k in range(n % 5 + 1))
    categories = tuple(dict.fromkeys(_CATEGORIES[(n * k) % len(_CATEGORIES)] for k in range(1, n % 3 + 2)))
    at = START + timedelta(minutes=n)
    return Paper(f"{2000 + n // 20_000}.{n:05}", 1, title, abstract, authors, categories, categories[0], at, at)


def _name(n: int, people: int) -> str:
    letters, rest = "", n % people
    while rest or not letters:
        letters, rest = letters + "abcdefghijklmnopqrstuvwxyz"[rest % 26], rest // 26
    return f"Ada {letters.title()}son"


def fill(store: Store, papers: Iterable[Paper], model: str, vectors: Iterable[NDArray[np.float32]]) -> None:
    """Papers and their vectors, as fast as SQLite takes them: what their intake costs is measured elsewhere."""
    numbered = enumerate(papers, 1)
    database = SqliteDatabase(store.path, busy_seconds=60)
    for rows in vectors:
        batch = list(islice(numbered, len(rows)))
        with database.write() as session:
            session.many(INSERT, ((row, *values_of(paper, paper.id)) for row, paper in batch))
            index_papers(session, batch)
        store.vectors.add(model, dict(zip((paper.text_hash for _, paper in batch), rows, strict=True)))
    database.close()


def made_up_vectors(count: int, random: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    """Float32 (_CHUNK or fewer, 256), until there are so many."""
    base = _bundled_vectors()
    near = np.argsort(-(base @ base.T), axis=1)[:, :_NEAR]
    spread = _SPREAD * base.std(axis=0)
    for first in range(0, count, _CHUNK):
        size = min(_CHUNK, count - first)
        ones = random.integers(0, len(base), size)
        share = random.uniform(0, 0.5, (size, 1)).astype(np.float32)
        between = base[ones] * (1 - share) + base[near[ones, random.integers(0, _NEAR, size)]] * share
        yield scale_to_unit(between + spread * random.standard_normal(between.shape, np.float32))


def _bundled_vectors() -> NDArray[np.float32]:
    rows = [json.loads(line) for line in BUNDLED.read_text(encoding="utf-8").splitlines()]
    texts = [f"{row['title']}\n{row['abstract']}" for row in rows if "title" in row]
    return WordLlamaEmbedder().embed(texts).value
