"""Repositories of papers: what the source of a paper is called by its readers, and how its subject areas are written.

A subject area is a category with its server before it, "biorxiv:cell_biology", since both servers have areas of the
same name; papers have it in the server's words, "cell biology". A server alone is all that it has.

Invariant: pure; a source that nobody named here is called as it is.
"""

from __future__ import annotations

import re

from store.records.editions import ARXIV

_NAMES = {ARXIV: "arXiv", "biorxiv": "bioRxiv", "medrxiv": "medRxiv"}

NAMED_BY_DOI = ("biorxiv", "medrxiv")  # whose ids are their DOIs
WITH_SUBJECT_AREAS = ("biorxiv", "medrxiv")
_ALL = ("*", "all")
_BETWEEN_WORDS = re.compile(r"[\s_/-]+")


def repository_name(source: str) -> str:
    """ "arXiv" of "arxiv"."""
    return _NAMES.get(source, source)


def split_category(category: str) -> tuple[str, str]:
    """(server, area as its papers have it): ("biorxiv", "cell biology") of "biorxiv:cell_biology", ("biorxiv", "") of
    "biorxiv", ("", "") of a category that is no subject area. Capitals, hyphens and blanks are as good.
    """
    server, _, area = category.strip().lower().partition(":")
    server, area = server.rstrip(), _BETWEEN_WORDS.sub(" ", area).strip()
    if server not in WITH_SUBJECT_AREAS:
        return "", ""
    return server, "" if area in _ALL else area


def category_of(source: str, filed: str) -> str:
    """The category to ask for papers of this source that are filed so: "biorxiv:cell_biology"."""
    return f"{source}:{filed.replace(' ', '_')}" if source in WITH_SUBJECT_AREAS else filed


def category_name(category: str) -> str:
    """ "cell biology (bioRxiv)" of "biorxiv:cell_biology"; "cs.CL" of itself."""
    server, area = split_category(category)
    if not server:
        return category
    return f"{area} ({repository_name(server)})" if area else repository_name(server)
