"""The store as it grows: search by words and by meaning, pages of papers, at each size beside a plain way of the same.

    python -m bench.store [--full] [--papers N ...] [--keep FOLDER] [--postgresql [ADDRESS]]

Sizes are 5,000 and 50,000 papers; --full adds 250,000 and 1,000,000, which take an hour to make. --keep: where stores
are made, and found again. An exponent of 1 is as many times as long as there are papers. The plain ways are no weaker:
all vectors as float32 in memory, and an index of words that ranks all it finds.

Times are in ms of the processor. With --postgresql they are of the clock, since the work is done in other processes:
the same stores are copied to databases of a server that is started here, or of the one at ADDRESS, where they are kept.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psycopg
from starlette.testclient import TestClient

from bench.made_up import fill, made_up, made_up_vectors
from bench.summary import finish
from digest.extractive.embedder import WordLlamaEmbedder
from store import Store
from store.copying import open_transfer
from store.db.database import Database
from store.indexing.query_terms import match_expression, parse_phrases
from store.postgres.postgres_opening import open_postgres
from store.sqlite.sqlite_database import SqliteDatabase
from tests.doubles.postgres_server import PostgresServer
from web.app import create_app
from web.settings import WebSettings

_MODEL = WordLlamaEmbedder.model
_SIZES, _FULL = (5_000, 50_000), (250_000, 1_000_000)
_ASKED, _ASKED_PLAINLY = 100, 20  # the plain search of a million takes seconds
# At a million and below, on SQLite: what is measured, the most it may take in ms, and of what share of the questions.
_TARGETS = {"words": (60.0, 99), "nearest": (100.0, 50), "first nearest": (1_000.0, 50), "page": (150.0, 99)}
_LEAST_RECALL = 0.99
_PLAIN_WORDS = "SELECT rowid FROM papers_fts WHERE papers_fts MATCH ? ORDER BY rank LIMIT 20"
_PLAIN_WORDS_POSTGRESQL = """
    WITH asked AS (SELECT main.index_query(?) AS query)
    SELECT rowid FROM main.papers_fts, asked WHERE words @@ asked.query
    ORDER BY ts_rank(words, asked.query, 1) DESC LIMIT 20
"""
Times = dict[str, list[float]]


@dataclass(frozen=True)
class Place:
    """A store: its file; or with a url a database, and the file that it was copied from."""

    file: Path
    url: str = ""

    def open(self) -> Store:
        """On PostgreSQL what lies beside the store is beside another name, so that both have codes of their own."""
        return Store.open(self.file.with_suffix(".postgresql") if self.url else self.file, url=self.url)

    @contextmanager
    def connect(self) -> Iterator[Database]:
        database = open_postgres(self.url, self.file, 60) if self.url else SqliteDatabase(self.file, 60)
        yield database
        database.close()

    def taken_ms(self, work: Callable[[], object]) -> float:
        clock = time.perf_counter if self.url else time.process_time
        began = clock()
        work()
        return (clock() - began) * 1000


def make_file(path: Path, size: int) -> None:
    if path.exists():
        return
    with Store.open(path) as store:
        papers = made_up(size, np.random.default_rng(7))
        fill(store, papers, _MODEL, made_up_vectors(size, np.random.default_rng(8)))


def copy_to_postgresql(file: Path, server: str) -> str:
    """The address of the copy, made where there is none."""
    name = f"bench_{file.stem}"
    with psycopg.connect(server, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not found:
            connection.execute(f"CREATE DATABASE {name}")
    url = urlsplit(server)._replace(path=f"/{name}").geturl()
    if not found:
        taken = []
        with open_transfer(str(file), url, 60) as steps:
            for step in steps:
                began = time.perf_counter()
                step.run(lambda *_: None)
                taken.append(f"{step.name} {time.perf_counter() - began:.0f} s")
        print(f"\n{file.stem} papers copied to PostgreSQL: {', '.join(taken)}", flush=True)
    return url


def measure(place: Place) -> tuple[Times, float]:
    """Times by what was done, and the share of the true nearest 20 that was found."""
    taken_ms = place.taken_ms
    with place.open() as store:
        asked = np.concatenate(list(made_up_vectors(_ASKED, np.random.default_rng(9))))
        store.vectors.nearest(_MODEL, asked[0], 1)  # makes the file of codes, where there is none
    with place.open() as store:
        times = {"first nearest": [taken_ms(lambda: store.vectors.nearest(_MODEL, asked[0], 20))]}
        found: list[list[str]] = []
        times["nearest"] = [
            taken_ms(lambda vector=vector: found.append(_ids(store.vectors.nearest(_MODEL, vector, 20))))
            for vector in asked
        ]
        titles, ids = _some(place)
        times["words"] = [taken_ms(lambda words=words: store.search.find_papers(words)) for words in titles]
        client = TestClient(
            create_app(WebSettings(store, version="", embedder=WordLlamaEmbedder())), "http://127.0.0.1"
        )
        times["page"] = [taken_ms(lambda id_=id_: client.get(f"/papers/{id_}")) for id_ in ids][1:]
    times["words, plain"] = measure_plain_words(place, titles)
    times["nearest, plain"], best = measure_plain_nearest(place, asked)
    shares = [len(set(ours) & set(true)) / 20 for ours, true in zip(found, best, strict=True)]
    return times, float(np.mean(shares))


def measure_plain_words(place: Place, titles: Sequence[str]) -> list[float]:
    sql = _PLAIN_WORDS_POSTGRESQL if place.url else _PLAIN_WORDS
    phrases = [match_expression(parse_phrases(words)) for words in titles]
    with place.connect() as database, database.read() as session:
        return [place.taken_ms(lambda asked=asked: session.rows(sql, [asked])) for asked in phrases[:_ASKED_PLAINLY]]


def measure_plain_nearest(place: Place, asked: np.ndarray) -> tuple[list[float], list[list[str]]]:
    with Place(place.file).connect() as database, database.read() as session:
        rows = session.rows("SELECT p.id, v.vector FROM vectors AS v JOIN papers AS p ON p.text_hash = v.text_hash")
        matrix = np.frombuffer(b"".join(blob for _, blob in rows), np.float32).reshape(len(rows), -1)
    best: list[list[str]] = []

    def nearest(vector: np.ndarray) -> None:
        best.append([rows[at][0] for at in np.argpartition(-(matrix @ vector), 20)[:20]])

    return [place.taken_ms(lambda one=one: nearest(one)) for one in asked], best


def _ids(found: Sequence[tuple[str, float]]) -> list[str]:
    return [id_ for id_, _ in found]


def _some(place: Place) -> tuple[list[str], list[str]]:
    """Of some papers two words of the title, and the ids."""
    with place.connect() as database, database.read() as session:
        last = int(session.rows("SELECT max(row) FROM papers")[0][0])
        chosen = np.random.default_rng(10).integers(1, last + 1, _ASKED).tolist()
        found = [session.rows("SELECT title, id FROM papers WHERE row = ?", [row])[0] for row in chosen]
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
    parser.add_argument("--postgresql", nargs="?", const="here", metavar="ADDRESS")
    options = parser.parse_args()
    sizes = options.papers or (_SIZES + _FULL if options.full else _SIZES)
    before, missed = None, list[str]()
    with ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = options.postgresql
        if server == "here":
            server = stack.enter_context(PostgresServer(durable=True)).url()
        for size in sizes:
            place = Place(folder / f"{size}.db")
            make_file(place.file, size)
            if server:
                place = Place(place.file, copy_to_postgresql(place.file, server))
            times, recall = measure(place)
            show(size, times, recall, before)
            missed += [] if server else misses(size, times, recall)
            before = size, times
    finish(missed)


if __name__ == "__main__":
    main()
