"""Repositories of papers: what the source of a paper is called by its readers.

Invariant: pure; a source that nobody named here is called as it is.
"""

from __future__ import annotations

from store.records.editions import ARXIV

_NAMES = {ARXIV: "arXiv", "biorxiv": "bioRxiv", "medrxiv": "medRxiv"}

NAMED_BY_DOI = ("biorxiv", "medrxiv")  # whose ids are their DOIs


def repository_name(source: str) -> str:
    """ "arXiv" of "arxiv"."""
    return _NAMES.get(source, source)
