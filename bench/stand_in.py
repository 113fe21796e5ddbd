"""Language models and arXiv as a process of their own, with fixed latencies, over 60 papers: what bench.latency asks.

    python -m bench.stand_in ['{"seconds": {"summary": 1.5}, "lazy": true}']

Prints its addresses as JSON and answers until its standard input is closed; a line on it is answered with how often
each role was asked since the last one. seconds: of each role, and "arxiv"; prose streams out evenly over its seconds.
lazy: a section cites a third of its papers, and a paper that is not there.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from bench.pipeline import sample
from tests.doubles import llm_answers, llm_events
from tests.doubles.arxiv_server import ArxivServer, Entry
from tests.doubles.llm_server import LlmServer

STREAMED = ("section", "opening", "single")


class SlowArxiv(ArxivServer):
    seconds = 0.0

    def hits(self, query: str, sort: str) -> list[Entry]:
        time.sleep(self.seconds)
        return super().hits(query, sort)


class SlowLlm(LlmServer):
    def seconds(self, asked: dict[str, Any]) -> float:
        """Before the first byte: of exactly this role, though other roles may be named in the prompt."""
        return 0.0 if asked["role"] in STREAMED else self.latency.get(asked["role"], 0.0)


def papers() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        sample(Path(folder) / "papers.jsonl")
        return [json.loads(line) for line in (Path(folder) / "papers.jsonl").read_text().splitlines()]


def entry(paper: dict[str, Any]) -> Entry:
    return Entry(
        id=paper["id"],
        title=paper["title"],
        abstract=paper["abstract"],
        authors=tuple(paper["authors"]) or ("A. Nonymous",),
        categories=tuple(paper["categories"]),
        published=f"{paper['published'][:10]}T12:00:00Z",
    )


def lazily(asked: dict[str, Any]) -> str | dict[str, Any]:
    told = llm_answers.answer(asked)
    if asked["role"] != "section" or not isinstance(told, str):
        return told
    sentences = re.findall(r".+?\[\d+(?:\.\d+)?\][.。]", told)
    return " ".join([*sentences[::3], "What nobody wrote is cited as well [999]."])


def stream_evenly(seconds: dict[str, float]) -> None:
    """Make the pieces of a streamed answer come over its seconds rather than after them."""

    def pieces(self: Any) -> Iterator[str]:
        found = every(self)
        for piece in found:
            time.sleep(seconds[self.asked["role"]] / len(found) if self.asked["role"] in STREAMED else 0)
            yield piece

    every = llm_events.Api.pieces
    llm_events.Api.pieces = pieces  # type: ignore[method-assign,assignment]


def main(seconds: dict[str, float], lazy: bool = False) -> None:
    waits = dict.fromkeys(STREAMED, 0.0) | seconds
    found = papers()
    llm_answers.vector = cache(llm_answers.vector)  # type: ignore[assignment]  # their making is no latency of ours
    for paper in found:
        llm_answers.vector(f"{paper['title']}\n{paper['abstract']}", 256)
    stream_evenly(waits)
    with ExitStack() as stack:
        arxiv = SlowArxiv([entry(paper) for paper in found])
        arxiv.seconds = waits.pop("arxiv", 0.0)
        stack.enter_context(arxiv)
        llm = stack.enter_context(SlowLlm(lazily if lazy else llm_answers.answer, waits))
        print(json.dumps({"llm": llm.openai_url, "arxiv": arxiv.url}), flush=True)
        for _ in sys.stdin:
            print(
                json.dumps(Counter(call["role"] for call in llm.log) | Counter(arxiv=len(arxiv.requests))), flush=True
            )
            llm.log.clear()
            arxiv.requests.clear()


if __name__ == "__main__":
    main(**json.loads(sys.argv[1] if sys.argv[1:] else '{"seconds": {}}'))
