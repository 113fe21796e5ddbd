"""What is to be harvested, and when: the collections, the first day, the nightly slot. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from digest import cadence
from store.records.harvests import Collection


@dataclass(frozen=True)
class HarvestPlan:
    """since: the first day that papers are wanted of; None: all. at: the time of the nightly run, UTC: "04:15"."""

    collections: tuple[Collection, ...]
    since: date | None
    at: str

    def slot(self, now: datetime) -> datetime:
        """The newest that has come."""
        return cadence.latest_slot("daily", self.at, "UTC", now)

    def next_slot(self, now: datetime) -> datetime:
        return cadence.next_slot("daily", self.at, "UTC", now)
