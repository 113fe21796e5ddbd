"""Sections -> prose with [n] markers: the sections side by side, then the opening, which knows what they say.

Invariant: every brief comes back as a text. One that could not be written is the list of its papers' summaries, and
says so (source "summaries"): nothing found is lost because a model failed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import asdict, dataclass
from queue import SimpleQueue

from digest.errors import PaperRouteError
from digest.ports import Answer, OpeningBrief, SectionBrief, SynthesisModel
from store.records import digest_of


@dataclass(frozen=True)
class TextSoFar:
    """The text of section `index` has grown."""

    index: int
    text: str


@dataclass(frozen=True)
class Written:
    """Section `index` is done; `failure` is the reason when it is only its papers' summaries."""

    index: int
    text: str
    answer: Answer[str] | None
    failure: str = ""


def identity(model: SynthesisModel, brief: SectionBrief | OpeningBrief) -> str:
    """The hash of everything that determines the text of a brief."""
    return digest_of(
        model.model, model.prompt_hash, type(brief).__name__, json.dumps(asdict(brief), default=str, sort_keys=True)
    )


def write_sections(
    briefs: Sequence[tuple[int, SectionBrief]], model: SynthesisModel, executor: Executor
) -> Iterator[TextSoFar | Written]:
    """The briefs' texts as they grow and as they are done, by the index that came with each brief."""
    news: SimpleQueue[TextSoFar | int] = SimpleQueue()
    futures: dict[int, Future[Answer[str]]] = {}
    for index, brief in briefs:
        futures[index] = executor.submit(model.section, brief, _teller(news, index))
        futures[index].add_done_callback(lambda _, index=index: news.put(index))  # type: ignore[misc]
    try:
        yield from _as_they_come(dict(briefs), futures, news)
    finally:
        for future in futures.values():
            future.cancel()


def _teller(news: SimpleQueue[TextSoFar | int], index: int) -> Callable[[str], None]:
    return lambda text: news.put(TextSoFar(index, text))


def _as_they_come(
    briefs: dict[int, SectionBrief], futures: dict[int, Future[Answer[str]]], news: SimpleQueue[TextSoFar | int]
) -> Iterator[TextSoFar | Written]:
    left = len(futures)
    while left:
        item = news.get()
        if isinstance(item, TextSoFar):
            yield item
            continue
        left -= 1
        yield _written(item, briefs[item], futures[item])


def _written(index: int, brief: SectionBrief, future: Future[Answer[str]]) -> Written:
    try:
        answer = future.result()
    except PaperRouteError as error:
        return Written(index, summaries_of(brief), None, str(error))
    return Written(index, answer.value, answer)


def summaries_of(brief: SectionBrief) -> str:
    """What stands where a section could not be written: a paragraph a paper."""
    return "\n\n".join(f"{one.paper.title}: {one.summary.text} [{one.number}]" for one in brief.papers)
