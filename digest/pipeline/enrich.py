"""Embeddings and summaries of the papers that stay: only what the store lacks, both side by side.

Invariant: each result is in the store before the worker that made it hands it on, so that a crash loses none; progress
is told by the calling thread alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from digest.errors import PaperRouteError, usage_or_raise
from digest.pipeline.services import Services
from digest.ports import Answer, SummaryModel, Vectors
from digest.run_context import RunContext
from store.records.editions import Paper, Summary, SummaryKey, Usage, fingerprint

# Papers -> summaries, side by side.
#
# Invariant: every paper given comes back exactly once, with a summary; one that could not be made is the abstract,
# and says so (source "abstract"), with the reason beside it.


@dataclass(frozen=True)
class SummaryAttempt:
    """A paper's summary as just made. `answer` is None, and `failure` the reason, when it is only the abstract."""

    paper: Paper
    summary: Summary
    answer: Answer[Summary] | None
    failure: str = ""
    usage: Usage | None = None  # what a failure took


def submit_summaries(
    papers: Sequence[Paper], model: SummaryModel, language: str, executor: Executor
) -> dict[Future[Answer[Summary]], Paper]:
    """Start a summary of each paper; read each future with `summarised`, in the order in which they are done."""
    return {executor.submit(model.summarise, paper, language): paper for paper in papers}


def read_summary(future: Future[Answer[Summary]], paper: Paper) -> SummaryAttempt:
    """The summary of a future that is done. Raises what only the operator can mend: that would fail for every paper."""
    try:
        answer = future.result()
    except PaperRouteError as error:
        return SummaryAttempt(paper, abstract_as_summary(paper), None, str(error), usage_or_raise(error))
    return SummaryAttempt(paper, answer.value, answer)


def abstract_as_summary(paper: Paper) -> Summary:
    """What stands where a summary could not be made: the abstract, labelled so."""
    return Summary("", "", "", paper.abstract, "", "abstract")


_TEXTS_PER_CALL = 64  # texts an embedding call


@dataclass(frozen=True)
class EnrichedPapers:
    """What the route and the text need of the papers, in the order in which they were given."""

    vectors: Vectors  # (n, d), unit rows
    question: Vectors  # (d,)
    summaries: tuple[Summary, ...]
    summarised: int  # papers whose summary was made now; the others' were in the store


def embed_and_summarise(
    papers: Sequence[Paper], question: str, language: str, parts: Services, run: RunContext
) -> EnrichedPapers:
    """Raises ModelError where vectors cannot be had; where a summary cannot, the abstract stands and health says so."""
    embedding = _EmbeddingJob(papers, question, parts, run)
    summarising = _SummaryJob(papers, language, parts, run)
    _collect_results(run, embedding, summarising)
    return EnrichedPapers(
        embedding.matrix(papers),
        embedding.of_question,
        tuple(summarising.done[paper.text_hash] for paper in papers),
        summarising.made,
    )


def similarity_to_question(papers: Sequence[Paper], question: str, parts: Services, run: RunContext) -> Sequence[float]:
    """The cosine of each paper to the question: what decides where there are too many."""
    embedding = _EmbeddingJob(papers, question, parts, run)
    _collect_results(run, embedding)
    return [float(cosine) for cosine in embedding.matrix(papers) @ embedding.of_question]


class _PendingWork(Protocol):
    @property
    def futures(self) -> Mapping[Future[Any], object]: ...

    def keep(self, future: Future[Any]) -> None: ...

    def close(self) -> None: ...


def _collect_results(run: RunContext, *kinds: _PendingWork) -> None:
    """Keep every result as it comes; leaving early, by error or cancel, cancels what has not begun."""
    owner = {future: kind for kind in kinds for future in kind.futures}
    left = {kind: len(kind.futures) for kind in kinds}
    try:
        for kind in [kind for kind, count in left.items() if not count]:
            kind.close()
        for future in run.as_done(owner):
            kind = owner[future]
            kind.keep(future)
            left[kind] -= 1
            if not left[kind]:
                kind.close()
    finally:
        for future in owner:
            future.cancel()


def _describe_made(count: int, total: int, what: str) -> str:
    """How many of so many were made now; the others were there."""
    if not count:
        return "all were in the store"
    return f"{count} {what}, the others were in the store" if count < total else f"{count} {what}"


class _EmbeddingJob:
    """The vectors of papers and question: those in the store, and those under way."""

    def __init__(self, papers: Sequence[Paper], question: str, parts: Services, run: RunContext) -> None:
        self._parts, self._run, self._question = parts, run, fingerprint(question)
        texts = {paper.text_hash: paper.text for paper in papers} | {self._question: question}
        self._have = parts.store.vectors.get(texts, parts.embedder.model)
        self._texts = len(texts.keys() - {self._question})
        missing = [(hash_, text) for hash_, text in texts.items() if hash_ not in self._have]
        self._total, self.computed = len(missing), 0
        self._stage = run.begin("embed", len(missing))
        self.futures = {
            parts.executor.submit(self._embedded, batch): [hash_ for hash_, _ in batch]
            for batch in (missing[at : at + _TEXTS_PER_CALL] for at in range(0, len(missing), _TEXTS_PER_CALL))
        }

    def _embedded(self, batch: Sequence[tuple[str, str]]) -> Answer[Vectors]:
        """By a worker: the vectors of texts, by their hashes, made and kept."""
        answer = self._parts.embedder.embed([text for _, text in batch])
        new = dict(zip([hash_ for hash_, _ in batch], answer.value, strict=True))
        self._parts.store.vectors.add(self._parts.embedder.model, new)
        return answer

    def keep(self, future: Future[Answer[Vectors]]) -> None:
        vectors: Vectors = self._run.count_and_unwrap(future.result())
        new = dict(zip(self.futures[future], vectors, strict=True))
        self._have |= new
        self.computed += len(new.keys() - {self._question})
        self._run.embedded += len(new.keys() - {self._question})
        self._stage.advance(self.computed, self._total)

    def close(self) -> None:
        self._stage.detail = _describe_made(self.computed, self._texts, "vectors computed")
        self._stage.finish()

    @property
    def of_question(self) -> Vectors:
        return self._have[self._question]

    def matrix(self, papers: Sequence[Paper]) -> Vectors:
        return np.array([self._have[paper.text_hash] for paper in papers], dtype=np.float32)


class _SummaryJob:
    """The summaries of papers: those in the store, and those under way; the `SummaryModel` that keeps what it makes."""

    def __init__(self, papers: Sequence[Paper], language: str, parts: Services, run: RunContext) -> None:
        self._parts, self._run = parts, run
        self._key = SummaryKey(parts.summary.model, parts.summary.prompt_hash, language)
        self.done = dict(parts.store.summaries.get([paper.text_hash for paper in papers], self._key))
        missing = {paper.text_hash: paper for paper in papers if paper.text_hash not in self.done}
        self._total, self.made, self._failures = len(missing), 0, list[str]()
        self._stage = run.begin("summarise", len(missing))
        self.model, self.prompt_hash = parts.summary.model, parts.summary.prompt_hash
        self.futures = submit_summaries(list(missing.values()), self, language, parts.executor)

    def summarise(self, paper: Paper, language: str) -> Answer[Summary]:
        """By a worker: a paper's summary, made and kept."""
        answer = self._parts.summary.summarise(paper, language)
        self._parts.store.summaries.add(paper.text_hash, self._key, answer.value)
        return answer

    def keep(self, future: Future[Answer[Summary]]) -> None:
        new = read_summary(future, self.futures[future])
        self.done[new.paper.text_hash] = new.summary
        if new.answer is None:
            self._failures.append(new.failure)
            self._run.count(new.usage)
        else:
            self._run.count_and_unwrap(new.answer)
            self.made += 1
        self._stage.advance(self.made + len(self._failures), self._total)

    def close(self) -> None:
        if self._failures:
            detail = f"{len(self._failures)} papers show their abstract, because: {self._failures[0]}"
            self._run.add_health("summary", ok=False, detail=detail)
        self._stage.detail = _describe_made(self.made, len(self.done), "summaries made")
        self._stage.finish()
