"""Edition -> CommonMark.

Invariant: the only links are the sources' to their papers; titles, names and extracts are escaped, and a
model's text keeps its emphasis and lists but no link, image, HTML or heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts, reliability
from digest.render.safe_text import split_citations, split_paragraphs, to_line, to_verbatim_line
from store.records.editions import Edition, EditionPaper, Section

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&!$@]|(?<=[a-z]):(?=//)|(?<=\bwww)\.", re.IGNORECASE)
_LIVE = re.compile(r"[\[\]<>&!@]|(?<=[a-z]):(?=//)|(?<=\bwww)\.", re.IGNORECASE)
_LINE_START = re.compile(r"(?m)^(\s*)(?:([-+=>])|(\d+)([.)]))(?=\s|$|[-=])")
_HEADING = re.compile(r"(?m)^\s{0,3}#{1,6}\s+(.+?)\s*#*$")


def render(edition: Edition) -> str:
    return "\n\n".join(_blocks(reliability.mark_statements(edition))) + "\n"


def escape_markdown(text: str) -> str:
    """Words as words: nothing in them is markup."""
    return _LINE_START.sub(r"\1\\\2\3\4", _SPECIAL.sub(r"\\\g<0>", text)) if text else ""


def _blocks(edition: Edition) -> Iterator[str]:
    words = get_catalog("edition", edition.language)
    yield f"# {escape_markdown(edition_facts.title(edition))}"
    yield f"*{edition_facts.kicker(edition)}*"
    yield from _head(edition, words)
    if start := edition_facts.start_papers(edition):
        yield "## " + words.show(edition_facts.START_LEAD)
        yield "\n".join(_start_line(paper, reason) for paper, reason in start)
    for index, section in enumerate(edition.sections):
        yield f"## {index + 1}. {escape_markdown(edition_facts.section_title(section))}"
        yield from _section(edition, section, words)
        if papers := edition_facts.section_papers(edition, index):
            yield "\n".join(
                _paper(edition, paper, edition_facts.summary_parts(paper, words), words) for paper in papers
            )
    if also := edition_facts.uncited_papers(edition):
        yield "## " + words.gettext("Also found")
        yield words.show(edition_facts.UNCITED_LEAD)
        yield "\n".join(_paper(edition, paper, edition_facts.why_parts(paper, words), words) for paper in also)
    if beyond := edition_facts.overflow_papers(edition):
        yield "## " + words.gettext("Also new, in brief")
        yield words.show(edition_facts.OVERFLOW_LEAD)
        yield "\n".join(f"- [{escape_markdown(title)}]({address})" for title, address in beyond)
    yield "## " + words.gettext("How this was made")
    yield "\n".join(_making(edition, words))
    if thanks := edition_facts.arxiv_thanks(edition, words):
        yield f"*{thanks}*"


def _head(edition: Edition, words: Catalog) -> Iterator[str]:
    if question := edition_facts.shown_question(edition):
        yield f"> {escape_markdown(question)}"
    yield from _head_notes(edition, words)
    if edition.quiet:
        yield (
            "**"
            + words.gettext("Nothing new this time")
            + words.colon
            + "**"
            + escape_markdown(to_verbatim_line(words.show(edition.quiet)))
        )
    yield from _prose(edition, edition.opening, markup=edition_facts.is_written_by_model(edition))
    yield from (f"**{escape_markdown(notice)}**" for notice in reliability.notices(edition))
    yield from filter(
        None,
        (
            edition_facts.counts_line(edition),
            edition_facts.route_line(edition),
            escape_markdown(to_line(words.show(edition.note))),
        ),
    )


def _start_line(paper: EditionPaper, reason: str) -> str:
    title = f"[{escape_markdown(edition_facts.paper_title(paper))}]({paper.url})"
    return f"- **\\[{paper.number}\\]** {title}: {escape_markdown(reason)}"


def _head_notes(edition: Edition, words: Catalog) -> Iterator[str]:
    for note in edition_facts.head_notes(edition):
        yield f"**{escape_markdown(note.text)}**" if note.serious else escape_markdown(note.text)
    if narrower := edition_facts.narrower_questions(edition):
        yield words.show(edition_facts.NARROWER_LEAD) + words.colon.rstrip()
        yield "\n".join(f"- {escape_markdown(question)}" for question in narrower)


def _section(edition: Edition, section: Section, words: Catalog) -> Iterator[str]:
    if section.source == "summaries":
        yield (
            "*" + words.show(edition_facts.UNWRITTEN) + "*"
        )  # with its papers, right below; the text would only repeat them
        return
    yield from _prose(edition, section.text, markup=section.source == "model")


def _prose(edition: Edition, text: str, *, markup: bool) -> Iterator[str]:
    urls = {paper.number: paper.url for paper in edition.papers}
    for paragraph in split_paragraphs(text):
        parts = split_citations(paragraph, urls)
        words = _defuse if markup else escape_markdown
        joined = "".join(words(part) if isinstance(part, str) else f"[[{part}]]({urls[part]})" for part in parts)
        yield _HEADING.sub(r"**\1**", joined) if markup else joined


def _defuse(text: str) -> str:
    """A model's Markdown without what could link, load or run."""
    return _LIVE.sub(r"\\\g<0>", text)


def _paper(edition: Edition, paper: EditionPaper, told: list[tuple[str, str]], words: Catalog) -> str:
    """told: what is said of it, in parts with their labels."""
    head = f"- **\\[{paper.number}\\]** [{escape_markdown(edition_facts.paper_title(paper))}]({paper.url})  "
    authors, published = edition_facts.authors(paper, words), words.date(paper.published)
    edge = edition_facts.edge_mark(edition, paper)
    by = f"  {escape_markdown(authors)}. {published}." + (f" *({edge})*" if edge else "")
    by += f" [PDF]({paper.pdf_url})" if paper.pdf_url else ""
    parts = [
        f"  *{label}{words.colon.strip()}* {escape_markdown(text)}" if label else f"  {escape_markdown(text)}"
        for label, text in told
    ]
    status = edition_facts.status_line(paper, words)
    marked = [f"  **{escape_markdown(status)}**"] if status else []
    return "  \n".join([head.rstrip(), *marked, by, *parts])


def _making(edition: Edition, words: Catalog) -> Iterator[str]:
    for label, lines in edition_facts.making_rows(edition):
        yield from (f"- {label}{words.colon}{escape_markdown(line)}" for line in lines)
    for ok, detail in reliability.health_lines(edition):
        mark = "" if ok else " (**" + words.gettext("failed") + "**)"
        yield "- " + words.gettext("Sources") + words.colon + escape_markdown(detail) + mark
