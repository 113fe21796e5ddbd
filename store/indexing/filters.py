"""Search filters (dates, category, topic) as SQL conditions.

Invariant: pure; values are always bound, and no filter of papers reads a paper: an index holds all that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.db.columns import stamp

_CATEGORY = re.compile(r"[A-Za-z-]{1,20}(?:\.(?:[A-Za-z-]{1,20}|\*))?")


def is_category(text: str) -> bool:
    """cs.CL, cs (the same as cs.*), hep-th."""
    return _CATEGORY.fullmatch(text) is not None


@dataclass(frozen=True)
class SearchFilter:
    """Only these; every field that is set must hold. Dates are of a paper's submission, an edition's slot."""

    since: datetime | None = None  # at or after
    until: datetime | None = None  # before
    category: str = ""  # see is_category; of papers only
    topic: str = ""  # slug: editions of it, papers shown in them

    @property
    def papers(self) -> tuple[str, dict[str, Any]]:
        """A query for `papers.row` and its values; "" where nothing is asked for."""
        conditions: list[str] = []
        values: dict[str, Any] = {}
        for condition, bound in self._of_papers():
            conditions.append(condition)
            values |= bound
        rows = f"SELECT row FROM papers WHERE {' AND '.join(conditions)}" if conditions else ""
        if self.topic:
            shown = """
                SELECT p.row FROM editions AS e CROSS JOIN edition_papers AS ep ON ep.edition = e.row
                CROSS JOIN papers AS p ON p.id = ep.paper_id WHERE e.kind = 'digest' AND e.topic = :topic
            """
            rows = f"{rows} INTERSECT {shown}" if rows else shown
            values["topic"] = self.topic
        return rows, values

    @property
    def editions(self) -> tuple[str, dict[str, Any]]:
        """A condition on the editions `e`, and its values."""
        moment = "coalesce(e.slot, e.created_at)"
        return (
            f"(:topic = '' OR e.topic = :topic) AND {moment} >= :since AND {moment} < :until",
            {"topic": self.topic, "since": _since_value(self.since), "until": _until_value(self.until)},
        )

    def _of_papers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self.since or self.until:
            values = {"since": _since_value(self.since), "until": _until_value(self.until)}
            yield "published >= :since AND published < :until", values
        if self.category:
            archive, _, name = self.category.partition(".")
            whole = f'%"{archive}.%' if name in ("", "*") else f'%"{self.category}"%'
            # An archive without classes, as hep-th, is a category itself.
            yield (
                "(categories LIKE :whole OR categories LIKE :itself)",
                {"whole": whole, "itself": f'%"{self.category}"%'},
            )


NO_FILTER = SearchFilter()


def _since_value(moment: datetime | None) -> str:
    return stamp(moment) if moment else ""


def _until_value(moment: datetime | None) -> str:
    return stamp(moment) if moment else "~"  # after every time
