"""Reading order: route length over the best known, processor time and memory, on an idle and on a busy machine.

    python -m bench.order [--data PAPERS.jsonl.gz]

Best known: the best of the route itself, of what is noted in bench/route_instances.py, and of long runs of peers: LKH
(elkai) and fast-tsp where they are installed (they are no dependencies; LKH is for measuring only), and with --data
python-tsp's Lin-Kernighan from ten starts where neither is. Busy: beside six processes that compute. Exits 1 where a
target is missed, or where a busy machine gives another route.

Without --data (arXiv papers, a JSON object a line, embedded by wordllama) the vectors are clusters on the sphere, as
embeddings of one subject are.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.route_instances import BEST_KNOWN, SEEDS, clusters
from digest.ports import Vectors
from digest.route.order import Route, distances, find_route

TARGETS = {30: 1.001, 60: 1.001, 92: 1.001, 120: 1.001, 200: 1.001, 1000: 1.005}
BUSY_PROCESSES = 6
MOST_MEGABYTES = 64


def embedded(path: Path) -> Vectors:
    from digest.extractive.embedder import WordLlamaEmbedder

    with gzip.open(path, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    return WordLlamaEmbedder().embed([f"{p['title']}\n{p['abstract']}" for p in papers]).value


def sample(n: int, seed: int, corpus: Vectors | None) -> Vectors:
    """The n papers nearest to one of them: a subject, as a survey has it."""
    if corpus is None:
        return clusters(n, seed)
    centre = corpus[np.random.default_rng(seed).integers(len(corpus))]
    return corpus[np.argsort(-(corpus @ centre), kind="stable")[:n]]


def closed(vectors: Vectors) -> np.ndarray:
    """Whole numbers with an extra stop that opens the tour: what a plain user of a solver would build."""
    matrix = distances(vectors)
    whole = np.pad(np.rint(matrix * (65_000 / matrix.max())).astype(np.uint16), (0, 1), constant_values=65_000)
    whole[-1, -1] = 0
    return np.maximum(whole, whole.T)


def lkh_tours(matrix: np.ndarray) -> Iterator[list[int]]:
    import elkai

    if len(matrix) < 300:  # minutes, with more papers
        yield elkai.DistanceMatrix(matrix.astype(int).tolist()).solve_tsp()[:-1]


def fast_tsp_tours(matrix: np.ndarray) -> Iterator[list[int]]:
    import fast_tsp

    for candidates in ("alpha", "nearest"):
        yield fast_tsp.find_tour(matrix, max(0.5, len(matrix) / 80), 1, candidates)


def lin_kernighan_tours(matrix: np.ndarray) -> Iterator[list[int]]:
    from python_tsp.heuristics import solve_tsp_lin_kernighan

    rng = np.random.default_rng(1)
    for _ in range(10 if len(matrix) < 300 else 0):  # minutes, with more papers
        yield solve_tsp_lin_kernighan(matrix.astype(np.int64), x0=rng.permutation(len(matrix)).tolist())[0]


def choose_peers(with_data: bool) -> dict[str, Callable[[np.ndarray], Iterator[list[int]]]]:
    peers = {"elkai": lkh_tours, "fast_tsp": fast_tsp_tours}
    installed = {name: tours for name, tours in peers.items() if find_spec(name)}
    return installed or ({"python_tsp": lin_kernighan_tours} if with_data else {})


def best_known(vectors: Vectors, noted: float, with_data: bool) -> float:
    matrix = closed(vectors)
    tours = (tour for find_tours in choose_peers(with_data).values() for tour in find_tours(matrix))
    return min([noted, *(walked(vectors, tour) for tour in tours)])


def walked(vectors: Vectors, tour: list[int]) -> float:
    cut = tour.index(len(vectors))
    return float(np.linalg.norm(np.diff(vectors[tour[cut + 1 :] + tour[:cut]], axis=0), axis=1).sum())


def compute_for_ever() -> None:
    while True:
        sum(range(100_000))


@contextmanager
def busy_machine() -> Iterator[None]:
    processes = [multiprocessing.Process(target=compute_for_ever, daemon=True) for _ in range(BUSY_PROCESSES)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def timed(work: Callable[[Vectors], Route], vectors: Vectors) -> tuple[Route, float]:
    start = time.process_time()
    return work(vectors), time.process_time() - start


def print_lengths(corpus: Vectors | None) -> bool:
    peers = [*choose_peers(corpus is not None), *([] if corpus is not None else ["bench/route_instances.py"])]
    print(f"best known: of the route itself and of {', '.join(peers)}; {len(SEEDS)} inputs a size")
    print("papers  over the best known, mean and worst  at most  processor time  busy     routes as when idle")
    good = [print_length(n, target, corpus) for n, target in TARGETS.items()]
    return all(good)


def print_length(n: int, target: float, corpus: Vectors | None) -> bool:
    inputs = [sample(n, seed, corpus) for seed in SEEDS]
    idle = [timed(find_route, vectors) for vectors in inputs]
    with busy_machine():
        busy = [timed(find_route, vectors) for vectors in inputs]
    noted = [float("inf")] * len(SEEDS) if corpus is not None else BEST_KNOWN[n]
    known = [best_known(vectors, best, corpus is not None) for vectors, best in zip(inputs, noted, strict=True)]
    ratios = [route.length / min(route.length, best) for (route, _), best in zip(idle, known, strict=True)]
    same = sum(one == other for (one, _), (other, _) in zip(idle, busy, strict=True))
    good = max(ratios) <= target and same == len(inputs)
    print(
        f"{n:6}  {np.mean(ratios):.5f} {max(ratios):.5f}  {target:22}  {mean_seconds(idle):12.2f} s"
        f"  {mean_seconds(busy):5.2f} s  {same} of {len(inputs)}  {'ok' if good else 'MISSED'}",
        flush=True,
    )
    return good


def mean_seconds(runs: list[tuple[Route, float]]) -> float:
    return float(np.mean([seconds for _, seconds in runs]))


def print_memory() -> bool:
    vectors = clusters(1000, 1, 3072)
    good = True
    for name, work in (("distances", distances), ("whole route", find_route)):
        tracemalloc.start()
        work(vectors)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        good &= peak < MOST_MEGABYTES
        verdict = "ok" if peak < MOST_MEGABYTES else "MISSED"
        print(f"memory  1000 x 3072  {name}: {peak:.1f} MB extra  (under {MOST_MEGABYTES})  {verdict}")
    return good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="gzipped JSON lines with title and abstract")
    data = parser.parse_args().data
    good = print_lengths(embedded(data) if data else None)
    sys.exit(0 if print_memory() and good else 1)


if __name__ == "__main__":
    main()
