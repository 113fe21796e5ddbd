"""Edition -> plain text of 78 columns: the text first, then its numbered references with addresses.

Invariant: no markup, no control character; every address stands whole on a line.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from digest.render import facts
from digest.render.marks import line, paragraphs, verbatim, without_markup
from digest.render.strings import Strings, date, strings
from digest.render.wrap import wrap
from store.records.editions import Edition, EditionPaper, Section

WIDTH = 78
_INDENT = "     "


def render(edition: Edition) -> str:
    return "\n\n".join(_blocks(edition)) + "\n"


def _blocks(edition: Edition) -> Iterator[str]:
    words = strings(edition.language)
    yield _heading(facts.title(edition), "=")
    yield facts.kicker(edition)
    yield from _head(edition, words)
    for number, section in enumerate(edition.sections, 1):
        yield from _section(number, section, words)
    yield from _references(edition, words)
    yield _heading(words.made, "-")
    yield "\n".join(_making(edition, words))
    yield wrap(words.thanks, WIDTH)


def _head(edition: Edition, words: Strings) -> Iterator[str]:
    question = line(edition.question)
    if question != facts.title(edition):
        yield wrap(words.question + words.stop + question, WIDTH)
    if edition.quiet:
        yield wrap(words.quiet + words.stop + verbatim(edition.quiet), WIDTH)
    yield from _prose(edition.opening, markup=facts.written_by_model(edition))
    yield from (wrap(notice, WIDTH) for notice in facts.notices(edition))
    yield from filter(None, (facts.counts_line(edition), facts.route_line(edition), wrap(line(edition.note), WIDTH)))


def _section(number: int, section: Section, words: Strings) -> Iterator[str]:
    yield _heading(f"{number}. {facts.section_title(section)}", "-")
    if section.source == "summaries":
        yield wrap(words.unwritten, WIDTH)
    yield from _prose(section.text, markup=section.source == "model")


def _prose(text: str, *, markup: bool) -> Iterator[str]:
    for paragraph in paragraphs(text):
        yield wrap(without_markup(paragraph) if markup else paragraph, WIDTH)


def _references(edition: Edition, words: Strings) -> Iterator[str]:
    also = facts.also_found(edition)
    if cited := [paper for paper in edition.papers if paper not in also]:
        yield _heading(words.paper_list, "-")
        yield from (_reference(paper, words) for paper in cited)
    if also:
        yield _heading(words.also, "-")
        yield wrap(words.also_lead, WIDTH)
        yield from (_reference(paper, words) for paper in also)
    if beyond := facts.beyond(edition):
        yield _heading(words.beyond, "-")
        yield wrap(words.beyond_lead, WIDTH)
        yield from (f"{wrap(title, WIDTH)}\n{address}" for title, address in beyond)


def _reference(paper: EditionPaper, words: Strings) -> str:
    described = [f"{label}{words.stop}{text}" if label else text for label, text in facts.parts(paper, words)]
    lines = [
        wrap(facts.paper_title(paper), WIDTH, first=f"[{paper.number}]".ljust(len(_INDENT)), rest=_INDENT),
        wrap(f"{facts.authors(paper, words)}. {date(paper.published, words)}.", WIDTH, first=_INDENT),
        _INDENT + paper.url,
        *(wrap(text, WIDTH, first=_INDENT) for text in described),
    ]
    return "\n".join(lines)


def _making(edition: Edition, words: Strings) -> Iterator[str]:
    health = [detail if ok else f"{detail} ({words.failed})" for ok, detail in facts.health_lines(edition)]
    for label, lines in [*facts.making(edition), *([(words.sources, health)] if health else [])]:
        yield wrap(label + words.stop + lines[0], WIDTH, rest="  ")
        yield from (wrap(one, WIDTH, first="  ") for one in lines[1:])


def _heading(text: str, rule: str) -> str:
    wrapped = wrap(text, WIDTH)
    return f"{wrapped}\n{rule * max(map(cell_len, wrapped.splitlines()))}"
