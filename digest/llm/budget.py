"""Daily budget and call metering: a call queues for money that others hold, is refused where none is left, and logged.

Invariant: no paid call begins that the budget has no room for; every call is a row in the store before its answer is
handed on, so that neither a failed nor a killed run leaves a call uncounted. A day is one of UTC, and the budget is
that of all processes which share the store. What a task of another process is handed knows the budget as it stood then,
and its calls come back as values (`digest/llm/task_log.py`).

A call's usage is summed over its tries (`UsageTally`): every answer that a provider will bill is added once, also those
that were of no use; where one of them says nothing of its tokens, the dollars of the whole are unknown.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Literal

from digest.errors import Cancelled, ModelError
from digest.llm.pricing import PriceTable, TokenCount
from digest.llm.requests.documents import render_documents
from digest.llm.task_log import CallLog, TaskLog
from digest.ports import Answer, ChatModel, Embedder, Prompt, S, T, Vectors
from digest.retry import Deadline
from digest.run_context import CANCEL_POLL_SECONDS, leave_when
from store.records.editions import Usage
from store.records.lazy_text import lazy_gettext
from store.tables.usage import CallRecord

PaidWork = Literal["call", "batch"]
_MOST_QUEUED_SECONDS = 600.0  # for money that other calls hold
_CHARACTERS_PER_TOKEN = 3  # rather too few: an estimate should not be too low


def _now() -> datetime:
    return datetime.now(UTC)


def _no_check() -> None:
    """All models are known to be there."""


@dataclass(frozen=True)
class CallLabels:
    """What calls are made for. edition: the id of the one that is being made; "" for none."""

    kind: str
    topic: str = ""
    edition: str = ""
    cancel: threading.Event = field(default_factory=threading.Event)

    def __reduce__(self) -> tuple[type[CallLabels], tuple[str, str, str]]:
        """Without `cancel`, which no other process would see set."""
        return CallLabels, (self.kind, self.topic, self.edition)


class Budget:
    """Dollars a day; 0: as many as it takes. Calls under way count with their estimate.

    committed: dollars that batches under way may take, over every process that shares the store.
    """

    def __init__(
        self,
        per_day: float,
        log: CallLog,
        now: Callable[[], datetime] = _now,
        committed: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.per_day, self.now = per_day, now
        self._log, self._committed = log, committed
        self._held = 0.0
        self._released = threading.Condition()

    def __reduce__(self) -> tuple[type[Budget], tuple[float, TaskLog]]:
        """For a task elsewhere: as it stands, with what is under way here."""
        return Budget, (self.per_day, TaskLog(self.spent() + self._held if self.per_day else 0.0))

    def spent(self) -> float:  # decision 20
        """Dollars since midnight, and those of batches under way."""
        return self._committed() + self._log.usd(self.now().replace(hour=0, minute=0, second=0, microsecond=0))

    @contextmanager
    def reserve(
        self, model: str, usd: float | None, what: PaidWork = "call", cancel: threading.Event | None = None
    ) -> Iterator[None]:
        """Room for a call or a batch while it is under way; queued for while others hold what it needs.

        Raises ModelError of kind "budget" where there is none, Cancelled.
        """
        usd = usd or 0.0  # an unknown price cannot be held against a budget; `doctor` says so
        if usd and self.per_day:
            self._hold(model, usd, what, cancel or threading.Event())
        try:
            yield
        finally:
            if usd and self.per_day:
                with self._released:
                    self._held -= usd
                    self._released.notify_all()

    def _hold(self, model: str, usd: float, what: PaidWork, cancel: threading.Event) -> None:
        """Most calls take less than their estimate: what is under way leaves room once it is over."""  # decision 168
        queue = Deadline(_MOST_QUEUED_SECONDS)
        with self._released:
            while (spent := self.spent()) + self._held + usd > self.per_day:
                if spent + usd > self.per_day or not self._held or queue.left() <= 0:
                    raise _over_budget_error(model, self.per_day, spent + self._held, usd, what)
                if cancel.is_set():
                    raise Cancelled(lazy_gettext("Stopped as asked."))
                self._released.wait(CANCEL_POLL_SECONDS)
            self._held += usd


def _over_budget_error(model: str, per_day: float, spent: float, usd: float, what: PaidWork) -> ModelError:
    sums = {"budget": per_day, "spent": spent, "cost": usd}
    if what == "call":
        message = lazy_gettext(
            "{model} was not called: of today's budget of {budget:usd}, {spent:usd} is spent or under way, and this "
            "call may cost {cost:usd}.",
            model=model,
            **sums,
        )
    else:
        message = lazy_gettext(
            "{model} was not given the batch: of today's budget of {budget:usd}, {spent:usd} is spent or under way, "
            "and this batch may cost {cost:usd}.",
            model=model,
            **sums,
        )
    return ModelError(
        message,
        hint=lazy_gettext(
            "Raise models.budget_per_day, or wait until midnight UTC; what is in the store can be had meanwhile."
        ),
        permanent=True,
        kind="budget",
    )


class RetryCounter(threading.local):
    """How a model waits between two tries, and how often the call that this thread makes did so."""

    def __init__(self) -> None:
        self._count, self._cancel = 0, threading.Event()

    def __reduce__(self) -> tuple[Callable[[], RetryCounter], tuple[()]]:
        return retry_counter, ()

    def begin(self, cancel: threading.Event) -> None:
        self._count, self._cancel = 0, cancel

    def wait(self, seconds: float) -> None:
        """Raises Cancelled as soon as the run is."""
        self._count += 1
        if self._cancel.wait(seconds):
            raise Cancelled(lazy_gettext("Stopped as asked."))

    @property
    def count(self) -> int:
        return self._count


@cache
def retry_counter() -> RetryCounter:
    """That of a process which is handed tasks."""
    return RetryCounter()


@lru_cache(maxsize=64)
def _first_calls(meter: str) -> dict[str, float]:  # noqa: ARG001 - the cache's key
    """When a run's first call of each role began in this process, however often its meter is handed over."""
    return {}


class CallMeter:
    """Of one run. stage_seconds: how long after a role's first call its last one may begin. check: raises ModelError
    where nothing should be paid for, since a model is not there.
    """

    def __init__(
        self,
        purpose: CallLabels,
        budget: Budget,
        log: CallLog,
        prices: PriceTable,
        *,
        pauses: RetryCounter,
        stage_seconds: float,
        check: Callable[[], None] = _no_check,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._check = check
        self._purpose, self._budget, self._log, self._prices = purpose, budget, log, prices
        self._pauses, self._stage_seconds, self._clock = pauses, stage_seconds, clock
        self._id = os.urandom(8).hex()
        self._first: dict[str, float] = {}

    def __getstate__(self) -> dict[str, Any]:
        """For a task elsewhere: `check` is made here, before it leaves."""
        self._check()
        return {**vars(self), "_log": TaskLog(), "_check": _no_check, "_first": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _first=_first_calls(state["_id"]))

    def call(self, model: str, role: str, tokens: TokenCount, ask: Callable[[], Answer[T]]) -> Answer[T]:
        """The answer to a call that may take so many tokens. Raises ModelError where it fails, or must not be made."""
        with leave_when(self._purpose.cancel):
            self._check()
        self._in_time(model, role)
        with self._budget.reserve(model, self._prices.usd(model, tokens), cancel=self._purpose.cancel):
            self._pauses.begin(self._purpose.cancel)
            try:
                with leave_when(self._purpose.cancel):
                    answer = ask()
            except ModelError as error:
                self._note(error.usage or Usage(role, model, calls=0), error.kind)
                raise
            except BaseException:
                self._note(Usage(role, model, usd=None), "stopped")  # it is billed, and nobody will say how much
                raise
            self._note(answer.usage, "ok")
        return answer

    def _in_time(self, model: str, role: str) -> None:
        late = self._clock() - self._first.setdefault(role, self._clock())
        if late > self._stage_seconds:
            raise ModelError(
                lazy_gettext(
                    "{model} was not called: its calls of this kind have taken {n} s already.",
                    model=model,
                    n=round(late),
                ),
                hint=lazy_gettext("Set models.stage_seconds higher, or choose a faster model."),
                kind="slow",
            )

    def _note(self, usage: Usage, outcome: str) -> None:
        about = self._purpose
        self._log.add(
            CallRecord(self._budget.now(), usage, about.kind, about.topic, about.edition, self._pauses.count, outcome)
        )


class MeteredChat:
    """A `ChatModel` whose calls are metered."""

    def __init__(self, chat: ChatModel, meter: CallMeter) -> None:
        self.model = chat.model
        self._chat, self._meter = chat, meter

    def write(
        self, prompt: Prompt, *, role: str, most_tokens: int, on_text: Callable[[str], None] = lambda _: None
    ) -> Answer[str]:
        def ask() -> Answer[str]:
            return self._chat.write(prompt, role=role, most_tokens=most_tokens, on_text=on_text)

        return self._meter.call(self.model, role, estimate_call_tokens(prompt, most_tokens), ask)

    def fill(self, prompt: Prompt, shape: type[S], *, role: str, most_tokens: int) -> Answer[S]:
        def ask() -> Answer[S]:
            return self._chat.fill(prompt, shape, role=role, most_tokens=most_tokens)

        return self._meter.call(self.model, role, estimate_call_tokens(prompt, most_tokens), ask)


class MeteredEmbedder:
    """An `Embedder` whose calls are metered."""

    def __init__(self, embedder: Embedder, meter: CallMeter) -> None:
        self.model = embedder.model
        self._embedder, self._meter = embedder, meter

    def embed(self, texts: Sequence[str]) -> Answer[Vectors]:
        tokens = TokenCount(sum(map(len, texts)) // _CHARACTERS_PER_TOKEN + 1)
        return self._meter.call(self.model, "embedding", tokens, lambda: self._embedder.embed(texts))


def estimate_call_tokens(prompt: Prompt, most_tokens: int) -> TokenCount:  # decision 21
    """What a call may take: as much for the answer as for the question, since none of ours is longer than that."""
    parts = (prompt.instructions, render_documents(prompt.documents), prompt.shared, prompt.ask)
    size = sum(map(len, parts)) // _CHARACTERS_PER_TOKEN + 1
    return TokenCount(size, min(size, most_tokens))


class UsageTally:
    """model: "provider:model", as it stands in the usage table and in the price table."""

    def __init__(self, role: str, model: str, prices: PriceTable) -> None:
        self._role, self._model, self._prices = role, model, prices
        self._calls, self._seconds = 0, 0.0
        self._usd: float | None = 0.0
        self._tokens = TokenCount()

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the seconds of an exchange, but not those of queues and pauses."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._seconds += time.monotonic() - began

    def add(self, tokens: TokenCount | None) -> None:
        """An answer; None where the server says nothing of its tokens."""
        self._calls += 1
        usd = self._prices.usd(self._model, tokens)
        self._usd = None if usd is None or self._usd is None else self._usd + usd
        self._tokens += tokens or TokenCount()

    def usage(self) -> Usage:
        tokens = self._tokens
        return Usage(
            role=self._role,
            model=self._model,
            calls=self._calls,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cached_tokens=tokens.cached,
            usd=self._usd,
            seconds=round(self._seconds, 3),
        )

    def __bool__(self) -> bool:
        return self._calls > 0
