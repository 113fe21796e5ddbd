"""Embeddings of papers and their question: those in the store, the missing ones made side by side and kept.

Invariant: each vector is in the store before the worker that made it hands it on, so that a crash loses none; vectors
of two models never meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future

import numpy as np

from digest.ports import Answer, Embedder, Vectors
from digest.run_context import RunContext, collect_results, describe_made
from store import Store
from store.records.editions import Paper, fingerprint
from store.records.lazy_text import lazy_ngettext

_TEXTS_PER_CALL = 64  # texts an embedding call


class EmbeddingJob:
    """The vectors of papers and question, under way from the start; `collect_results` brings them."""

    def __init__(
        self,
        papers: Sequence[Paper],
        question: str,
        embedder: Embedder,
        store: Store,
        executor: Executor,
        run: RunContext,
    ) -> None:
        self._embedder, self._store, self._run, self._question = embedder, store, run, fingerprint(question)
        texts = {paper.text_hash: paper.text for paper in papers} | {self._question: question}
        self._have = store.vectors.get(texts, embedder.model)
        self._texts = len(texts.keys() - {self._question})
        missing = [(hash_, text) for hash_, text in texts.items() if hash_ not in self._have]
        self._total, self.computed = len(missing), 0
        self._stage = run.begin("embed", len(missing))
        self.futures = {
            executor.submit(self._embed_and_keep, batch): [hash_ for hash_, _ in batch]
            for batch in (missing[at : at + _TEXTS_PER_CALL] for at in range(0, len(missing), _TEXTS_PER_CALL))
        }

    def _embed_and_keep(self, batch: Sequence[tuple[str, str]]) -> Answer[Vectors]:
        """By a worker: the vectors of texts, by their hashes, made and kept."""
        answer = self._embedder.embed([text for _, text in batch])
        new = dict(zip([hash_ for hash_, _ in batch], answer.value, strict=True))
        self._store.vectors.add(self._embedder.model, new)
        return answer

    def keep(self, future: Future[Answer[Vectors]]) -> None:
        vectors: Vectors = self._run.count_and_unwrap(future.result())
        new = dict(zip(self.futures[future], vectors, strict=True))
        self._have |= new
        self.computed += len(new.keys() - {self._question})
        self._run.embedded += len(new.keys() - {self._question})
        self._stage.advance(self.computed, self._total)

    def close(self) -> None:
        self._stage.detail = describe_made(
            self.computed, self._texts, lazy_ngettext("{n} vector computed", "{n} vectors computed", self.computed)
        )
        self._stage.finish()

    @property
    def of_question(self) -> Vectors:
        """(d,), of length 1."""
        return self._have[self._question]

    def matrix(self, papers: Sequence[Paper]) -> Vectors:
        """(len(papers), d), rows of length 1."""
        return np.array([self._have[paper.text_hash] for paper in papers], dtype=np.float32)


def similarity_to_question(
    papers: Sequence[Paper],
    question: str,
    embedder: Embedder,
    store: Store,
    executor: Executor,
    run: RunContext,
) -> Sequence[float]:
    """The cosine of each paper to the question: what decides where there are too many. Raises ModelError, Cancelled."""
    job = EmbeddingJob(papers, question, embedder, store, executor, run)
    collect_results(run, job)
    return [float(cosine) for cosine in job.matrix(papers) @ job.of_question]
