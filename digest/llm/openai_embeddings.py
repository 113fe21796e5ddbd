"""Embeddings of OpenAI, or of any server that speaks its embeddings API.

Invariant: row i belongs to text i, has length 1 (a blank text: a zero row) and exactly the configured number of
dimensions; a server that says otherwise is an error, never a vector.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import openai
from openai.types import CreateEmbeddingResponse

from digest.errors import ModelError
from digest.fan_out import Reopenable
from digest.llm.budget import UsageTally
from digest.llm.concurrency import ConcurrencyLimiter
from digest.llm.failures import ModelFault, other_type_fault, translate_errors, unexpected_answer_fault
from digest.llm.openai import endpoint_of
from digest.llm.pricing import PriceTable, TokenCount
from digest.llm.retry import RetryPolicy
from digest.ports import Answer, Vectors
from digest.retry import Deadline
from store.records.lazy_text import lazy_gettext

_MOST_TOKENS = 8_000  # of one text; the API takes 8,192
_BATCH_TOKENS = 200_000  # of one request; the API takes 300,000
_BATCH_ITEMS = 256  # of one request; the API takes 2,048, other servers fewer


def estimate_text_tokens(text: str) -> int:
    """Rather too many than too few: 3 characters of ASCII make a token, 2 bytes of anything else."""
    characters, size = len(text), len(text.encode(errors="replace"))
    beyond = size - characters  # bytes beyond the first of each character; none in ASCII
    others = sum(not char.isascii() for char in text) if beyond else 0
    return (characters - others + 2) // 3 + (beyond + others + 1) // 2


def cut_to_tokens(text: str, most_tokens: int = _MOST_TOKENS) -> tuple[str, bool]:
    """The text as it is embedded, and whether it was cut to fit; a title and an abstract never are."""
    if estimate_text_tokens(text) <= most_tokens:
        return text, False
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if estimate_text_tokens(text[:middle]) <= most_tokens else (low, middle - 1)
    return text[:low], True


class OpenAIEmbedder(Reopenable):
    """An `Embedder`. dimensions: shorten the vectors to so many; None for as many as the model gives."""

    def __init__(
        self,
        client: openai.OpenAI,
        model_id: str,
        *,
        provider: str = "openai",
        dimensions: int | None = None,
        limiter: ConcurrencyLimiter,
        prices: PriceTable,
        deadline_seconds: float = 60.0,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client.with_options(max_retries=0)
        self._endpoint = endpoint_of(client, provider, model_id)
        self._dimensions, self._prices = dimensions, prices
        self._retry_policy = RetryPolicy(self._endpoint, limiter, deadline_seconds, wait)
        self.model = f"{self._endpoint.model}@{dimensions}" if dimensions else self._endpoint.model

    def embed(self, texts: Sequence[str]) -> Answer[Vectors]:
        tally, deadline = UsageTally("embedding", self.model, self._prices), self._retry_policy.begin()
        wanted = [(row, cut_to_tokens(text)[0]) for row, text in enumerate(texts) if text.strip()]
        try:
            found = [self._vectors([text for _, text in batch], tally, deadline) for batch in split_batches(wanted)]
        except ModelFault as fault:
            fault.usage = tally.usage() if tally else None
            raise
        return Answer(self._placed(len(texts), [row for row, _ in wanted], found), tally.usage())

    def _placed(self, count: int, rows: list[int], found: list[Vectors]) -> Vectors:
        sizes = {part.shape[1] for part in found} or {self._dimensions or 0}
        if len(sizes) > 1:
            raise unexpected_answer_fault(self._endpoint, lazy_gettext("vectors of different lengths"))
        placed = np.zeros((count, sizes.pop()), dtype=np.float32)
        if found:
            placed[rows] = np.concatenate(found)
        return placed

    def _vectors(self, texts: list[str], tally: UsageTally, deadline: Deadline) -> Vectors:
        answer = self._retry_policy.ask(lambda: self._answer(texts, tally), deadline)
        with translate_errors(self._endpoint):
            ordered = sorted(answer.data, key=lambda entry: entry.index)
            if [entry.index for entry in ordered] != list(range(len(texts))):
                what = lazy_gettext("{n} vectors for {texts} texts", n=len(ordered), texts=len(texts))
                raise unexpected_answer_fault(self._endpoint, what)
            return self._unit(np.array([entry.embedding for entry in ordered], dtype=np.float32))

    def _answer(self, texts: list[str], tally: UsageTally) -> CreateEmbeddingResponse:
        size = openai.omit if self._dimensions is None else self._dimensions
        with tally.timed(), translate_errors(self._endpoint, openai.OpenAIError):
            create = self._client.embeddings.with_raw_response.create
            response = create(model=self._endpoint.model_id, input=texts, dimensions=size)
            if "json" not in (content_type := response.headers.get("content-type", "")):
                raise other_type_fault(self._endpoint, content_type)
            answer = response.parse()
        tally.add(TokenCount(answer.usage.prompt_tokens or 0) if answer.usage else None)
        return answer

    def _unit(self, vectors: Vectors) -> Vectors:
        """Cut to the dimensions, where the server ignored the wish; what is left points on as before, at length 1."""
        if vectors.ndim != 2 or not np.isfinite(vectors).all():
            raise unexpected_answer_fault(self._endpoint, lazy_gettext("vectors that are none"))
        if self._dimensions is not None:
            if vectors.shape[1] < self._dimensions:
                raise self._too_short(vectors.shape[1])
            vectors = vectors[:, : self._dimensions]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        lengths[lengths == 0] = 1
        unit: Vectors = (vectors / lengths).astype(np.float32)
        return unit

    def _too_short(self, size: int) -> ModelError:
        what = lazy_gettext(
            "{model} gives vectors of {size} dimensions; {wanted} are configured.",
            model=self._endpoint.model,
            size=str(size),
            wanted=str(self._dimensions),
        )
        return ModelFault(what, kind="bad_request", hint=lazy_gettext("Configure fewer dimensions, or none."))


def split_batches(texts: Sequence[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """In order, each small enough for one request."""
    batch: list[tuple[int, str]] = []
    tokens = 0
    for row, text in texts:
        size = estimate_text_tokens(text)
        if batch and (len(batch) == _BATCH_ITEMS or tokens + size > _BATCH_TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append((row, text))
        tokens += size
    if batch:
        yield batch
