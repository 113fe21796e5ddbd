"""Export of an edition in one of its formats, to stdout or a file."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from digest.errors import BadInput
from digest.mail.message import DigestMail, eml_file
from digest.render import terminal
from digest.render.formats import FORMATS, EditionFormat
from paperroute.cli.session import CliSession
from paperroute.compose.app import App
from paperroute.compose.mail import make_digest_mail
from store.records.editions import Edition


class FormatName(StrEnum):
    """How an edition can be set: names of `edition_formats`, spelled out for typer."""

    text = "text"
    markdown = "markdown"
    html = "html"
    json = "json"
    bibtex = "bibtex"
    eml = "eml"
    svg = "svg"


def write_edition(edition: Edition, format_: FormatName, output: Path | None, session: CliSession, app: App) -> None:
    """Print an edition or write it to a file; as text on a terminal, with colours and links."""
    if format_ is FormatName.text and output is None and session.out.is_terminal:
        terminal.show(edition, session.out)
    else:
        session.write_result(render_edition(edition, format_, make_digest_mail(app.config)), output)


def render_edition(edition: Edition, format_: FormatName, compose: DigestMail) -> str:
    """The edition as text in one of its formats. Raises BadInput where it has none, or no sender for a mail."""
    made = edition_formats(compose)[format_].render(edition)
    if not isinstance(made, str):  # all formats that can be chosen are text
        raise BadInput(f"{edition.id} has too few papers for a map.", hint="Choose another --format.")
    return made


def edition_formats(compose: DigestMail) -> dict[str, EditionFormat]:
    """Every format by its name: with the mail, as `compose` writes it."""
    mail = EditionFormat("eml", "", "eml", "message/rfc822", lambda edition: eml_file(edition, compose))
    return {form.name: form for form in (*FORMATS, mail)}
