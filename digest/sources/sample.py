"""A PaperSource over a file of papers, by default the bundled sample: for the demo, and for work without a network.

Invariant: a request means the same as to arXiv (any query with all its terms, any category, every author, the window's
end excluded), and the same request over the same file gives the same page. No withdrawn paper is in it, nothing is
waited for.

The file is JSON Lines, one paper a line with the fields of `store.records.Paper`; a first line with "about" tells the
reader what it is and holds no paper. The bundled one has real metadata, and abstracts retold in our own words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from digest.errors import SourceError
from digest.ports import ResultPage, SearchRequest
from store.indexing.query_match import has_term, is_by_all, is_filed_in, searchable_terms
from store.records.editions import Paper, Query
from store.records.lazy_text import AnyText
from store.text.term_match import count_stems
from store.text.tokens import unique_terms

BUNDLED = Path(__file__).with_name("sample.jsonl")


class SampleSource:
    """Reads the file at the first search, once."""

    name = "sample"

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or BUNDLED

    def search(self, request: SearchRequest, *, wait: Callable[[float, AnyText], None]) -> Iterator[ResultPage]:  # noqa: ARG002
        """One page with everything up to the limit. Raises SourceError when the file cannot be read."""
        found = [paper for paper in _papers(self._path) if _matches(paper, request)]
        ranked = sorted(found, key=lambda paper: _rank(paper, request), reverse=True)
        yield ResultPage(tuple(ranked[: request.limit]), len(found))

    def fetch(self, ids: Sequence[str], *, wait: Callable[[float, AnyText], None]) -> tuple[Paper, ...]:  # noqa: ARG002
        return tuple(paper for paper in _papers(self._path) if paper.id in ids)


@lru_cache(maxsize=4)
def _papers(path: Path) -> tuple[Paper, ...]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"The paper file {path.name} cannot be read: {error}.", permanent=True) from error
    papers = [_paper(line, f"{path.name}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    return tuple(paper for paper in papers if paper)


def _paper(line: str, place: str) -> Paper | None:
    """None for a line that is about the file."""
    try:
        fields = json.loads(line)
        return None if "about" in fields else _from_fields(fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{place} is not a paper ({type(error).__name__}: {error}).", permanent=True) from error


def _from_fields(fields: dict[str, str]) -> Paper:
    return Paper(
        **{
            **fields,
            "version": int(fields["version"]),
            "authors": tuple(fields["authors"]),
            "categories": tuple(fields["categories"]),
            "published": _moment(fields["published"]),
            "updated": _moment(fields["updated"]),
        }  # type: ignore[arg-type]  # an unknown or missing field is a TypeError, which names it
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _matches(paper: Paper, request: SearchRequest) -> bool:
    return (
        (not request.queries or any(_has_all(paper, query) for query in request.queries))
        and is_filed_in(paper, request.categories)
        and (request.since is None or paper.published >= request.since)
        and (request.until is None or paper.published < request.until)
        and is_by_all(paper, request.authors)
    )


def _has_all(paper: Paper, query: Query) -> bool:
    terms = searchable_terms(query)
    return bool(terms) and all(has_term(paper, term, query.field) for term in terms)


def _rank(paper: Paper, request: SearchRequest) -> tuple[float, datetime, str]:
    """Newest first, or by how often the terms of the queries that match are there, in the title three times as much."""
    asked = () if request.order == "submitted" else request.queries
    terms = unique_terms(term for query in asked if _has_all(paper, query) for term in query.terms)
    times = sum(2 * count_stems(paper.title_stems, term) + count_stems(paper.stems, term) for term in terms)
    return times, paper.published, paper.id
