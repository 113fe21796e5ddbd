"""Edition -> the subject, HTML and plain text of a mail.

Invariant: the HTML stays under 95,000 bytes however large the edition is (Gmail clips at about 102 KB); what does not
fit becomes one linked line a paper, then a count, so that nothing is left out in silence. It loads nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from digest.render import facts, plain
from digest.render.html import PaperView, language_tag, paper_view
from digest.render.marks import line, shortened
from digest.render.prose import Target, to_html
from digest.render.strings import Strings, counted, direction, strings
from store.records import Edition

LIMIT = 95_000  # bytes of UTF-8
_SUBJECT_LIMIT = 120
_OPENING_LIMIT = 6_000
_LINES_LIMIT = 12  # health, queries


@dataclass(frozen=True)
class Ways:
    """Where the mail's own links lead, and the picture's cid; "" for what there is not."""

    web: str = ""
    archive: str = ""
    preferences: str = ""
    unsubscribe: str = ""
    picture: str = ""


@dataclass(frozen=True)
class _Fit:
    """How much of an edition goes in, counted from its start: papers in brief, whole ones, ones as a line, sections."""

    beyond: int
    whole: int
    lines: int
    sections: int


@dataclass(frozen=True)
class _SectionView:
    number: int
    title: str
    span: str
    prose: Markup
    unwritten: bool
    whole: list[PaperView]
    lines: list[PaperView]


def subject(edition: Edition) -> str:
    """One line that says what is inside: "3 new papers on speech recognition: Distillation, Streaming"."""
    words, title = strings(edition.language), line(edition.title, 80) or edition.id
    if not edition.papers:
        return words.subject_quiet.format(title=title)
    forms = words.subject_new if edition.kind == "digest" else words.subject_survey
    start = counted(forms, len(edition.papers), title=title)
    return _with_sections(start, [facts.section_title(section) for section in edition.sections], words)


def _with_sections(start: str, titles: list[str], words: Strings) -> str:
    """As many section titles as fit whole."""
    shown = start
    for index, title in enumerate(titles):
        longer = shown + (words.joiner if index else words.stop) + title
        if len(longer) > _SUBJECT_LIMIT:
            return shown + (words.joiner + "…" if index else "")
        shown = longer
    return shown


def mail_text(edition: Edition, ways: Ways | None = None) -> str:
    return _template("digest.txt", body=plain.render(edition).rstrip("\n")) + "\n"


def mail_html(edition: Edition, ways: Ways | None = None) -> str:
    """The largest version that fits: first what is told in brief goes, from the end; then papers shrink to lines, then
    lines go, then whole sections."""
    steps = len(edition.beyond) + 2 * len(edition.papers) + len(edition.sections)
    low, high = 0, steps  # the least to take away
    while low < high:
        middle = (low + high) // 2
        if len(_html(edition, _fit(edition, middle)).encode()) < LIMIT:
            high = middle
        else:
            low = middle + 1
    return _html(edition, _fit(edition, low))


def _fit(edition: Edition, taken: int) -> _Fit:
    papers, sections, beyond = len(edition.papers), len(edition.sections), len(edition.beyond)
    rest = max(0, taken - beyond)
    return _Fit(
        beyond=max(0, beyond - taken),
        whole=max(0, papers - rest),
        lines=papers - min(papers, max(0, rest - papers)),
        sections=sections - max(0, rest - 2 * papers),
    )


def _html(edition: Edition, fit: _Fit) -> str:
    words = strings(edition.language)
    also = facts.also_found(edition)
    return _template(
        "digest.html",
        edition=edition,
        words=words,
        lang=language_tag(edition),
        dir=direction(edition.language),
        title=facts.title(edition),
        kicker=facts.kicker(edition),
        opening=_prose(edition, shortened(edition.opening, _OPENING_LIMIT), facts.written_by_model(edition)),
        counts=facts.counts_line(edition),
        route_line=facts.route_line(edition),
        notices=facts.notices(edition)[:_LINES_LIMIT],
        note=line(edition.note, 400),
        quiet=line(edition.quiet),
        sections=[_section(edition, index, fit, words) for index in range(fit.sections)],
        also=[paper_view(paper, words) for paper in also if paper.number <= fit.lines],
        beyond=facts.beyond(edition)[: fit.beyond],
        left_out=_left_out(edition, fit, words),
        health=facts.health_lines(edition)[:_LINES_LIMIT],
        making=[(label, lines[:_LINES_LIMIT]) for label, lines in facts.making(edition)],
    )


def _section(edition: Edition, index: int, fit: _Fit, words: Strings) -> _SectionView:
    section = edition.sections[index]
    papers = facts.listed(edition, index)
    lines = [paper_view(paper, words) for paper in papers if fit.whole < paper.number <= fit.lines]
    repeats = section.source == "summaries" and not lines and fit.whole >= max(section.papers, default=0)
    return _SectionView(
        number=index + 1,
        title=facts.section_title(section),
        span=facts.section_span(section, words),
        prose=_prose(edition, "" if repeats else section.text, section.source == "model"),
        unwritten=section.source == "summaries",
        whole=[paper_view(paper, words) for paper in papers if paper.number <= fit.whole],
        lines=lines,
    )


def _left_out(edition: Edition, fit: _Fit, words: Strings) -> list[str]:
    """What the mail has no room for, counted."""
    papers = len(edition.papers) - fit.lines + len(edition.beyond) - fit.beyond
    sections = len(edition.sections) - fit.sections
    lines = [counted(words.more_sections, sections)] if sections else []
    return lines + ([counted(words.more_papers, papers)] if papers else [])


def _prose(edition: Edition, text: str, markup: bool) -> Markup:
    targets = {paper.number: Target(paper.url) for paper in edition.papers}
    return Markup(to_html(text, targets, markup=markup))  # noqa: S704  # escaped and cleaned there


def _template(name: str, **values: object) -> str:
    return _environment().get_template(name).render(**values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("templates", "email"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
