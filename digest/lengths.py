"""Lengths of an edition: short, standard or full, as a choice of what is shown. Pure.

Invariant: every length names and links every paper and has the whole opening; "full" is the edition as it is.

"standard" tells each paper once: one that a section's text speaks of has no summary beside it. "short" has a line a
paper in place of the sections' texts.
"""

from __future__ import annotations

from dataclasses import replace

from store.records.editions import Edition, EditionLength, EditionPaper, Section, Summary

_UNSAID = Summary("", "", "", "", "", "extract")


def set_length(edition: Edition, length: EditionLength) -> Edition:
    if length == "full":
        return edition
    if length == "short":
        return replace(
            edition,
            papers=tuple(replace(paper, summary=_UNSAID, cited=True) for paper in edition.papers),
            sections=tuple(replace(section, text="", source="extract") for section in edition.sections),
            checks=tuple(check for check in edition.checks if check.section < 0),
        )
    return replace(edition, papers=tuple(_tell_once(paper, edition.sections) for paper in edition.papers))


def _tell_once(paper: EditionPaper, sections: tuple[Section, ...]) -> EditionPaper:
    told = paper.cited and sections[paper.section].source != "summaries"
    return replace(paper, summary=_UNSAID) if told else paper
