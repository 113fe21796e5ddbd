"""Parts that do their real work and write down every call that they finished, so that a repeated one can be seen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from digest.pipeline.section_writer import text_fingerprint
from digest.pipeline.services import Services
from digest.ports import Answer, Grade, ResultPage, SearchRequest
from store.records.editions import Usage


class Log:
    """Lines in a file, so that they outlive a killed process."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()

    def add(self, *words: str) -> None:
        with self._lock, self._path.open("a") as file:
            file.write(" ".join(words) + "\n")

    def lines(self) -> list[str]:
        return self._path.read_text().splitlines() if self._path.exists() else []


class _Counted:
    """Another part, with the attributes of the real one."""

    def __init__(self, real: Any, log: Log) -> None:
        self._real, self._log = real, log

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Source(_Counted):
    def search(self, request: SearchRequest, *, wait: Callable[[float, str], None]) -> Iterator[ResultPage]:
        yield from self._real.search(request, wait=wait)
        self._log.add("search", repr(request.queries))


class Embedder(_Counted):
    """Texts of papers and questions are counted; the words of section titles are not worth keeping."""

    def embed(self, texts: Sequence[str]) -> Answer[Any]:
        answer = self._real.embed(texts)
        for text in texts:
            if "\n" in text:
                self._log.add("embed", text[:60].replace("\n", " "))
        return answer


class Summaries(_Counted):
    def summarise(self, paper: Any, language: str) -> Answer[Any]:
        answer = self._real.summarise(paper, language)
        self._log.add("summarise", paper.id)
        return answer


class Synthesis(_Counted):
    def section(self, brief: Any, on_text: Callable[[str], None]) -> Answer[str]:
        answer = self._real.section(brief, on_text)
        self._log.add("section", text_fingerprint(self._real, brief))
        return answer

    def opening(self, brief: Any, on_text: Callable[[str], None]) -> Answer[str]:
        answer = self._real.opening(brief, on_text)
        self._log.add("opening", text_fingerprint(self._real, brief))
        return answer


class Grades:
    """A `RelevanceModel`: all candidates are relevant."""

    model, prompt_hash = "fake:grades", "1"

    def __init__(self, log: Log) -> None:
        self._log = log

    def grade(self, question: Any, papers: Sequence[Any]) -> Answer[Any]:
        for paper in papers:
            self._log.add("grade", paper.id)
        return Answer((Grade(1.0, "on the question"),) * len(papers), Usage("relevance", self.model))

    def most_graded(self, papers: int) -> int:
        return 2 * papers


def counted(services: Services, log: Log) -> Services:
    return replace(
        services,
        source=Source(services.source, log),
        embedder=Embedder(services.embedder, log),
        summary=Summaries(services.summary, log),
        synthesis=Synthesis(services.synthesis, log),
        relevance=Grades(log),
    )
