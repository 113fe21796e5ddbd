"""Export formats of an edition, and writing one to stdout or a file."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from digest.errors import BadInput
from digest.mail.message import eml_file
from digest.render import bibtex, edition_json, html, markdown, plain_text, terminal
from digest.render.map_svg import draw_edition_map as route_map
from paperroute.cli.session import CliSession
from paperroute.compose.app import App
from paperroute.compose.mail import make_digest_mail
from paperroute.config.load import Config
from store.records.editions import Edition


class EditionFormat(StrEnum):
    """How an edition can be set."""

    text = "text"
    markdown = "markdown"
    html = "html"
    json = "json"
    bibtex = "bibtex"
    eml = "eml"
    svg = "svg"


def write_edition(edition: Edition, format_: EditionFormat, output: Path | None, session: CliSession, app: App) -> None:
    """Print an edition or write it to a file; as text on a terminal, with colours and links."""
    if format_ is EditionFormat.text and output is None and session.out.is_terminal:
        terminal.show(edition, session.out)
    else:
        session.write_result(render_edition(edition, format_, app.config), output)


def render_edition(edition: Edition, format_: EditionFormat, config: Config) -> str:
    """The edition as text in one of its forms."""
    forms: dict[EditionFormat, Callable[[], str]] = {
        EditionFormat.text: lambda: plain_text.render(edition),
        EditionFormat.markdown: lambda: markdown.render(edition),
        EditionFormat.html: lambda: _html_page(edition),
        EditionFormat.json: lambda: edition_json.render(edition),
        EditionFormat.bibtex: lambda: bibtex.render(edition),
        EditionFormat.eml: lambda: eml_file(edition, make_digest_mail(config)),
        EditionFormat.svg: lambda: _standalone_map(edition),
    }
    return forms[format_]()


def _html_page(edition: Edition) -> str:
    return html.render_page(edition, map_svg=route_map(edition, [f"#p{paper.number}" for paper in edition.papers]))


def _standalone_map(edition: Edition) -> str:
    """The map on its own, whose dots lead to arXiv."""
    drawn = route_map(edition, [paper.url for paper in edition.papers])
    if drawn is None:
        raise BadInput(f"{edition.id} has too few papers for a map.", hint="Choose another --format.")
    return drawn
