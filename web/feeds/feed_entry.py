"""Feed entry of an edition: its HTML body and plain summary for Atom.

Invariant: it stands by itself in any reader: absolute addresses only, no style, no id, nothing that loads or runs; only
elements that every reader shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from digest.i18n.catalog import Catalog, get_catalog, translation_functions
from digest.render import edition_facts, reliability
from digest.render.html import PaperView, environment, paper_view
from digest.render.html_prose import to_standalone_html
from digest.render.safe_text import shorten, strip_markers, to_line, to_verbatim_line
from store.records.editions import Edition, EditionPaper


@dataclass(frozen=True)
class _EntrySection:
    title: str
    prose: Markup
    unwritten: bool
    papers: list[PaperView]


def entry_html(edition: Edition, page: str) -> str:
    """The whole edition. page: where it is read with its map."""
    words, marked = get_catalog("edition", edition.language), reliability.mark_statements(edition, reliability.to_token)
    return (
        environment()
        .get_template("_entry.html")
        .render(
            **translation_functions(words),
            words=words,
            page=page,
            quiet=to_verbatim_line(words.show(edition.quiet)),
            head_notes=edition_facts.head_notes(edition),
            narrower=edition_facts.narrower_questions(edition),
            narrower_lead=words.show(edition_facts.NARROWER_LEAD) + words.colon.rstrip(),
            start=edition_facts.start_papers(edition),
            start_lead=words.show(edition_facts.START_LEAD),
            paper_title=edition_facts.paper_title,
            opening=to_standalone_html(marked, marked.opening, markup=edition_facts.is_written_by_model(edition)),
            counts=edition_facts.counts_line(edition),
            route_line=edition_facts.route_line(edition),
            notices=reliability.notices(edition),
            note=to_line(words.show(edition.note)),
            sections=[_entry_section(marked, index, words) for index in range(len(edition.sections))],
            also=_paper_views(edition, edition_facts.uncited_papers(edition), words),
            beyond=edition_facts.overflow_papers(edition),
            title=edition_facts.title(edition),
        )
    )


def entry_summary(edition: Edition) -> str:
    """A few plain sentences of it."""
    words = get_catalog("edition", edition.language)
    serious = [note.text for note in edition_facts.head_notes(edition) if note.serious]
    told = [*serious, words.show(edition.quiet) or strip_markers(edition.opening)]
    return shorten(to_line(words.sentence_space.join(told), 2_000), 600)


def _entry_section(edition: Edition, index: int, words: Catalog) -> _EntrySection:
    section = edition.sections[index]
    unwritten = section.source == "summaries"
    return _EntrySection(
        title=edition_facts.section_title(section),
        prose=to_standalone_html(edition, "" if unwritten else section.text, markup=section.source == "model"),
        unwritten=unwritten,
        papers=_paper_views(edition, edition_facts.section_papers(edition, index), words),
    )


def _paper_views(edition: Edition, papers: Iterable[EditionPaper], words: Catalog) -> list[PaperView]:
    return [paper_view(paper, words, edge=edition_facts.edge_mark(edition, paper)) for paper in papers]
