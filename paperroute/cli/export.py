"""Export of an edition in one of its formats, to stdout or a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.errors import BadInput
from digest.mail.message import DigestMail, eml_file
from digest.render import edition_facts, formats, terminal
from digest.render.formats import EditionFormat, set_length
from paperroute.cli.session import CliSession
from paperroute.compose.app import App
from paperroute.compose.mail import make_digest_mail
from store.records.editions import Edition, EditionLength, EditionPaper, Paper

DEFAULT = formats.TEXT.name
MAIL = "eml"


def format_option() -> Any:
    """--format, with the names that there are as it is called: typer reads a verb's annotations at each run."""
    return _option("How the edition is set.", _names)


class LengthChoice(StrEnum):
    short = "short"
    standard = "standard"
    full = "full"


LengthOption = Annotated[
    LengthChoice | None,
    typer.Option(help="short: a line a paper; standard: each told once; full: with its summary, too."),
]


def papers_format_option() -> Any:
    """--format of papers that stand in no edition: the bibliographies."""
    return _option("A bibliography.", lambda: [form.name for form in formats.paper_formats()])


def _option(said: str, names: Callable[[], list[str]]) -> Any:
    return typer.Option(
        "--format",
        "-f",
        help=said,
        metavar=f"<{'|'.join(names())}>",
        parser=lambda text: _parse_name(text, names()),
        autocompletion=lambda incomplete: [name for name in names() if name.startswith(incomplete)],
    )


def _names() -> list[str]:
    """Of the formats that are text."""
    return [*(form.name for form in formats.FORMATS if not form.is_binary), MAIL]


def _parse_name(text: str, names: list[str]) -> str:
    """Raises BadParameter, in the words of the library's own choices."""
    if text not in names:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(map(repr, names))}.")
    return text


def render_papers(papers: Iterable[Paper], format_: str) -> str:
    """Papers as a bibliography, in this order."""
    return _render_alone([EditionPaper.alone(paper) for paper in papers], format_)


def render_section(edition: Edition, section: int, format_: str) -> str:
    """The papers of a section, the first of which is 1, as a bibliography. Raises BadInput where there is no such."""
    papers = edition_facts.papers_of_section(edition, section)
    if not papers:
        raise BadInput(
            f"{edition.id} has {len(edition.sections)} sections, and no section {section}.",
            hint="--section 1 is the first.",
        )
    return _render_alone(papers, format_)


def _render_alone(papers: Sequence[EditionPaper], format_: str) -> str:
    forms = {form.name: form.render_papers for form in formats.paper_formats()}
    if (render := forms.get(format_)) is None:
        raise BadInput(f"A part of an edition can be had as {', '.join(forms)}.", hint="Choose another --format.")
    return render(papers)


def write_edition(
    edition: Edition,
    format_: str,
    output: Path | None,
    session: CliSession,
    app: App,
    length: LengthChoice | None = None,
) -> None:
    """Print an edition or write it to a file; as text on a terminal, with colours and links.

    length: None is what is configured; a page, which folds what is long, is whole then.
    """
    configured: EditionLength = "full" if format_ == formats.HTML.name else app.config.survey.length
    if edition_formats(make_digest_mail(app.config))[format_].has_lengths:
        edition = set_length(edition, length.value if length else configured)
    if format_ == formats.TEXT.name and output is None and session.out.is_terminal:
        terminal.show(edition, session.out)
    else:
        write = session.write_words if format_ == formats.TEXT.name else session.write_document
        write(render_edition(edition, format_, make_digest_mail(app.config)), output)


def render_edition(edition: Edition, format_: str, compose: DigestMail) -> str:
    """The edition as text in one of its formats. Raises BadInput where it has none, or no sender for a mail."""
    made = edition_formats(compose)[format_].render(edition)
    if not isinstance(made, str):  # all formats that can be chosen are text
        raise BadInput(f"{edition.id} has too few papers for a map.", hint="Choose another --format.")
    return made


def edition_formats(compose: DigestMail) -> dict[str, EditionFormat]:
    """Every format by its name: with the mail, as `compose` writes it."""
    mail = EditionFormat(
        MAIL, "", "eml", "message/rfc822", lambda edition: eml_file(edition, compose), has_lengths=True
    )
    return {form.name: form for form in (*formats.FORMATS, mail)}
