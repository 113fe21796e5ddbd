"""Records of a harvest: what of a source's collections the store holds, and how far each is read.

Invariant: as of all records. Days are whole days, UTC, by the source's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


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
