"""Edition -> plain text of 78 columns, references numbered; and text wrapping by display columns.

Invariant: no markup, no control character; every address stands whole on a line. Wrapping goes by the columns that
characters take, not by their number, and loses nothing but white space; a word is broken only where it is wide script
(Japanese, Chinese, Korean), and addresses never.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts, reliability
from digest.render.safe_text import split_paragraphs, strip_markup, to_line, to_verbatim_line
from store.records.editions import Edition, EditionPaper, Section

WIDTH = 78
_INDENT = "     "
_WIDE = "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]"
_NO_START = "、。，．・：；！？」』）】］〉》〕ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々"
_NO_END = "「『（【［〈《〔"
# A wide character with what must not be parted from it, or a run of other characters with its quotes and dashes, or a
# blank. Curly quotes belong to both scripts.
_ATOM = re.compile(rf"[{_NO_END}“‘(]*{_WIDE}[{_NO_START}”’)]*|(?:(?!{_WIDE})\S)+[{_NO_START}]*|\s+")


def wrap(text: str, width: int = WIDTH, *, first: str = "", rest: str | None = None) -> str:
    """Lines of at most `width` columns; `first` begins the first line, `rest` (default: `first`) each further one."""
    indent = first if rest is None else rest
    lines, current, empty = [], first, True
    for atom in _ATOM.findall(" ".join(text.split())):
        if not empty and not atom.isspace() and cell_len(current) + cell_len(atom) > width:
            lines.append(current.rstrip())
            current, empty = indent, True
        if empty and atom.isspace():
            continue
        current, empty = current + atom, False
    return "\n".join([*lines, current.rstrip()])


def render(edition: Edition) -> str:
    return "\n\n".join(_blocks(reliability.mark_statements(edition))) + "\n"


def _blocks(edition: Edition) -> Iterator[str]:
    words = get_catalog("edition", edition.language)
    yield _underline(edition_facts.title(edition), "=")
    yield edition_facts.kicker(edition)
    yield from _head(edition, words)
    yield from _start(edition, words)
    for number, section in enumerate(edition.sections, 1):
        yield from _section(number, section, words)
        if not section.text:  # of a short edition
            papers = edition_facts.section_papers(edition, number - 1)
            yield "\n".join(_summarised_reference(edition, paper, words) for paper in papers)
    yield from _references(edition, words)
    yield _underline(words.gettext("How this was made"), "-")
    yield "\n".join(_making(edition, words))
    if thanks := edition_facts.arxiv_thanks(edition, words):
        yield wrap(thanks, WIDTH)


def _head(edition: Edition, words: Catalog) -> Iterator[str]:
    if question := edition_facts.shown_question(edition):
        yield wrap(words.gettext("The question") + words.colon + question, WIDTH)
    yield from _head_notes(edition, words)
    if edition.quiet:
        yield wrap(
            words.gettext("Nothing new this time") + words.colon + to_verbatim_line(words.show(edition.quiet)), WIDTH
        )
    yield from _prose(edition.opening, markup=edition_facts.is_written_by_model(edition))
    yield from (wrap(notice, WIDTH) for notice in reliability.notices(edition))
    yield from filter(
        None,
        (
            wrap(edition_facts.counts_line(edition), WIDTH),
            wrap(edition_facts.route_line(edition), WIDTH),
            wrap(to_line(words.show(edition.note)), WIDTH),
        ),
    )


def _head_notes(edition: Edition, words: Catalog) -> Iterator[str]:
    for note in edition_facts.head_notes(edition):
        yield wrap(note.text, WIDTH, first="! ", rest="  ") if note.serious else wrap(note.text, WIDTH)
    if narrower := edition_facts.narrower_questions(edition):
        lead = words.show(edition_facts.NARROWER_LEAD) + words.colon.rstrip()
        yield "\n".join([lead, *(wrap(question, WIDTH, first="  ") for question in narrower)])


def _start(edition: Edition, words: Catalog) -> Iterator[str]:
    if found := edition_facts.start_papers(edition):
        yield _underline(words.show(edition_facts.START_LEAD), "-")
        for paper, reason in found:
            title = wrap(
                edition_facts.paper_title(paper), WIDTH, first=f"[{paper.number}]".ljust(len(_INDENT)), rest=_INDENT
            )
            yield f"{title}\n{wrap(reason, WIDTH, first=_INDENT)}"


def _section(number: int, section: Section, words: Catalog) -> Iterator[str]:
    yield _underline(f"{number}. {edition_facts.section_title(section)}", "-")
    if section.source == "summaries":
        yield wrap(words.show(edition_facts.UNWRITTEN), WIDTH)
    yield from _prose(section.text, markup=section.source == "model")


def _prose(text: str, *, markup: bool) -> Iterator[str]:
    for paragraph in split_paragraphs(text):
        yield wrap(strip_markup(paragraph) if markup else paragraph, WIDTH)


def _references(edition: Edition, words: Catalog) -> Iterator[str]:
    also = edition_facts.uncited_papers(edition)
    if cited := [paper for paper in edition.papers if paper not in also and edition.sections[paper.section].text]:
        yield _underline(words.gettext("Papers"), "-")
        yield from (_summarised_reference(edition, paper, words) for paper in cited)
    if also:
        yield _underline(words.gettext("Also found"), "-")
        yield wrap(words.show(edition_facts.UNCITED_LEAD), WIDTH)
        yield from (_reference(edition, paper, edition_facts.why_parts(paper, words), words) for paper in also)
    if beyond := edition_facts.overflow_papers(edition):
        yield _underline(words.gettext("Also new, in brief"), "-")
        yield wrap(words.show(edition_facts.OVERFLOW_LEAD), WIDTH)
        yield from (f"{wrap(title, WIDTH)}\n{address}" for title, address in beyond)


def _summarised_reference(edition: Edition, paper: EditionPaper, words: Catalog) -> str:
    return _reference(edition, paper, edition_facts.summary_parts(paper, words), words)


def _reference(edition: Edition, paper: EditionPaper, told: list[tuple[str, str]], words: Catalog) -> str:
    """told: what is said of it, in parts with their labels."""
    described = [f"{label}{words.colon}{text}" if label else text for label, text in told]
    status, edge = edition_facts.status_line(paper, words), edition_facts.edge_mark(edition, paper)
    lines = [
        wrap(edition_facts.paper_title(paper), WIDTH, first=f"[{paper.number}]".ljust(len(_INDENT)), rest=_INDENT),
        *([wrap(status, WIDTH, first=f"{_INDENT}! ", rest=f"{_INDENT}  ")] if status else []),
        wrap(f"{edition_facts.authors(paper, words)}. {words.date(paper.published)}.", WIDTH, first=_INDENT),
        *([wrap(f"({edge})", WIDTH, first=_INDENT)] if edge else []),
        _INDENT + paper.url,
        *(wrap(text, WIDTH, first=_INDENT) for text in described),
    ]
    return "\n".join(lines)


def _making(edition: Edition, words: Catalog) -> Iterator[str]:
    health = [
        detail if ok else detail + " (" + words.gettext("failed") + ")"
        for ok, detail in reliability.health_lines(edition)
    ]
    for label, lines in [
        *edition_facts.making_rows(edition),
        *([(words.gettext("Sources"), health)] if health else []),
    ]:
        yield wrap(label + words.colon + lines[0], WIDTH, rest="  ")
        yield from (wrap(line, WIDTH, first="  ") for line in lines[1:])


def _underline(text: str, rule: str) -> str:
    wrapped = wrap(text, WIDTH)
    return f"{wrapped}\n{rule * max(map(cell_len, wrapped.splitlines()))}"
