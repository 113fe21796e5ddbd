"""Batched summaries: many prompts in one provider batch, answered within a day for half the price.

Invariant: an answer is judged as one to a plain call is, and what is unfit has no summary here: the digest asks for it
again. A reply counts only where its id begins with the batch's own marker, so that another's batch brings nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from digest.errors import ModelFailure
from digest.generative.answer_check import InvalidAnswer
from digest.generative.summaries import MAX_TOKENS, ChatSummaries, SummaryParts
from digest.llm.batch_port import BatchChat, BatchReply, BatchRequest
from digest.llm.budget import Budget, estimate_call_tokens
from digest.llm.pricing import PriceTable, TokenCount
from digest.llm.requests.chat_request import ChatRequest
from digest.llm.requests.json_schema import SchemaMismatch, parse_object, strict_json_schema, strip_thoughts
from digest.ports import BatchFound, BatchProgress, BatchResult
from store.records.editions import Paper, Summary, Usage

# Tokens granted beside those for the text: nothing is learnt from an answer that comes in hours.
THINKING_TOKENS = 8_000
_FAILURE_BY_END: dict[str, ModelFailure] = {"refused": "refused", "limit": "truncated", "": "truncated"}


class BatchedSummaries:
    """`SummaryBatches` over a provider's batches; `plain` asks and judges."""

    def __init__(self, plain: ChatSummaries, chat: BatchChat, budget: Budget, prices: PriceTable) -> None:
        self.model, self.prompt_hash = plain.model, plain.prompt_hash
        self._plain, self._chat, self._budget, self._prices = plain, chat, budget, prices

    def estimate(self, papers: Sequence[Paper], language: str) -> float | None:
        prompts = (self._plain.ask(paper, language) for paper in papers)
        tokens = sum((estimate_call_tokens(prompt, MAX_TOKENS) for prompt in prompts), TokenCount())
        return self._prices.batch_usd(self.model, tokens)

    def reserve_budget(self, usd: float | None) -> AbstractContextManager[None]:
        return self._budget.reserve(self.model, usd, "batch")

    def submit(self, marker: str, papers: Sequence[Paper], language: str) -> str:
        schema = strict_json_schema(SummaryParts)
        asks = [
            BatchRequest(
                _request_id(marker, paper.text_hash),
                ChatRequest(self._plain.ask(paper, language), MAX_TOKENS + THINKING_TOKENS, schema),
            )
            for paper in {paper.text_hash: paper for paper in papers}.values()
        ]
        return self._chat.submit(marker, asks)

    def find(self, marker: str, since: datetime, count: int, known: Collection[str]) -> BatchFound | None:
        return self._chat.find(marker, since, count, known)

    def poll(self, batch_id: str) -> BatchProgress:
        return self._chat.poll(batch_id)

    def cancel(self, batch_id: str) -> None:
        self._chat.cancel(batch_id)

    def results(self, batch_id: str, marker: str, language: str) -> tuple[BatchResult, ...]:
        own = {
            reply.id: reply for reply in self._chat.replies(batch_id) if reply.id.startswith(_request_id(marker, ""))
        }
        return tuple(self._result(reply, language) for reply in own.values())

    def _result(self, reply: BatchReply, language: str) -> BatchResult:
        summary, outcome = (None, reply.failure) if reply.failure else self._read(reply, language)
        return BatchResult(reply.id.partition("-")[2], summary, self._usage(reply), outcome)

    def _read(self, reply: BatchReply, language: str) -> tuple[Summary | None, str]:
        text = strip_thoughts(reply.text)
        if reply.end.reason != "done":
            return None, _FAILURE_BY_END[reply.end.reason]
        if not text:
            return None, "empty"
        try:
            return self._plain.fit(parse_object(text, SummaryParts), language), "ok"
        except (SchemaMismatch, InvalidAnswer):
            return None, "malformed"

    def _usage(self, reply: BatchReply) -> Usage:
        if reply.failure:
            return Usage("summary", self.model, calls=0, usd=0.0)
        tokens = reply.end.tokens or TokenCount()
        return Usage(
            role="summary",
            model=self.model,
            calls=1,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cached_tokens=tokens.cached,
            usd=self._prices.batch_usd(self.model, reply.end.tokens),
        )


def _request_id(marker: str, text_hash: str) -> str:
    return f"{marker}-{text_hash}"  # providers take 64 characters in all
