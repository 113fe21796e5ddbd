"""Section writer: streams sections of prose with [n] markers side by side, then the opening over them.

Invariant: every brief comes back as a text. One that could not be written is the list of its papers' summaries, and
says so (source "summaries"): nothing found is lost because a model failed.
Likewise there is a title for every section: the model's, found while the sections are being written, or the brief's.

Texts of a model are kept in the store (`CachedSynthesis`, `CachedSingleCall`) by the worker that had them made: between
the end of a call and the keeping of its text nothing waits, so that a killed run repeats no call that was finished,
whatever the calling thread was at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import asdict, dataclass, replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Generic, Literal

from digest.errors import PaperRouteError, failure_usage, is_fatal
from digest.ports import Answer, OpeningBrief, SectionBrief, SingleCallModel, SynthesisModel, T
from digest.run_context import CANCEL_POLL_SECONDS, RunContext
from store.records.editions import Usage, fingerprint
from store.records.lazy_text import AnyText, lazy_gettext
from store.tables.model_texts import ModelTexts

_OnText = Callable[[int, str], None]
_Task = Callable[[_OnText], Answer[T]]


@dataclass(frozen=True)
class PartialText:
    """The text of section `index` has grown."""

    index: int
    text: str


@dataclass(frozen=True)
class SectionText:
    """Section `index` is done; `failure` is the reason when it is only its papers' summaries."""

    index: int
    text: str
    answer: Answer[str] | None
    failure: AnyText = ""
    usage: Usage | None = None  # what a failure took


@dataclass(frozen=True)
class _Done(Generic[T]):
    key: int
    future: Future[Answer[T]]


def text_fingerprint(  # decision 8
    model: SynthesisModel | SingleCallModel, *briefs: SectionBrief | OpeningBrief, what: str = ""
) -> str:
    """The hash of everything that determines what is written from briefs; what: "" for their text."""
    held = (json.dumps(asdict(brief), default=str, sort_keys=True) for brief in briefs)
    return fingerprint(model.model, model.prompt_hash, what or type(briefs[0]).__name__, *held)


def write_sections(
    briefs: Sequence[tuple[int, SectionBrief]], model: SynthesisModel, executor: Executor, check: Callable[[], None]
) -> Iterator[PartialText | SectionText]:
    """The briefs' texts as they grow and as they are done, by the index that came with each brief.

    check: raises Cancelled when the work is to stop, and with it the streams that are still running.
    """
    tasks = {index: _section_task(model, index, brief) for index, brief in briefs}
    of_index = dict(briefs)
    for news in _run_tasks(tasks, executor, check):
        yield news if isinstance(news, PartialText) else _read_section(news.key, of_index[news.key], news.future)


class TextSequencer:
    """Lets a section's text through only once those before it are done, so that what is told reads from the beginning.

    Every section is told to its end, also one that was done before its turn came.
    """

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._done: set[int] = set()
        self._at = 0  # whose turn it is

    def add_text(self, index: int, text: str, *, done: bool = False) -> Iterator[tuple[int, str]]:
        """What may be told, index and text, now that this section has this text so far."""
        self._texts[index] = text
        self._done |= {index} if done else set()
        if index != self._at:
            return
        yield index, text
        while self._at in self._done:
            self._at += 1
            if self._at in self._texts:
                yield self._at, self._texts[self._at]


def write_in_one_call(
    briefs: Sequence[SectionBrief], model: SingleCallModel, executor: Executor, check: Callable[[], None]
) -> Iterator[PartialText | Answer[tuple[str, ...]]]:
    """All briefs' texts from one call. Raises ModelError where they cannot be had so."""
    for news in _run_tasks({0: lambda tell: model.write_all(briefs, tell)}, executor, check):
        yield news if isinstance(news, PartialText) else news.future.result()


def write_opening(
    brief: OpeningBrief, model: SynthesisModel, executor: Executor, check: Callable[[], None]
) -> Iterator[PartialText | Answer[str]]:
    """Likewise of the opening, whose texts have the index 0."""
    for news in _run_tasks({0: lambda tell: model.opening(brief, partial(tell, 0))}, executor, check):
        yield news if isinstance(news, PartialText) else news.future.result()


def _section_task(model: SynthesisModel, index: int, brief: SectionBrief) -> _Task[str]:
    return lambda tell: model.section(brief, partial(tell, index))


def _run_tasks(
    tasks: Mapping[int, _Task[T]], executor: Executor, check: Callable[[], None]
) -> Iterator[PartialText | _Done[T]]:
    """Start every task; give what they tell, and each one once it is done."""
    news: SimpleQueue[PartialText | _Done[T]] = SimpleQueue()
    tell = _text_callback(news, check)
    futures = {key: executor.submit(task, tell) for key, task in tasks.items()}
    for key, future in futures.items():
        future.add_done_callback(partial(_report_done, news, key))
    try:
        left = len(futures)
        while left:
            item = _next_item(news, check)
            if isinstance(item, _Done):
                left -= 1
            yield item
    finally:
        for future in futures.values():
            future.cancel()


def _report_done(news: SimpleQueue[PartialText | _Done[T]], key: int, future: Future[Answer[T]]) -> None:
    news.put(_Done(key, future))


def _next_item(news: SimpleQueue[PartialText | _Done[T]], check: Callable[[], None]) -> PartialText | _Done[T]:
    while True:
        try:
            return news.get(timeout=CANCEL_POLL_SECONDS)
        except Empty:
            check()


def _text_callback(news: SimpleQueue[PartialText | _Done[T]], check: Callable[[], None]) -> _OnText:
    """What a worker tells its texts with: it stops the worker when the run stops, and passes on what is new."""
    last: dict[int, str] = {}

    def tell(index: int, text: str) -> None:
        check()
        if last.get(index) != text:
            last[index] = text
            news.put(PartialText(index, text))

    return tell


def _read_section(index: int, brief: SectionBrief, future: Future[Answer[str]]) -> SectionText:
    try:
        answer = future.result()
    except PaperRouteError as error:
        if is_fatal(error):
            raise
        return SectionText(index, summaries_as_text(brief), None, error.text, failure_usage(error))
    return SectionText(index, answer.value, answer)


def summaries_as_text(brief: SectionBrief) -> str:
    """What stands where a section could not be written: a paragraph a paper."""
    return "\n\n".join(f"{paper.paper.title}: {paper.summary.text} [{paper.number}]" for paper in brief.papers)


class TitleJob:
    """Starts at once; close it when the titles are not wanted any more."""

    def __init__(
        self,
        briefs: Sequence[SectionBrief],
        model: SynthesisModel,
        texts: ModelTexts,
        executor: Executor,
        run: RunContext,
    ) -> None:
        self._briefs, self._run = tuple(briefs), run
        self._kept = texts.get(text_fingerprint(model, *briefs, what="titles")) if briefs else "[]"
        self._future: Future[Answer[tuple[str, ...]]] | None = None
        if self._kept is None:
            self._future = executor.submit(model.titles, self._briefs)

    def titled_briefs(self) -> list[SectionBrief]:
        """The briefs with their titles; the titles that they came with where the model failed, and health says so."""
        return [replace(brief, title=title) for brief, title in zip(self._briefs, self._titles(), strict=True)]

    def close(self) -> None:
        if self._future is not None:
            self._future.cancel()

    def _titles(self) -> Sequence[str]:
        if self._kept is not None or self._future is None:
            return tuple(json.loads(self._kept or "[]"))
        try:
            return self._run.result(self._future)
        except PaperRouteError as error:
            if is_fatal(error):
                raise
            self._run.count(failure_usage(error))
            detail = lazy_gettext("The sections are named by key words, because: {error}", error=error.text)
            self._run.add_health("synthesis", ok=False, detail=detail)
            return [brief.title for brief in self._briefs]


class CachedSynthesis:
    """A `SynthesisModel` over another."""

    def __init__(self, model: SynthesisModel, texts: ModelTexts) -> None:
        self.model, self.prompt_hash = model.model, model.prompt_hash
        self.source: Literal["extract", "model"] = model.source
        self._model, self._texts = model, texts

    def section(self, brief: SectionBrief, on_text: Callable[[str], None]) -> Answer[str]:
        answer = self._model.section(brief, on_text)
        self._texts.add(text_fingerprint(self, brief), "section", self.model, answer.value)
        return answer

    def opening(self, brief: OpeningBrief, on_text: Callable[[str], None]) -> Answer[str]:
        answer = self._model.opening(brief, on_text)
        self._texts.add(text_fingerprint(self, brief), "opening", self.model, answer.value)
        return answer

    def titles(self, briefs: Sequence[SectionBrief]) -> Answer[tuple[str, ...]]:
        answer = self._model.titles(briefs)
        self._texts.add(text_fingerprint(self, *briefs, what="titles"), "titles", self.model, json.dumps(answer.value))
        return answer

    def note(self, language: str) -> AnyText:
        return self._model.note(language)

    def written_in(self, language: str) -> str:
        return self._model.written_in(language)


class CachedSingleCall:
    """A `SingleCallModel` over another."""

    def __init__(self, model: SingleCallModel, texts: ModelTexts) -> None:
        self.model, self.prompt_hash = model.model, model.prompt_hash
        self._model, self._texts = model, texts

    def write_all(self, briefs: Sequence[SectionBrief], on_text: Callable[[int, str], None]) -> Answer[tuple[str, ...]]:
        answer = self._model.write_all(briefs, on_text)
        for brief, text in zip(briefs, answer.value, strict=True):
            self._texts.add(text_fingerprint(self, brief), "section", self.model, text)
        return answer
