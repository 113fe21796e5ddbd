"""An arXiv entry as the `arxiv` package gives it -> our Paper.

Invariant: pure; a field that arXiv does not have is empty, never invented, and an entry whose identity cannot be told
fails loudly. White space is folded and control characters are gone; LaTeX and markup stay as the authors wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from digest.errors import SourceError
from store.records.editions import Paper

_ID = re.compile(r"https?://(?:\w+\.)?arxiv\.org/abs/(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v(\d+))?")
# Controls that are not white space, the marks that turn the direction of text (a title could hide in them), lone
# surrogates (no database takes them) and the byte order mark.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_NO_AUTHORS = "(authors not recorded)"
_DOCUMENT = r"(?:paper|article|submission|manuscript|preprint|version|work|document|report|note|e-?print)"
_STATED = re.compile(rf"\bthis (?:\w+ )?{_DOCUMENT} (?:has been|have been|is|was|is being) withdrawn", re.IGNORECASE)
_NOTED = re.compile(
    r"^\W*withdrawn\b|\b(?:been|is|was|to be|paper|article) withdrawn\b|\bwithdrawn by\b", re.IGNORECASE
)


def to_paper(result: Any) -> Paper:
    """One `arxiv.Result` (the package ships no types). Raises SourceError for an id of another shape."""
    match = _ID.fullmatch(result.entry_id.strip())
    if not match:
        raise SourceError(
            f"arXiv sent an entry whose id is none of its own: {result.entry_id[:80]!r}.",
            hint="Please report this to the makers of Paper Route.",
            permanent=True,
        )
    return Paper(
        id=match[1],
        version=int(match[2] or 1),
        title=fold_whitespace(result.title),
        abstract=fold_whitespace(result.summary),
        authors=_authors(author.name for author in result.authors),
        categories=tuple(dict.fromkeys(filter(None, map(fold_whitespace, result.categories)))),
        primary_category=fold_whitespace(result.primary_category),
        published=result.published,
        updated=result.updated,
        comment=fold_whitespace(result.comment),
        doi=fold_whitespace(result.doi),
        journal_ref=fold_whitespace(result.journal_ref),
    )


def _authors(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in map(fold_whitespace, names) if name not in ("", _NO_AUTHORS))


def fold_whitespace(text: str | None) -> str:
    """One line: unwanted characters out, every run of white space a single space."""
    return " ".join(_UNWANTED.sub("", text or "").split())


def is_withdrawn(paper: Paper) -> bool:
    """True where the authors or arXiv took the paper back, which only its comment or abstract tells."""
    return bool(_STATED.search(paper.abstract) or _NOTED.search(paper.comment))
