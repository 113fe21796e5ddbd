"""Edition -> the body of a feed's entry: HTML without a page around it.

Invariant: it stands by itself in any reader: absolute addresses only, no style, no id, nothing that loads or runs; only
elements that every reader shows.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from digest.i18n.edition_texts import Strings, strings
from digest.render import edition_facts
from digest.render.html import PaperView, environment, paper_view
from digest.render.html_prose import leading_out
from digest.render.safe_text import line, shortened, verbatim, without_markers
from store.records.editions import Edition


@dataclass(frozen=True)
class _SectionView:
    title: str
    prose: Markup
    unwritten: bool
    papers: list[PaperView]


def body(edition: Edition, page: str) -> str:
    """The whole edition. page: where it is read with its map."""
    words = strings(edition.language)
    return (
        environment()
        .get_template("_entry.html")
        .render(
            words=words,
            page=page,
            quiet=verbatim(edition.quiet),
            opening=leading_out(edition, edition.opening, markup=edition_facts.written_by_model(edition)),
            counts=edition_facts.counts_line(edition),
            route_line=edition_facts.route_line(edition),
            notices=edition_facts.notices(edition),
            note=line(edition.note),
            sections=[_section(edition, index, words) for index in range(len(edition.sections))],
            also=[paper_view(paper, words) for paper in edition_facts.also_found(edition)],
            beyond=edition_facts.beyond(edition),
            title=edition_facts.title(edition),
        )
    )


def gist(edition: Edition) -> str:
    """A few plain sentences of it."""
    return shortened(line(edition.quiet or without_markers(edition.opening), 2_000), 600)


def _section(edition: Edition, index: int, words: Strings) -> _SectionView:
    section = edition.sections[index]
    unwritten = section.source == "summaries"
    return _SectionView(
        title=edition_facts.section_title(section),
        prose=leading_out(edition, "" if unwritten else section.text, markup=section.source == "model"),
        unwritten=unwritten,
        papers=[paper_view(paper, words) for paper in edition_facts.listed(edition, index)],
    )
