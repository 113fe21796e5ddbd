"""Schedule: from a cadence (daily, weekly:mon ...) to the slots at which a topic's digest is due, and to words. Pure.

A slot is an instant (UTC) that stands for one local day of the topic's calendar. Invariant: a local day that the
cadence names has exactly one slot; where the clocks skip the local time, it is the first instant after the gap, and
where they repeat it, the first of the two.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class CadenceWords:
    """How one channel says a cadence in one language, as `str.format` patterns."""

    daily: str
    weekdays: str
    weekly: str  # of {day}
    monthly: str  # of {day}, a number
    month_end: str
    days: tuple[str, ...]  # from Monday
    schedule: str  # of {cadence} {at} {timezone}


def describe(cadence: str, words: CadenceWords) -> str:
    """A cadence as a reader says it: "every Monday"; what is no cadence as it is written, never as another."""
    try:
        parse_cadence(cadence)
    except ValueError:
        return cadence
    name, _, argument = cadence.partition(":")
    if name == "weekly":
        return words.weekly.format(day=words.days[DAYS.index(argument)])
    if name == "monthly":
        return words.month_end if int(argument) == 31 else words.monthly.format(day=int(argument))
    return words.daily if name == "daily" else words.weekdays


def describe_schedule(cadence: str, at: str, timezone: str, words: CadenceWords) -> str:
    """With the local time: "every Monday at 08:00 (Europe/Berlin)"."""
    return words.schedule.format(cadence=describe(cadence, words), at=at, timezone=timezone)


def parse_cadence(cadence: str) -> Callable[[date], bool]:
    """Whether a local day has a slot. Cadences: daily, weekdays, weekly:mon, monthly:1 (31: the month's last day).

    Raises ValueError for anything else, in words for the reader.
    """
    name, _, argument = cadence.partition(":")
    if cadence == "daily":
        return lambda _: True
    if cadence == "weekdays":
        return lambda day: day.weekday() < 5
    if name == "weekly" and argument in DAYS:
        wanted = DAYS.index(argument)
        return lambda day: day.weekday() == wanted
    if name == "monthly" and argument.isdecimal() and 1 <= int(argument) <= 31:
        number = int(argument)
        return lambda day: day.day == min(number, calendar.monthrange(day.year, day.month)[1])
    raise ValueError(f"“{cadence}” is no cadence: write daily, weekdays, weekly:mon (to sun) or monthly:1 (to 31)")


def parse_time(text: str) -> time:
    """ "08:00" -> a local time. Raises ValueError in words for the reader."""
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(f"“{text}” is no time of day: write it as 08:00")
    return time(int(match[1]), int(match[2]))


def local_to_utc(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a local day and time; the first after the gap where the clocks skip it."""
    local = datetime.combine(day, at, tzinfo=zone)
    there = local.astimezone(UTC)
    if there.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return there
    return _end_of_gap(local.replace(fold=1).astimezone(UTC), there, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The transition between two instants, to the second, by bisection on the zone's offset."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def slots(cadence: str, at: str, timezone: str, since: datetime, until: datetime) -> Iterator[datetime]:
    """The slots after `since` and not after `until`, oldest first (both aware; results in UTC)."""
    wanted, clock, zone = parse_cadence(cadence), parse_time(at), ZoneInfo(timezone)
    day = since.astimezone(zone).date() - timedelta(days=1)
    last = until.astimezone(zone).date() + timedelta(days=1)
    while day <= last:
        if wanted(day) and since < (slot := local_to_utc(day, clock, zone)) <= until:
            yield slot
        day += timedelta(days=1)


def latest_slot(cadence: str, at: str, timezone: str, now: datetime) -> datetime:
    """The newest slot that is not in the future; every cadence has one within 32 days."""
    return list(slots(cadence, at, timezone, now - timedelta(days=33), now))[-1]


def next_slot(cadence: str, at: str, timezone: str, now: datetime) -> datetime:
    """The first slot in the future."""
    return next(slots(cadence, at, timezone, now, now + timedelta(days=33)))


def parse_slot(text: str, at: str, timezone: str) -> datetime:
    """A slot as a person writes it: a date (then at the topic's time), or a date and time, local unless with an offset.

    Raises ValueError in words for the reader.
    """
    zone = ZoneInfo(timezone)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return local_to_utc(date.fromisoformat(text), parse_time(at), zone)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"“{text}” is no date or moment: write a date such as 2026-11-23, or 2026-11-23T08:00"
        ) from None
    if moment.tzinfo:
        return moment.astimezone(UTC).replace(second=0, microsecond=0)
    return local_to_utc(moment.date(), moment.time().replace(second=0, microsecond=0), zone)


def overlap_days(cadence: str) -> int:
    """How far a window reaches back before the last one's end: arXiv announces papers days after their submission."""
    return 5 if cadence in ("daily", "weekdays") else 14


def first_window_days(cadence: str) -> int:  # decision 15
    """How far the first digest of a topic looks back."""
    return {"daily": 7, "weekdays": 7, "weekly": 14}.get(cadence.partition(":")[0], 45)
