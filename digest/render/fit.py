"""How much of an edition goes into a mail, counted from its start. Pure.

Invariant: taking more away never adds anything. What a reader misses least goes first: from the end, papers told in
brief, then the summaries of papers, which become lines, then these, then whole sections.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from store.records.editions import Edition


@dataclass(frozen=True)
class Fit:
    """Papers in brief, whole ones, ones as a line (whole ones too), sections."""

    beyond: int
    whole: int
    lines: int
    sections: int


def largest(edition: Edition, fits: Callable[[Fit], bool]) -> Fit:
    """The most that fits; the least there is where nothing does."""
    low, high = 0, len(edition.beyond) + 2 * len(edition.papers) + len(edition.sections)  # how much to take away
    while low < high:
        middle = (low + high) // 2
        if fits(_without(edition, middle)):
            high = middle
        else:
            low = middle + 1
    return _without(edition, low)


def _without(edition: Edition, taken: int) -> Fit:
    papers, sections, beyond = len(edition.papers), len(edition.sections), len(edition.beyond)
    rest = max(0, taken - beyond)
    return Fit(
        beyond=max(0, beyond - taken),
        whole=max(0, papers - rest),
        lines=papers - min(papers, max(0, rest - papers)),
        sections=sections - max(0, rest - 2 * papers),
    )
