"""Section writer: streams sections of prose with [n] markers side by side, then the opening over them.

Invariant: every brief comes back as a text. One that could not be written is what a spare model makes of its papers, or
where there is none the list of their summaries, and says so: nothing found is lost because a model failed.
Likewise there is a title for every section: that of the plan, which is made before, or the brief's.

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
from digest.ports import Answer, OpeningBrief, SectionBrief, SectionOutline, SingleCallModel, SynthesisModel, T
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
    """Section `index` is done; `failure` is the reason when it is not the model's, `source` what stands there then."""

    index: int
    text: str
    answer: Answer[str] | None
    failure: AnyText = ""
    usage: Usage | None = None  # what a failure took
    source: Literal["extract", "summaries"] = "summaries"


@dataclass(frozen=True)
class OpeningText:
    """is_spare: the model failed at it."""

    text: str
    is_spare: bool = False


@dataclass(frozen=True)
class _Done(Generic[T]):
    key: int
    future: Future[Answer[T]]


def text_fingerprint(  # decision 8
    model: SynthesisModel | SingleCallModel, *briefs: SectionBrief | OpeningBrief, what: str = ""
) -> str:
    """The hash of everything that determines what is written from briefs; what: "" for their text."""
    return fingerprint(model.model, model.prompt_hash, what or type(briefs[0]).__name__, *map(_as_text, briefs))


def _as_text(brief: SectionBrief | OpeningBrief) -> str:
    """All of it; of the survey, which is long and the same for every section, its key."""
    survey = brief.survey if isinstance(brief, SectionBrief) else None
    own = replace(brief, survey=None) if isinstance(brief, SectionBrief) else brief
    return json.dumps([asdict(own), survey.key if survey else ""], default=str, sort_keys=True)


def write_sections(
    briefs: Sequence[tuple[int, SectionBrief]],
    model: SynthesisModel,
    spare: SynthesisModel | None,
    executor: Executor,
    check: Callable[[], None],
) -> Iterator[PartialText | SectionText]:
    """The briefs' texts as they grow and as they are done, by the index that came with each brief.

    spare: writes what the model failed at.
    check: raises Cancelled when the work is to stop, and with it the streams that are still running.
    """
    tasks = {index: _section_task(model, index, brief) for index, brief in briefs}
    of_index = dict(briefs)
    for news in _run_tasks(tasks, executor, check):
        if isinstance(news, PartialText):
            yield news
        else:
            yield _read_section(news.key, of_index[news.key], spare, news.future)


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
        if text and last.get(index) != text:
            last[index] = text
            news.put(PartialText(index, text))

    return tell


def _read_section(
    index: int, brief: SectionBrief, spare: SynthesisModel | None, future: Future[Answer[str]]
) -> SectionText:
    try:
        answer = future.result()
    except PaperRouteError as error:
        if is_fatal(error):
            raise
        if spare is None:
            return SectionText(index, summaries_as_text(brief), None, error.text, failure_usage(error))
        # decision 157
        text = spare.section(brief, _tell_nobody).value
        return SectionText(index, text, None, error.text, failure_usage(error), "extract")
    return SectionText(index, answer.value, answer)


def _tell_nobody(text: str) -> None:
    """For a text that is there at once."""


def summaries_as_text(brief: SectionBrief) -> str:
    """What stands where a section could not be written: a paragraph a paper."""
    return "\n\n".join(f"{paper.paper.title}: {paper.summary.text} [{paper.number}]" for paper in brief.papers)


class OutlineJob:
    """The plan of a survey's sections, under way from the start as `PendingWork`: none where the model makes none, or
    failed at it; then health says so.
    """

    def __init__(
        self,
        briefs: Sequence[SectionBrief],
        model: SynthesisModel,
        texts: ModelTexts,
        executor: Executor,
        run: RunContext,
    ) -> None:
        self._run = run
        kept = texts.get(text_fingerprint(model, *briefs, what="outline"))
        self._outlines: tuple[SectionOutline, ...] = _read_outlines(kept) if kept is not None else ()
        self.futures = {executor.submit(model.outline, tuple(briefs)): None} if kept is None else {}

    def keep(self, future: Future[Answer[tuple[SectionOutline, ...]]]) -> None:
        try:
            self._outlines = self._run.count_and_unwrap(future.result())
        except PaperRouteError as error:
            if is_fatal(error):
                raise
            self._run.count(failure_usage(error))
            detail = lazy_gettext(
                "The sections were written without a plan and are named by key words, because: {error}",
                error=error.text,
            )
            self._run.add_health("synthesis", ok=False, detail=detail)

    def close(self) -> None:
        """Nothing is left to be told."""

    def planned_briefs(self, briefs: Sequence[SectionBrief]) -> list[SectionBrief]:
        """The briefs with their plans, and with the titles of those; as they came where there is no plan."""
        if not self._outlines:
            return list(briefs)
        names = ["", *(plan.title for plan in self._outlines), ""]
        return [
            replace(brief, title=plan.title, plan=plan, before=names[at], after=names[at + 2])
            for at, (brief, plan) in enumerate(zip(briefs, self._outlines, strict=True))
        ]


def _read_outlines(kept: str) -> tuple[SectionOutline, ...]:
    return tuple(
        SectionOutline(one["title"], one["claim"], *(tuple(one[name]) for name in ("contrasts", "gaps", "beside")))
        for one in json.loads(kept)
    )


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

    def outline(self, briefs: Sequence[SectionBrief]) -> Answer[tuple[SectionOutline, ...]]:
        answer = self._model.outline(briefs)
        if answer.value:
            held = json.dumps([asdict(one) for one in answer.value])
            self._texts.add(text_fingerprint(self, *briefs, what="outline"), "outline", self.model, held)
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
