"""The formats of an edition: name, file extension, media type, and the function that renders it.

Invariant: pure, and the only list: what the command line, the web and Slack offer they read from `FORMATS` when they
are asked, so that a line in it is all that a new one needs. The mail (.eml) alone is not here: its sender is
configured, so the command line adds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from digest.render import bibtex, comparison, csl_json, edition_json, html, markdown, plain_text, ris
from digest.render.maps.map_png import route_png
from digest.render.maps.map_svg import draw_edition_map, draw_page_map
from store.records.editions import Edition, EditionPaper
from store.records.lazy_text import AnyText, lazy_gettext


@dataclass(frozen=True)
class EditionFormat:
    """name: as on the command line. label: on a button; "" where none is offered. render: the whole; None where there
    is nothing to draw. render_papers: of papers alone, for a paper's own page; None where that makes no sense.
    is_download: a browser is to save it; is_binary: no terminal is to show it; has_lengths: it reads from top to
    bottom, so that a shorter edition of it makes sense.
    """

    name: str
    label: AnyText
    extension: str
    media_type: str
    render: Callable[[Edition], str | bytes | None]
    render_papers: Callable[[Sequence[EditionPaper]], str] | None = None
    is_download: bool = False
    is_binary: bool = False
    has_lengths: bool = False

    def render_bytes(self, edition: Edition) -> bytes | None:
        """As `render`, in UTF-8."""
        made = self.render(edition)
        return made.encode(errors="replace") if isinstance(made, str) else made


def _html_page(edition: Edition) -> str:
    return html.render_page(edition, map_svg=draw_page_map(edition))


def _standalone_map(edition: Edition) -> str | None:
    """The map on its own, whose dots lead to arXiv."""
    return draw_edition_map(edition, [paper.url for paper in edition.papers])


TEXT = EditionFormat(
    "text", lazy_gettext("Text"), "txt", "text/plain; charset=utf-8", plain_text.render, has_lengths=True
)
MARKDOWN = EditionFormat(
    "markdown", "Markdown", "md", "text/markdown; charset=utf-8", markdown.render, has_lengths=True
)
HTML = EditionFormat(
    "html", lazy_gettext("One file"), "html", "text/html; charset=utf-8", _html_page, is_download=True, has_lengths=True
)
JSON = EditionFormat("json", "JSON", "json", "application/json", edition_json.render)
BIBTEX = EditionFormat(
    "bibtex",
    "BibTeX",
    "bib",
    "application/x-bibtex; charset=utf-8",
    bibtex.render,
    bibtex.render_papers,
    is_download=True,
)
RIS = EditionFormat(
    "ris",
    "RIS",
    "ris",
    "application/x-research-info-systems; charset=utf-8",
    ris.render,
    ris.render_papers,
    is_download=True,
)
CSL_JSON = EditionFormat(
    "csl-json",
    "CSL-JSON",
    "csl.json",  # Zotero opens files that end in .json
    "application/vnd.citationstyles.csl+json",
    csl_json.render,
    csl_json.render_papers,
    is_download=True,
)
CSV = EditionFormat(
    "csv", lazy_gettext("Table (CSV)"), "csv", "text/csv; charset=utf-8", comparison.render_csv, is_download=True
)
SVG = EditionFormat("svg", "", "svg", "image/svg+xml", _standalone_map)
PNG = EditionFormat("png", "", "png", "image/png", route_png, is_binary=True)

FORMATS: tuple[EditionFormat, ...] = (BIBTEX, RIS, CSL_JSON, CSV, MARKDOWN, JSON, TEXT, HTML, SVG, PNG)


def offered_formats() -> list[EditionFormat]:
    """Those that a reader is offered as a file."""
    return [form for form in FORMATS if form.label]


def paper_formats() -> list[EditionFormat]:
    """Those of papers alone."""
    return [form for form in FORMATS if form.render_papers]


def split_file_name(name: str) -> tuple[str, EditionFormat | None]:
    """ "asr-2.csl.json" is "asr-2" as CSL-JSON, by the longest extension that fits; other names come back whole."""
    for form in sorted(FORMATS, key=lambda form: -len(form.extension)):
        if name.endswith(f".{form.extension}"):
            return name.removesuffix(f".{form.extension}"), form
    return name, None
