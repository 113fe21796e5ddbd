"""What reference managers read from a page: a context object (COinS) for each paper of a list, meta tags for one paper.

Invariant: pure; a paper is a preprint to Zotero, by `rft.type` and `DC.type`, and each author one author. A page has
either spans or meta tags, since the spans win. Sources: OpenURL COinS (Z39.88-2004, Dublin Core), Zotero's translators
COinS and Embedded Metadata, and its utilities, which say what becomes of a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from digest.render import bibliography
from digest.render.safe_text import to_line
from store.records.editions import ARXIV, EditionPaper
from store.text.names import Author

_LONGEST_ABSTRACT = 6_000


def context_object(paper: EditionPaper) -> str:
    """The title attribute of a paper's span, yet to be escaped for HTML. A plus comes out of Zotero as a blank."""
    return "&".join(f"{name}={quote(value, safe='', errors='replace')}" for name, value in _context_fields(paper))


def meta_tags(paper: EditionPaper, abstract: str) -> list[tuple[str, str]]:
    """(name, content) of a paper's own page."""
    authors = bibliography.authors(paper)
    fields = [
        ("citation_title", bibliography.title(paper)),
        *(("citation_author", _meta_name(author, alone=len(authors) == 1)) for author in authors),
        ("citation_date", f"{paper.published:%Y/%m/%d}"),
        ("citation_online_date", f"{paper.published:%Y/%m/%d}"),
        ("citation_doi", bibliography.doi(paper)),
        ("citation_publisher", bibliography.repository(paper)),
        ("citation_abstract", to_line(abstract, _LONGEST_ABSTRACT)),
        ("citation_public_url", paper.url),
        ("citation_pdf_url", paper.pdf_url),
        ("citation_arxiv_id", paper.id if paper.source == ARXIV else ""),
        ("DC.type", "preprint"),
    ]
    return [(name, value) for name, value in fields if value]


def _context_fields(paper: EditionPaper) -> Iterator[tuple[str, str]]:
    yield "ctx_ver", "Z39.88-2004"
    yield "rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"
    yield "rft.type", "preprint"
    yield "rft.title", bibliography.title(paper)
    yield from (("rft.au", _context_name(author)) for author in bibliography.authors(paper))
    yield "rft.date", paper.published.date().isoformat()
    yield "rft.publisher", bibliography.repository(paper)
    yield "rft.identifier", paper.url
    if doi := bibliography.doi(paper):
        yield "rft_id", f"info:doi/{doi}"
    yield from (("rft.subject", subject) for name in paper.categories if (subject := to_line(name, 40)))


def _context_name(author: Author) -> str:
    """Family, Given Suffix. What has no parts ends in a comma: without one, its last word would be a family name."""
    if author.kind == "group" or not author.given:
        return f"{_strip_commas(author.name)},"
    return ", ".join((_strip_commas(author.family), _strip_commas(f"{author.given} {author.suffix}".strip())))


def _meta_name(author: Author, *, alone: bool) -> str:
    """As above; a lone one in the order of speech, since a comma amid several words would make two authors of it."""
    if author.kind == "group" or not author.given or alone:
        return " ".join(filter(None, (author.given, author.family, author.suffix))) or author.name
    return _context_name(author)


def _strip_commas(text: str) -> str:
    return " ".join(text.replace(",", " ").split())
