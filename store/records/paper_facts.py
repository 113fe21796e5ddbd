"""What is known of a paper beside its text, for somebody who has to choose what to read first.

Invariant: a fact that was not found is absent (None, "" or "unknown"), never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from store.records.lazy_text import AnyText

PaperRole = Literal["survey", "benchmark", "method", "application", "theory", "position", "unknown"]
StartKind = Literal[
    "survey", "relevant", "central", "code", "benchmark", "new", "cited", "application", "theory", "position"
]


@dataclass(frozen=True)
class PaperFacts:
    """centrality: how near it is to the other papers of its edition, 0..1, 1 the nearest. novelty: how far from what
    the archive had of its topic before, 0..1. citations, venue: as an index of citations has them, or (venue) the
    comment and the journal reference.
    """

    role: PaperRole = "unknown"
    centrality: float | None = None
    novelty: float | None = None
    code_url: str = ""
    data_url: str = ""
    pages: int | None = None
    venue: str = ""
    citations: int | None = None
    methods: tuple[str, ...] = ()  # that its abstract names
    datasets: tuple[str, ...] = ()  # likewise


NO_FACTS = PaperFacts()


@dataclass(frozen=True)
class CitationRecord:
    """What an index of citations has of a paper. venue: "" where it appeared nowhere but in an archive."""

    citations: int
    venue: str = ""


@dataclass(frozen=True)
class StartPaper:
    """A paper to begin with. paper: the n of its [n]. reason: one line, such as "the survey of the field"."""

    paper: int
    kind: StartKind
    reason: AnyText
