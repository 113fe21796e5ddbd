"""Edition -> one self-contained HTML page.

Invariant: the page loads nothing and runs nothing; every id is used once and every #link has its id.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from digest.render import facts
from digest.render.marks import line, without_markers
from digest.render.prose import Target, to_html
from digest.render.strings import Strings, date, direction, strings
from store.records import Edition, EditionPaper


@dataclass(frozen=True)
class PaperView:
    """A paper as the page shows it."""

    number: int
    title: str
    url: str
    pdf: str
    authors: str
    iso: str
    date: str
    category: str
    arxiv: str
    parts: list[tuple[str, str]]
    why: str
    journal: str
    doi: str


@dataclass(frozen=True)
class SectionView:
    title: str
    span: str
    prose: Markup
    unwritten: bool
    papers: list[PaperView]


def page(edition: Edition, *, map_svg: str | None) -> str:
    """The whole document. map_svg: the route map, drawn by `digest.routemap` with links to "#p1", "#p2" ...."""
    words = strings(edition.language)
    return (
        _environment()
        .get_template("edition.html")
        .render(
            edition=edition,
            words=words,
            lang=language_tag(edition),
            dir=direction(edition.language),
            css=Markup(_stylesheet()),  # noqa: S704  # our own file
            title=facts.title(edition),
            question=_question(edition),
            kicker=facts.kicker(edition),
            description=line(edition.quiet or without_markers(edition.opening), 200),
            opening=_prose(edition, edition.opening),
            notices=facts.notices(edition),
            note=line(edition.note),
            quiet=line(edition.quiet),
            figures=_figures(edition, words),
            map_svg=Markup(map_svg) if map_svg and edition.papers else None,  # noqa: S704  # our own drawing
            route_line=facts.route_line(edition),
            sections=[_section(edition, index, words) for index in range(len(edition.sections))],
            also=[paper_view(paper, words) for paper in facts.also_found(edition)],
            beyond=facts.beyond(edition),
            health=facts.health_lines(edition),
            making=facts.making(edition),
        )
    )


def language_tag(edition: Edition) -> str:
    """The edition's language as a `lang` attribute; English where it is not a plain tag."""
    tag = edition.language.replace("_", "-")
    return tag if tag.replace("-", "").isalnum() and tag.isascii() else "en"


def paper_view(paper: EditionPaper, words: Strings, *, authors: int = 6) -> PaperView:
    return PaperView(
        number=paper.number,
        title=facts.paper_title(paper),
        url=paper.url,
        pdf=paper.pdf_url,
        authors=facts.authors(paper, words, authors),
        iso=paper.published.date().isoformat(),
        date=date(paper.published, words),
        category=line(paper.primary_category, 40),
        arxiv=line(f"{paper.id}v{paper.version}", 60),
        parts=facts.parts(paper, words),
        why=line(paper.reason, 300),
        journal=words.journal.format(journal=journal) if (journal := line(paper.journal_ref, 200)) else "",
        doi=facts.doi_url(paper),
    )


def _section(edition: Edition, index: int, words: Strings) -> SectionView:
    """A section that could not be written goes without its text, which would only repeat its papers' summaries."""
    section = edition.sections[index]
    unwritten = section.source == "summaries"
    return SectionView(
        title=facts.section_title(section),
        span=facts.section_span(section, words),
        prose=_prose(edition, "" if unwritten else section.text, markup=section.source == "model"),
        unwritten=unwritten,
        papers=[paper_view(paper, words) for paper in facts.listed(edition, index)],
    )


def _prose(edition: Edition, text: str, *, markup: bool | None = None) -> Markup:
    words = strings(edition.language)
    targets = {
        paper.number: Target(f"#p{paper.number}", f"{facts.first_author(paper, words)}: {facts.paper_title(paper)}")
        for paper in edition.papers
    }
    by_model = facts.written_by_model(edition) if markup is None else markup
    return Markup(to_html(text, targets, markup=by_model))  # noqa: S704  # escaped and cleaned there


def _question(edition: Edition) -> str:
    question = line(edition.question)
    return "" if question == facts.title(edition) else question


def _figures(edition: Edition, words: Strings) -> list[tuple[str, str]]:
    """The three counts under the title."""
    numbers = (edition.counts.found, edition.counts.kept, edition.counts.cited)
    return [(f"{number:,}", label) for number, label in zip(numbers, words.figures, strict=True)]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("templates", "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _stylesheet() -> str:
    return resources.files("templates").joinpath("web/edition.css").read_text(encoding="utf-8")
