"""Anthropic batches: the Message Batches API.

Invariant: the API keeps no name of ours with a batch, only an id with each question, which it shows once the batch has
ended. So one whose own id was lost is known by those ids where it has ended, and else by its time and its size; what it
brings is held against the marker again (`digest/generative/batched_summaries.py`), so that another's batch, taken for
ours, does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import anthropic
from anthropic.types import Message
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

from digest.http_client import limit_exchange
from digest.llm.anthropic import build_request, endpoint_of, parse_finish, usage_counts
from digest.llm.batch_port import BatchReply, BatchRequest
from digest.llm.failures import translate_errors, unexpected_answer_fault
from digest.ports import BatchFound, BatchProgress, T
from digest.retry import Deadline
from store.records.lazy_text import lazy_gettext

_SENT_PARAMETERS = frozenset({"schema", "effort", "cache"})
_FAILURES = {"expired": "expired", "canceled": "cancelled"}
_PAGE = 100
_CLOCK_SKEW = timedelta(minutes=2)  # between our clock and the provider's


class AnthropicBatches:
    """A `BatchChat`. seconds: for one exchange."""

    def __init__(
        self,
        client: anthropic.Anthropic,
        model_id: str,
        *,
        provider: str = "anthropic",
        seconds: float = 60.0,
        effort: str = "low",
    ) -> None:
        self._client = client.with_options(max_retries=0)
        self._endpoint = endpoint_of(client, provider, model_id)
        self._seconds, self._effort = seconds, effort
        self.model = self._endpoint.model

    def submit(self, marker: str, asks: Sequence[BatchRequest]) -> str:  # noqa: ARG002 - it is in the questions' ids
        requests: list[Any] = [{"custom_id": ask.id, "params": self._params(ask)} for ask in asks]
        return str(self._exchanged(lambda: self._client.messages.batches.create(requests=requests)).id)

    def find(self, marker: str, since: datetime, count: int, known: Collection[str]) -> BatchFound | None:
        listed = self._exchanged(lambda: self._client.messages.batches.list(limit=_PAGE))
        recent = [batch for batch in listed.data if batch.created_at >= since - _CLOCK_SKEW and batch.id not in known]
        alike = [batch for batch in recent if _count_requests(batch) == count]
        ended = [batch for batch in alike if batch.processing_status == "ended" and batch.results_url]
        if own := next((batch for batch in ended if self._is_own(batch, marker)), None):
            return BatchFound(own.id, certain=True)
        running = sorted((batch for batch in alike if batch not in ended), key=lambda batch: batch.created_at)
        return BatchFound(running[0].id, certain=False) if running else None

    def poll(self, batch_id: str) -> BatchProgress:
        batch = self._exchanged(lambda: self._client.messages.batches.retrieve(batch_id))
        ended, total = batch.processing_status == "ended", _count_requests(batch)
        done = total - batch.request_counts.processing
        if not ended or batch.results_url:
            return BatchProgress(ended, done, total)
        gone = lazy_gettext("{model}: the batch's results are gone.", model=self._endpoint.model)
        return BatchProgress(ended, done, total, gone)

    def replies(self, batch_id: str) -> list[BatchReply]:
        return self._exchanged(
            lambda: [self._reply(entry) for entry in self._client.messages.batches.results(batch_id)]
        )

    def cancel(self, batch_id: str) -> None:
        self._exchanged(lambda: self._client.messages.batches.cancel(batch_id))

    def _params(self, ask: BatchRequest) -> dict[str, Any]:
        return {"model": self._endpoint.model_id} | build_request(
            ask.order, ask.order.most_tokens, _SENT_PARAMETERS, self._effort
        )

    def _is_own(self, batch: MessageBatch, marker: str) -> bool:
        first = self._exchanged(lambda: next(iter(self._client.messages.batches.results(batch.id)), None))
        return first is not None and first.custom_id.startswith(f"{marker}-")

    def _reply(self, entry: MessageBatchIndividualResponse) -> BatchReply:
        if entry.result.type == "errored":
            refused = entry.result.error.error.type == "invalid_request_error"
            return BatchReply(entry.custom_id, failure="bad_request" if refused else "down")
        if entry.result.type != "succeeded":
            return BatchReply(entry.custom_id, failure=_FAILURES[entry.result.type])
        message: Message = entry.result.message
        text = "".join(block.text for block in message.content if block.type == "text")
        return BatchReply(
            entry.custom_id, text, parse_finish(message.stop_reason or "", "", usage_counts(message.usage))
        )

    def _exchanged(self, ask: Callable[[], T]) -> T:
        with translate_errors(self._endpoint, anthropic.AnthropicError), limit_exchange(Deadline(self._seconds)):
            answer = ask()
            if isinstance(answer, str):  # how the SDK hands on a web page
                raise unexpected_answer_fault(self._endpoint, lazy_gettext("a web page"))
            return answer


def _count_requests(batch: MessageBatch) -> int:
    counts = batch.request_counts
    return counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
