"""Records of a harvest: what of a source's collections the store holds, and how far each is read.

Invariant: as of all records. Days are whole days, UTC, by the source's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from store.records.lazy_text import AnyText

HarvestRunState = Literal["running", "done", "stopped", "failed"]


@dataclass(frozen=True)
class Collection:
    """What is harvested as one. name: a set of the source's, such as "cs" or "physics:hep-th"; "" for all it has."""

    source: str
    name: str = ""


@dataclass(frozen=True)
class HarvestCoverage:
    """What of a collection the store has: every paper that was submitted at or after `since` (None: ever) and announced
    before `until`.
    """

    collection: Collection
    since: datetime | None
    until: datetime


@dataclass(frozen=True)
class HarvestWindow:
    """The days, both inclusive, on which what is asked for was last changed. None: from the first on; until today."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class HarvestCounts:
    """Papers not seen before; those that say something else now; those that are no more; records that could not be
    read.
    """

    new: int = 0
    changed: int = 0
    removed: int = 0
    unread: int = 0

    def __add__(self, other: HarvestCounts) -> HarvestCounts:
        return HarvestCounts(
            self.new + other.new, self.changed + other.changed, self.removed + other.removed, self.unread + other.unread
        )


@dataclass(frozen=True)
class HarvestState:
    """How far a collection is read. since: the first day that was asked for; None: all. next_day: from which on to ask
    next; None: nothing is read yet. until: what was announced before it is here.

    window: that is under way; None: none. begun_at: when its first page was asked for; answer_day: of that page, None
    before it came. token, ids_token: of the next page; "" for the first.
    """

    collection: Collection
    since: date | None = None
    next_day: date | None = None
    until: datetime | None = None
    window: HarvestWindow | None = None
    begun_at: datetime | None = None
    answer_day: date | None = None
    token: str = ""
    token_at: datetime | None = None
    ids_token: str = ""
    ids_token_at: datetime | None = None
    ids_checked_at: datetime | None = None


@dataclass(frozen=True)
class HarvestRun:
    """slot: that it was for; None: somebody asked for it. reason: why it failed. One whose process was killed is
    running until the next begins.
    """

    id: int
    slot: datetime | None
    state: HarvestRunState
    began_at: datetime
    ended_at: datetime | None = None
    brought: HarvestCounts = HarvestCounts()
    reason: AnyText = ""
