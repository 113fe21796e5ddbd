"""Embeddings of papers and their question: those in the store, the missing ones made side by side and kept.

Invariant: each vector is in the store before it is handed on, so that a crash loses none; vectors of two models never
meet: where a model fails at one, all of them are the spare model's, and health says so.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial

import numpy as np

from digest.errors import PaperRouteError, failure_usage, is_fatal
from digest.fan_out import FanOut
from digest.ports import Answer, Embedder, Vectors
from digest.run_context import RunContext, collect_results, describe_made
from store import Store
from store.records.editions import Paper, fingerprint
from store.records.lazy_text import lazy_gettext, lazy_ngettext

_TEXTS_PER_CALL = 64  # texts an embedding call

# Calls under way, each with the hashes of its texts.
EmbeddingCalls = Mapping[Future[Answer[Vectors]], list[str]]


def embed_texts(embedder: Embedder, texts: Sequence[str]) -> Answer[Vectors]:
    """A task of the fan-out."""
    return embedder.embed(texts)


def begin_embedding(
    papers: Sequence[Paper], question: str, embedder: Embedder, store: Store, fan_out: FanOut
) -> EmbeddingCalls:
    """Ask for the vectors that the store lacks; hand the calls to the `EmbeddingJob` that is to take them."""
    wanted = _texts_by_hash(papers, question)
    return _begin_calls(wanted, store.vectors.get(wanted, embedder.model), embedder, store, fan_out)


class EmbeddingJob:
    """The vectors of papers and question, under way from the start; `collect_results` brings them.

    spare: makes them all where `embedder` fails, but for what only the operator can mend; None: its error is raised.
    begun: calls for some of them, and perhaps for others, from `begin_embedding`.
    """

    def __init__(
        self,
        papers: Sequence[Paper],
        question: str,
        embedder: Embedder,
        store: Store,
        fan_out: FanOut,
        run: RunContext,
        spare: Embedder | None = None,
        begun: EmbeddingCalls | None = None,
    ) -> None:
        self._embedder, self._spare, self._store, self._run = embedder, spare, store, run
        self._question = fingerprint(question)
        self._wanted = _texts_by_hash(papers, question)
        self._texts = len(self._wanted.keys() - {self._question})
        self.computed, self._failed = 0, False
        self._have = store.vectors.get(self._wanted, embedder.model)
        calls = dict(begun or {})
        coming = {hash_ for hashes in calls.values() for hash_ in hashes}
        calls |= _begin_calls(self._wanted, self._have.keys() | coming, embedder, store, fan_out)
        self._total = sum(map(len, calls.values()))
        self._stage = run.begin("embed", self._total)
        self.futures = calls

    @property
    def model(self) -> str:
        """Whose vectors they are, once they are there."""
        return self._embedder.model

    def keep(self, future: Future[Answer[Vectors]]) -> None:
        if future.cancelled():
            return
        try:
            answer = future.result()
        except PaperRouteError as error:
            if self._spare is None or is_fatal(error):
                raise
            self._note_failure(error)
        else:
            self._keep_vectors(self.futures[future], self._run.count_and_unwrap(answer))

    def _keep_vectors(self, hashes: Sequence[str], vectors: Vectors) -> None:
        new = dict(zip(hashes, vectors, strict=True))
        self._have |= new
        self.computed += len(new.keys() - {self._question})
        self._run.embedded += len(new.keys() - {self._question})
        self._stage.advance(self.computed, self._total)

    def _note_failure(self, error: PaperRouteError) -> None:
        """Once: what has not begun is not asked for any more."""
        self._run.count(failure_usage(error))
        if not self._failed:
            self._failed = True
            for future in self.futures:
                future.cancel()
            detail = lazy_gettext("The order rests on the built-in vectors, because: {error}", error=error.text)
            self._run.add_health("embedding", ok=False, detail=detail)

    def _embed_with_spare(self, spare: Embedder) -> None:
        """All anew, in this thread: the built-in model takes a moment."""
        self._embedder = spare
        self._run.embedded -= self.computed
        self.computed = 0
        self._have = self._store.vectors.get(self._wanted, spare.model)
        for hashes, texts in _batches(self._wanted, self._have):
            answer = spare.embed(texts)
            _put_into_store(self._store, spare.model, hashes, answer)
            self._keep_vectors(hashes, self._run.count_and_unwrap(answer))

    def close(self) -> None:
        if self._failed and self._spare:
            self._embed_with_spare(self._spare)
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


def _texts_by_hash(papers: Sequence[Paper], question: str) -> dict[str, str]:
    return {paper.text_hash: paper.text for paper in papers} | {fingerprint(question): question}


def _begin_calls(
    wanted: Mapping[str, str], have: Container[str], embedder: Embedder, store: Store, fan_out: FanOut
) -> EmbeddingCalls:
    return {
        fan_out.submit(
            embed_texts, embedder, texts, keep=partial(_put_into_store, store, embedder.model, hashes)
        ): hashes
        for hashes, texts in _batches(wanted, have)
    }


def _batches(wanted: Mapping[str, str], have: Container[str]) -> Iterable[tuple[list[str], list[str]]]:
    """Hashes and texts of what is not there yet, in portions of a call."""
    missing = [hash_ for hash_ in wanted if hash_ not in have]
    portions = (missing[at : at + _TEXTS_PER_CALL] for at in range(0, len(missing), _TEXTS_PER_CALL))
    return ((hashes, [wanted[hash_] for hash_ in hashes]) for hashes in portions)


def _put_into_store(store: Store, model: str, hashes: Sequence[str], answer: Answer[Vectors]) -> None:
    store.vectors.add(model, dict(zip(hashes, answer.value, strict=True)))


def similarity_to_question(
    papers: Sequence[Paper],
    question: str,
    embedder: Embedder,
    store: Store,
    fan_out: FanOut,
    run: RunContext,
) -> Sequence[float]:
    """The cosine of each paper to the question: what decides where there are too many. Raises ModelError, Cancelled."""
    job = EmbeddingJob(papers, question, embedder, store, fan_out, run)
    collect_results(run, job)
    return [float(cosine) for cosine in job.matrix(papers) @ job.of_question]
