"""Comparison table of an edition: a row a paper, as values for every form, and as CSV for spreadsheets.

Invariant: pure; one row for each paper, in route order; a cell that nothing is known for is empty, never guessed. A
spreadsheet runs no cell of the CSV as a formula.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts
from digest.render.safe_text import to_line, to_verbatim_line
from store.records.editions import Edition, EditionPaper
from store.records.lazy_text import AnyText, lazy_gettext
from store.records.paper_facts import PaperRole

_CELL_LIMIT = 1_000
_FORMULA_STARTS = ("=", "+", "-", "@")
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as the local code page
ROLE_NAMES: dict[PaperRole, AnyText] = {
    "survey": lazy_gettext("survey"),
    "benchmark": lazy_gettext("benchmark or data set"),
    "method": lazy_gettext("method"),
    "application": lazy_gettext("application"),
    "theory": lazy_gettext("theory"),
    "position": lazy_gettext("position paper"),
    "unknown": "",
}


@dataclass(frozen=True)
class ComparisonRow:
    """A paper beside the others. Every text is one readable line, "" where nothing is known."""

    number: int
    title: str
    url: str
    year: int
    role: str
    problem: str
    method: str
    result: str
    methods: str  # named in its abstract, as are the data sets
    datasets: str
    code: str  # address, as is the next
    data: str
    venue: str
    citations: int | None  # None where they are not known
    section: str
    section_number: int  # 1 is the first
    relevance: float | None  # None where it was not graded
    status: str  # that it was withdrawn; "" of every other


def comparison_rows(edition: Edition) -> list[ComparisonRow]:
    words = get_catalog("edition", edition.language)
    return [_row(edition, paper, words) for paper in edition.papers]


def column_names(words: Catalog) -> tuple[str, ...]:
    """Of the columns of `cells`, in order."""
    return (
        words.gettext("No."),
        words.gettext("Title"),
        words.gettext("Year"),
        words.gettext("Role"),
        *edition_facts.part_names(words),
        words.gettext("Methods named"),
        words.gettext("Data sets named"),
        words.gettext("Code"),
        words.gettext("Data"),
        words.gettext("Venue"),
        words.gettext("Citations"),
        words.gettext("Section"),
        words.gettext("Relevance"),
        words.gettext("Note"),
        words.gettext("Address"),
    )


def cells(row: ComparisonRow) -> tuple[str | float, ...]:
    """The row under `column_names`."""
    return (
        row.number,
        row.title,
        row.year,
        row.role,
        row.problem,
        row.method,
        row.result,
        row.methods,
        row.datasets,
        row.code,
        row.data,
        row.venue,
        "" if row.citations is None else row.citations,
        row.section,
        "" if row.relevance is None else row.relevance,
        row.status,
        row.url,
    )


def role_name(paper: EditionPaper, words: Catalog) -> str:
    """ "survey", "method" ...; "" where it is not known."""
    return words.show(ROLE_NAMES[paper.facts.role])


def render_csv(edition: Edition) -> str:
    """RFC 4180 with a header in the edition's language."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(column_names(get_catalog("edition", edition.language)))
    writer.writerows([_defuse(cell) for cell in cells(row)] for row in comparison_rows(edition))
    return _BYTE_ORDER_MARK + out.getvalue()


def _row(edition: Edition, paper: EditionPaper, words: Catalog) -> ComparisonRow:
    summary, facts = paper.summary, paper.facts
    has_section = 0 <= paper.section < len(edition.sections)
    return ComparisonRow(
        number=paper.number,
        title=edition_facts.paper_title(paper),
        url=paper.url,
        year=paper.published.year,
        role=role_name(paper, words),
        problem=to_line(summary.problem, _CELL_LIMIT),
        method=to_line(summary.method, _CELL_LIMIT),
        result=to_line(summary.result, _CELL_LIMIT),
        methods=words.join([to_line(name, 80) for name in facts.methods], "series"),
        datasets=words.join([to_line(name, 80) for name in facts.datasets], "series"),
        code=to_verbatim_line(facts.code_url),
        data=to_verbatim_line(facts.data_url),
        venue=to_line(facts.venue, 200),
        citations=facts.citations,
        section=edition_facts.section_title(edition.sections[paper.section]) if has_section else "",
        section_number=paper.section + 1,
        relevance=paper.relevance,
        status=edition_facts.status_line(paper, words),
    )


def _defuse(cell: str | float) -> str | float:
    """A quotation mark before what a spreadsheet would take for a formula, as OWASP has it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
