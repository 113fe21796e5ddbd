"""The store at 50,000 papers: rates, times and sizes, each beside a plain way of doing the same, in one run.

    python -m bench.store_rates [--papers 50000] [--data FILE.jsonl.gz ...]

Without --data the papers are made up (bench/made_up.py). How it grows to a million is bench.store. Times are in
ms; a ratio is ours over the plain way's.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from bench.made_up import START, made_up
from store import Store
from store.records.editions import Paper, Query

MODEL = "bench:random"
LENGTH = 256
BATCH = 300  # papers of one survey


def recorded(files: Sequence[Path]) -> Iterator[Paper]:
    for file in files:
        with gzip.open(file, "rt") as lines:
            for n, line in enumerate(lines):
                row = json.loads(line)
                paper = paper_of(row["id"], row["version"] or 1, row["title"], row["abstract"] or "", n)
                yield replace(paper, authors=tuple(row["authors"] or ()))


def paper_of(id_: str, version: int, title: str, abstract: str, n: int) -> Paper:
    at = START + timedelta(minutes=n)
    return Paper(id_, version, title, abstract, ("Ada Example",), ("cs.LG",), "cs.LG", at, at)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def p50_p95(times: Sequence[float]) -> tuple[float, float]:
    return float(np.percentile(times, 50)) * 1000, float(np.percentile(times, 95)) * 1000


def show(what: str, ours: float, plain: float | None = None, unit: str = "ms") -> None:
    beside = f"{plain:12,.2f}  x{ours / plain:7.2f}" if plain else ""
    print(f"{what:<52}{ours:12,.2f}{beside:<24} {unit}")


def plain_table(folder: Path, papers: Sequence[Paper]) -> tuple[sqlite3.Connection, list[float]]:
    """One table without index, filled with executemany in the same batches."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE papers (id, version, title, abstract, authors, published)")

    def add(batch: Sequence[Paper]) -> None:
        rows = [(p.id, p.version, p.title, p.abstract, json.dumps(p.authors), p.published.isoformat()) for p in batch]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO papers VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.execute("COMMIT")

    return connection, [seconds(lambda batch=batch: add(batch)) for batch in batches(papers)]


def batches(papers: Sequence[Paper]) -> list[Sequence[Paper]]:
    return [papers[at : at + BATCH] for at in range(0, len(papers), BATCH)]


def bench_adding(store: Store, papers: Sequence[Paper], plain: Sequence[float]) -> None:
    ours = [seconds(lambda batch=batch: store.papers.add(batch)) for batch in batches(papers)]
    again = [seconds(lambda batch=batch: store.papers.add(batch)) for batch in batches(papers)[:50]]
    show("add 300 new papers, p50", p50_p95(ours)[0], p50_p95(plain)[0])
    show("add 300 new papers, p95", p50_p95(ours)[1], p50_p95(plain)[1])
    show("add 300 known papers, p50", p50_p95(again)[0])
    show("papers added", len(papers) / sum(ours), len(papers) / sum(plain), "papers/s")


def bench_search(
    store: Store, connection: sqlite3.Connection, papers: Sequence[Paper], random: np.random.Generator
) -> None:
    """Two words of a paper's title, as a reader would ask; the plain way is LIKE over the whole table."""
    titles = [papers[n].title.split() for n in random.integers(0, len(papers), 200)]
    asked = [" ".join(words[1:3]) for words in titles if len(words) > 3]
    scan = "SELECT id FROM papers WHERE title || abstract LIKE ? AND title || abstract LIKE ? LIMIT 20"
    plain = [
        seconds(lambda words=words: connection.execute(scan, [f"%{word}%" for word in words.split()]).fetchall())
        for words in asked[:20]
    ]
    ours = [seconds(lambda words=words: store.search.papers(words)) for words in asked]
    matching = [seconds(lambda words=words: store.papers.matching([Query(tuple(words.split()))])) for words in asked]
    counting = [seconds(lambda words=words: store.papers.frequencies(words.split())) for words in asked]
    for at, name in enumerate(("p50", "p95")):
        show(f"search two words, 20 hits with snippets, {name}", p50_p95(ours)[at], p50_p95(plain)[at])
        show(f"matching two words, up to 300 papers, {name}", p50_p95(matching)[at])
        show(f"frequencies of two words, {name}", p50_p95(counting)[at])


def bench_vectors(store: Store, papers: Sequence[Paper], random: np.random.Generator) -> None:
    vectors = random.normal(size=(len(papers), LENGTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = dict(zip((paper.text_hash for paper in papers), vectors, strict=True))
    adding = seconds(lambda: store.vectors.add(MODEL, rows))
    show("vectors added", len(rows) / adding, unit="vectors/s")
    some = [paper.text_hash for paper in papers[:BATCH]]
    show("get 300 vectors", seconds(lambda: store.vectors.get(some, MODEL)) * 1000)
    asked = random.normal(size=(60, LENGTH)).astype(np.float32)
    show("nearest 100, the first time", seconds(lambda: store.vectors.nearest(MODEL, asked[0], 100)) * 1000)
    plain = [seconds(lambda vector=vector: np.argsort(-(vectors @ vector))[:100]) for vector in asked]
    ours = [seconds(lambda vector=vector: store.vectors.nearest(MODEL, vector, 100)) for vector in asked]
    for at, name in enumerate(("p50", "p95")):
        show(f"nearest 100 of {len(rows):,} x {LENGTH}, {name}", p50_p95(ours)[at], p50_p95(plain)[at])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=50_000)
    parser.add_argument("--data", type=Path, action="append", default=[])
    options = parser.parse_args()
    random = np.random.default_rng(7)
    source = recorded(options.data) if options.data else made_up(options.papers, random)
    papers = list({paper.id: paper for paper in source}.values())[: options.papers]
    print(f"{len(papers):,} papers, {'recorded' if options.data else 'made up'}; SQLite {sqlite3.sqlite_version}\n")
    print(f"{'':<52}{'store':>12}{'plain':>12}  {'ratio':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        connection, plain = plain_table(folder, papers)
        with Store.open(folder / "store.db") as store:
            bench_adding(store, papers, plain)
            bench_search(store, connection, papers, random)
            copied = store.path.with_name("copy.db")
            store.backup(copied)
            show(
                "file size, papers and index",
                copied.stat().st_size / 1e6,
                (folder / "plain.db").stat().st_size / 1e6,
                "MB",
            )
            bench_vectors(store, papers, random)
            show("backup, vectors included", seconds(lambda: store.backup(copied)) * 1000)
            show("file size, vectors included", copied.stat().st_size / 1e6, unit="MB")
        connection.close()


if __name__ == "__main__":
    main()
