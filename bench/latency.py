"""A survey by language models of fixed latency: how near its wall time is to what nothing could beat.

    python -m bench.latency

The models and arXiv are a process of their own, reached over HTTP (bench.stand_in). Prints, for 60 papers: the wall
time over the critical path (the latencies that can only follow each other) and over the article's pipeline, measured
in the same run; when the first text is on the screen; what a second question over the same papers costs; and that a
model which cites a third of its papers, and one that is not there, leaves no broken marker.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.summary import finish
from digest.pipeline.services import SurveyRequest
from digest.run_context import Finished, RunContext, RunEvent, TextSoFar
from paperroute.compose.app import App, open_app
from paperroute.config.load import Config
from store.records.editions import Edition

PAPERS, WIDTH = 60, 32
FIRST, SECOND = "LoRA for image generation", "Image generation with LoRA"
SECONDS = {
    "arxiv": 0.5, "queries": 1.0, "questions": 1.0, "relevance": 1.0, "embedding": 0.5, "summary": 1.5, "section": 6.0,
    "outline": 3.0, "verification": 1.0, "opening": 3.0, "single": 20.0,
}  # fmt: skip
SUMMARIES = SECONDS["summary"] * math.ceil(PAPERS / WIDTH)  # 32 side by side, then the others
PLANNED = SECONDS["embedding"] + SECONDS["outline"]  # beside the summaries
WRITING = SECONDS["section"] + SECONDS["opening"] + 2 * SECONDS["verification"]  # each is verified
FINDING = SECONDS["questions"] + SECONDS["arxiv"] + SECONDS["relevance"]
CRITICAL = FINDING + max(SUMMARIES, PLANNED) + WRITING


_ONE_SECTION = '<paper number="1"><title>All of it</title></paper><section number="1">\nPapers: 1\n</section>'


class StandIn:
    """The other process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.urls = self._read()

    def asked(self) -> dict[str, int]:
        """How often each role was asked since the last time."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


@contextmanager
def stand_in(seconds: dict[str, float], *, lazy: bool = False) -> Iterator[StandIn]:
    command = [sys.executable, "-m", "bench.stand_in", json.dumps({"seconds": seconds, "lazy": lazy})]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield StandIn(process)
        assert process.stdin
        process.stdin.close()


@contextmanager
def opened(models: StandIn) -> Iterator[App]:
    roles = dict.fromkeys(("queries", "summary", "synthesis"), "local:model") | {"embedding": "local:vectors"}
    with tempfile.TemporaryDirectory() as folder:
        config = Config.model_validate(
            {
                "store": {"path": Path(folder) / "p.db"},
                "arxiv": {"api_url": models.urls["arxiv"]},
                "survey": {"requests": 1},  # more would measure the pauses between them
                "models": roles | {"width": WIDTH},
                "providers": {"local": {"base_url": models.urls["llm"]}},
                "prices": {"local:model": (0, 0), "local:vectors": (0, 0)},
            }
        )
        with open_app(config, {}) as app:
            yield app


class Watch:
    """When things were told, in seconds from the beginning."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.first_text = 0.0
        self.stages: list[str] = []

    def __call__(self, event: RunEvent) -> None:
        now = time.perf_counter() - self.began
        if isinstance(event, TextSoFar) and event.text and not self.first_text:
            self.first_text = now
        if isinstance(event, Finished):
            self.stages.append(f"{event.stage} {event.seconds:.2f}")


def made(app: App, question: str, what: str) -> tuple[Edition, float, Watch]:
    watch = Watch()
    edition = app.survey(SurveyRequest(question), RunContext(watch))
    wall = time.perf_counter() - watch.began
    print(f"{what}: {wall:.2f} s ({', '.join(watch.stages)})")
    return edition, wall, watch


def article(app: App, ids: list[str], urls: dict[str, str]) -> float:
    """The article's pipeline over the same models: the seconds it takes. Its route is ours, which is the faster one."""
    import requests

    from digest.ports import Prompt
    from digest.route.order import find_route

    papers = list(app.store.papers.get(ids).values())
    services = app.services
    chat = app.models.provider("local:model").chat("model", "")
    began = time.perf_counter()
    services.queries.phrases(FIRST)
    for number in range(3):
        time.sleep(max(0.0, began + SECONDS["queries"] + 3 * number - time.perf_counter()))
        asked = {"search_query": "all:lora", "max_results": "100"}
        requests.get(urls["arxiv"], params=asked, headers={"Accept": "*/*"}, timeout=30).raise_for_status()
    vectors = services.embedder.embed([paper.text for paper in papers]).value
    find_route(vectors)
    with ThreadPoolExecutor(WIDTH) as executor:
        list(executor.map(lambda paper: services.summary.summarise(paper, "en"), papers))
    chat.write(Prompt("It is cut into sections.", _ONE_SECTION), role="synthesis", most_tokens=4000)
    return time.perf_counter() - began


_missed: list[str] = []


def verdict(name: str, value: float, target: float, *, least: bool = False) -> None:
    good = value >= target if least else value <= target
    line = f"{name:58}{value:8.2f}   {'at least' if least else 'at most'} {target:<5}"
    print(f"{line} {'ok' if good else 'MISSED'}")
    if not good:
        _missed.append(" ".join(line.split()))


def broken(edition: Edition) -> int:
    """Markers in the final text that name no paper of the edition."""
    texts = [edition.opening, *(section.text for section in edition.sections)]
    numbers = [int(number) for text in texts for number in re.findall(r"\[(\d+)\]", text)]
    return sum(not 1 <= number <= len(edition.papers) for number in numbers)


def print_speed() -> None:
    with stand_in(SECONDS) as models, opened(models) as app:
        began = time.perf_counter()
        assert app.services.single_call is None  # loads the SDK and opens the connections, which a service does once
        print(f"loading the SDK, once a process: {time.perf_counter() - began:.2f} s")
        first, wall, watch = made(app, FIRST, "first survey, empty store")
        assert first.counts.kept == first.counts.summarised == PAPERS, first.counts
        assert all(line.ok for line in first.health), first.health
        models.asked()
        second, _, _ = made(app, SECOND, "second question, same papers")
        assert second.counts.kept == PAPERS, second.counts
        asked = models.asked()
        theirs = article(app, [paper.id for paper in first.papers], models.urls)
    print(f"critical path {CRITICAL:.2f} s, the article's pipeline {theirs:.2f} s; the second question asked {asked}")
    verdict("wall time over the critical path", wall / CRITICAL, 1.15)
    verdict("wall time over the article's pipeline", wall / theirs, 0.6)
    verdict("first text on screen over the wall time", watch.first_text / wall, 0.5)
    verdict("second question: papers summarised again", asked.get("summary", 0), 0)
    verdict("second question: papers embedded again", second.counts.embedded, 0)
    verdict("unknown markers in the final texts", broken(first) + broken(second), 0)


def print_coverage() -> None:
    with stand_in({}, lazy=True) as models, opened(models) as app:
        edition, _, _ = made(app, FIRST, "a model that cites a third")
    print(f"it cited {edition.counts.unknown_markers} times a paper that is not there; dropped")
    print(f"it cited {edition.counts.cited} of {edition.counts.kept} papers; the others stand under “Also found”")
    verdict("its unknown markers in the final text", broken(edition), 0)


if __name__ == "__main__":
    print_speed()
    print_coverage()
    finish(_missed)
