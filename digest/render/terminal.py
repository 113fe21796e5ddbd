"""Edition -> a terminal, through a given rich console.

Invariant: nothing is lost without colour or links; no text of the edition is read as rich markup, and no escape
sequence comes from one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts, reliability
from digest.render.plain_text import wrap
from digest.render.safe_text import split_citations, split_paragraphs, strip_markup, to_line, to_verbatim_line
from store.records.editions import Edition, EditionPaper, Section
from store.records.repositories import repository_name

_MEASURE = 100  # columns; longer lines are hard to read
_ACCENT, _SOFT = "dark_orange3", "bright_black"


def show(edition: Edition, console: Console) -> None:
    """Print the edition, at most 100 columns wide."""
    console.print(
        Group(*_blocks(reliability.mark_statements(edition))), width=min(console.width, _MEASURE), highlight=False
    )


def _blocks(edition: Edition) -> Iterator[RenderableType]:
    words = get_catalog("edition", edition.language)
    yield Rule(Text(f"Paper Route · {edition_facts.kicker(edition)}", style=_ACCENT), style=_ACCENT, align="left")
    yield Padding(_Prose(edition_facts.title(edition), style="bold"), (1, 0))
    yield from _head(edition, words)
    yield from _start(edition, words)
    for index, section in enumerate(edition.sections):
        yield _heading(f"{index + 1}  {edition_facts.section_title(section)}")
        yield from _section(edition, section, words)
        yield from _table(edition, edition_facts.section_papers(edition, index), words)
    if also := edition_facts.uncited_papers(edition):
        yield _heading(words.gettext("Also found"))
        yield _add_space_below(Text(words.show(edition_facts.UNCITED_LEAD), style=_SOFT))
        yield from _table(edition, also, words, why=True)
    if beyond := edition_facts.overflow_papers(edition):
        yield _heading(words.gettext("Also new, in brief"))
        yield _add_space_below(Text(words.show(edition_facts.OVERFLOW_LEAD), style=_SOFT))
        yield from (Text(title, style=f"link {address}") for title, address in beyond)
    yield _heading(words.gettext("How this was made"))
    yield _making(edition, words)


def _head(edition: Edition, words: Catalog) -> Iterator[RenderableType]:
    if question := edition_facts.shown_question(edition):
        yield _add_space_below(_Prose(question, style="italic"))
    yield from _head_notes(edition, words)
    if edition.quiet:
        yield _add_space_below(
            Text.assemble(
                (words.gettext("Nothing new this time"), "bold"),
                words.colon,
                to_verbatim_line(words.show(edition.quiet)),
            )
        )
    yield from _prose(edition, edition.opening, markup=edition_facts.is_written_by_model(edition))
    for notice in reliability.notices(edition):
        yield _add_space_below(_Prose(notice, style="bold yellow"))
    facts_found = filter(
        None, (edition_facts.counts_line(edition), edition_facts.route_line(edition), to_line(words.show(edition.note)))
    )
    yield _add_space_below(_Prose("\n".join(facts_found), style=_SOFT))


def _head_notes(edition: Edition, words: Catalog) -> Iterator[RenderableType]:
    for note in edition_facts.head_notes(edition):
        yield _add_space_below(_Prose(note.text, style="bold yellow" if note.serious else _SOFT))
    if narrower := edition_facts.narrower_questions(edition):
        lead = words.show(edition_facts.NARROWER_LEAD) + words.colon.rstrip()
        yield _add_space_below(_Prose("\n".join([lead, *(f"· {question}" for question in narrower)])))


def _start(edition: Edition, words: Catalog) -> Iterator[RenderableType]:
    found = edition_facts.start_papers(edition)
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for paper, reason in found:
        title = Text(edition_facts.paper_title(paper), style=_link(paper.url))
        table.add_row(Text(str(paper.number), style=_ACCENT), Text("\n").join((title, Text(reason, style=_SOFT))))
    if found:
        yield _heading(words.show(edition_facts.START_LEAD))
        yield _add_space_below(table)


def _section(edition: Edition, section: Section, words: Catalog) -> Iterator[RenderableType]:
    if section.source == "summaries":
        yield Text(words.show(edition_facts.UNWRITTEN), style="red")
    yield from _prose(edition, section.text, markup=section.source == "model")


def _prose(edition: Edition, text: str, *, markup: bool) -> Iterator[RenderableType]:
    urls = {paper.number: paper.url for paper in edition.papers}
    for paragraph in split_paragraphs(text):
        yield _add_space_below(_Prose(strip_markup(paragraph) if markup else paragraph, urls))


@dataclass(frozen=True)
class _Prose:
    """Words and linked citations, in lines that end where the script lets a line end: rich knows blanks only."""

    text: str
    urls: Mapping[int, str] = field(default_factory=dict)
    style: str = ""

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        lines = "\n".join(wrap(line, options.max_width) for line in self.text.splitlines())
        yield Text.assemble(
            *(_piece(piece, self.urls) for piece in split_citations(lines, self.urls)), style=self.style
        )


def _piece(piece: str | int, urls: Mapping[int, str]) -> Text:
    return Text(piece) if isinstance(piece, str) else Text(f"[{piece}]", style=_link(urls[piece]))


def _link(url: str) -> Style:
    return Style(color=_ACCENT, link=url)


def _table(
    edition: Edition, papers: Sequence[EditionPaper], words: Catalog, *, why: bool = False
) -> Iterator[RenderableType]:
    """why: with what each was kept for."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=_SOFT, expand=True, pad_edge=False)
    table.add_column(words.gettext("No."), justify="right", no_wrap=True)
    table.add_column(words.gettext("Title"), ratio=1, overflow="fold")
    table.add_column(words.gettext("Authors"), max_width=18, overflow="ellipsis", no_wrap=True)
    table.add_column(words.gettext("Date"), no_wrap=True)
    sources = {repository_name(paper.source) for paper in papers}
    table.add_column(sources.pop() if len(sources) == 1 else "", max_width=26, overflow="fold")
    for paper in papers:
        reasons = edition_facts.why_parts(paper, words) if why else []
        table.add_row(*_row(edition, paper, words.colon.join(chain.from_iterable(reasons)), words))
    if table.row_count:
        yield _add_space_below(table)


def _row(edition: Edition, paper: EditionPaper, why: str, words: Catalog) -> tuple[Text, ...]:
    style, status = _link(paper.url), edition_facts.status_line(paper, words)
    title = (
        Text(edition_facts.paper_title(paper)),
        Text(status, style="bold red"),
        Text(edition_facts.edge_mark(edition, paper), style=_SOFT),
        Text(why, style=_SOFT),
    )
    return (
        Text(str(paper.number), style=_ACCENT),
        Text("\n").join(filter(None, title)),
        Text(edition_facts.first_author(paper, words) if paper.authors else "—", style=_SOFT),
        Text(f"{paper.published:%Y-%m-%d}", style=_SOFT),
        Text(to_verbatim_line(paper.id.removeprefix(f"{paper.source}:"), 40), style=style),
    )


def _making(edition: Edition, words: Catalog) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=_SOFT, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for label, lines in edition_facts.making_rows(edition):
        grid.add_row(label, _Prose("\n".join(lines)))
    for index, (ok, detail) in enumerate(reliability.health_lines(edition)):
        mark = ("", "") if ok else (" (" + words.gettext("failed") + ")", "red")
        grid.add_row("" if index else words.gettext("Sources"), Text.assemble(detail, mark))
    return grid


def _heading(text: str) -> RenderableType:
    return _add_space_below(Text(text, style=f"bold {_ACCENT}"))


def _add_space_below(block: RenderableType) -> Padding:
    return Padding(block, (0, 0, 1, 0))
