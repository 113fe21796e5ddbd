"""The verb that searches the papers of the store: by words and meaning, or by what names one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from digest.errors import BadInput, NotFound
from digest.i18n.catalog import get_catalog
from digest.render import edition_facts
from digest.render.safe_text import to_line, to_verbatim_line
from digest.retrieval.paper_lookup import NamedPapers, find_named
from digest.retrieval.paper_search import RankedPapers, search_papers, suggest_searches
from paperroute.cli.export import papers_format_option, render_papers
from paperroute.cli.make import OutputOption
from paperroute.cli.session import CliSession
from paperroute.compose.app import App
from store.indexing.search_syntax import SearchTerms, parse_search
from store.records.editions import EditionPaper, Paper
from store.tables.editions import EditionHead
from store.views.fulltext import PaperHit, PaperOrder, make_hits

_SHELL_NAME = re.compile(r'(-?author:)([^"]*\s[^"]*)', re.IGNORECASE)  # whose quotation marks were the shell's


class SortChoice(StrEnum):
    """In what order papers come."""

    rank = "rank"
    date = "date"


def search(
    context: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(help='Words, "phrases", -word, author:NAME, category:cs.CL; or arXiv ids or DOIs.'),
    ],
    sort: Annotated[SortChoice, typer.Option(help="Best first, or the last submitted.")] = SortChoice.rank,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many.")] = 10,
    format_: Annotated[str | None, papers_format_option()] = None,
    output: OutputOption = None,
) -> None:
    """Search the papers that were ever found; ids that are not among them are asked of arXiv."""
    session: CliSession = context.obj
    session.try_output(output)
    if slip := next((word for word in words if re.match(r"--\w", word)), None):  # else a word to be left out
        raise BadInput(f"There is no option {to_verbatim_line(slip, 60)}.", hint="paperroute search --help names them.")
    typed = " ".join(_SHELL_NAME.sub(r'\1"\2"', word) for word in words)
    order: PaperOrder = sort.value
    with session.app(reading=True) as app:
        if named := find_named(typed, app.store.papers):
            _write_named(app.fetch_named(named), format_, output, session, app)
            return
        _require_words(typed)
        found = search_papers(typed, app.store, app.search_embedder(free=False), order=order, limit=limit)
        if format_:
            session.write_document(render_papers([hit.paper for hit in found.hits], format_), output)
        elif found.hits:
            session.write_words("\n".join(line for hit in found.hits for line in _hit_lines(hit)), output)
        _say_how_many(found, typed, session, app)


def _write_named(named: NamedPapers, format_: str | None, output: Path | None, session: CliSession, app: App) -> None:
    """Raises NotFound where one is missing, once those that are there were written."""
    if format_ and named.papers:
        session.write_document(render_papers(named.papers, format_), output)
    elif len(named.papers) == 1:
        session.write_words("\n".join(_paper_lines(named.papers[0], app)), output)
    elif named.papers:
        hits = make_hits(named.papers, SearchTerms(), str)
        session.write_words("\n".join(line for hit in hits for line in _hit_lines(hit)), output)
    if named.missing:
        raise NotFound(
            f"Neither the store nor arXiv has {named.unknown}.",
            hint=f"See {', '.join(reference.url for reference in named.missing)}.",
        )


def _require_words(typed: str) -> None:
    terms = parse_search(typed)
    if terms.is_searchable:
        return
    if terms.has_exclusions:
        raise BadInput("Add a word that is to be found: a minus only leaves out.", hint="Such as: lora -image")
    raise BadInput("There is no word in this to search for.")


def _say_how_many(found: RankedPapers, typed: str, session: CliSession, app: App) -> None:
    if not found.with_words:
        session.say(f"No paper has the words: {to_verbatim_line(typed, 300)}")
        for text in suggest_searches(typed, app.store):
            session.say(f"Did you mean: {to_verbatim_line(text, 300)}")
    near = found.total - found.with_words
    if near:
        session.say(f"{near} of {found.total} by meaning alone, marked ≈.")
    if found.total > len(found.hits):
        session.say(f"{'More than ' if found.more else ''}{found.total} found; --limit shows more.")


def _hit_lines(hit: PaperHit) -> Iterator[str]:
    mark = "≈ " if hit.found_by == "meaning" else ""
    yield f"{hit.paper.id}  {hit.paper.published:%Y-%m-%d}  {mark}{_title(hit.paper)}"
    yield from (f"    {status}" for status in _status_lines(hit.paper))
    yield f"    {_authors(hit.paper)}"
    if hit.snippet.text:
        yield f"    {to_line(hit.snippet.text, 400)}"


def _status_lines(paper: Paper) -> Iterator[str]:
    if paper.is_withdrawn:
        yield edition_facts.status_line(paper, get_catalog("edition", "en"))


def _paper_lines(paper: Paper, app: App) -> Iterator[str]:
    yield _title(paper)
    yield from _status_lines(paper)
    yield _authors(paper)
    yield f"{paper.published:%Y-%m-%d}, {to_line(paper.primary_category, 40)}, version {paper.version}, {paper.url}"
    for doi in paper.dois:
        yield f"https://doi.org/{to_verbatim_line(doi, 300)}"
    yield ""
    yield to_line(paper.abstract, 10_000)
    yield from _edition_lines(app.store.editions.with_paper(paper.id))


def _edition_lines(heads: Sequence[EditionHead]) -> Iterator[str]:
    if heads:
        yield ""
    for head in heads:
        yield f"in {head.id} ({head.created_at:%Y-%m-%d}): {to_line(head.title, 300)}"


def _title(paper: Paper) -> str:
    return edition_facts.paper_title(EditionPaper.alone(paper))


def _authors(paper: Paper) -> str:
    return edition_facts.authors(EditionPaper.alone(paper), get_catalog("edition", "en"))


def add_to(app: typer.Typer) -> None:
    """Register this verb."""
    # A word that is to be left out begins with a minus, as an option does.
    app.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})(search)
