"""Search filters (dates, category, topic) as SQL conditions.

Invariant: pure; values are always bound, and no filter of papers reads a paper: an index holds all that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from store.db.columns import stamp
from store.db.match_expression import MatchExpression
from store.records.repositories import split_category

_CATEGORY = re.compile(r"[A-Za-z-]{1,20}(?:\.(?:[A-Za-z-]{1,20}|\*))?|[A-Za-z]{1,20}(?:[ _][A-Za-z]{1,20}){1,9}")
_AREA = re.compile(r"[A-Za-z]{1,20}(?:[ _-][A-Za-z]{1,20}){0,9}|\*")


def is_category(text: str) -> bool:
    """cs.CL, cs (the same as cs.*), hep-th; biorxiv:cell_biology, also with a blank, and without its server."""
    server, colon, area = text.partition(":")
    if colon and split_category(server)[0]:
        return _AREA.fullmatch(area) is not None
    return _CATEGORY.fullmatch(text) is not None


class _Values(dict[str, Any]):
    """What is bound, by name."""

    def bind(self, value: object) -> str:
        name = f"filter{len(self)}"
        self[name] = value
        return f":{name}"


@dataclass(frozen=True)
class SearchFilter:
    """Only these; every field that is set must hold. Dates are of a paper's submission, an edition's slot.

    From `authors` on it is what stands in the search itself (store/indexing/search_syntax.py), names and words as
    expressions; an edition has the authors and categories of the papers that it shows.
    """

    since: datetime | None = None  # at or after
    until: datetime | None = None  # before
    category: str = ""  # see is_category; of papers only
    topic: str = ""  # slug: editions of it, papers shown in them
    person: str = ""  # names.person_key of an author
    authors: MatchExpression | None = None
    categories: tuple[str, ...] = ()  # all of them
    excluded: MatchExpression | None = None  # nothing that matches it
    excluded_authors: MatchExpression | None = None
    excluded_categories: tuple[str, ...] = ()
    any_category: tuple[str, ...] = ()  # of papers only

    @property
    def papers(self) -> tuple[str, dict[str, Any]]:
        """A query for `papers.row` and its values; "" where nothing is asked for."""
        values = _Values()
        wanted = [*self._in_window(values), *self._shown_in_topic(values), *self._wanted_papers(values)]
        unwanted = [*_matching("papers_fts", self.excluded, values), *self._unwanted_papers(values)]
        return _rows(wanted, unwanted), values

    @property
    def editions(self) -> tuple[str, dict[str, Any]]:
        """A condition on the editions `e`, and its values."""
        values = _Values()
        moment = "coalesce(e.slot, e.created_at)"
        conditions = [f"{moment} >= {values.bind(_since_value(self.since))}"]
        conditions.append(f"{moment} < {values.bind(_until_value(self.until))}")
        if self.topic:
            conditions.append(f"e.topic = {values.bind(self.topic)}")
        if wanted := _rows(list(self._wanted_papers(values)), []):
            conditions.append(f"e.row IN ({_SHOWING} AND p.row IN ({wanted}))")
        conditions += [f"e.row NOT IN ({_SHOWING} AND p.row IN ({rows}))" for rows in self._unwanted_papers(values)]
        conditions += [f"e.row NOT IN ({rows})" for rows in _matching("editions_fts", self.excluded, values)]
        return " AND ".join(conditions), values

    def _in_window(self, values: _Values) -> Iterator[str]:
        conditions = []
        if self.since or self.until:
            conditions.append(f"published >= {values.bind(_since_value(self.since))}")
            conditions.append(f"published < {values.bind(_until_value(self.until))}")
        if self.category:
            conditions.append(_is_filed(self.category, values))
        if self.any_category:
            conditions.append(f"({' OR '.join(_is_filed(name, values) for name in self.any_category)})")
        if conditions:
            yield f"SELECT row FROM papers WHERE {' AND '.join(conditions)}"

    def _shown_in_topic(self, values: _Values) -> Iterator[str]:
        if self.topic:
            yield f"""
                SELECT p.row FROM editions AS e CROSS JOIN edition_papers AS ep CROSS JOIN papers AS p
                WHERE e.kind = 'digest' AND e.topic = {values.bind(self.topic)} AND ep.edition = e.row
                    AND p.id = ep.paper_id
            """

    def _wanted_papers(self, values: _Values) -> Iterator[str]:
        if self.person:
            yield f"SELECT paper FROM paper_authors WHERE person = {values.bind(self.person)}"
        yield from _matching("papers_fts", self.authors, values)
        for name in self.categories:
            yield f"SELECT row FROM papers WHERE {_is_filed(name, values)}"

    def _unwanted_papers(self, values: _Values) -> Iterator[str]:
        yield from _matching("papers_fts", self.excluded_authors, values)
        for name in self.excluded_categories:
            yield f"SELECT row FROM papers WHERE {_is_filed(name, values)}"


_SHOWING = "SELECT ep.edition FROM papers AS p CROSS JOIN edition_papers AS ep WHERE ep.paper_id = p.id"


def _rows(wanted: list[str], unwanted: list[str]) -> str:
    if unwanted and not wanted:
        wanted = ["SELECT row FROM papers"]
    return " EXCEPT ".join([" INTERSECT ".join(wanted), *unwanted]) if wanted else ""


def _matching(
    index: Literal["papers_fts", "editions_fts"], expression: MatchExpression | None, values: _Values
) -> Iterator[str]:
    if expression:
        yield f"SELECT rowid FROM {index}({values.bind(expression)})"


def _is_filed(category: str, values: _Values) -> str:  # decision 239
    server, area = split_category(category)
    if server:
        return _is_of_server(server, area, values)
    spellings = dict.fromkeys((category, _source_spelling(category)))
    # An archive without classes, as hep-th, is a category itself.
    begins = [f'"{name.partition(".")[0]}.' for name in spellings if name.partition(".")[2] in ("", "*")]
    bound = map(values.bind, [*begins, *(f'"{name}"' for name in spellings)])
    return f"({' OR '.join(f'instr(categories, {part}) > 0' for part in bound)})"


def _is_of_server(server: str, area: str, values: _Values) -> str:  # decision 277
    """Ids begin with their source, and are an index of their own. With a + SQLite does not read paper by paper."""
    begin, end = values.bind(f"{server}:"), values.bind(f"{server};")
    own = f"+row IN (SELECT row FROM papers WHERE id >= {begin} AND id < {end})"
    return f"""(instr(categories, {values.bind(f'"{area}"')}) > 0 AND {own})""" if area else own


def _source_spelling(category: str) -> str:
    """CS.cl is arXiv's cs.CL: archives are written in small letters, classes of two letters in capitals; Cell_Biology
    is bioRxiv's cell biology.
    """
    if "_" in category or " " in category:
        return category.replace("_", " ").lower()
    archive, dot, name = category.partition(".")
    return archive.lower() + dot + (name.upper() if len(name) == len("CL") else name.lower())


NO_FILTER = SearchFilter()


def _since_value(moment: datetime | None) -> str:
    return stamp(moment) if moment else ""


def _until_value(moment: datetime | None) -> str:
    return stamp(moment) if moment else "~"  # after every time
