"""Export of an edition in one of its formats, to stdout or a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from digest.errors import BadInput
from digest.mail.message import DigestMail, eml_file
from digest.render import formats, terminal
from digest.render.formats import EditionFormat
from paperroute.cli.session import CliSession
from paperroute.compose.app import App
from paperroute.compose.mail import make_digest_mail
from store.records.editions import Edition

DEFAULT = formats.TEXT.name
MAIL = "eml"


def format_option() -> Any:
    """--format, with the names that there are as it is called: typer reads a verb's annotations at each run."""
    names = _names()
    return typer.Option(
        "--format",
        "-f",
        help="How the edition is set.",
        metavar=f"<{'|'.join(names)}>",
        parser=_parse_name,
        autocompletion=lambda incomplete: [name for name in names if name.startswith(incomplete)],
    )


def _names() -> list[str]:
    """Of the formats that are text."""
    return [*(form.name for form in formats.FORMATS if not form.is_binary), MAIL]


def _parse_name(text: str) -> str:
    """Raises BadParameter, in the words of the library's own choices."""
    if text not in _names():
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(map(repr, _names()))}.")
    return text


def write_edition(edition: Edition, format_: str, output: Path | None, session: CliSession, app: App) -> None:
    """Print an edition or write it to a file; as text on a terminal, with colours and links."""
    if format_ == formats.TEXT.name and output is None and session.out.is_terminal:
        terminal.show(edition, session.out)
    else:
        session.write_result(render_edition(edition, format_, make_digest_mail(app.config)), output)


def render_edition(edition: Edition, format_: str, compose: DigestMail) -> str:
    """The edition as text in one of its formats. Raises BadInput where it has none, or no sender for a mail."""
    made = edition_formats(compose)[format_].render(edition)
    if not isinstance(made, str):  # all formats that can be chosen are text
        raise BadInput(f"{edition.id} has too few papers for a map.", hint="Choose another --format.")
    return made


def edition_formats(compose: DigestMail) -> dict[str, EditionFormat]:
    """Every format by its name: with the mail, as `compose` writes it."""
    mail = EditionFormat(MAIL, "", "eml", "message/rfc822", lambda edition: eml_file(edition, compose))
    return {form.name: form for form in (*formats.FORMATS, mail)}
