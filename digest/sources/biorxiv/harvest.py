"""bioRxiv or medRxiv as a HarvestSource: every version of every preprint, by the day on which it was shown.

Invariant: pages are stepped by the rows that came, and the end is an empty page that says so: how many rows a page has
is not relied on, a total only to tell an early end from a total that counts too much. A token names its window's last
day, so that a window that is open stays the same from page to page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial

from digest.errors import SourceError, TokenExpired
from digest.ports import HarvestPage, IdPage
from digest.sources.biorxiv.details import DetailsAnswer, DetailsClient, DetailsFault
from digest.sources.biorxiv.record import PreprintVersion, first_days, newest_versions, read_rows, to_paper
from digest.sources.biorxiv.servers import PreprintServer
from store.records.editions import Paper
from store.records.harvests import HarvestWindow
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext

_TOKEN = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{1,9})/(\d{1,9})")
_MOST_TOO_MANY = 100  # rows: by as much a total of 148,231 was seen to count 31 too many; ropensci/medrxivr#19
_TELLING = 10  # rows: where so many cannot be read, and no other can, it is not they that are wrong

Wait = Callable[[float, AnyText], None]


@dataclass(frozen=True)
class _Cursor:
    """until: the window's last day. rows: that came before. total: of the window, as it was last told."""

    until: date
    rows: int = 0
    total: int = 0

    @classmethod
    def of(cls, token: str) -> _Cursor:
        """Raises TokenExpired for what is none of ours."""
        found = _TOKEN.fullmatch(token)
        try:
            if found:
                return cls(date.fromisoformat(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
        raise TokenExpired(lazy_gettext("The harvest cannot go on from where it was."))

    def __str__(self) -> str:
        return f"{self.until}/{self.rows}/{self.total}"

    def check(self, answer: DetailsAnswer, label: str) -> DetailsAnswer:
        """The answer. Raises DetailsFault for an empty page that is not the end."""
        lacking = max(self.total, answer.total or 0) - self.rows
        if answer.rows or (answer.is_end and lacking <= _MOST_TOO_MANY) or lacking <= 0:
            return answer
        raise DetailsFault(
            lazy_ngettext(
                "{source} sent an empty page although {n} row is to come",
                "{source} sent an empty page although {n} rows are to come",
                lacking,
                source=label,
            )
        )

    def after(self, answer: DetailsAnswer) -> str:
        rows = self.rows + len(answer.rows)
        return str(_Cursor(self.until, rows, answer.total or self.total)) if answer.rows else ""


@dataclass(kw_only=True)
class PreprintHarvest:
    """A HarvestSource over one server. A collection is one of its subject areas; "" is all it has."""

    server: PreprintServer
    client: DetailsClient
    today: Callable[[], date] = lambda: datetime.now(UTC).date()
    name: str = field(init=False)
    lists_ids: bool = field(default=False, init=False)  # ids cost as much as papers

    def __post_init__(self) -> None:
        self.name = self.server.name

    def check(self, collection: str) -> str:
        """ "cell_biology" of "Cell Biology". Raises BadInput."""
        return self.server.find_subject(collection)

    def read_page(self, collection: str, window: HarvestWindow, token: str, *, wait: Wait) -> HarvestPage:
        cursor = _Cursor.of(token) if token else _Cursor(window.until or self.today())
        parts = (self.name, f"{window.since or self.server.since}", f"{cursor.until}", f"{cursor.rows}")
        answer = self._ask(parts, collection, cursor, wait)
        versions, set_aside = read_rows(answer.rows)
        if len(set_aside) >= _TELLING and not versions:
            raise SourceError(
                lazy_gettext("{source} sent no row that can be read: {entry}.", source=self._label, entry=set_aside[0])
            )
        return HarvestPage(self._papers(versions, wait), cursor.after(answer), answer.day, set_aside=tuple(set_aside))

    def read_ids(self, collection: str, window: HarvestWindow, token: str, *, wait: Wait) -> IdPage:
        page = self.read_page(collection, window, token, wait=wait)
        return IdPage(tuple(paper.id for paper in page.papers), page.token, page.day)

    def read_papers(self, ids: Sequence[str], *, wait: Wait) -> tuple[Paper, ...]:
        """One request each; ids of other sources are none that this one has."""
        dois = [id_.removeprefix(f"{self.name}:") for id_ in ids if id_.startswith(f"{self.name}:")]
        found = (self._all_versions(doi, wait) for doi in dois)
        return tuple(to_paper(newest_versions(rows)[0], _first_day(rows), self.server) for rows in found if rows)

    def _papers(self, versions: Sequence[PreprintVersion], wait: Wait) -> tuple[Paper, ...]:
        """Each in its newest version. The first day of one whose rows and DOI do not tell it is asked for."""
        days = first_days(versions)
        newest = newest_versions(versions)
        for version in newest:
            if version.doi not in days:
                days[version.doi] = _first_day([version, *self._all_versions(version.doi, wait)])
        return tuple(to_paper(version, days[version.doi], self.server) for version in newest)

    def _all_versions(self, doi: str, wait: Wait) -> list[PreprintVersion]:
        versions, _ = read_rows(self._ask((self.name, doi, "na"), "", _Cursor(date.max), wait).rows)
        return [version for version in versions if version.doi == doi]

    def _ask(self, parts: Sequence[str], collection: str, cursor: _Cursor, wait: Wait) -> DetailsAnswer:
        query = {"category": collection} if collection else {}
        return self.client.ask(parts, query, partial(cursor.check, label=self._label), wait)

    @property
    def _label(self) -> str:
        return self.server.label


def _first_day(versions: Sequence[PreprintVersion]) -> date:
    """versions: of one paper, all there are."""
    return min(version.date for version in versions)
