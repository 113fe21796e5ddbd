"""Edition -> the subject, HTML and plain text of a mail.

Invariant: the HTML stays under 95,000 bytes however large the edition is (Gmail clips at about 102 KB); what does not
fit becomes one linked line a paper, then a count, so that nothing is left out in silence. It loads nothing. The text
part is made from the same views and holds the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from rich.cells import cell_len

from digest.i18n.edition_texts import Strings, counted, direction, strings
from digest.i18n.mail_texts import MailWords, mail_words
from digest.render import edition_facts
from digest.render.edition_facts import hue
from digest.render.html import PaperView, language_tag, paper_view
from digest.render.html_prose import leading_out
from digest.render.plain_text import wrap
from digest.render.safe_text import line, paragraphs, shortened, verbatim, without_markup
from store.records.editions import Edition, EditionPaper

# How much of an edition goes into a mail, counted from its start. Pure.
#
# Invariant: taking more away never adds anything. What a reader misses least goes first: from the end, papers told in
# brief, then the summaries of papers, which become lines, then these, then whole sections.


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


LIMIT = 95_000  # bytes of UTF-8
_SLOTS = 1_000  # of them, kept for what a recipient's links are longer than their slots
_SUBJECT_LIMIT = 120
_OPENING_LIMIT = 6_000
_LINES_LIMIT = 12  # health, queries
_AUTHORS = 3


@dataclass(frozen=True)
class Ways:
    """Where the mail's own links lead, and the picture's cid; "" for what there is not."""

    web: str = ""
    archive: str = ""
    preferences: str = ""
    unsubscribe: str = ""
    picture: str = ""


@dataclass(frozen=True)
class _SectionView:
    number: int
    title: str
    span: str
    prose: Markup
    paragraphs: list[str]
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
    return _with_sections(start, [edition_facts.section_title(section) for section in edition.sections], words)


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
    return both(edition, ways)[0]


def mail_html(edition: Edition, ways: Ways | None = None) -> str:
    return both(edition, ways)[1]


def both(edition: Edition, ways: Ways | None = None) -> tuple[str, str]:
    """The text and the HTML of a mail, of one size."""
    to = ways or Ways()
    fit = largest(edition, lambda tried: len(_html(edition, tried, to).encode()) < LIMIT - _SLOTS)
    return setting("digest.txt", **_values(edition, fit, to)), _html(edition, fit, to)


def _html(edition: Edition, fit: Fit, ways: Ways) -> str:
    return setting("digest.html", **_values(edition, fit, ways))


def setting(template: str, **values: object) -> str:
    """A template of mail with its values: HTML with its rules on the elements, text without gaps of several lines."""
    rendered = _environment().get_template(template).render(**values)
    if template.endswith(".html"):
        return _inliner().inline(rendered)
    return "\n".join(_without_gaps(rendered.splitlines())) + "\n"


def _without_gaps(lines: list[str]) -> list[str]:
    kept = [text for at, text in enumerate(lines) if text.strip() or (at and lines[at - 1].strip())]
    return kept[:-1] if kept and not kept[-1].strip() else kept


def _values(edition: Edition, fit: Fit, ways: Ways) -> dict[str, object]:
    words, mail = strings(edition.language), mail_words(edition.language)
    lead, rest = _opening(edition)
    return {
        "edition": edition,
        "words": words,
        "mail": mail,
        "ways": ways,
        "doors": _doors(ways, mail),
        "hue": hue,
        "lang": language_tag(edition.language),
        "dir": direction(edition.language),
        "title": edition_facts.title(edition),
        "kicker": edition_facts.kicker(edition),
        "span": next(edition_facts.window(edition, words), ""),
        "lead": lead,
        "rest": rest,
        "opening": _paragraphs(edition) or [words.quiet + words.stop + verbatim(edition.quiet)],
        "counts": _counts(edition, mail),
        "map_words": map_words(edition),
        "route_line": edition_facts.route_line(edition),
        "notices": edition_facts.notices(edition)[:_LINES_LIMIT],
        "note": line(edition.note, 400),
        "quiet": verbatim(edition.quiet),
        "sections": [_section(edition, index, fit, words) for index in range(fit.sections)],
        "also": [_paper(paper, words) for paper in edition_facts.also_found(edition) if paper.number <= fit.lines],
        "beyond": edition_facts.beyond(edition)[: fit.beyond],
        "left_out": _left_out(edition, fit, words),
        "health": edition_facts.health_lines(edition)[:_LINES_LIMIT],
        "making": [
            (label, lines[:_LINES_LIMIT]) for label, lines in edition_facts.making(edition) if label != words.window
        ],
    }


def _doors(ways: Ways, mail: MailWords) -> list[tuple[str, str]]:
    """The links near the top: to the web, and out."""
    every = (
        (mail.web, ways.web),
        (mail.archive, ways.archive),
        (mail.preferences, ways.preferences),
        (mail.unsubscribe, ways.unsubscribe),
    )
    return [(label, address) for label, address in every if address]


def _counts(edition: Edition, mail: MailWords) -> str:
    if edition.kind != "digest":
        return edition_facts.counts_line(edition)
    found, kept = edition.counts.found, edition.counts.kept
    return mail.counts.format(found=f"{found:,}", new=f"{kept + len(edition.beyond):,}", kept=f"{kept:,}")


def map_words(edition: Edition) -> str:
    """The picture of the route in words, for those who do not see it."""
    mail = mail_words(edition.language)
    through = [
        mail.map_section.format(
            number=index + 1, title=line(one.title, 80), first=min(one.papers), last=max(one.papers)
        )
        for index, one in enumerate(edition.sections)
        if one.papers
    ]
    return mail.map_alt.format(n=len(edition.papers), sections=mail.map_joiner.join(through))


def _opening(edition: Edition) -> tuple[Markup, Markup]:
    """The first paragraph, and the others."""
    first, *others = paragraphs(shortened(edition.opening, _OPENING_LIMIT)) or [""]
    markup = edition_facts.written_by_model(edition)
    return leading_out(edition, first, markup=markup), leading_out(edition, "\n\n".join(others), markup=markup)


def _paragraphs(edition: Edition) -> list[str]:
    by_model = edition_facts.written_by_model(edition)
    whole = paragraphs(shortened(edition.opening, _OPENING_LIMIT))
    return [without_markup(one) if by_model else one for one in whole]


def _section(edition: Edition, index: int, fit: Fit, words: Strings) -> _SectionView:
    section = edition.sections[index]
    papers = edition_facts.listed(edition, index)
    lines = [_paper(paper, words) for paper in papers if fit.whole < paper.number <= fit.lines]
    repeats = section.source == "summaries" and not lines and fit.whole >= max(section.papers, default=0)
    text, by_model = "" if repeats else section.text, section.source == "model"
    return _SectionView(
        number=index + 1,
        title=edition_facts.section_title(section),
        span=edition_facts.section_span(section, words),
        prose=leading_out(edition, text, markup=by_model),
        paragraphs=[without_markup(one) if by_model else one for one in paragraphs(text)],
        unwritten=section.source == "summaries",
        whole=[_paper(paper, words) for paper in papers if paper.number <= fit.whole],
        lines=lines,
    )


def _paper(paper: EditionPaper, words: Strings) -> PaperView:
    return paper_view(paper, words, authors=_AUTHORS)


def _left_out(edition: Edition, fit: Fit, words: Strings) -> list[str]:
    """What the mail has no room for, counted."""
    papers = len(edition.papers) - fit.lines + len(edition.beyond) - fit.beyond
    sections = len(edition.sections) - fit.sections
    lines = [counted(words.more_sections, sections)] if sections else []
    return lines + ([counted(words.more_papers, papers)] if papers else [])


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("templates", "email"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["wrap"] = lambda text, first="", rest=None: wrap(text, first=first, rest=rest)
    environment.filters["heading"] = _heading
    return environment


def _heading(text: str, rule: str) -> str:
    wrapped = wrap(text)
    return f"{wrapped}\n{rule * max(map(cell_len, wrapped.splitlines()))}"


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
