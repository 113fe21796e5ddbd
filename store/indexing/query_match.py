"""Whether a paper has what a search request asks for, told from the paper alone: terms of a query, a category.

Invariant: pure; it means the same as at arXiv, and as in the full-text index (`query_terms`).
"""

from __future__ import annotations

from collections.abc import Sequence

from store.records.editions import Paper, Query, QueryField
from store.records.repositories import split_category
from store.text.names import is_named
from store.text.term_match import has_stems
from store.text.tokens import tokens


def searchable_terms(query: Query) -> list[str]:
    """Those with a letter or digit: others ask for nothing, and a query of such alone finds nothing."""
    return [term for term in query.terms if tokens(term)]


def has_term(paper: Paper, term: str, field: QueryField) -> bool:
    if field == "author":
        return any(is_named(author, term) for author in paper.authors)
    return has_stems(paper.title_stems if field == "title" else paper.stems, term)


def is_filed_in(paper: Paper, categories: Sequence[str]) -> bool:
    """Whether it is in one of them, or none is asked for."""
    return not categories or any(_is_filed(paper, name) for name in categories)


def is_by_all(paper: Paper, names: Sequence[str]) -> bool:
    return all(has_term(paper, name, "author") for name in names)


def _is_filed(paper: Paper, category: str) -> bool:
    """`cs.CL` is that category; `cs` and `cs.*` are the whole archive, `biorxiv` is the whole server."""
    server, area = split_category(category)
    if server:
        return paper.source == server and (not area or area in paper.categories)
    archive = category.removesuffix(".*")
    return any(name == category or name.startswith(f"{archive}.") for name in paper.categories)
