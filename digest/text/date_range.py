"""Date range of a question, if it names one: "since 2024", "from 2019 to 2021", "2024年以降". Pure.

Invariant: only words that plainly bound a time do; a bare year may be a name (ImageNet 2012), and bounds nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from store.records.lazy_text import AnyText, lazy_gettext

_YEAR = r"((?:19|20)\d\d)"
_BETWEEN = re.compile(
    rf"\b(?:from|between)\s+{_YEAR}\s*(?:to|until|till|and|through|[-–—])\s*{_YEAR}\b|{_YEAR}年?\s*(?:から|[~〜～–—-])\s*{_YEAR}年"
)
_SINCE = re.compile(rf"\bsince\s+{_YEAR}\b|\bfrom\s+{_YEAR}\s+(?:on|onwards?)\b|{_YEAR}年?(?:以降|以后|以來|以来|から)")
_AFTER = re.compile(rf"\b(?:after|later than)\s+{_YEAR}\b|{_YEAR}年?(?:より後|之后)")
_BEFORE = re.compile(rf"\b(?:before|earlier than)\s+{_YEAR}\b|{_YEAR}年?(?:より前|以前|之前)")
_UNTIL = re.compile(rf"\b(?:until|till|up to)\s+{_YEAR}\b|{_YEAR}年?まで")
_IN = re.compile(rf"\b(?:in|from|during)\s+{_YEAR}\b|{_YEAR}年(?:の|に|发表)")
_LAST = re.compile(r"\b(?:last|past)\s+(?:(\d{1,3})\s+)?(year|month|week|day)s?\b", re.IGNORECASE)
_THIS = re.compile(r"\bthis\s+(year|month|week)\b", re.IGNORECASE)
_DAYS = {"year": 365, "month": 31, "week": 7, "day": 1}


@dataclass(frozen=True)
class Period:
    """Submission times, UTC: from `since` (None: the beginning) to before `until` (None: now)."""

    since: datetime | None = None
    until: datetime | None = None


def find_period(question: str, now: datetime) -> Period:  # decision 27
    """The period that the question names; one without bounds where it names none, or one that holds no time."""
    for pattern, bounds in (
        (_BETWEEN, lambda years: (years[0], years[-1] + 1)),
        (_SINCE, lambda years: (years[0], None)),
        (_AFTER, lambda years: (years[0] + 1, None)),
        (_BEFORE, lambda years: (None, years[0])),
        (_UNTIL, lambda years: (None, years[0] + 1)),
        (_IN, lambda years: (years[0], years[0] + 1)),
    ):
        if found := pattern.search(question):
            first, end = bounds([int(year) for year in found.groups() if year])
            return Period() if first and end and first >= end else Period(_year_start(first), _year_start(end))
    if found := _LAST.search(question):
        return Period(_midnight(now - timedelta(days=int(found[1] or 1) * _DAYS[found[2].lower()])), None)
    if found := _THIS.search(question):
        return Period(_unit_start(found[1].lower(), _midnight(now)), None)
    return Period()


def _unit_start(unit: str, day: datetime) -> datetime:
    """The first day of this year, month or week (which begins on Monday)."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1, month=1) if unit == "year" else day.replace(day=1)


def _year_start(year: int | None) -> datetime | None:
    return None if year is None else datetime(year, 1, 1, tzinfo=UTC)


def _midnight(moment: datetime) -> datetime:
    """A day's beginning, so that the same question on one day is the same search."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def describe_period(period: Period) -> AnyText:
    """For the reader: "from 2019-01-01 to 2019-12-31"; empty where nothing bounds it."""
    since = f"{period.since:%Y-%m-%d}" if period.since else ""
    until = f"{period.until - timedelta(microseconds=1):%Y-%m-%d}" if period.until else ""
    if since and until:
        return lazy_gettext("from {since} to {until}", since=since, until=until)
    if since:
        return lazy_gettext("from {day}", day=since)
    return lazy_gettext("to {day}", day=until) if until else ""
