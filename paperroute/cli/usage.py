"""The verb usage: what calls to language models took."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from digest.llm.budget import Budget
from digest.render.safe_text import to_verbatim_line
from paperroute.cli.session import CliSession, ListFormat
from store.records.lazy_text import format_usd
from store.tables.usage import UsageSum

_UNKNOWN_PRICE = "unknown price"


class ByChoice(StrEnum):
    """What calls can be summed by."""

    day = "day"
    topic = "topic"
    role = "role"
    model = "model"


def usage(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=3660, help="So many days, today included; days are UTC.")] = 30,
    by: Annotated[ByChoice, typer.Option(help="What calls are summed by.")] = ByChoice.day,
    format_: Annotated[ListFormat, typer.Option("--format", "-f", help="How the list is set.")] = ListFormat.text,
) -> None:
    """Show what calls to language models took: tokens, dollars, seconds."""
    session: CliSession = context.obj
    since = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    with session.app(reading=True) as app:
        rows = app.store.usage.sums(since, by.value)
        if format_ is ListFormat.json:
            session.write_document(
                json.dumps(_document(app.models.budget, rows, since, by), ensure_ascii=False, indent=2), None
            )
        elif rows:
            session.table(_table(rows, by))
        else:
            session.say(f"No language model was called since {since:%Y-%m-%d}.")
        if format_ is ListFormat.text and (budget := app.models.budget_line):
            session.say(budget)


def _document(budget: Budget, rows: Sequence[UsageSum], since: datetime, by: ByChoice) -> dict[str, object]:
    """usd: of the calls whose price is known; unpriced: how many others there are."""
    return {
        "since": since.isoformat(),
        "by": by.value,
        "rows": [asdict(row) for row in rows],
        "total": asdict(_total(rows)),
        "budget_per_day": budget.per_day,
        "spent_today": budget.spent(),
    }


def _total(rows: Sequence[UsageSum]) -> UsageSum:
    return UsageSum(
        key="total",
        calls=sum(row.calls for row in rows),
        failed=sum(row.failed for row in rows),
        retries=sum(row.retries for row in rows),
        input_tokens=sum(row.input_tokens for row in rows),
        output_tokens=sum(row.output_tokens for row in rows),
        cached_tokens=sum(row.cached_tokens for row in rows),
        usd=sum((row.usd for row in rows), 0.0),
        unpriced=sum(row.unpriced for row in rows),
        seconds=sum((row.seconds for row in rows), 0.0),
    )


def _table(rows: Sequence[UsageSum], by: ByChoice) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(by.value, no_wrap=True)
    for name in ("calls", "failed", "retries", "tokens in", "of them cached", "tokens out", "seconds", "cost"):
        table.add_column(name, justify="right")
    for row in rows if len(rows) == 1 else [*rows, _total(rows)]:
        counts = (row.calls, row.failed, row.retries, row.input_tokens, row.cached_tokens, row.output_tokens)
        table.add_row(
            to_verbatim_line(row.key) or "(not known)", *map("{:,}".format, counts), f"{row.seconds:,.0f}", _cost(row)
        )
    return table


def _cost(row: UsageSum) -> str:
    """The dollars that are known, and how many calls have no price."""
    if not row.unpriced:
        return format_usd(row.usd)
    return f"{format_usd(row.usd)} + {row.unpriced:,} of {_UNKNOWN_PRICE}"


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(usage)
