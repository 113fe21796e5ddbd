"""Prices of tokens, a dated table that the operator can extend; announced retirement dates of models.

Invariant: a price that is not known is unknown (None), never a guess and never a failure. Prices are dollars per
million tokens, standard service, for prompts under 100,000 tokens (some models charge more for longer ones). Only a
retirement that a vendor has announced stands here; no entry means none is announced.

Both tables are of 2026-11-22. The prices are from public documentation and release notes rather than from the vendors'
own price pages: whoever relies on a budget should hold them against those, and set what differs in [prices].
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from digest.errors import ConfigError

_BATCH_SHARE = {"openai": 0.5, "anthropic": 0.5}  # of the standard price; servers of other names promise nothing
_SNAPSHOT = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2})$")  # claude-haiku-4-5-20251001, gpt-5.5-2026-04-23


@dataclass(frozen=True)
class TokenCount:
    """What one answered call took. cached and written (into the provider's cache) are parts of input."""

    input: int = 0
    output: int = 0
    cached: int = 0
    written: int = 0

    def __add__(self, other: TokenCount) -> TokenCount:
        return TokenCount(
            self.input + other.input,
            self.output + other.output,
            self.cached + other.cached,
            self.written + other.written,
        )


@dataclass(frozen=True)
class Price:
    """Dollars per million tokens. Writing to the cache costs as much as input unless it is said otherwise."""

    input: float
    output: float
    cached: float
    written: float | None = None

    def usd(self, tokens: TokenCount) -> float:
        written = self.input if self.written is None else self.written
        plain = max(0, tokens.input - tokens.cached - tokens.written)
        parts = (
            plain * self.input,
            tokens.cached * self.cached,
            tokens.written * written,
            tokens.output * self.output,
        )
        return sum(parts) / 1e6


# The fields of a Price, in their order.
_TABLE: dict[str, tuple[float, ...]] = {
    "openai:gpt-6.2-sol": (2, 10, 0.10, 2.50),
    "openai:gpt-6.1-sol": (2, 10, 0.10, 2.50),
    "openai:gpt-6.1-terra": (1, 5, 0.05, 1.25),
    "openai:gpt-6-astra": (10, 50, 1, 12.50),
    "openai:gpt-6-sol": (2, 10, 0.20, 2.50),
    "openai:gpt-6-luna": (0.10, 0.50, 0.01, 0.125),
    "openai:gpt-5.6-sol": (4, 20, 0.40, 5),
    "openai:gpt-5.6-terra": (2, 12, 0.20, 2.50),
    "openai:gpt-5.6-luna": (0.20, 1.20, 0.02, 0.25),
    "openai:gpt-5.5": (5, 30, 0.50),
    "openai:gpt-5.4": (2.50, 15, 0.25),
    "openai:gpt-5.4-mini": (0.75, 4.50, 0.075),
    "openai:gpt-5.4-nano": (0.20, 1.25, 0.02),
    "openai:text-embedding-3-large": (0.13, 0, 0.13),
    "openai:text-embedding-3-small": (0.02, 0, 0.02),
    "anthropic:claude-opus-5-5": (4, 20, 0.20, 5),
    "anthropic:claude-sonnet-5-5": (2, 10, 0.10, 2.50),
    "anthropic:claude-haiku-5-5": (0.10, 0.50, 0.01, 0.125),
    "anthropic:claude-opus-5": (5, 25, 0.50, 6.25),
    "anthropic:claude-sonnet-5": (2, 10, 0.20, 2.50),
    "anthropic:claude-opus-4-8": (5, 25, 0.50, 6.25),
    "anthropic:claude-opus-4-7": (5, 25, 0.50, 6.25),
    "anthropic:claude-opus-4-6": (5, 25, 0.50, 6.25),
    "anthropic:claude-opus-4-5": (5, 25, 0.50, 6.25),
    "anthropic:claude-sonnet-4-6": (3, 15, 0.30, 3.75),
    "anthropic:claude-sonnet-4-5": (3, 15, 0.30, 3.75),
    "anthropic:claude-haiku-4-5": (1, 5, 0.10, 1.25),
}
_FREE = Price(input=0, output=0, cached=0)
_RETIREMENTS = {
    date(2026, 6, 15): "claude-opus-4-0 claude-sonnet-4-0 claude-opus-4 claude-sonnet-4",
    date(2026, 10, 23): "gpt-4.1-nano o4-mini o3-mini o1 gpt-4 gpt-4-turbo gpt-3.5-turbo",
    date(2026, 11, 30): "claude-sonnet-4-5",
    date(2026, 12, 11): "gpt-5 gpt-5-mini gpt-5-nano o3",
    date(2027, 1, 14): "gpt-4o gpt-4o-mini gpt-4.1 gpt-4.1-mini",
    date(2027, 4, 1): "gpt-5.1 gpt-5.4-nano",
}
_RETIREMENT_DATES = {model_id: end for end, model_ids in _RETIREMENTS.items() for model_id in model_ids.split()}


def model_family(model_id: str) -> str:
    """The id without the date of a snapshot."""
    return _SNAPSHOT.sub("", model_id)


class PriceTable:
    """The table, with the operator's rows over it."""

    def __init__(self, rows: Iterable[Mapping[str, object]] = ()) -> None:
        """Rows: model ("provider:model"), input, output, and where they differ cached, written. Raises ConfigError."""
        own, problems = _parse_rows(rows)
        if problems:
            raise ConfigError(
                f"Bad rows in the price table: {'; '.join(problems)}.",
                hint="A row: model = 'provider:model', input = 0.75, cached = 0.075, output = 4.5 ($ per million).",
            )
        self._prices = {model: Price(*row) for model, row in _TABLE.items()} | own

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PriceTable) and self._prices == other._prices

    def __hash__(self) -> int:
        return hash(frozenset(self._prices.items()))

    def of(self, model: str) -> Price | None:
        """The price of "provider:model", or of "provider:model@dimensions"; None where it is unknown."""
        model = model.partition("@")[0]
        return self._prices.get(model) or self._prices.get(model_family(model))

    def usd(self, model: str, tokens: TokenCount | None) -> float | None:
        """Dollars, None where the price is unknown, or the tokens are and they are not free."""
        if (price := self.of(model)) is None:
            return None
        if tokens is None:
            return 0.0 if price == _FREE else None
        return price.usd(tokens)

    def batch_usd(self, model: str, tokens: TokenCount | None) -> float | None:
        """Likewise of a call in a batch."""
        usd = self.usd(model, tokens)
        return None if usd is None else usd * _BATCH_SHARE.get(model.partition(":")[0], 1.0)


def _parse_rows(rows: Iterable[Mapping[str, object]]) -> tuple[dict[str, Price], list[str]]:
    prices: dict[str, Price] = {}
    problems: list[str] = []
    for number, row in enumerate(rows, 1):
        model = row.get("model")
        wrong = _row_problems(row)
        if isinstance(model, str) and model in prices:
            wrong.append("the model has a row already")
        if wrong:
            problems.append(f"row {number} ({str(model)[:60]}): {', '.join(wrong)}")
        else:
            prices[str(model)] = _parse_price(row)
    return prices, problems


def _row_problems(row: Mapping[str, object]) -> list[str]:
    wrong = [f"unknown key {key}" for key in row if key not in {"model", "input", "cached", "output", "written"}]
    if not re.fullmatch(r"[^\s:]+:\S+", str(row.get("model", ""))):
        wrong.append("model is not provider:model")
    wrong += [f"{key} is missing" for key in ("input", "output") if key not in row]
    wrong += [
        f"{key} is no price"
        for key in ("input", "cached", "output", "written")
        if key in row and not _is_price(row[key])
    ]
    return wrong


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _parse_price(row: Mapping[str, object]) -> Price:
    value = {key: float(str(row[key])) for key in row if key != "model"}
    return Price(
        input=value["input"],
        output=value["output"],
        cached=value.get("cached", value["input"]),
        written=value.get("written"),
    )


def retirement_date(model_id: str) -> date | None:
    """The announced last day of a model or of one of its dated snapshots; it may have passed."""
    return _RETIREMENT_DATES.get(model_family(model_id))
