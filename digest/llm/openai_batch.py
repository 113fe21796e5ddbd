"""OpenAI batches: the Batch API, a file of chat completions handed in whole.

Invariant: a batch carries our marker in its metadata, so that one whose id was lost is found by it; a file that was
uploaded and never handed in costs nothing and is left to expire.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Literal

import openai
from openai.types import Batch, CompletionUsage
from pydantic import ValidationError

from digest.http_client import limit_exchange
from digest.llm.batch_port import MARKER_KEY, BatchReply, BatchRequest
from digest.llm.chat import Finish
from digest.llm.failures import translate_errors, unexpected_answer_fault
from digest.llm.openai import build_request, endpoint_of, parse_finish
from digest.ports import BatchFound, BatchProgress, T
from digest.retry import Deadline
from store.records.lazy_text import LazyText, lazy_gettext

_SENT_PARAMETERS = frozenset({"max_completion_tokens", "schema"})
_ENDPOINT: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_END_STATES = ("completed", "expired", "cancelled", "failed")
_PAGE = 100
_CLOCK_SKEW_SECONDS = 120.0  # seconds between our clock and the provider's


class OpenAIBatches:
    """A `BatchChat`. seconds: for one exchange."""

    def __init__(
        self,
        client: openai.OpenAI,
        model_id: str,
        *,
        provider: str = "openai",
        seconds: float = 60.0,
        effort: str = "",
    ) -> None:
        self._client = client.with_options(max_retries=0)
        self._endpoint = endpoint_of(client, provider, model_id)
        self._seconds, self._effort = seconds, effort
        self.model = self._endpoint.model

    def submit(self, marker: str, asks: Sequence[BatchRequest]) -> str:
        lines = "\n".join(json.dumps(self._line(ask), ensure_ascii=False) for ask in asks)
        upload = (f"paperroute-{marker}.jsonl", lines.encode(), "application/jsonl")
        file = self._exchanged(lambda: self._client.files.create(file=upload, purpose="batch"))
        batch = self._exchanged(
            lambda: self._client.batches.create(
                input_file_id=file.id, endpoint=_ENDPOINT, completion_window="24h", metadata={MARKER_KEY: marker}
            )
        )
        return str(batch.id)

    def find(self, marker: str, since: datetime, count: int, known: Collection[str]) -> BatchFound | None:  # noqa: ARG002
        """By the marker alone: it is in the metadata."""
        return self._exchanged(lambda: self._found(marker, since))

    def poll(self, batch_id: str) -> BatchProgress:
        batch = self._exchanged(lambda: self._client.batches.retrieve(batch_id))
        counts, files = batch.request_counts, batch.output_file_id or batch.error_file_id
        failure = (
            self._refusal(batch) if batch.status == "failed" or (batch.status in _END_STATES and not files) else ""
        )
        return BatchProgress(
            batch.status in _END_STATES, counts.completed if counts else 0, counts.total if counts else 0, failure
        )

    def replies(self, batch_id: str) -> list[BatchReply]:
        batch = self._exchanged(lambda: self._client.batches.retrieve(batch_id))
        files = [file for file in (batch.output_file_id, batch.error_file_id) if file]
        texts = [self._exchanged(lambda file=file: self._client.files.content(file)).text for file in files]  # type: ignore[misc]
        return [reply for text in texts for line in text.splitlines() if (reply := _parse_reply(line))]

    def cancel(self, batch_id: str) -> None:
        self._exchanged(lambda: self._client.batches.cancel(batch_id))

    def _line(self, ask: BatchRequest) -> dict[str, Any]:
        sent = _SENT_PARAMETERS | ({"effort"} if self._effort else set())
        body = build_request(ask.order, ask.order.most_tokens, sent, self._effort)
        body = {"model": self._endpoint.model_id} | {name: value for name, value in body.items() if name != "stream"}
        return {"custom_id": ask.id, "method": "POST", "url": _ENDPOINT, "body": body}

    def _found(self, marker: str, since: datetime) -> BatchFound | None:
        """Newest first, so what is older than `since` ends the search."""
        for batch in self._client.batches.list(limit=_PAGE):
            if (batch.metadata or {}).get(MARKER_KEY) == marker:
                return BatchFound(str(batch.id), certain=True)
            if batch.created_at < since.timestamp() - _CLOCK_SKEW_SECONDS:
                break
        return None

    def _refusal(self, batch: Batch) -> LazyText:
        said = "; ".join(error.message or "" for error in ((batch.errors and batch.errors.data) or ())[:3])
        words = self._endpoint.quoted(said).rstrip(".")
        what = lazy_gettext("the batch ended as {status:quoted}", status=batch.status)
        if words:
            what = lazy_gettext("{what}: {said}", what=what, said=words)
        return lazy_gettext("{model}: {what}.", model=self._endpoint.model, what=what)

    def _exchanged(self, ask: Callable[[], T]) -> T:
        with translate_errors(self._endpoint, openai.OpenAIError), limit_exchange(Deadline(self._seconds)):
            answer = ask()
            if isinstance(answer, str):  # how the SDK hands on a web page
                raise unexpected_answer_fault(self._endpoint, lazy_gettext("a web page"))
            return answer


def _parse_reply(line: str) -> BatchReply | None:
    """One line of a results file; None where it is none: its paper counts as missing."""
    try:
        told = json.loads(line)
        id_, response = str(told["custom_id"]), told.get("response") or {}
        if told.get("error") or response.get("status_code") != 200:
            return BatchReply(id_, failure=_failure_kind(told.get("error") or {}))
        return _parse_completion(id_, response["body"])
    except (ValueError, TypeError, AttributeError, KeyError, IndexError):
        return None


def _failure_kind(error: dict[str, Any]) -> str:
    code = str(error.get("code") or "")
    return {"batch_expired": "expired", "batch_cancelled": "cancelled"}.get(code, "bad_request")


def _parse_completion(id_: str, body: dict[str, Any]) -> BatchReply:
    choice = body["choices"][0]
    message = choice["message"]
    end: Finish = parse_finish(
        str(choice.get("finish_reason") or ""), str(message.get("refusal") or ""), _parse_usage(body)
    )
    return BatchReply(id_, str(message.get("content") or ""), end)


def _parse_usage(body: dict[str, Any]) -> CompletionUsage | None:
    try:
        return CompletionUsage.model_validate(body.get("usage"))
    except ValidationError:
        return None
