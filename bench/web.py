"""The archive on the web at 50,000 papers and 1,000 editions: requests a second and times, beside a bare FastAPI
endpoint that returns a constant of the same size, for 8 clients at once, in one run.

    python -m bench.web [--papers 50000] [--editions 1000] [--seconds 5]

The papers are made up, as in bench.made_up. Both servers run as processes of their own, under the same uvicorn; clients
keep their connections. Editions are asked for as readers do: the newest most (the n-th with a weight of 1/n). Each
search asks for two words that nobody asked for before, so that none is found in the cache of pages.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import multiprocessing
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote_plus

import numpy as np

from bench.made_up import START, made_up
from bench.store_rates import p50_p95
from store import Store
from store.records.editions import (
    Counts,
    Edition,
    EditionPaper,
    FilterReport,
    Paper,
    RouteReport,
    Section,
    Summary,
    Topic,
)

CLIENTS, PROCESSES = 8, 2
A_DIGEST = 30  # papers of an edition
OURS = """
import sys, threading
from pathlib import Path
from digest.extractive.embedder import WordLlamaEmbedder
from store import Store
from web.server import WebService
from web.settings import WebLimits, WebSettings
with Store.open(Path(sys.argv[1])) as store:
    limits = WebLimits(searches_per_minute=1_000_000)
    service = WebService(WebSettings(store=store, version="bench", embedder=WordLlamaEmbedder(), limits=limits), port=0)
    service.start()
    print(service.port, flush=True)
    threading.Event().wait()
"""
BARE = """
import socket, sys
import uvicorn
from fastapi import FastAPI
from starlette.responses import HTMLResponse
app = FastAPI()
def add(size):
    constant = "x" * size
    @app.get(f"/{size}", response_class=HTMLResponse)
    def constant_of_that_size() -> str:
        return constant
for size in sys.argv[1:]:
    add(int(size))
config = uvicorn.Config(app, port=0, http="h11", ws="none", lifespan="off", log_config=None, access_log=False)
server = uvicorn.Server(config)
bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else Nagle's delay makes it slow
bound.bind(("127.0.0.1", 0))
print(bound.getsockname()[1], flush=True)
server.run(sockets=[bound])
"""


@dataclass(frozen=True)
class Measured:
    rate: float  # requests a second
    p50: float  # ms
    p95: float
    size: int  # bytes of a body


def editions(papers: Sequence[Paper], count: int) -> Iterator[Edition]:
    """Digests of ten topics, each of papers that stand together in the store."""
    random = np.random.default_rng(3)
    for n in range(count):
        at = int(random.integers(0, len(papers) - A_DIGEST))
        shown = [shown_as(paper, number) for number, paper in enumerate(papers[at : at + A_DIGEST], 1)]
        moment = START + timedelta(days=1 + n)
        sections = [
            Section(f"Section {k + 1}", tuple(range(6 * k + 1, 6 * k + 7)), text_of(shown, k)) for k in range(5)
        ]
        yield Edition(
            id=f"edition-{n}",
            kind="digest",
            title=f"Topic {n % 10}",
            question="",
            topic=f"topic-{n % 10}",
            slot=moment,
            since=moment - timedelta(days=7),
            until=moment,
            language="en",
            created_at=moment,
            queries=("some words",),
            counts=Counts(300, A_DIGEST, A_DIGEST, A_DIGEST, A_DIGEST),
            filter=FilterReport("every word"),
            papers=tuple(shown),
            route=RouteReport(20.0, 30.0, "local-search"),
            opening=" ".join(shown[0].title.split() * 5) + " [1].",
            sections=tuple(sections),
            health=(),
            usage=(),
            seconds={"total": 3.0},
        )


def shown_as(paper: Paper, number: int) -> EditionPaper:
    words = paper.abstract.split()
    parts = (" ".join(words[:25]), " ".join(words[25:55]), " ".join(words[55:85]))
    return EditionPaper.of(
        paper,
        number=number,
        section=(number - 1) // 6,
        reason="every word",
        cited=True,
        summary=Summary(*parts, " ".join(parts), "builtin:extract", "extract"),
        place=((number * 37 % 100) / 100, (number * 61 % 100) / 100),
    )


def text_of(shown: Sequence[EditionPaper], section: int) -> str:
    own = shown[6 * section : 6 * section + 6]
    return "\n\n".join(f"{paper.summary.method} [{paper.number}]." for paper in own)


def fill(path: Path, papers: Sequence[Paper], count: int) -> None:
    with Store.open(path) as store:
        store.papers.add(papers)
        for n in range(10):
            store.topics.put(Topic(f"topic-{n}", f"Topic {n}", "some words"))
        for edition in editions(papers, count):
            store.editions.freeze(edition)


@contextmanager
def server(script: str, *arguments: str) -> Iterator[tuple[int, int]]:
    """(port, process id)."""
    process = subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process.pid
    finally:
        process.terminate()
        process.wait(30)


def client(port: int, paths: Sequence[str], until: float, times: list[float], sizes: list[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for path in paths:
        if time.perf_counter() > until:
            break
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        times.append(time.perf_counter() - began)
        sizes.append(len(body))
        assert answer.status == 200, f"{path}: {answer.status}"
    connection.close()


def clients(port: int, paths: Sequence[Sequence[str]], seconds: float, results: object) -> None:
    """Some of the clients, in a process of their own."""
    times: list[float] = []
    sizes: list[int] = []
    until = time.perf_counter() + seconds
    threads = [threading.Thread(target=client, args=(port, own, until, times, sizes)) for own in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((times, sizes))  # type: ignore[attr-defined]


def measured(port: int, paths: Sequence[str], seconds: float) -> Measured:
    """All clients at once, each over its share of the paths, again and again where they are few."""
    own = [list(itertools.islice(itertools.cycle(paths[n::CLIENTS] or paths), 200_000)) for n in range(CLIENTS)]
    if len(paths) > 1_000:  # each once
        own = [list(paths[n::CLIENTS]) for n in range(CLIENTS)]
    results: object = multiprocessing.Queue()
    began = time.perf_counter()
    shares = [(port, own[n::PROCESSES], seconds, results) for n in range(PROCESSES)]
    workers = [multiprocessing.Process(target=clients, args=share) for share in shares]
    for worker in workers:
        worker.start()
    gathered = [results.get() for _ in workers]  # type: ignore[attr-defined]
    for worker in workers:
        worker.join()
    took = time.perf_counter() - began
    times = [duration for part, _ in gathered for duration in part]
    sizes = [size for _, part in gathered for size in part]
    return Measured(len(times) / min(took, seconds), *p50_p95(times), int(np.median(sizes)))


def resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def searches(papers: Sequence[Paper], count: int) -> list[str]:
    random = np.random.default_rng(11)
    found: dict[str, None] = {}
    while len(found) < count:
        words = papers[int(random.integers(0, len(papers)))].title.split()
        if len(words) > 4:
            at = int(random.integers(0, len(words) - 1))
            found[f"/search?q={quote_plus(' '.join(words[at : at + 2]))}"] = None
    return list(found)


def show(what: str, ours: Measured, bare: Measured) -> None:
    print(
        f"{what:<22}{ours.rate:9,.0f}{bare.rate:9,.0f}{ours.rate / bare.rate:9.2f}"
        f"{ours.p50:9.1f}{ours.p95:9.1f}{bare.p95:9.1f}{ours.p95 / bare.p95:9.1f}{ours.size:9,}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=50_000)
    parser.add_argument("--editions", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    papers = list(made_up(options.papers, np.random.default_rng(7)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        fill(path, papers, options.editions)
        with server(OURS, str(path)) as (port, pid):
            run(port, pid, papers, options)


def run(port: int, pid: int, papers: Sequence[Paper], options: argparse.Namespace) -> None:
    every = [f"/editions/edition-{n}" for n in range(options.editions)]
    asked = searches(papers, 20_000)
    cold = measured(port, every[:1_000] * 2, 600)  # the first visit makes each page, the second finds it
    weights = 1 / np.arange(1, options.editions + 1)
    drawn = np.random.default_rng(5).choice(options.editions, 20_000, p=weights / weights.sum())
    popular = [every[-1 - n] for n in drawn]
    paths = {"home": ["/"], "edition": popular, "search, new words": asked, "search, asked before": asked[:50]}
    sizes = {name: measured(port, own[:50], 1).size for name, own in paths.items()}
    with server(BARE, *{str(size) for size in sizes.values()}) as (bare_port, _):
        for size in sizes.values():
            measured(bare_port, [f"/{size}"], 0.5)
        rows = [(name, *in_turns(port, bare_port, own, sizes[name], options.seconds)) for name, own in paths.items()]
    print(f"{CLIENTS} clients; {len(papers):,} papers, {options.editions:,} editions of {A_DIGEST}\n")
    heads = ("ours/s", "bare/s", "ratio", "p50 ms", "p95 ms", "bare p95", "ratio", "bytes")
    print(" " * 22 + "".join(f"{head:>9}" for head in heads))
    for name, ours, bare in rows:
        show(name, ours, bare)
    print(f"\neditions, each made and then found once: {cold.rate:,.0f}/s, p95 {cold.p95:.0f} ms")
    memory(port, pid, popular, asked)


def in_turns(port: int, bare_port: int, paths: Sequence[str], size: int, seconds: float) -> tuple[Measured, Measured]:
    """Ours and the bare one, by turns of a second, so that what else the machine does falls on both; medians."""
    ours, bare = [], []
    turns = max(3, int(seconds))
    share = len(paths) // turns if len(paths) > 10_000 else 0
    for turn in range(turns):
        own = paths[turn * share : (turn + 1) * share] if share else paths
        ours.append(measured(port, own, 1))
        bare.append(measured(bare_port, [f"/{size}"], 1))
    return middle(ours), middle(bare)


def middle(those: Sequence[Measured]) -> Measured:
    return Measured(
        *(float(np.median([getattr(run, name) for run in those])) for name in ("rate", "p50", "p95")), those[0].size
    )


def memory(port: int, pid: int, popular: Sequence[str], asked: Sequence[str]) -> None:
    """Resident megabytes of our server over 10,000 requests, of all kinds."""
    mixed = [path for pair in zip(popular[:5_000], itertools.cycle(asked), strict=False) for path in pair]
    sizes = [resident(pid)]
    for at in range(0, 10_000, 2_000):
        measured(port, mixed[at : at + 2_000], 600)
        sizes.append(resident(pid))
    print("memory over 10,000 requests, MB:", " ".join(f"{size:.0f}" for size in sizes))


if __name__ == "__main__":
    main()
