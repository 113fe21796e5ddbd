"""Edition -> CSL-JSON, for Zotero and whatever else formats citations.

Invariant: a list, valid by the schema of CSL 1.0.2, of text that UTF-8 can hold. It is the one form from which Zotero
makes a preprint: type "article" with a number and without a genre, which styles would print a second time. A family
name keeps its particles, since Zotero reads "family" and "given" alone and processors find particles themselves.
Source: https://github.com/citation-style-language/schema, csl-data.json.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from digest.render import bibliography
from store.records.editions import Edition, EditionPaper
from store.text.journal_reference import Publication, PublicationKind
from store.text.names import Author

_TYPES: dict[PublicationKind, str] = {
    "journal": "article-journal",
    "proceedings": "paper-conference",
    "chapter": "chapter",
    "preprint": "article",
}


def render(edition: Edition) -> str:
    """One item per paper, in route order."""
    return render_papers(edition.papers)


def render_papers(papers: Sequence[EditionPaper]) -> str:
    """One item per paper, in this order."""
    keyed = zip(bibliography.citation_keys(papers), papers, strict=True)
    return json.dumps([_item(key, paper) for key, paper in keyed], ensure_ascii=False, indent=2) + "\n"


def _item(key: str, paper: EditionPaper) -> dict[str, Any]:
    found = bibliography.publication(paper)
    fields = {
        "id": key,
        "citation-key": key,
        "type": _TYPES[found.kind],
        "title": bibliography.title(paper),
        "author": [_name(author) for author in bibliography.authors(paper)],
        "issued": {"date-parts": [_date_parts(paper, found)]},
        **(_preprint_fields(paper, found) if found.kind == "preprint" else _published_fields(paper, found)),
        "DOI": bibliography.doi(paper),
        "URL": paper.url,
        "keyword": ", ".join(bibliography.keywords(paper)),
    }
    return {name: value for name, value in fields.items() if value}


def _preprint_fields(paper: EditionPaper, found: Publication) -> dict[str, str]:
    return {
        "publisher": bibliography.repository(paper),
        "number": bibliography.accession_number(paper),
        "version": str(paper.version),
        "note": bibliography.note(paper, found),
    }


def _published_fields(paper: EditionPaper, found: Publication) -> dict[str, str]:
    return {
        "container-title": found.container,
        "volume": found.volume,
        "issue": found.number,
        "chapter-number": found.chapter,
        "page": "-".join(found.pages),
        "note": bibliography.note(paper, found),
        "archive": bibliography.repository(paper),
        "archive_location": bibliography.clean_identifier(paper.id),
    }


def _date_parts(paper: EditionPaper, found: Publication) -> list[int]:
    """Of a preprint its first day; else the year, and the month where it is known."""
    published = paper.published
    if found.kind == "preprint":
        return [published.year, published.month, published.day]
    return [int(found.year), *filter(None, [found.month])]


def _name(author: Author) -> dict[str, str]:
    """A person in parts; a group, or a name of one part, as it is."""
    if author.kind == "group" or not author.given:
        return {"literal": author.name}
    return {part: value for part in ("given", "family", "suffix") if (value := getattr(author, part))}
