"""Task log: stands in for the usage log in a task that another process runs, where no store is at hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.fan_out import task_calls
from store.tables.usage import CallRecord


class CallLog(Protocol):
    """Where calls are put down, and what they took."""

    def add(self, record: CallRecord, /) -> None: ...

    def usd(self, since: datetime, /) -> float:
        """Dollars of all calls since then, as far as they are known."""
        ...


@dataclass(frozen=True)
class TaskLog:
    """Its calls go back with the task's result, to be put down there. spent: dollars when it was handed over."""

    spent: float = 0.0

    def add(self, record: CallRecord) -> None:
        task_calls().append(record)

    def usd(self, since: datetime) -> float:  # noqa: ARG002 - a task is over long before the day is
        return self.spent + sum(call.usage.usd or 0.0 for call in task_calls())
