"""Usage of one call: tokens, seconds and dollars, summed over its tries.

Invariant: every answer that a provider will bill is added once, also those that were of no use; where one of them says
nothing of its tokens, the dollars of the whole are unknown.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from digest.llm.pricing import PriceTable, TokenCount
from store.records.editions import Usage


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
