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
from digest.render.bibliography import Publication, PublicationKind
from store.records.editions import Edition, EditionPaper
from store.text import names

_TYPES: dict[PublicationKind, str] = {
    "journal": "article-journal",
    "proceedings": "paper-conference",
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
    published = paper.published
    fields = {
        "id": key,
        "citation-key": key,
        "type": _TYPES[found.kind],
        "title": bibliography.title(paper),
        "author": [_name(name) for name in bibliography.author_names(paper) if not names.is_others(name)],
        "issued": {
            "date-parts": [
                [published.year, published.month, published.day] if found.kind == "preprint" else [int(found.year)]
            ]
        },
        **(_preprint_fields(paper, found) if found.kind == "preprint" else _published_fields(paper, found)),
        "DOI": bibliography.doi(paper),
        "URL": paper.url,
        "keyword": ", ".join(filter(None, map(bibliography.clean_identifier, paper.categories))),
    }
    return {name: value for name, value in fields.items() if value}


def _preprint_fields(paper: EditionPaper, found: Publication) -> dict[str, str]:
    return {
        "publisher": bibliography.repository(paper),
        "number": bibliography.accession_number(paper),
        "version": str(paper.version),
        "note": found.note,
    }


def _published_fields(paper: EditionPaper, found: Publication) -> dict[str, str]:
    return {
        "container-title": found.container,
        "volume": found.volume,
        "issue": found.number,
        "page": "-".join(found.pages or ()),
        "archive": bibliography.repository(paper),
        "archive_location": bibliography.clean_identifier(paper.id),
    }


def _name(name: str) -> dict[str, str]:
    """A person in parts; a group, or a name of one part, as it is."""
    person = names.split_person(name)
    if names.is_group(name) or not person.given:
        return {"literal": name}
    return {part: value for part, value in person._asdict().items() if value}
