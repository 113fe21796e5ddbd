"""The built-in survey over 60 papers: seconds and memory of a whole process, and what a second question costs.

    python -m bench.pipeline

Prints, for a fresh process each: the first survey (nothing in the store), the same with everything in the store under
another question, and the kept edition asked again; wall time with the interpreter's start, and peak memory.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

PAPERS = 60
QUESTIONS = ("LoRA for image generation", "How is LoRA used in image generation?", "LoRA for image generation")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sample(Path(folder) / "papers.jsonl")
        print(
            f"{'run':34}{'seconds':>9}{'in pipeline':>13}{'peak MB':>9}{'vectors':>9}{'summaries':>11}{'coverage':>10}"
        )
        first = None
        for name, question in zip(
            ("first, empty store", "other question, same papers", "first question again"), QUESTIONS, strict=True
        ):
            took, made = timed(Path(folder), question)
            first = first or took
            print(
                f"{name:34}{took:9.2f}{made['seconds']:13.2f}{made['megabytes']:9.0f}{made['embedded']:9}"
                f"{made['summarised']:11}{made['coverage']:10.0%}   {took / first:.2f} x the first"
            )


def sample(path: Path) -> None:
    """60 papers on one question: the bundled ones, and copies of them with their sentences in another order.

    Each says in so many words what it is about, so that every filter and every stand-in for arXiv keeps all of them.
    """
    lines = files("digest.sources").joinpath("sample.jsonl").read_text().splitlines()
    papers = [
        paper
        for line in lines
        if "image" in (text := (paper := json.loads(line)).get("abstract", "")) and "LoRA" in text
    ]
    shuffle = random.Random(7)
    for number in range(PAPERS - len(papers)):
        sentences = papers[number]["abstract"].split(". ")
        shuffle.shuffle(sentences)
        papers.append(papers[number] | {"id": f"2501.{number:05}", "abstract": ". ".join(sentences)})
    subject = " It is about LoRA for image generation."
    path.write_text("\n".join(json.dumps(paper | {"abstract": paper["abstract"] + subject}) for paper in papers))


def timed(folder: Path, question: str) -> tuple[float, dict[str, float]]:
    began = time.perf_counter()
    command = [sys.executable, "-m", "bench.pipeline", "--child", str(folder), question]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return time.perf_counter() - began, json.loads(done.stdout)


def child(folder: str, question: str) -> None:
    from digest.extractive.embedder import WordLlamaEmbedder
    from digest.extractive.queries import KeywordQueries
    from digest.extractive.summaries import ExtractiveSummaries
    from digest.extractive.synthesis import AssembledSynthesis
    from digest.pipeline.pipeline import survey
    from digest.pipeline.services import Services, SurveyRequest, SurveySettings
    from digest.run_context import RunContext
    from digest.sources.sample import SampleSource
    from store import Store

    with Store.open(Path(folder) / "p.db") as store, ThreadPoolExecutor(8) as executor:
        models = KeywordQueries(), WordLlamaEmbedder(), ExtractiveSummaries(), AssembledSynthesis()
        services = Services(store, SampleSource(Path(folder) / "papers.jsonl"), *models, executor)
        run = RunContext()
        edition = survey(SurveyRequest(question), services, SurveySettings(), run)
        made = run.seconds.get("freeze") is not None
    counts = edition.counts
    assert counts.kept == PAPERS, counts
    assert counts.unknown_markers == 0, counts
    print(
        json.dumps(
            {
                "seconds": run.total_seconds(),
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "embedded": counts.embedded if made else 0,
                "summarised": counts.summarised if made else 0,
                "coverage": counts.cited / counts.kept,
            }
        )
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main()
