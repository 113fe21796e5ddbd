"""Joint digest mail: digests of several topics -> one subject, HTML and plain text, within the size that Gmail shows.

Invariant: as in `digest/mail/digest_mail.py`: the HTML stays under 95,000 bytes, and nothing is left out in silence.
What does not fit is shortened by length first, for all topics alike, and only then become papers a count. A paper that
two topics have is told once; where it comes again it is a line that says where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import zip_longest
from math import ceil

from markupsafe import Markup

from digest.i18n.catalog import Catalog, get_catalog, text_direction, translation_functions
from digest.mail.digest_mail import (
    MAX_HTML_BYTES,
    MailLinks,
    MailPart,
    MailSize,
    append_section_titles,
    opening_paragraphs,
    render_part,
    render_template,
    size_after_removing,
    template_values,
)
from digest.render import edition_facts
from digest.render.formats import set_length
from digest.render.html import lang_attribute
from digest.render.reliability import support_warning
from digest.render.safe_text import strip_markers, to_verbatim_line
from digest.text import sentences
from store.records.editions import Edition, EditionLength, EditionPaper

_TITLE_LIMIT = 60  # of a topic's in the subject
_SUBJECT_TITLES = 90  # characters of all of them there
_FINDING_LIMIT = 300
_BRIEF_OPENING, _BRIEF_NOTICES = 400, 2  # characters, lines
_LINE_BYTES = 80  # of a paper that is a line, with the shortest of titles
_STEPS = 32  # in which papers become lines, and again in which lines become a count
_LENGTHS: tuple[EditionLength, ...] = ("full", "standard", "short")


@dataclass(frozen=True)
class JointPart:
    """A digest on its way into a mail of several. length: as its subscriber chose it."""

    edition: Edition
    links: MailLinks
    length: EditionLength = "full"


@dataclass(frozen=True)
class JointSize:
    """How much of all digests goes into the mail. length: at most. taken: in steps, of what may be taken away."""

    length: EditionLength
    taken: int = 0
    rates_lines: bool = True
    is_brief: bool = False


# Each with the most steps that are better than the next: the last may lose lines, too.
_LADDER = (
    (JointSize("full"), _STEPS),
    (JointSize("standard"), _STEPS),
    (JointSize("short"), _STEPS),
    (JointSize("short", rates_lines=False), 2 * _STEPS),
    (JointSize("short", rates_lines=False, is_brief=True), 2 * _STEPS),
)


def choose_joint_size(fits: Callable[[JointSize], bool]) -> JointSize:  # decision 132
    """The most that fits; the least there is where nothing does."""
    if fits(_LADDER[0][0]):
        return _LADDER[0][0]
    for most, steps in _LADDER:
        if fits(_with_taken(most, steps)):
            low, high = 0, steps
            while low < high:
                middle = (low + high) // 2
                low, high = (low, middle) if fits(_with_taken(most, middle)) else (middle + 1, high)
            return _with_taken(most, low)
    return _with_taken(*_LADDER[-1])


def _with_taken(size: JointSize, taken: int) -> JointSize:
    return JointSize(size.length, taken, size.rates_lines, size.is_brief)


def joint_subject(editions: Sequence[Edition]) -> str:
    """One line that says what is inside: "24 new papers on speech recognition and LoRA: Distillation, Adapters"."""
    words = get_catalog("mail", editions[0].language)
    with_papers = [edition for edition in editions if edition.papers]
    title = _join_titles(with_papers or editions, words)
    if not with_papers:
        return words.gettext("No new papers on {title}", title=title)
    n = _count_papers(editions)
    start = words.ngettext("{n} new paper on {title}", "{n} new papers on {title}", n, title=title)
    return append_section_titles(start, _alternate_themes(with_papers), words)


def _join_titles(editions: Sequence[Edition], words: Catalog) -> str:
    """As many as the subject has room for, the first at least."""
    titles = [edition_facts.title(edition, _TITLE_LIMIT) for edition in editions]
    for shown in range(len(titles), 1, -1):
        left = len(titles) - shown
        more = [words.ngettext("{n} more topic", "{n} more topics", left)] if left else []
        joined = words.join([*titles[:shown], *more])
        if len(joined) <= _SUBJECT_TITLES:
            return joined
    others = words.ngettext("{n} more topic", "{n} more topics", len(titles) - 1)
    return words.join([titles[0], others]) if len(titles) > 1 else titles[0]


def _alternate_themes(editions: Sequence[Edition]) -> list[str]:
    """The first theme of each, then the second of each ..."""
    themes = ([edition_facts.section_title(one) for one in edition.sections if one.is_theme] for edition in editions)
    return list(dict.fromkeys(title for row in zip_longest(*themes) for title in row if title))


def _count_papers(editions: Sequence[Edition]) -> int:
    return len({paper.id for edition in editions for paper in edition.papers})


def render_joint(parts: Sequence[JointPart], links: MailLinks, spare_bytes: int = 0) -> tuple[str, str]:
    """The text and the HTML of a mail, of one size. links: of the mail as a whole. spare_bytes: kept for what the
    recipient's links are longer than their slots.
    """
    limit = MAX_HTML_BYTES - spare_bytes
    html = cache(lambda size: _render("joint.html", parts, links, size))
    size = choose_joint_size(lambda tried: _least_bytes(parts, tried) < limit and len(html(tried).encode()) < limit)
    return _render("joint.txt", parts, links, size), html(size)


def _least_bytes(parts: Sequence[JointPart], size: JointSize) -> int:
    """What the lines of papers take at the very least: a mail of thousands need not be rendered to know."""
    return sum(_LINE_BYTES * _fit(part.edition, size.taken).lines for part in parts)


def _render(template: str, parts: Sequence[JointPart], links: MailLinks, size: JointSize) -> str:
    editions = [part.edition for part in parts]
    words = get_catalog("mail", editions[0].language)
    values = list(_part_values(parts, size))
    inner = "_digest.html" if template.endswith(".html") else "_digest.txt"
    n = _count_papers(editions)
    return render_template(
        template,
        words=words,
        links=links,
        **translation_functions(words),
        lang=lang_attribute(editions[0].language),
        dir=text_direction(editions[0].language),
        title=words.gettext("Digests of {date}", date=words.date(max(_day_of(edition) for edition in editions))),
        counts=words.join([words.ngettext("{n} topic", "{n} topics", len(parts)), _count_line(n, words)], "series"),
        contents=[_contents_entry(edition, index) for index, edition in enumerate(editions)],
        doors=[
            (label, address)
            for label, address in (
                (words.gettext("Preferences"), links.preferences),
                (words.gettext("Unsubscribe from all topics"), links.unsubscribe_all),
            )
            if address
        ],
        # The templates have escaped it.
        parts=[(value["lang"], value["dir"], Markup(render_part(inner, **value))) for value in values],  # noqa: S704
        thanks=next((value["thanks"] for value in values if value["thanks"]), ""),
    )


def _day_of(edition: Edition) -> datetime:
    return edition.slot or edition.created_at


def _contents_entry(edition: Edition, index: int) -> tuple[str, str, str, str]:
    """(anchor, title, how many papers, what was found), in the edition's language."""
    words, n = get_catalog("mail", edition.language), len(edition.papers)
    told = to_verbatim_line(
        words.show(edition.quiet) or support_warning(edition) or _finding(edition, words), _FINDING_LIMIT
    )
    return _anchor(index), edition_facts.title(edition, 120), _count_line(n, words), told


def _finding(edition: Edition, words: Catalog) -> str:
    """What its opening says first, where that is about a paper; else its themes: how many there are is said anyway."""
    first = next(iter(opening_paragraphs(edition)), "")
    themes = [edition_facts.section_title(section) for section in edition.sections if section.is_theme]
    said = strip_markers(first)
    if said == first and themes:
        return words.join(themes, "series")
    return said if len(said) <= _FINDING_LIMIT else sentences.split(said)[0]


def _count_line(n: int, words: Catalog) -> str:
    return words.ngettext("{n} new paper", "{n} new papers", n) if n else words.gettext("No new papers")


def _anchor(index: int) -> str:
    return f"topic-{index + 1}"


def _part_values(parts: Sequence[JointPart], size: JointSize) -> Iterator[dict[str, object]]:
    shown = [set_length(part.edition, _shorter(part.length, size.length)) for part in parts]
    fits = [_fit(edition, size.taken) for edition in shown]
    listed = [
        {paper.id for paper in edition.papers if _is_listed(paper, fit)}
        for edition, fit in zip(shown, fits, strict=True)
    ]
    notes_told: set[object] = set()
    for index, (part, edition, fit) in enumerate(zip(parts, shown, fits, strict=True)):
        notes, above = _paper_notes(shown, listed, index)
        here = MailPart(_anchor(index), notes, above, size.rates_lines)
        if size.is_brief:
            here = MailPart(_anchor(index), notes, above, opening=_BRIEF_OPENING, notices=_BRIEF_NOTICES)
        values = template_values(edition, fit, part.links, here)
        if values["note"] in notes_told:
            values["note"] = ""
        notes_told.add(values["note"])
        yield values


def _shorter(*lengths: EditionLength) -> EditionLength:
    return max(lengths, key=_LENGTHS.index)


def _fit(edition: Edition, taken: int) -> MailSize:
    """What is left after some steps: in the first papers become lines, in those after them lines become a count."""
    has_text = any(section.text for section in edition.sections)
    to_lines = len(edition.beyond) + len(edition.papers)
    to_counts = len(edition.papers) + (len(edition.sections) if has_text else 0)
    gone = ceil(min(taken, _STEPS) / _STEPS * to_lines) + ceil(max(0, taken - _STEPS) / _STEPS * to_counts)
    size = size_after_removing(edition, gone)
    if has_text:
        return size
    # A heading without a text and without a paper says nothing.
    return replace(size, sections=sum(min(one.papers, default=0) <= size.lines for one in edition.sections))


def _is_listed(paper: EditionPaper, fit: MailSize) -> bool:
    return paper.number <= fit.lines and (not paper.cited or paper.section < fit.sections)


def _paper_notes(
    editions: Sequence[Edition], listed: Sequence[set[str]], index: int
) -> tuple[dict[int, str], frozenset[int]]:
    """Of the papers of one part that other parts list as well: what is said of them, and which were told above."""
    words = get_catalog("mail", editions[index].language)
    notes, above = {}, set()
    for paper in editions[index].papers:
        having = [at for at, ids in enumerate(listed) if paper.id in ids and at != index]
        if not having:
            continue
        titles = [edition_facts.title(editions[at], 80) for at in having]
        if having[0] < index:
            above.add(paper.number)
            notes[paper.number] = words.gettext("told above, under {title:quoted}", title=titles[0])
        else:
            notes[paper.number] = words.gettext("also on {topics}", topics=words.join(titles))
    return notes, frozenset(above)
