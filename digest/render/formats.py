"""The formats of an edition: name, file extension, media type, and the function that renders it.

Invariant: pure, and the only list: what the command line, the web and Slack offer are choices from it. The mail (.eml)
alone is not here: its sender is configured, so the command line adds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from digest.render import bibtex, edition_json, html, markdown, plain_text
from digest.render.maps.map_png import route_png
from digest.render.maps.map_svg import draw_edition_map
from store.records.editions import Edition
from store.records.lazy_text import AnyText, lazy_gettext


@dataclass(frozen=True)
class EditionFormat:
    """name: as on the command line. label: on a button; "" where none is offered. render: the whole; None where there
    is nothing to draw.
    """

    name: str
    label: AnyText
    extension: str
    media_type: str
    render: Callable[[Edition], str | bytes | None]

    def render_bytes(self, edition: Edition) -> bytes | None:
        """As `render`, in UTF-8."""
        made = self.render(edition)
        return made.encode(errors="replace") if isinstance(made, str) else made


def _html_page(edition: Edition) -> str:
    return html.render_page(
        edition, map_svg=draw_edition_map(edition, [f"#p{paper.number}" for paper in edition.papers])
    )


def _standalone_map(edition: Edition) -> str | None:
    """The map on its own, whose dots lead to arXiv."""
    return draw_edition_map(edition, [paper.url for paper in edition.papers])


TEXT = EditionFormat("text", lazy_gettext("Text"), "txt", "text/plain; charset=utf-8", plain_text.render)
MARKDOWN = EditionFormat("markdown", "Markdown", "md", "text/markdown; charset=utf-8", markdown.render)
HTML = EditionFormat("html", lazy_gettext("One file"), "html", "text/html; charset=utf-8", _html_page)
JSON = EditionFormat("json", "JSON", "json", "application/json", edition_json.render)
BIBTEX = EditionFormat("bibtex", "BibTeX", "bib", "application/x-bibtex; charset=utf-8", bibtex.render)
SVG = EditionFormat("svg", "", "svg", "image/svg+xml", _standalone_map)
PNG = EditionFormat("png", "", "png", "image/png", route_png)

FORMATS = (BIBTEX, MARKDOWN, JSON, TEXT, HTML, SVG, PNG)
BY_EXTENSION = {form.extension: form for form in FORMATS}
