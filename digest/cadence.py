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

from digest.errors import BadInput
from store.records.lazy_text import AnyText, LazyText, lazy_gettext

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HasSlot = Callable[[date], bool]  # whether a local day has a slot
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Cadence:
    """A kind of cadence. argument: what stands behind its name and a colon, for the reader; "" where nothing may."""

    parse: Callable[[str], HasSlot]  # of the argument; raises ValueError
    describe: Callable[[str], LazyText]  # likewise
    argument: str = ""
    offered: tuple[str, ...] = ("",)  # the arguments that a form offers
    overlap_days: int = 14  # how far a window reaches back before the last one's end: arXiv announces papers days late
    first_window_days: int = 45  # decision 15: how far the first digest of a topic looks back


def _weekday_number(argument: str) -> int:
    return DAYS.index(argument)


def _weekly(argument: str) -> HasSlot:
    wanted = _weekday_number(argument)
    return lambda day: day.weekday() == wanted


def _monthly(argument: str) -> HasSlot:
    if not argument.isdecimal() or not 1 <= int(argument) <= 31:
        raise ValueError(argument)
    number = int(argument)
    return lambda day: day.day == min(number, calendar.monthrange(day.year, day.month)[1])


def _describe_monthly(argument: str) -> LazyText:
    if int(argument) == 31:
        return lazy_gettext("on the last day of every month")
    return lazy_gettext("on day {day} of every month", day=argument)


CADENCES: dict[str, Cadence] = {
    "daily": Cadence(
        lambda _: lambda _: True, lambda _: lazy_gettext("every day"), overlap_days=5, first_window_days=7
    ),
    "weekdays": Cadence(
        lambda _: lambda day: day.weekday() < 5,
        lambda _: lazy_gettext("from Monday to Friday"),
        overlap_days=5,
        first_window_days=7,
    ),
    "weekly": Cadence(
        _weekly,
        lambda argument: lazy_gettext("every {day:weekday}", day=_weekday_number(argument)),
        argument="mon (to sun)",
        offered=DAYS,
        first_window_days=14,
    ),
    "monthly": Cadence(_monthly, _describe_monthly, argument="1 (to 31)", offered=("1", "15", "31")),
}


def offered_cadences() -> list[str]:
    """What a form offers: "daily", "weekly:mon" ... Others are understood, too."""
    return [f"{name}:{argument}" if argument else name for name, kind in CADENCES.items() for argument in kind.offered]


def _find_cadence(cadence: str) -> tuple[Cadence, str]:
    """The kind and its argument. Raises BadInput."""
    name, _, argument = cadence.partition(":")
    kind = CADENCES.get(name)
    if kind is None or bool(argument) != bool(kind.argument):
        raise _unknown_cadence_error(cadence)
    return kind, argument


def _unknown_cadence_error(cadence: str) -> BadInput:
    known = [f"{name}:{kind.argument}" if kind.argument else name for name, kind in CADENCES.items()]
    return BadInput(
        lazy_gettext(
            "{cadence:quoted} is no cadence: write {known:series} or {last}",
            cadence=cadence,
            known=tuple(known[:-1]),
            last=known[-1],
        )
    )


def parse_cadence(cadence: str) -> HasSlot:
    """Whether a local day has a slot. Cadences: daily, weekdays, weekly:mon, monthly:1 (31: the month's last day).

    Raises BadInput for anything else.
    """
    kind, argument = _find_cadence(cadence)
    try:
        return kind.parse(argument)
    except ValueError:
        raise _unknown_cadence_error(cadence) from None


def describe(cadence: str) -> AnyText:
    """A cadence as a reader says it: "every Monday"; what is no cadence as it is written, never as another."""
    try:
        kind, argument = _find_cadence(cadence)
        kind.parse(argument)
    except (BadInput, ValueError):
        return cadence
    return kind.describe(argument)


def describe_schedule(cadence: str, at: str, timezone: str) -> LazyText:
    """With the local time: "every Monday at 08:00 (Europe/Berlin)"."""
    return lazy_gettext("{cadence} at {at} ({timezone})", cadence=describe(cadence), at=at, timezone=timezone)


def parse_time(text: str) -> time:
    """ "08:00" -> a local time. Raises BadInput."""
    match = _TIME.fullmatch(text)
    if not match:
        raise BadInput(lazy_gettext("{text:quoted} is no time of day: write it as 08:00", text=text))
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

    Raises BadInput.
    """
    zone = ZoneInfo(timezone)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return local_to_utc(date.fromisoformat(text), parse_time(at), zone)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            lazy_gettext(
                "{text:quoted} is no date or moment: write a date such as 2026-11-23, or 2026-11-23T08:00.", text=text
            )
        ) from None
    if moment.tzinfo:
        return moment.astimezone(UTC).replace(second=0, microsecond=0)
    return local_to_utc(moment.date(), moment.time().replace(second=0, microsecond=0), zone)


def overlap_days(cadence: str) -> int:
    return _find_cadence(cadence)[0].overlap_days


def first_window_days(cadence: str) -> int:
    return _find_cadence(cadence)[0].first_window_days


@dataclass(frozen=True)
class LetterSchedule:
    """When the operator's weekly letter is due. day: "mon"; at: "08:00", in the zone."""

    day: str
    at: str
    timezone: str

    def week(self, now: datetime) -> str:
        """The name of the newest letter's week."""
        return f"{self.latest(now):%Y-%m-%d}"

    def latest(self, now: datetime) -> datetime:
        """The newest moment at which a letter is due."""
        return latest_slot(f"weekly:{self.day}", self.at, self.timezone, now)
