"""Digest mail: edition -> subject, HTML and plain text, within the size that Gmail shows.

Invariant: the HTML stays under 95,000 bytes however large the edition is (Gmail clips at about 102 KB); what does not
fit becomes one linked line a paper, then a count, so that nothing is left out in silence. What a reader misses least
goes first: from the end, papers told in brief, then the summaries of papers, which become lines, then these, then whole
sections; taking more away never adds anything. It loads nothing. The text part is made from the same views and holds
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import quote

import css_inline
from markupsafe import Markup
from rich.cells import cell_len

from digest.i18n.catalog import Catalog, get_catalog, text_direction, translation_functions
from digest.mail.preheader import write_preheader
from digest.render import comparison, edition_facts, reliability
from digest.render.html import PaperView, lang_attribute, paper_view
from digest.render.html_prose import to_standalone_html
from digest.render.maps.colours import section_colour
from digest.render.plain_text import wrap
from digest.render.safe_text import shorten, split_paragraphs, strip_markup, to_line, to_verbatim_line
from store.records.editions import Edition, EditionPaper
from templates import Environment, make_environment

MAX_HTML_BYTES = 95_000  # bytes of UTF-8
_SLOT_BYTES = 1_000  # of them, kept for what a recipient's links are longer than their slots
_SUBJECT_LIMIT = 120
_OPENING_LIMIT = 6_000
_LINES_LIMIT = 12  # health, queries
_AUTHORS = 3
_COMPARED = 8  # rows of the comparison table


@dataclass(frozen=True)
class MailSize:
    """How much of an edition goes into a mail, counted from its start: papers in brief, whole ones, ones as a line
    (whole ones too), sections.
    """

    beyond: int
    whole: int
    lines: int
    sections: int


def choose_size(edition: Edition, fits: Callable[[MailSize], bool]) -> MailSize:
    """The most that fits; the least there is where nothing does."""
    low, high = 0, len(edition.beyond) + 2 * len(edition.papers) + len(edition.sections)  # how much to take away
    while low < high:
        middle = (low + high) // 2
        if fits(size_after_removing(edition, middle)):
            high = middle
        else:
            low = middle + 1
    return size_after_removing(edition, low)


def size_after_removing(edition: Edition, taken: int) -> MailSize:
    papers, sections, beyond = len(edition.papers), len(edition.sections), len(edition.beyond)
    rest = max(0, taken - beyond)
    return MailSize(
        beyond=max(0, beyond - taken),
        whole=max(0, papers - rest),
        lines=papers - min(papers, max(0, rest - papers)),
        sections=sections - max(0, rest - 2 * papers),
    )


@dataclass(frozen=True)
class MailLinks:
    """Where the mail's own links lead, and the picture's cid; "" for what there is not. unsubscribe_all: in a mail of
    several digests, to leave every topic.
    """

    web: str = ""
    archive: str = ""
    preferences: str = ""
    unsubscribe: str = ""
    feedback: str = ""
    picture: str = ""
    unsubscribe_all: str = ""


@dataclass(frozen=True)
class MailPart:
    """Which part of a mail a digest is, where that has several. anchor: where it begins; "": it is the whole mail.

    notes: what is said of papers beside their titles, by number. above: those of them that an earlier part told of.
    rates_lines: papers that are a line have a link to rate them, too. opening: characters of it, at most. notices:
    lines of what a reader is to know before, at most.
    """

    anchor: str = ""
    notes: Mapping[int, str] = field(default_factory=dict)
    above: frozenset[int] = frozenset()
    rates_lines: bool = False
    opening: int = _OPENING_LIMIT
    notices: int = _LINES_LIMIT


WHOLE_MAIL = MailPart()


@dataclass(frozen=True)
class _MailSection:
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
    words, title = get_catalog("mail", edition.language), edition_facts.title(edition, 80)
    if not edition.papers:
        return words.gettext("No new papers on {title}", title=title)
    n = len(edition.papers)
    start = (
        words.ngettext("{n} new paper on {title}", "{n} new papers on {title}", n, title=title)
        if edition.kind == "digest"
        else words.ngettext("{title} ({n} paper)", "{title} ({n} papers)", n, title=title)
    )
    themes = [edition_facts.section_title(section) for section in edition.sections if section.is_theme]
    return append_section_titles(start, themes, words)


def append_section_titles(start: str, titles: list[str], words: Catalog) -> str:
    """As many section titles as fit whole."""
    shown = start
    for index, title in enumerate(titles):
        longer = shown + (words.comma if index else words.colon) + title
        if len(longer) > _SUBJECT_LIMIT:
            return shown + (words.comma + "…" if index else "")
        shown = longer
    return shown


def render_text_and_html(edition: Edition, ways: MailLinks | None = None) -> tuple[str, str]:
    """The text and the HTML of a mail, of one size."""
    to = ways or MailLinks()
    fit = choose_size(
        edition, lambda tried: len(_render_html(edition, tried, to).encode()) < MAX_HTML_BYTES - _SLOT_BYTES
    )
    return render_template("digest.txt", **template_values(edition, fit, to)), _render_html(edition, fit, to)


def _render_html(edition: Edition, fit: MailSize, ways: MailLinks) -> str:
    return render_template("digest.html", **template_values(edition, fit, ways))


def render_template(template: str, **values: object) -> str:
    """A template of mail with its values: HTML with its rules on the elements, text without gaps of several lines."""
    rendered = render_part(template, **values)
    if _is_html(template):
        return _inliner().inline(rendered)
    return "\n".join(_collapse_gaps(rendered.splitlines())) + "\n"


def render_part(template: str, **values: object) -> str:
    """What goes into another template, whose rules and gaps are its own."""
    return _environment().get_template(template).render(**values)


def _collapse_gaps(lines: list[str]) -> list[str]:
    kept = [text for at, text in enumerate(lines) if text.strip() or (at and lines[at - 1].strip())]
    return kept[:-1] if kept and not kept[-1].strip() else kept


def template_values(edition: Edition, fit: MailSize, ways: MailLinks, part: MailPart = WHOLE_MAIL) -> dict[str, object]:
    words = get_catalog("mail", edition.language)
    marked = reliability.mark_statements(edition, reliability.to_token)
    lead, rest = _opening_html(marked, part.opening)
    opening = opening_paragraphs(edition, part.opening) or [to_verbatim_line(words.show(edition.quiet))]
    told = not part.anchor or not ways.web  # how it was made, and the table, which a mail of several leaves to the web
    return {
        "level": 2 if part.anchor else 1,
        "anchor": part.anchor,
        "rates_lines": part.rates_lines,
        "edition": edition,
        "words": words,
        "ways": ways,
        "doors": _top_links(edition, ways, words, part),
        "hue": section_colour,
        **translation_functions(words),
        "lang": lang_attribute(edition.language),
        "dir": text_direction(edition.language),
        "title": edition_facts.title(edition),
        "head_notes": edition_facts.head_notes(edition)[: part.notices],
        "narrower": edition_facts.narrower_questions(edition),
        "narrower_lead": words.show(edition_facts.NARROWER_LEAD) + words.colon.rstrip(),
        "kicker": edition_facts.kicker(edition),
        "span": next(edition_facts.window_lines(edition, words), ""),
        "lead": lead,
        "rest": rest,
        "opening": opening,
        "preheader": "" if part.anchor else write_preheader(edition, subject(edition), opening[0]),
        "counts": _counts(edition, words),
        "map_words": describe_map(edition),
        "route_line": edition_facts.route_line(edition),
        "notices": reliability.notices(edition)[: part.notices],
        "note": to_line(words.show(edition.note), 400),
        "quiet": to_verbatim_line(words.show(edition.quiet)),
        "start_lead": words.show(edition_facts.START_LEAD),
        "start": [(paper_view(paper, words), reason) for paper, reason in edition_facts.start_papers(edition)],
        "compared": [] if part.anchor else comparison_rows(edition),
        "sections": [_section_view(marked, index, fit, words, part) for index in range(fit.sections)],
        "also": [
            _short_paper_view(edition, paper, words, part)
            for paper in edition_facts.uncited_papers(edition)
            if paper.number <= fit.lines
        ],
        "also_told": fit.whole,  # those of so many with authors and reason; the others as a line
        "beyond": edition_facts.overflow_papers(edition)[: fit.beyond],
        "left_out": _left_out_lines(edition, fit, words),
        "health": reliability.health_lines(edition)[:_LINES_LIMIT] if told else [],
        "feedback": ways.feedback and f"{ways.feedback}/papers/",
        "thanks": edition_facts.arxiv_thanks(edition, words),
        "making": [(label, lines[:_LINES_LIMIT]) for label, lines in edition_facts.making_rows(edition, window=False)]
        if told
        else [],
    }


def comparison_rows(edition: Edition) -> list[comparison.ComparisonRow]:
    """The first rows of the table; none of an edition whose papers nothing is known of, as older ones."""
    rows = comparison.comparison_rows(edition)[:_COMPARED]
    return rows if any(row.role or row.datasets or row.methods or row.code for row in rows) else []


def _top_links(edition: Edition, ways: MailLinks, words: Catalog, part: MailPart) -> list[tuple[str, str]]:
    """The links near the top: to the web, and out."""
    leave = words.gettext("Unsubscribe from this topic") if part.anchor else words.gettext("Unsubscribe")
    every = (
        (words.gettext("Read on the web"), ways.web),
        (words.gettext("All digests of this topic"), ways.archive),
        (words.gettext("Keep or rate"), ways.feedback and f"{ways.feedback}/editions/{quote(edition.id, safe='')}"),
        (words.gettext("Preferences"), "" if part.anchor else ways.preferences),
        (leave, ways.unsubscribe),
    )
    return [(label, address) for label, address in every if address]


def _counts(edition: Edition, words: Catalog) -> str:
    if edition.kind != "digest":
        return edition_facts.counts_line(edition)
    found, kept = edition.counts.found, edition.counts.kept
    return words.gettext(
        "{found} found, {new} new on this topic, {kept} kept", found=found, new=kept + len(edition.beyond), kept=kept
    )


def describe_map(edition: Edition) -> str:
    """The picture of the route in words, for those who do not see it."""
    words = get_catalog("mail", edition.language)
    through = [
        words.gettext(
            "{title} (section {number}, papers {first} to {last})",
            number=index + 1,
            title=to_line(section.title, 80),
            first=min(section.papers),
            last=max(section.papers),
        )
        for index, section in enumerate(edition.sections)
        if section.papers
    ]
    return words.gettext(
        "Map of the {n} papers with the reading route. It leads through {sections}.",
        n=len(edition.papers),
        sections=words.join(through),
    )


def _opening_html(edition: Edition, limit: int) -> tuple[Markup, Markup]:
    """The first paragraph, and the others."""
    first, *others = split_paragraphs(shorten(edition.opening, limit)) or [""]
    markup = edition_facts.is_written_by_model(edition)
    return to_standalone_html(edition, first, markup=markup), to_standalone_html(
        edition, "\n\n".join(others), markup=markup
    )


def opening_paragraphs(edition: Edition, limit: int = _OPENING_LIMIT) -> list[str]:
    by_model = edition_facts.is_written_by_model(edition)
    whole = split_paragraphs(shorten(reliability.mark_statements(edition).opening, limit))
    return [strip_markup(paragraph) if by_model else paragraph for paragraph in whole]


def _section_view(edition: Edition, index: int, fit: MailSize, words: Catalog, part: MailPart) -> _MailSection:
    section = edition.sections[index]
    papers = edition_facts.section_papers(edition, index)
    whole = fit.whole if section.text else 0  # a short edition has a line a paper
    told = [paper for paper in papers if paper.number <= whole and paper.number not in part.above]
    brief = [paper for paper in papers if paper.number <= fit.lines and paper not in told]
    lines = [_short_paper_view(edition, paper, words, part) for paper in brief]
    repeats = section.source == "summaries" and not lines and fit.whole >= max(section.papers, default=0)
    repeats = repeats or part.above.issuperset(section.papers)
    text, by_model = "" if repeats else section.text, section.source == "model"
    return _MailSection(
        number=index + 1,
        title=edition_facts.section_title(section),
        span=edition_facts.section_span(section, words),
        prose=to_standalone_html(edition, text, markup=by_model),
        paragraphs=_plain_paragraphs(edition, text, by_model=by_model),
        unwritten=section.source == "summaries",
        whole=[_short_paper_view(edition, paper, words, part) for paper in told],
        lines=lines,
    )


def _plain_paragraphs(edition: Edition, text: str, *, by_model: bool) -> list[str]:
    paragraphs = split_paragraphs(
        reliability.replace_tokens(edition, text, lambda mark, stop: reliability.in_words(mark) + stop)
    )
    return [strip_markup(paragraph) if by_model else paragraph for paragraph in paragraphs]


def _short_paper_view(edition: Edition, paper: EditionPaper, words: Catalog, part: MailPart) -> PaperView:
    marks = edition_facts.edge_mark(edition, paper), part.notes.get(paper.number, "")
    return paper_view(paper, words, authors=_AUTHORS, edge="; ".join(filter(None, marks)))


def _left_out_lines(edition: Edition, fit: MailSize, words: Catalog) -> list[str]:
    """What the mail has no room for, counted."""
    papers = len(edition.papers) - fit.lines + len(edition.beyond) - fit.beyond
    sections = len(edition.sections) - fit.sections
    lines = (
        [words.ngettext("and {n} more section in this edition", "and {n} more sections in this edition", sections)]
        if sections
        else []
    )
    return lines + (
        [words.ngettext("and {n} more paper in this edition", "and {n} more papers in this edition", papers)]
        if papers
        else []
    )


@cache
def _environment() -> Environment:
    return make_environment("email", autoescape=_is_html, wrap=_wrap, heading=_underline)


def _is_html(template: str | None) -> bool:
    return template is not None and template.endswith(".html")


def _wrap(text: str, first: str = "", rest: str | None = None) -> str:
    """`wrap` as a template calls it: without names."""
    return wrap(text, first=first, rest=rest)


def _underline(text: str, rule: str) -> str:
    wrapped = wrap(text)
    return f"{wrapped}\n{rule * max(map(cell_len, wrapped.splitlines()))}"


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)
