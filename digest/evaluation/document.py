"""A report as blocks, and the same blocks as Markdown and as one HTML page that needs nothing beside itself.

Invariant: both forms say the same; whatever is in a block is text, never markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from templates import Environment, make_environment

_ROW = 22  # pixels of a line of the plot
_WIDTH = 360


@dataclass(frozen=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Bullets:
    lines: tuple[str, ...]


@dataclass(frozen=True)
class ReportTable:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Interval:
    name: str
    mean: float
    low: float
    high: float
    found: bool


@dataclass(frozen=True)
class IntervalPlot:
    """Drawn on the page only: its numbers stand in a table beside it."""

    intervals: tuple[Interval, ...]

    @property
    def height(self) -> int:
        return _ROW * len(self.intervals)

    @property
    def lines(self) -> list[dict[str, object]]:
        """Each interval on a scale of its own measure, with 0 in the middle."""
        return [self._line(at, one) for at, one in enumerate(self.intervals)]

    def _line(self, at: int, one: Interval) -> dict[str, object]:
        most = max(abs(one.low), abs(one.high), abs(one.mean), 1e-9) * 1.05
        low, mean, high = ((1 + value / most) * _WIDTH / 2 for value in (one.low, one.mean, one.high))
        return {"name": one.name, "found": one.found, "y": at * _ROW + _ROW / 2, "low": low, "mean": mean, "high": high}


Block = Heading | Paragraph | Bullets | ReportTable | IntervalPlot


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> ReportTable:
    return ReportTable(tuple(header), tuple(tuple(row) for row in rows))


def to_markdown(blocks: Sequence[Block]) -> str:
    return "\n\n".join(_markdown(block) for block in blocks if not isinstance(block, IntervalPlot)) + "\n"


def _markdown(block: Heading | Paragraph | Bullets | ReportTable) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {text}"
        case Paragraph(text):
            return text
        case Bullets(lines):
            return "\n".join(f"- {line}" for line in lines)
        case ReportTable(header, rows):
            return _markdown_table(header, rows)


def _markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """One that reads well as it stands."""
    shown = [[cell.replace("|", "\\|") for cell in line] for line in (header, *rows)]
    widths = [max(len(line[at]) for line in shown) for at in range(len(header))]
    lines = [shown[0], ["-" * width for width in widths], *shown[1:]]
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in padded)


def to_html(blocks: Sequence[Block], title: str) -> str:
    """A whole page: no script, nothing from elsewhere."""
    shown = [(type(block).__name__, block) for block in blocks]
    return _environment().get_template("report.html").render(title=title, blocks=shown, width=_WIDTH)


@cache
def _environment() -> Environment:
    return make_environment("evaluation", autoescape=True)
