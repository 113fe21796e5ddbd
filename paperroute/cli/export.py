"""The forms in which an edition leaves the program, and how it leaves."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from digest.errors import BadInput
from digest.mail.message import eml_file
from digest.render import bibtex, edition_json, html, markdown, plain_text, terminal
from digest.render.map_svg import of_edition as route_map
from paperroute.cli.session import Session
from paperroute.compose.app import App
from paperroute.compose.mail import digest_mail
from paperroute.config.load import Config
from store.records.editions import Edition


class Format(StrEnum):
    """How an edition can be set."""

    text = "text"
    markdown = "markdown"
    html = "html"
    json = "json"
    bibtex = "bibtex"
    eml = "eml"
    svg = "svg"


def deliver(edition: Edition, format_: Format, output: Path | None, session: Session, app: App) -> None:
    """Print an edition or write it to a file; as text on a terminal, with colours and links."""
    if format_ is Format.text and output is None and session.out.is_terminal:
        terminal.show(edition, session.out)
    else:
        session.put(rendered(edition, format_, app.config), output)


def rendered(edition: Edition, format_: Format, config: Config) -> str:
    """The edition as text in one of its forms."""
    forms: dict[Format, Callable[[], str]] = {
        Format.text: lambda: plain_text.render(edition),
        Format.markdown: lambda: markdown.render(edition),
        Format.html: lambda: _page(edition),
        Format.json: lambda: edition_json.render(edition),
        Format.bibtex: lambda: bibtex.render(edition),
        Format.eml: lambda: eml_file(edition, digest_mail(config)),
        Format.svg: lambda: _picture(edition),
    }
    return forms[format_]()


def _page(edition: Edition) -> str:
    return html.page(edition, map_svg=route_map(edition, [f"#p{paper.number}" for paper in edition.papers]))


def _picture(edition: Edition) -> str:
    """The map on its own, whose dots lead to arXiv."""
    drawn = route_map(edition, [paper.url for paper in edition.papers])
    if drawn is None:
        raise BadInput(f"{edition.id} has too few papers for a map.", hint="Choose another --format.")
    return drawn
