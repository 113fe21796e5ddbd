"""The store as it grows: search by words and by meaning, pages of papers, at each size beside a plain way of the same.

    python -m bench.growth [--full] [--papers N ...] [--keep FOLDER]

Sizes are 12,500 and 50,000 papers; --full adds 250,000 and 1,000,000, which take an hour to make. --keep: where stores
are made, and found again. Times are of the processor, in ms; an exponent of 1 is as many times as long as there are
papers. The plain ways are no weaker: FTS5 that ranks all it finds, and all vectors as float32 in memory.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from starlette.testclient import TestClient

from bench.made_up import fill, made_up, made_up_vectors
from bench.summary import finish
from digest.extractive.embedder import WordLlamaEmbedder
from store import Store
from store.indexing.query_terms import match_expression, parse_phrases
from store.sqlite.sqlite_database import SqliteDatabase
from web.app import create_app
from web.settings import WebSettings

_MODEL = WordLlamaEmbedder.model
_SIZES, _FULL = (12_500, 50_000), (250_000, 1_000_000)
_ASKED = 100
# At a million and below: what is measured, the most it may take in ms, and of what share of the questions.
_TARGETS = {"words": (60.0, 99), "nearest": (100.0, 50), "first nearest": (1_000.0, 50), "page": (150.0, 99)}
_LEAST_RECALL = 0.99
Times = dict[str, list[float]]


def processor_ms(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def make_store(path: Path, size: int) -> None:
    if path.exists():
        return
    with Store.open(path) as store:
        papers = made_up(size, np.random.default_rng(7))
        fill(store, papers, _MODEL, made_up_vectors(size, np.random.default_rng(8)))
        store.vectors.nearest(_MODEL, np.ones(256, np.float32), 1)  # makes the file of codes


def measure(path: Path) -> tuple[Times, float]:
    """Times by what was done, and the share of the true nearest 20 that was found."""
    with Store.open(path) as store:
        asked = np.concatenate(list(made_up_vectors(_ASKED, np.random.default_rng(9))))
        times = {"first nearest": [processor_ms(lambda: store.vectors.nearest(_MODEL, asked[0], 20))]}
        found: list[list[str]] = []
        times["nearest"] = [
            processor_ms(lambda vector=vector: found.append(_ids(store.vectors.nearest(_MODEL, vector, 20))))
            for vector in asked
        ]
        titles, ids = _some(path)
        times["words"] = [processor_ms(lambda words=words: store.search.find_papers(words)) for words in titles]
        client = TestClient(
            create_app(WebSettings(store, version="", embedder=WordLlamaEmbedder())), "http://127.0.0.1"
        )
        times["page"] = [processor_ms(lambda id_=id_: client.get(f"/papers/{id_}")) for id_ in ids][1:]
    plain_times, best = measure_plain(path, titles, asked)
    shares = [len(set(ours) & set(true)) / 20 for ours, true in zip(found, best, strict=True)]
    return times | plain_times, float(np.mean(shares))


def measure_plain(path: Path, titles: Sequence[str], asked: np.ndarray) -> tuple[Times, list[list[str]]]:
    database = SqliteDatabase(path, 60)
    sql = "SELECT rowid FROM papers_fts WHERE papers_fts MATCH ? ORDER BY rank LIMIT 20"
    with database.read() as session:
        phrases = [match_expression(parse_phrases(words)) for words in titles]
        words = [processor_ms(lambda asked=asked: session.rows(sql, [asked])) for asked in phrases]
        rows = session.rows("SELECT p.id, v.vector FROM vectors AS v JOIN papers AS p ON p.text_hash = v.text_hash")
        matrix = np.frombuffer(b"".join(blob for _, blob in rows), np.float32).reshape(len(rows), -1)
    best: list[list[str]] = []

    def nearest(vector: np.ndarray) -> None:
        best.append([rows[at][0] for at in np.argpartition(-(matrix @ vector), 20)[:20]])

    times = {"words, plain": words, "nearest, plain": [processor_ms(lambda one=one: nearest(one)) for one in asked]}
    database.close()
    return times, best


def _ids(found: Sequence[tuple[str, float]]) -> list[str]:
    return [id_ for id_, _ in found]


def _some(path: Path) -> tuple[list[str], list[str]]:
    """Of some papers two words of the title, and the ids."""
    database = SqliteDatabase(path, 60)
    with database.read() as session:
        last = int(session.rows("SELECT max(row) FROM papers")[0][0])
        chosen = np.random.default_rng(10).integers(1, last + 1, _ASKED).tolist()
        found = [session.rows("SELECT title, id FROM papers WHERE row = ?", [row])[0] for row in chosen]
    database.close()
    return [" ".join(title.split()[1:3]) for title, _ in found], [id_ for _, id_ in found]


def show(size: int, times: Times, recall: float, before: tuple[int, Times] | None) -> None:
    print(f"\n{size:,} papers; of the true nearest 20 found: {recall:.4f}", flush=True)
    for what, its in times.items():
        p50, p99 = np.percentile(its, [50, 99])
        power = ""
        if before:
            ratio = p50 / max(float(np.median(before[1][what])), 1e-3)
            power = f"{math.log(max(ratio, 1e-3)) / math.log(size / before[0]):8.2f}"
        print(f"  {what:<20} p50 {p50:9.2f}   p99 {p99:9.2f}   exponent {power}")


def misses(size: int, times: Times, recall: float) -> Iterator[str]:
    for what, (most, share) in _TARGETS.items():
        taken = float(np.percentile(times[what], share))
        if taken > most:
            yield f"{what} at {size:,}: p{share} {taken:.0f} ms, at most {most:.0f}"
    if recall < _LEAST_RECALL:
        yield f"recall at {size:,}: {recall:.4f}, at least {_LEAST_RECALL}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--papers", type=int, nargs="+")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    sizes = options.papers or (_SIZES + _FULL if options.full else _SIZES)
    before, missed = None, list[str]()
    with tempfile.TemporaryDirectory() as name:
        for size in sizes:
            path = (options.keep or Path(name)) / f"{size}.db"
            make_store(path, size)
            times, recall = measure(path)
            show(size, times, recall, before)
            missed += misses(size, times, recall)
            before = size, times
    finish(missed)


if __name__ == "__main__":
    main()
