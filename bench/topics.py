"""A thousand harvested topics due at once: seconds and processor time a topic, and what the source was asked.

    python -m bench.topics [--papers 52000] [--topics 1000] [--digests 1000]

Papers are made up: sentences of the bundled sample about one of a few hundred subjects, 520 a day as in `cs`. Each
topic asks for a subject, and digests are made by the built-in models, by a scheduler as `paperroute serve` has. What
finds a topic's papers is measured apart, beside the full-text index asked anew for each topic: the plain way to do
without the source.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

from bench.summary import finish
from digest.background.scheduler import DigestScheduler
from digest.llm.budget import CallLabels
from digest.pipeline.selection import find_topic_papers
from digest.ports import PaperSource, ResultPage, SearchRequest
from digest.question.understand import understand
from digest.retrieval.ranked_search import window_request
from digest.run_context import RunContext
from paperroute.compose.app import App, open_app
from paperroute.config.load import Config
from store import Store
from store.records.editions import Paper, Topic
from store.records.harvests import Collection
from store.records.questions import SearchLimits
from store.tables.harvests import HarvestState

A_DAY = 520
PAGE = 2_500
RECENT = timedelta(days=21)  # whose vectors are there, as a harvest makes them in the background
MOST_MATCHING, MOST_DIGEST = 0.1, 1.0  # seconds of processor time a topic
CATEGORIES = ("cs.CL", "cs.CV", "cs.LG", "cs.RO", "cs.IR")
METHODS = (
    "diffusion models", "graph neural networks", "language models", "contrastive learning", "vision transformers",
    "reinforcement learning", "distillation", "federated learning", "state space models", "mixture of experts",
    "low-rank adaptation", "retrieval augmentation", "Gaussian processes", "optimal transport", "active learning",
    "variational autoencoders", "normalizing flows", "prompt tuning", "quantization", "curriculum learning",
)  # fmt: skip
TASKS = (
    "speech recognition", "image generation", "machine translation", "protein folding", "code generation",
    "medical segmentation", "traffic forecasting", "question answering", "robot grasping", "music transcription",
    "fraud detection", "weather prediction", "molecule design", "pose estimation", "document ranking",
    "dialogue systems", "anomaly detection", "video captioning", "theorem proving", "sentiment analysis",
)  # fmt: skip
SUBJECTS = [" for ".join(pair) for pair in product(METHODS, TASKS)]


class Unasked:
    """In place of arXiv; counts what it is asked."""

    name = "arxiv"
    requests = 0

    def search(self, *_: Any, **__: Any) -> Iterator[ResultPage]:
        self.requests += 1
        yield ResultPage((), 0)

    def fetch(self, *_: Any, **__: Any) -> tuple[Paper, ...]:
        self.requests += 1
        return ()


def made_up(count: int, now: datetime) -> Iterator[Paper]:
    """The last submitted first."""
    drawn, sentences = random.Random(7), _sentences()
    for n in range(count):
        subject, category = drawn.choice(SUBJECTS), CATEGORIES[n % len(CATEGORIES)]
        told = [f"We study {subject}.", *drawn.sample(sentences, 7), f"Our {subject} is {n % 40 + 2}% better."]
        at = now - timedelta(days=n // A_DAY, minutes=n % A_DAY)
        title = f"{drawn.choice(('Towards', 'Rethinking', 'Faster', 'Robust'))} {subject} {n}"
        yield Paper(
            f"2611.{n:05}", 1, title, " ".join(told), ("Ada Example", "Ben Sample"), (category,), category, at, at
        )


def _sentences() -> list[str]:
    lines = files("digest.sources").joinpath("sample.jsonl").read_text().splitlines()
    abstracts = [json.loads(line).get("abstract", "") for line in lines]
    return [f"{sentence.rstrip('.')}." for text in abstracts for sentence in text.split(". ") if len(sentence) > 40]


def fill(app: App, papers: Sequence[Paper], now: datetime) -> None:
    """As a harvest leaves the store."""
    state = HarvestState(Collection("arxiv", "cs"))
    for at in range(0, len(papers), PAGE):
        app.store.harvests.keep(state, papers[at : at + PAGE])
    app.store.harvests.keep(replace(state, until=now))
    app.store.papers.frequencies(["model"])  # whoever searches first has to read what is new
    embedder = app.services.title_embedder or app.services.embedder
    texts = {paper.text_hash: paper.text for paper in papers if paper.published > now - RECENT}
    vectors = embedder.embed(list(texts.values())).value
    app.store.vectors.add(embedder.model, dict(zip(texts, vectors, strict=True)))


def topics(count: int) -> list[Topic]:
    """Each asks for a subject in one category, or for several where there are more topics than subjects."""
    chosen = [(subject, category) for category in CATEGORIES for subject in SUBJECTS][:count]
    return [
        Topic(f"topic-{n}", subject, subject, categories=(category,), cadence="daily", at="00:00")
        for n, (subject, category) in enumerate(chosen)
    ]


def timed(what: str, count: int, work: Callable[[], object]) -> float:
    """Seconds of processor time a topic."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    each = (time.process_time() - processor) / count
    print(f"{what:52}{time.perf_counter() - wall:9.1f} s{1000 * each:9.1f} ms of processor time a topic", flush=True)
    return each


def find_all(app: App, wanted: Sequence[Topic], now: datetime) -> None:
    services = app.services_for(CallLabels("bench"))
    window = SearchLimits(now - timedelta(days=7), now)
    for topic in wanted:
        find_topic_papers(
            topic, window, services, app.survey_settings, RunContext(now=now), limit=2_000, editions=app.store.editions
        )


def match_all(source: PaperSource, requests: Sequence[SearchRequest]) -> None:
    for request in requests:
        list(source.search(request, wait=lambda *_: None))


def ask_index(store: Store, requests: Sequence[SearchRequest]) -> None:
    """The same papers: the plain way."""
    for asked in requests:
        store.papers.matching(
            asked.queries, since=asked.since, until=asked.until, categories=asked.categories, limit=asked.limit
        )


def requests_of(wanted: Sequence[Topic], now: datetime) -> list[SearchRequest]:
    base = SearchRequest((), since=now - timedelta(days=7), until=now, limit=2_000, order="submitted")
    return [
        window_request(understand(topic.question, now), replace(base, categories=topic.categories)) for topic in wanted
    ]


def make_digests(app: App, now: datetime) -> None:
    with ThreadPoolExecutor(app.config.schedule.at_once) as executor:
        DigestScheduler(app.store, app.digest, executor).tick(now)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=52_000)
    parser.add_argument("--topics", type=int, default=1_000)
    parser.add_argument("--digests", type=int, default=1_000, help="of how many of the topics (default: 1000)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Config.model_validate({"store": {"path": Path(folder) / "p.db"}})
        with open_app(config, {}) as opened:
            app = replace(opened, sources=(Unasked(),))
            finish(measure(app, options.papers, topics(options.topics), options.digests))


def measure(app: App, papers: int, wanted: Sequence[Topic], most: int) -> list[str]:
    """What was missed."""
    now, due = datetime.now(UTC), wanted[:most]
    fill(app, list(made_up(papers, now)), now)
    for topic in due:
        app.store.topics.put(topic)
    print(f"{papers:,} papers, {len(wanted):,} topics, digests of {len(due):,}; arXiv alone: 3 s a topic\n")
    requests = requests_of(wanted, now)
    timed("full-text index asked for each topic", len(wanted), lambda: ask_index(app.store, requests))
    timed("papers matched", len(wanted), lambda: match_all(app.source, requests))
    finding = timed("papers found and ranked", len(wanted), lambda: find_all(app, wanted, now))
    writing = timed("digests written", len(due), lambda: make_digests(app, now))
    newest = app.store.edition_links.newest_by_topic(now)
    asked = sum(source.requests for source in app.sources if isinstance(source, Unasked))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{len(newest):,} editions, {asked} requests to the source, {peak:.0f} MB at the most")
    missed = {
        f"{len(due) - len(newest)} topics have no edition": len(newest) < len(due),
        f"the source was asked {asked} times": asked > 0,
        f"finding a topic's papers took {finding:.2f} s of processor time": finding > MOST_MATCHING,
        f"a digest took {writing:.2f} s of processor time": writing > MOST_DIGEST,
    }
    return [line for line, is_missed in missed.items() if is_missed]


if __name__ == "__main__":
    main()
