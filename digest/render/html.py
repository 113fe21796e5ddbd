"""Edition -> one self-contained HTML page.

Invariant: the page loads nothing and runs nothing; every id is used once and every #link has its id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from markupsafe import Markup

from digest.i18n.catalog import Catalog, get_catalog, text_direction, translation_functions
from digest.render import edition_facts, reliability
from digest.render.comparison import comparison_rows, role_name
from digest.render.html_prose import CitationTarget, to_html
from digest.render.safe_text import strip_markers, to_line, to_verbatim_line
from store.records.editions import Edition, EditionPaper
from templates import Environment, make_environment


@dataclass(frozen=True)
class PaperView:
    """A paper as the page shows it."""

    number: int
    title: str
    plain_title: str  # for attributes
    url: str
    pdf: str
    authors: str
    iso: str
    date: str
    category: str
    reference: str
    parts: list[tuple[str, str]]
    why: str
    edge: str  # that it is at the edge of what was asked about; "" of every other
    relevance: str  # with its figure; "" where it was not graded
    status: str  # that it was withdrawn; "" of every other
    journal: str
    doi: str
    id: str
    year: int
    section: int  # 1 is the first
    role: str  # "survey", "method" ...; "" where it is not known
    code: str  # address, as is the next
    data: str


@dataclass(frozen=True)
class StartView:
    """A paper to begin with. mention: who wrote it, and when."""

    number: int
    title: str
    reason: str
    mention: str


@dataclass(frozen=True)
class PaperFilter:
    """A choice that narrows the papers of a page down. name: of the attribute data-`name` that its papers have.

    choices: (value, what it is called), of which there are at least two.
    """

    name: str
    label: str
    choices: list[tuple[str, str]]


@dataclass(frozen=True)
class ComparisonColumn:
    """A column of the comparison table. kind: how its cells are shown."""

    kind: Literal["number", "title", "line", "text", "links", "section", "figure"]
    label: str
    field: str


@dataclass(frozen=True)
class SectionView:
    title: str
    span: str
    prose: str
    unwritten: bool
    papers: list[PaperView]


def _render_plainly(text: str, render: Callable[[str], str]) -> str:
    return render(text)


@dataclass(frozen=True)
class LatexSetting:
    """How a page sets texts with LaTeX: as Unicode, unless another page does better."""

    line: edition_facts.ShowText = to_line
    prose: Callable[[str, Callable[[str], str]], str] = _render_plainly  # a text, and what makes HTML of it


def render_page(edition: Edition, *, map_svg: str | None) -> str:
    """The whole document. map_svg: the route map, drawn by `draw_page_map`."""
    view = template_values(edition, map_svg=map_svg)
    return (
        environment()
        .get_template("edition.html")
        .render(
            css=Markup(_stylesheet()),  # noqa: S704  # ours
            **translation_functions(get_catalog("edition", edition.language)),
            **view,
        )
    )


def template_values(edition: Edition, *, map_svg: str | None, setting: LatexSetting = LatexSetting()) -> dict[str, Any]:
    """What the templates show of an edition, by name; `_edition.html` alone needs no more."""
    words = get_catalog("edition", edition.language)
    targets, by_model = _citation_targets(edition, words), edition_facts.is_written_by_model(edition)
    marked = reliability.mark_statements(edition, reliability.to_token)
    return {
        "edition": edition,
        "words": words,
        "part_names": edition_facts.part_names(words),
        "lang": lang_attribute(edition.language),
        "dir": text_direction(edition.language),
        "title": edition_facts.title(edition),
        "heading": setting.line(edition.title, edition_facts.TITLE_LIMIT) or edition_facts.plain_title(edition),
        "title_mark": edition_facts.title_mark(edition),
        "question": edition_facts.shown_question(edition),
        "head_notes": edition_facts.head_notes(edition),
        "narrower": edition_facts.narrower_questions(edition),
        "narrower_lead": words.show(edition_facts.NARROWER_LEAD),
        "kicker": edition_facts.kicker(edition),
        "description": to_line(
            words.show(edition.quiet) or reliability.support_warning(edition) or strip_markers(edition.opening), 200
        ),
        "opening": _render_prose(marked, marked.opening, targets, setting, markup=by_model),
        "notices": reliability.notices(edition),
        "note": to_line(words.show(edition.note)),
        "quiet": to_verbatim_line(words.show(edition.quiet)),
        "figures": _count_figures(edition, words),
        "map_svg": Markup(map_svg) if map_svg and edition.papers else None,  # noqa: S704  # our own drawing
        "route_line": edition_facts.route_line(edition),
        "sections": [_section_view(marked, index, targets, words, setting) for index in range(len(edition.sections))],
        "also": _paper_views(edition, edition_facts.uncited_papers(edition), words, setting),
        "beyond": edition_facts.overflow_papers(edition),
        "start_here": _start_views(edition, words, setting),
        "filters": _filters(edition, words),
        "comparison": comparison_rows(edition) if len(edition.papers) > 1 else [],
        "columns": _comparison_columns(edition, words),
        "health": reliability.health_lines(edition),
        "making": edition_facts.making_rows(edition),
        "thanks": edition_facts.arxiv_thanks(edition, words),
    }


def lang_attribute(language: str) -> str:
    """A language as a `lang` attribute; English where it is not a plain tag."""
    tag = language.replace("_", "-")
    return tag if tag.replace("-", "").isalnum() and tag.isascii() else "en"


def paper_view(
    paper: EditionPaper, words: Catalog, setting: LatexSetting = LatexSetting(), *, authors: int = 6, edge: str = ""
) -> PaperView:
    return PaperView(
        number=paper.number,
        id=paper.id,
        title=edition_facts.paper_title(paper, setting.line),
        plain_title=edition_facts.paper_title(paper),
        url=paper.url,
        pdf=paper.pdf_url,
        authors=edition_facts.authors(paper, words, authors),
        iso=paper.published.date().isoformat(),
        date=words.date(paper.published),
        category=to_line(paper.primary_category, 40),
        reference=edition_facts.paper_reference(paper),
        parts=edition_facts.summary_parts(paper, words, setting.line),
        why="".join(text for _, text in edition_facts.why_parts(paper, words)),
        edge=edge,
        relevance=edition_facts.relevance_figure(paper, words),
        status=edition_facts.status_line(paper, words),
        journal=" · ".join(_publication_parts(paper, words)),
        doi=edition_facts.doi_url(paper),
        year=paper.published.year,
        section=paper.section + 1,
        role=role_name(paper, words),
        code=paper.facts.code_url,
        data=paper.facts.data_url,
    )


def _publication_parts(paper: EditionPaper, words: Catalog) -> Iterator[str]:
    """Where it appeared, how long it is and how often it is cited, as far as that is known."""
    if journal := to_line(paper.journal_ref, 200):
        yield words.gettext("Published in {journal}", journal=journal)
    elif venue := to_line(paper.facts.venue, 200):
        yield venue
    if paper.facts.pages:
        yield words.ngettext("{n} page", "{n} pages", paper.facts.pages)
    if paper.facts.citations is not None:
        yield words.ngettext("{n} citation", "{n} citations", paper.facts.citations)


def _section_view(
    edition: Edition, index: int, targets: Mapping[int, CitationTarget], words: Catalog, setting: LatexSetting
) -> SectionView:
    """A section that could not be written goes without its text, which would only repeat its papers' summaries."""
    section = edition.sections[index]
    unwritten = section.source == "summaries"
    return SectionView(
        title=edition_facts.section_title(section),
        span=edition_facts.section_span(section, words),
        prose=_render_prose(
            edition, "" if unwritten else section.text, targets, setting, markup=section.source == "model"
        ),
        unwritten=unwritten,
        papers=_paper_views(edition, edition_facts.section_papers(edition, index), words, setting),
    )


def _paper_views(
    edition: Edition, papers: Iterable[EditionPaper], words: Catalog, setting: LatexSetting
) -> list[PaperView]:
    return [paper_view(paper, words, setting, edge=edition_facts.edge_mark(edition, paper)) for paper in papers]


def _citation_targets(edition: Edition, words: Catalog) -> dict[int, CitationTarget]:
    return {
        paper.number: CitationTarget(
            f"#p{paper.number}",
            edition_facts.first_author(paper, words) + words.colon + edition_facts.paper_title(paper),
        )
        for paper in edition.papers
    }


def _start_views(edition: Edition, words: Catalog, setting: LatexSetting) -> list[StartView]:
    return [
        StartView(
            paper.number,
            edition_facts.paper_title(paper, setting.line),
            reason,
            edition_facts.mention(paper, words),
        )
        for paper, reason in edition_facts.start_papers(edition)
    ]


def _filters(edition: Edition, words: Catalog) -> list[PaperFilter]:
    """By what the papers differ in."""
    papers = edition.papers
    offered = (
        PaperFilter(
            "section",
            words.gettext("Section"),
            [
                (str(index), edition_facts.section_title(section))
                for index, section in enumerate(edition.sections, 1)
                if any(paper.section == index - 1 for paper in papers)
            ],
        ),
        PaperFilter(
            "year",
            words.gettext("Year"),
            [(str(year), str(year)) for year in sorted({paper.published.year for paper in papers}, reverse=True)],
        ),
        PaperFilter(
            "category",
            words.gettext("Category"),
            [(name, name) for name in sorted({to_line(paper.primary_category, 40) for paper in papers} - {""})],
        ),
        PaperFilter(
            "role",
            words.gettext("Role"),
            [(name, name) for name in sorted({role_name(paper, words) for paper in papers} - {""})],
        ),
    )
    return [one for one in offered if len(one.choices) > 1]


def _comparison_columns(edition: Edition, words: Catalog) -> list[ComparisonColumn]:
    """Those in which at least one paper has something."""
    problem, method, result = edition_facts.part_names(words)
    columns = (
        ComparisonColumn("number", words.gettext("No."), "number"),
        ComparisonColumn("title", words.gettext("Title"), "title"),
        ComparisonColumn("line", words.gettext("Year"), "year"),
        ComparisonColumn("line", words.gettext("Role"), "role"),
        ComparisonColumn("text", problem, "problem"),
        ComparisonColumn("text", method, "method"),
        ComparisonColumn("text", result, "result"),
        ComparisonColumn("line", words.gettext("Methods named"), "methods"),
        ComparisonColumn("line", words.gettext("Data sets named"), "datasets"),
        ComparisonColumn("links", words.gettext("Code"), "code"),
        ComparisonColumn("links", words.gettext("Data"), "data"),
        ComparisonColumn("section", words.gettext("Section"), "section"),
        ComparisonColumn("figure", words.gettext("Relevance"), "relevance"),
        ComparisonColumn("text", words.gettext("Note"), "status"),
    )
    rows = comparison_rows(edition)
    return [column for column in columns if any(getattr(row, column.field) not in ("", None) for row in rows)]


def _render_prose(
    edition: Edition, text: str, targets: Mapping[int, CitationTarget], setting: LatexSetting, *, markup: bool
) -> Markup:
    """With each statement's mark, and what it rests on."""
    made = setting.prose(text, lambda part: Markup(to_html(part, targets, markup=markup)))  # noqa: S704  # cleaned there
    statement = environment().get_template("_statement.html")
    marked = reliability.replace_tokens(edition, made, lambda mark, stop: statement.render(mark=mark, stop=stop))
    return Markup(marked)  # noqa: S704  # escaped in the template


def _count_figures(edition: Edition, words: Catalog) -> list[tuple[str, str]]:
    """The three counts under the title."""
    counts = edition.counts
    return [
        (words.number(counts.found), words.pgettext("papers", "found")),
        (words.number(counts.kept), words.pgettext("papers", "kept")),
        (words.number(counts.cited), words.pgettext("papers", "cited")),
    ]


@cache
def environment() -> Environment:
    return make_environment("web", autoescape=True)


@cache
def _stylesheet() -> str:
    return resources.files("templates").joinpath("web/edition.css").read_text(encoding="utf-8")
