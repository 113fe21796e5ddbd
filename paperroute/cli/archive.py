"""The verbs that render from the archive: show and papers."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from digest.errors import BadInput, NotFound
from digest.i18n.catalog import get_catalog
from digest.render import formats
from digest.render.reliability import statement_marks
from digest.render.safe_text import to_line as clean
from digest.render.safe_text import to_verbatim_line
from digest.retrieval.paper_lookup import find_paper, parse_reference
from paperroute.cli.export import (
    DEFAULT,
    LengthOption,
    format_option,
    papers_format_option,
    render_papers,
    render_section,
    write_edition,
)
from paperroute.cli.make import OutputOption
from paperroute.cli.session import CliSession
from paperroute.compose.app import App
from store import Store
from store.records.editions import Edition, Paper


def show(
    context: typer.Context,
    edition: Annotated[str, typer.Argument(help="Its id, the beginning of it, or “latest”.")],
    format_: Annotated[str, format_option()] = DEFAULT,
    length: LengthOption = None,
    output: OutputOption = None,
    why: Annotated[bool, typer.Option("--why", help="List why each paper was kept.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="List the statements that their papers hardly support.")
    ] = False,
    section: Annotated[
        int | None, typer.Option(min=1, help="Only the papers of this section, as a bibliography; 1 is the first.")
    ] = None,
) -> None:
    """Render any edition from the store alone."""
    session: CliSession = context.obj
    session.try_output(output)
    with session.app(reading=True) as app:
        kept = app.store.editions.get(_resolve_edition_id(edition, app.store))
        if kept is None:  # it was there a moment ago, and editions are never removed
            raise NotFound(f"There is no edition “{edition}”.")
        if why:
            words = get_catalog("edition", kept.language)
            session.write_words(
                "\n".join(
                    f"[{paper.number}] {clean(paper.title)}\n    {to_verbatim_line(words.show(paper.reason))}"
                    for paper in kept.papers
                ),
                output,
            )
        elif check:
            session.write_words(_checks(kept), output)
        elif section:
            session.write_document(render_section(kept, section, format_), output)
        else:
            write_edition(kept, format_, output, session, app, length)


def _checks(edition: Edition) -> str:
    """The statements that are not well supported, each with what it rests on, those that are wrong first."""
    if edition.statements:
        return "\n".join(_statement_lines(edition))
    if edition.support is None:
        return "No statement of this edition could be held against an abstract."
    judged = f"{edition.counts.checked} statements were held against the abstracts they cite"
    if not edition.checks:
        return f"{judged}; each is supported (mean score {edition.support:.2f})."
    titles = {paper.number: paper.title for paper in edition.papers}
    lines = [
        f"{check.score:.2f}  {clean(check.sentence, 1000)}\n      [{check.paper}] {clean(titles[check.paper])}"
        for check in sorted(edition.checks, key=lambda check: check.score)
    ]
    return "\n".join([f"{judged}; {len(lines)} may say more than them (mean score {edition.support:.2f}):", *lines])


def _statement_lines(edition: Edition) -> Iterator[str]:
    marks = statement_marks(edition)
    judged = [mark for mark in marks if mark.verdict != "unchecked"]
    doubtful = [mark for mark in judged if mark.words]
    yield (
        f"{len(judged)} of {len(edition.statements)} statements were held against the papers that they cite; "
        + (f"{len(doubtful)} are not, or not fully, supported:" if doubtful else "each is supported.")
    )
    for mark in sorted(doubtful, key=lambda mark: mark.verdict == "partly"):
        yield f"{mark.words}\n      {clean(mark.sentence, 1000)}"
        yield from (f"      [{one.paper}] {one.place + ': ' if one.place else ''}{one.text}" for one in mark.evidence)


def _resolve_edition_id(asked: str, store: Store) -> str:
    ids = store.editions.find(asked)
    if asked in ids or len(ids) == 1 or (asked == "latest" and ids):
        return asked if asked in ids else ids[0]
    if ids:
        raise NotFound(f"“{asked}” begins {len(ids)} editions: {', '.join(ids[:5])}.", hint="Give more of the id.")
    raise NotFound(f"There is no edition “{asked}”.", hint="`paperroute history` lists them.")


def papers(
    context: typer.Context,
    ids: Annotated[
        list[str], typer.Argument(help="Papers by arXiv id or DOI, in any form; “-” reads them from stdin.")
    ],
    format_: Annotated[str, papers_format_option()] = formats.BIBTEX.name,
    output: OutputOption = None,
) -> None:
    """A bibliography of these papers, in this order; one that is not in the store is asked of arXiv."""
    session: CliSession = context.obj
    session.try_output(output)
    named = [one for text in ids for one in (re.findall(r"[^\s,]+", sys.stdin.read()) if text == "-" else [text])]
    if not named:
        raise BadInput(
            "No paper was named on stdin.", hint="Give arXiv ids or DOIs, with blanks or commas between them."
        )
    with session.app() as app:
        found = {paper.id: paper for paper in (require_paper(one, app) for one in named)}
        session.write_document(render_papers(found.values(), format_), output)


def require_paper(typed: str, app: App) -> Paper:
    if paper := find_paper(typed, app.store.papers):
        return paper
    reference = parse_reference(typed)
    if reference is None:
        raise BadInput(f"“{to_verbatim_line(typed, 80)}” is no arXiv id and no DOI.")
    if paper := app.fetch_paper(reference):
        return paper
    raise NotFound(f"Neither the store nor arXiv has {reference.label}.", hint=f"See {reference.url}.")


def add_to(app: typer.Typer) -> None:
    """Register these verbs."""
    for verb in (show, papers):
        app.command()(verb)
