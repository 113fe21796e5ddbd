"""What the pipeline tells while it works: typed events, in order, from the calling thread.

Stages, in order: queries, search, filter, embed, order, summarise, synthesise, freeze. Embed and summarise overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

LOOK_UP_SECONDS = 0.2  # how often a run that waits for its workers looks whether it was cancelled

STAGES = ("queries", "search", "filter", "embed", "order", "summarise", "synthesise", "freeze")


@dataclass(frozen=True)
class Started:
    stage: str
    total: int | None = None  # steps to come, where known


@dataclass(frozen=True)
class Advanced:
    stage: str
    done: int
    total: int


@dataclass(frozen=True)
class Waiting:
    stage: str
    seconds: float
    why: str


@dataclass(frozen=True)
class TextSoFar:
    part: str  # "opening" or the section's title
    text: str


@dataclass(frozen=True)
class Finished:
    stage: str
    seconds: float
    detail: str  # "57 papers found", for the reader


Event = Started | Advanced | Waiting | TextSoFar | Finished
Listener = Callable[[Event], None]


def counted(count: int, thing: str, things: str = "") -> str:
    """ "1 paper", "2 papers": for the closing line of a stage. things: the plural, where it takes more than an s."""
    return f"{count} {thing if count == 1 else things or f'{thing}s'}"


def silent(event: Event) -> None:
    """A listener for callers that want none."""
