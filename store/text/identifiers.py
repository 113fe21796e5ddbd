"""Identifiers as people type them: DOIs, several in one field or as addresses; arXiv ids in any form. Pure.

Invariant: pure and linear in the text; what comes out stands in the text: nothing is completed or guessed. Of a DOI
only what cannot belong to it is taken off, so that the brackets, "<", ">" and ";" of old ones stay (ANSI/NISO Z39.84).
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple
from urllib.parse import unquote

from store.text.lazy_pattern import compile_lazily

_REGISTRANT = r"10\.\d{4,9}(?:\.\d{1,9})*/"
# A DOI ends where a blank stands, or a mark of a list and then another DOI, or an address.
_DOI = compile_lazily(
    rf"(?<![\d.]){_REGISTRANT}\s*(?!10\.)"
    rf"(?:(?![,;&+]*(?:https?://|doi:|(?:dx\.)?doi\.org/)|[,;&+]+{_REGISTRANT})[^\s|，；、])+",
    re.IGNORECASE,
)
_QUOTED_SLASH = compile_lazily(r"(?<![\d.])(10\.\d{4,9}(?:\.\d{1,9})*)%2F", re.IGNORECASE)
_ADDRESS = compile_lazily(r"(?:https?://|\bdoi\.org/)[^\s?#]*$", re.IGNORECASE)  # of a DOI, up to where it begins
_LONGEST_ADDRESS = 300
_ADDRESS_REST = compile_lazily(r"[?#].*$|/(?:full|abstract|e?pdf|meta|html)/?$|\.pdf$|/$", re.IGNORECASE)
# Of a version of bioRxiv's or medRxiv's, and of what its page shows: v2, v2.full.pdf, .abstract.
_PREPRINT_REST = compile_lazily(
    r"^(10\.(?:1101|64898)/)((?:\d{4}\.\d\d\.\d\d\.)?\d{5,9})(?:v\d{1,3})?(?:\.[a-z][\w.-]*)?$", re.IGNORECASE
)
_LONGEST = 1_000  # what is longer is no DOI
_LATEX_ESCAPE = compile_lazily(r"\\(?=[_%&#$<>])")
_NEVER = compile_lazily(r'[{}\\"`]')  # what is left of LaTeX and of quotation marks
_CLOSING = {")": "(", "]": "[", ">": "<"}

_NEW_ID = r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}"
_OLD_ID = r"[a-z]+(?:-[a-z]+)?(?:\.[a-z]{2}|\.[a-z]+-[a-z]+)?/\d{2}(?:0[1-9]|1[0-2])\d{3}"
# arXiv and its mirrors, and sites that show its papers under its ids.
_SITES = (
    r"(?:(?:ar[x5]iv\.org|xxx\.lanl\.gov|alphaxiv\.org(?:/[a-z]{2})?)/[a-z-]+"
    r"|(?:huggingface\.co|hf\.co|arxiv-vanity\.com|emergentmind\.com)/papers"
    r"|(?:scirate\.com|papers\.cool|inspirehep\.net|semanticscholar\.org(?:/paper)?|adsabs\.harvard\.edu/abs)/arxiv)"
)
_ARXIV_ID = compile_lazily(
    rf"(?:(?P<page>(?:https?://)?(?:[\w-]+\.)*{_SITES}[/:])"
    r"|(?:https?://)?(?:(?:dx\.)?doi\.org/|doi:\s*)?10\.48550/arxiv\.|oai:arxiv\.org:|arxiv[:\s]\s*|arxiv\.)?"
    rf"(?P<id>{_NEW_ID}|{_OLD_ID})(?:v(?P<version>[1-9]\d{{0,3}}))?"
    r"(?(page)(?:\.(?:pdf|md))?(?:/(?:abstract)?)?(?:[?#]\S*)?|(?:\.pdf|\s*\[[\w.-]+\])?)",
    re.IGNORECASE,
)


class ArxivId(NamedTuple):
    """id: without version, as arXiv writes it: "2405.01234", "hep-th/9711200". version: None where none is named."""

    id: str
    version: int | None


def parse_dois(text: str) -> tuple[str, ...]:
    """Each DOI of a text once, in order, without what stands around it: "doi:", a resolver's address, a full stop."""
    text = html.unescape("".join(char for char in text if char.isprintable() or char.isspace()))
    text = _QUOTED_SLASH.sub(r"\1/", text)
    first: dict[str, str] = {}  # DOIs are the same in any case
    for match in _DOI.finditer(text):
        before = text[max(0, match.start() - _LONGEST_ADDRESS) : match.start()]
        doi = _clean_doi(match[0], is_address=bool(_ADDRESS.search(before)))
        first.setdefault(doi.lower(), doi)
    return tuple(filter(None, first.values()))


def parse_arxiv_id(text: str) -> ArxivId | None:
    """The arXiv id that the text is, in any form: bare, "arXiv:...", its DOI, an address where arXiv or another
    site shows it; None for others.

    The subject class of old ids is left out, as arXiv does: math.GT/0309136 is math/0309136.
    """
    found = _ARXIV_ID.fullmatch(text.strip().replace("%2F", "/").replace("%3A", ":"))
    if not found:
        return None
    archive, slash, number = found["id"].lower().rpartition("/")
    return ArxivId(archive.split(".")[0] + slash + number, int(found["version"]) if found["version"] else None)


def _clean_doi(text: str, *, is_address: bool) -> str:
    if len(text) > _LONGEST:
        return ""
    doi = "".join(text.split())
    if is_address:
        doi = unquote(_ADDRESS_REST.sub("", doi))
    doi = _NEVER.sub("", _LATEX_ESCAPE.sub("", doi))
    doi = _PREPRINT_REST.sub(r"\1\2", doi)
    while doi and (doi[-1] in ".,;:'’”" or doi.count(doi[-1]) > doi.count(_CLOSING.get(doi[-1], doi[-1]))):
        doi = doi[:-1]
    return doi if re.match(_REGISTRANT + ".", doi) else ""
