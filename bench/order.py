"""Route length, time and memory, as ratios within one run.

    python bench/order.py [--data PAPERS.jsonl.gz]

Length: against the best known, which is the best of the route itself and of a 2 s fast-tsp run. Time: against the
article's own solver, python-tsp's simulated annealing with its default settings, on the same distances. Sameness: of
routes found one after another. Without --data (arXiv papers, a JSON object a line, embedded by wordllama) the vectors
are clusters on the sphere, as embeddings of one subject are.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import fast_tsp
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from digest.ports import Vectors
from digest.route.order import distances, find_route

TARGETS = {50: 1.001, 100: 1.001, 200: 1.001, 1000: 1.005}
SEEDS = (1, 2, 3)


def clusters(n: int, seed: int, d: int = 256) -> Vectors:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(max(3, n // 10), d))
    rows = centres[rng.integers(len(centres), size=n)] + 0.7 * rng.normal(size=(n, d))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def embedded(path: Path) -> Vectors:
    import wordllama

    model = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line in lines]
    return np.asarray(model.embed([f"{p['title']}\n{p['abstract']}" for p in papers], norm=True), dtype=np.float32)


def sample(n: int, seed: int, corpus: Vectors | None) -> Vectors:
    """The n papers nearest to one of them: a subject, as a survey has it."""
    if corpus is None:
        return clusters(n, seed)
    centre = corpus[np.random.default_rng(seed).integers(len(corpus))]
    return corpus[np.argsort(-(corpus @ centre), kind="stable")[:n]]


def closed(vectors: Vectors) -> np.ndarray:
    """Whole numbers with an extra stop that opens the tour: what a plain user of fast-tsp would build."""
    matrix = distances(vectors)
    whole = np.pad(np.rint(matrix * (65_000 / matrix.max())).astype(np.uint16), (0, 1), constant_values=65_000)
    whole[-1, -1] = 0
    return np.maximum(whole, whole.T)


def long_run(vectors: Vectors, seconds: float = 2.0) -> float:
    tour = fast_tsp.find_tour(closed(vectors), seconds)
    cut = tour.index(len(vectors))
    return float(np.linalg.norm(np.diff(vectors[tour[cut + 1 :] + tour[:cut]], axis=0), axis=1).sum())


def print_length(corpus: Vectors | None) -> None:
    for n, target in TARGETS.items():
        ratios = []
        for seed in SEEDS:
            vectors = sample(n, seed, corpus)
            length = find_route(vectors).length
            ratios.append(length / min(length, long_run(vectors)))
        verdict = "ok" if max(ratios) <= target else "MISSED"
        print(f"length  {n:5} papers  worst {max(ratios):.5f} of the best known  (at most {target})  {verdict}")


def print_time(corpus: Vectors | None) -> None:
    from python_tsp.heuristics import solve_tsp_simulated_annealing

    vectors = sample(100, 1, corpus)
    matrix = np.pad(distances(vectors).astype(np.float64), (0, 1))
    random.seed(1)
    np.random.seed(1)  # the generator that python-tsp reads
    annealing = seconds(lambda: solve_tsp_simulated_annealing(matrix))
    ours = min(seconds(lambda: find_route(vectors)) for _ in range(3))
    verdict = "ok" if ours <= annealing / 20 else "MISSED"
    print(f"time    100 papers  1/{annealing / ours:.1f} of simulated annealing  (at most 1/20)  {verdict}")


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def print_memory() -> None:
    vectors = clusters(1000, 1, 3072)
    for name, work in (("distances", distances), ("whole route", find_route)):
        tracemalloc.start()
        work(vectors)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        print(f"memory  1000 x 3072  {name}: {peak:.1f} MB extra  (under 64)  {'ok' if peak < 64 else 'MISSED'}")


def print_sameness(corpus: Vectors | None) -> None:
    for n in (40, 60, 100, 150, 200):
        same = total = 0
        for seed in SEEDS:
            routes = Counter(find_route(sample(n, seed, corpus)).order for _ in range(6))
            same, total = same + routes.most_common(1)[0][1], total + 6
        print(f"same    {n:5} papers  {same} of {total} routes were their input's most frequent one")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="gzipped JSON lines with title and abstract")
    data = parser.parse_args().data
    corpus = embedded(data) if data else None
    print_length(corpus)
    print_time(corpus)
    print_memory()
    print_sameness(corpus)


if __name__ == "__main__":
    main()
