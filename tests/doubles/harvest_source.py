"""A HarvestSource in memory: records with the day of their last change, pages that begin where a token says, and a
clock. Like arXiv's, it keeps nothing between requests: a record that changes while it is read shifts the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import ClassVar

from digest.errors import BadInput, SourceError, TokenExpired
from digest.ports import HarvestPage, IdPage
from store.records.editions import Paper
from store.records.harvests import HarvestWindow
from store.records.lazy_text import AnyText

Wait = Callable[[float, AnyText], None]
Request = tuple[HarvestWindow, str]


@dataclass
class MemoryHarvest:
    """records: each paper with its day. before: called before each page, with the number of requests so far; what it
    raises is the answer. page_size: also of ids.
    """

    records: dict[str, tuple[date, Paper]] = field(default_factory=dict)
    today: date = date(2026, 11, 22)
    page_size: int = 3
    before: Callable[[int], None] = lambda _: None
    deleted: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    hidden: set[str] = field(default_factory=set)  # papers that no page shows
    requests: list[Request] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    name: str = "arxiv"
    lists_ids: bool = True
    known: ClassVar[tuple[str, ...]] = ("", "cs", "math", "cs:cs:CL")

    def put(self, day: date, *papers: Paper) -> None:
        self.records |= {paper.id: (day, paper) for paper in papers}

    def check(self, collection: str) -> str:
        if collection not in self.known:
            raise BadInput(f"{collection} is no set.")
        return collection

    def read_page(self, collection: str, window: HarvestWindow, token: str, *, wait: Wait) -> HarvestPage:
        self.before(len(self.requests))
        self.requests.append((window, token))
        papers, following = self._page(window, token)
        shown = tuple(paper for paper in papers if paper.id not in self.hidden)
        return HarvestPage(shown, following, self.today, () if following else self.deleted, self.set_aside)

    def read_ids(self, collection: str, window: HarvestWindow, token: str, *, wait: Wait) -> IdPage:
        papers, following = self._page(window, token)
        return IdPage(tuple(paper.id for paper in papers), following, self.today)

    def read_papers(self, ids: Sequence[str], *, wait: Wait) -> tuple[Paper, ...]:
        self.fetched += ids
        return tuple(self.records[id_][1] for id_ in ids)

    def _page(self, window: HarvestWindow, token: str) -> tuple[list[Paper], str]:
        since, skip = self._place(token, window)
        until = window.until or self.today
        found = sorted(
            ((day, paper) for day, paper in self.records.values() if since <= day <= until),
            key=lambda record: (record[0], record[1].id),
        )
        shown = found[skip : skip + self.page_size]
        if len(found) <= skip + self.page_size:
            return [paper for _, paper in shown], ""
        last = shown[-1][0]
        of_last = [day for day, _ in found[: skip + self.page_size]].count(last)
        return [paper for _, paper in shown], f"{last}|{of_last}"

    def _place(self, token: str, window: HarvestWindow) -> tuple[date, int]:
        if not token:
            return window.since or date.min, 0
        day, _, skip = token.partition("|")
        return date.fromisoformat(day), int(skip)


def fail_at(*numbers: int, error: type[SourceError] = SourceError) -> Callable[[int], None]:
    """The requests of these numbers fail, each once."""
    left = set(numbers)

    def before(number: int) -> None:
        if number in left:
            left.discard(number)
            raise error("The line is down.")

    return before


def expire_at(*numbers: int) -> Callable[[int], None]:
    return fail_at(*numbers, error=TokenExpired)


class SteppingClock:
    """Shows the same moment until it is set."""

    def __init__(self, now: datetime = datetime(2026, 11, 22, 4, 15, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now
