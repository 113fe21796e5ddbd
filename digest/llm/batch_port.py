"""Batch port: what a provider's batch API is asked and answers, so that both providers serve the same batches.

Invariant: a request and its reply have the same id, and every request of a batch begins with the batch's marker.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.llm.chat import Finish
from digest.llm.requests.chat_request import ChatRequest
from digest.ports import BatchFound, BatchProgress

MARKER_KEY = "paperroute"  # under which a provider keeps our marker, where it keeps one
_NO_FINISH = Finish("")


@dataclass(frozen=True)
class BatchRequest:
    """One question of a batch."""

    id: str
    order: ChatRequest


@dataclass(frozen=True)
class BatchReply:
    """What became of one question. failure: why there is no answer; then it was not billed."""

    id: str
    text: str = ""
    end: Finish = _NO_FINISH
    failure: str = ""


class BatchChat(Protocol):
    """The batches of one model of one provider. Each call is tried once. Raises ModelError."""

    model: str

    def submit(self, marker: str, asks: Sequence[BatchRequest]) -> str: ...

    def find(self, marker: str, since: datetime, count: int, known: Collection[str]) -> BatchFound | None: ...

    def poll(self, batch_id: str) -> BatchProgress: ...

    def replies(self, batch_id: str) -> list[BatchReply]: ...

    def cancel(self, batch_id: str) -> None: ...
