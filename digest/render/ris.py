"""Edition -> RIS, UTF-8, for reference managers.

Invariant: a record is TY, fields and ER, each on one line, whatever a title or a name holds: no line is continued. RIS
has no type for preprints: UNPD is the one that Zotero takes for a manuscript and JabRef for no article. The type of
UNPB, though nearer by name, is a journal article to Zotero. Source: the importers of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digest.render import bibliography
from store.records.editions import Edition, EditionPaper
from store.text.journal_reference import Publication, PublicationKind
from store.text.names import Author

_TYPES: dict[PublicationKind, str] = {"journal": "JOUR", "proceedings": "CONF", "chapter": "CHAP", "preprint": "UNPD"}


def render(edition: Edition) -> str:
    """One record per paper, in route order; empty where there is none, since RIS has no comments."""
    return render_papers(edition.papers)


def render_papers(papers: Sequence[EditionPaper]) -> str:
    """One record per paper, in this order."""
    return "\n".join(
        _format_record(key, paper) for key, paper in zip(bibliography.citation_keys(papers), papers, strict=True)
    )


def _format_record(key: str, paper: EditionPaper) -> str:
    return "".join(f"{tag}  - {value}\n" for tag, value in _fields(key, paper) if value or tag == "ER")


def _fields(key: str, paper: EditionPaper) -> Iterator[tuple[str, str]]:
    found = bibliography.publication(paper)
    yield "TY", _TYPES[found.kind]
    yield "ID", key
    yield "TI", bibliography.title(paper)
    yield from (("AU", _format_author(author)) for author in bibliography.authors(paper))
    # JabRef reads a month between slashes only.
    yield "PY", f"{paper.published:%Y/%m/%d}/" if found.kind == "preprint" else _format_date(found)
    yield "T2", found.container
    yield "VL", found.volume
    yield "IS", found.number
    yield "SE", found.chapter
    yield from zip(("SP", "EP"), found.pages, strict=False)
    yield "PB", bibliography.repository(paper) if found.kind == "preprint" else ""
    yield "N1", bibliography.note(paper, found)
    yield "AN", bibliography.accession_number(paper)
    yield "DO", bibliography.doi(paper)
    yield "UR", paper.url
    yield from (("KW", keyword) for keyword in bibliography.keywords(paper))
    yield "ER", ""


def _format_date(found: Publication) -> str:
    return f"{found.year}/{found.month:02}//" if found.month else found.year


def _format_author(author: Author) -> str:
    """A person as Family, Given, Suffix; commas stand nowhere else, so that a group stays one name."""
    if author.kind == "group" or not author.given:
        return " ".join(author.name.replace(",", " ").split())
    parts = (" ".join(part.replace(",", " ").split()) for part in (author.family, author.given, author.suffix))
    return ", ".join(filter(None, parts))
