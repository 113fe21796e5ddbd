from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from digest.cadence import (
    CADENCES,
    Cadence,
    HasSlot,
    describe,
    describe_schedule,
    latest_slot,
    local_to_utc,
    offered_cadences,
    parse_cadence,
    parse_slot,
    parse_time,
    slots,
)
from digest.errors import BadInput
from digest.pipeline.pipeline import digest
from digest.pipeline.services import DigestRequest, Services, SurveySettings
from digest.retrieval.topic_check import topic_problems
from digest.run_context import RunContext
from store.records.editions import Topic
from store.records.lazy_text import LazyText, lazy_gettext

TIMES = ["00:00", "00:30", "02:30", "23:59"]
ZONES = [
    *("UTC", "Europe/Berlin", "Europe/London", "Europe/Chisinau", "America/New_York", "America/Havana"),
    *("America/Santiago", "America/Asuncion", "America/Nuuk", "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut"),
    *("Asia/Gaza", "Asia/Jerusalem", "Asia/Tokyo", "Asia/Kolkata", "Australia/Sydney", "Australia/Lord_Howe"),
    *("Pacific/Chatham", "Pacific/Apia"),
]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


FIRST, LAST = date(2024, 1, 1), date(2030, 12, 31)


@pytest.mark.parametrize("at", TIMES)
@pytest.mark.parametrize("zone", ZONES)
def test_from_2024_to_2030_every_local_day_has_exactly_one_slot(zone: str, at: str) -> None:
    found = list(
        slots(
            "daily",
            at,
            zone,
            local_to_utc(FIRST, parse_time(at), ZoneInfo(zone)) - timedelta(seconds=1),
            local_to_utc(LAST, parse_time(at), ZoneInfo(zone)),
        )
    )
    assert len(found) == (LAST - FIRST).days + 1
    gaps = {later - earlier for earlier, later in pairwise(found)}
    assert min(gaps) >= timedelta(hours=22)
    assert max(gaps) <= timedelta(hours=26)
    for number, slot in enumerate(found):
        assert stands_for(slot, FIRST + timedelta(days=number), at, zone)


def stands_for(slot: datetime, day: date, at: str, zone: str) -> bool:
    """Whether a slot is at that local day and time or, where the clocks jumped over those, the first instant after."""
    there, wanted = ZoneInfo(zone), datetime.combine(day, parse_time(at))
    local = slot.astimezone(there).replace(tzinfo=None)
    before = (slot - timedelta(seconds=1)).astimezone(there).replace(tzinfo=None)
    return local == wanted or before < wanted < local


@pytest.mark.parametrize("zone", ZONES)
def test_weeks_and_months_are_exact(zone: str) -> None:
    there = ZoneInfo(zone)
    for cadence, fits in (
        ("weekly:mon", lambda day: day.weekday() == 0),
        ("monthly:1", lambda day: day.day == 1),
        ("monthly:31", lambda day: (day + timedelta(days=1)).day == 1),
        ("weekdays", lambda day: day.weekday() < 5),
    ):
        since = local_to_utc(FIRST, parse_time("12:00"), there) - timedelta(days=1)
        until = local_to_utc(LAST, parse_time("12:00"), there)
        found = [slot.astimezone(there).date() for slot in slots(cadence, "12:00", zone, since, until)]
        days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
        assert [day for day in found if day >= FIRST] == [day for day in days if fits(day)]


def test_a_skipped_time_runs_at_the_end_of_the_gap_and_a_repeated_one_at_its_first() -> None:
    new_york = ZoneInfo("America/New_York")
    assert local_to_utc(date(2026, 3, 8), parse_time("02:30"), new_york) == utc(2026, 3, 8, 7, 0)
    assert local_to_utc(date(2026, 11, 1), parse_time("01:30"), new_york) == utc(2026, 11, 1, 5, 30)


def test_weekdays_leave_out_the_weekend() -> None:
    found = list(slots("weekdays", "08:00", "Asia/Tokyo", utc(2026, 11, 19), utc(2026, 11, 25)))
    assert [slot.astimezone(ZoneInfo("Asia/Tokyo")).day for slot in found] == [20, 23, 24, 25]


def test_the_31st_is_the_last_day_of_a_short_month() -> None:
    wanted = parse_cadence("monthly:31")
    assert wanted(date(2026, 2, 28))
    assert not wanted(date(2026, 3, 30))


def test_the_latest_slot_is_not_in_the_future() -> None:
    assert latest_slot("weekly:mon", "08:00", "UTC", utc(2026, 11, 22, 10)) == utc(2026, 11, 16, 8)
    assert latest_slot("daily", "08:00", "UTC", utc(2026, 11, 22, 8)) == utc(2026, 11, 22, 8)


def test_a_slot_can_be_written_as_a_date_or_a_moment() -> None:
    assert parse_slot("2026-11-23", "08:00", "Asia/Tokyo") == utc(2026, 11, 22, 23)
    assert parse_slot("2026-11-23T09:30", "08:00", "Asia/Tokyo") == utc(2026, 11, 23, 0, 30)
    assert parse_slot("2026-11-23T09:30+00:00", "08:00", "Asia/Tokyo") == utc(2026, 11, 23, 9, 30)


@pytest.mark.parametrize("bad", ["hourly", "weekly", "weekly:monday", "monthly:0", "monthly:32", "", "daily:1"])
def test_a_bad_cadence_is_refused_with_the_good_ones(bad: str) -> None:
    with pytest.raises(BadInput, match="write daily, weekdays"):
        parse_cadence(bad)


UNKNOWN = ["hourly", "weekly", "weekly:monday", "monthly:0", "monthly:32", "daily:1"]


@pytest.mark.parametrize(
    ("cadence", "words"),
    [
        ("daily", "every day"),
        ("weekdays", "from Monday to Friday"),
        ("weekly:mon", "every Monday"),
        ("weekly:sun", "every Sunday"),
        ("monthly:1", "on day 1 of every month"),
        ("monthly:30", "on day 30 of every month"),
        ("monthly:31", "on the last day of every month"),
        *(
            (unknown, unknown)
            for unknown in ("hourly", "weekly", "weekly:monday", "monthly:0", "monthly:32", "daily:1")
        ),
    ],
)
def test_a_cadence_in_words_is_never_another_one(cadence: str, words: str) -> None:
    assert str(describe(cadence)) == words
    assert str(describe_schedule(cadence, "08:00", "UTC")) == f"{words} at 08:00 (UTC)"


@pytest.mark.parametrize("bad", ["8:00", "24:00", "08:60", "noon"])
def test_a_bad_time_is_refused(bad: str) -> None:
    with pytest.raises(BadInput, match="08:00"):
        parse_time(bad)


@pytest.mark.parametrize("bad", ["yesterday", "2026-13-01", "2026-11-23T", "23.11.2026"])
def test_a_bad_slot_is_refused(bad: str) -> None:
    with pytest.raises(BadInput, match="is no date or moment"):
        parse_slot(bad, "08:00", "UTC")


def test_a_cadence_is_one_entry_of_the_table(monkeypatch: pytest.MonkeyPatch, services: Services) -> None:
    """Every second week, added here alone: parsed, told, offered, and a topic's digests come by it."""

    def parse(argument: str) -> HasSlot:
        first = date.fromisoformat(argument)
        return lambda day: (day - first).days % 14 == 0

    def describe_fortnight(argument: str) -> LazyText:
        return lazy_gettext("every second week from {day}", day=argument)

    double = Cadence(
        parse, describe_fortnight, argument="2026-11-23 (a first day)", offered=("2026-11-23",), first_window_days=21
    )
    monkeypatch.setitem(CADENCES, "fortnightly", double)
    since, until = utc(2026, 11, 1), utc(2026, 12, 31)
    found = [slot.date() for slot in slots("fortnightly:2026-11-23", "08:00", "UTC", since, until)]
    assert found == [date(2026, 11, 9), date(2026, 11, 23), date(2026, 12, 7), date(2026, 12, 21)]
    assert str(describe("fortnightly:2026-11-23")) == "every second week from 2026-11-23"
    assert "fortnightly:2026-11-23" in offered_cadences()
    assert str(describe("fortnightly:monday")) == "fortnightly:monday"
    with pytest.raises(BadInput, match="fortnightly:2026-11-23"):
        parse_cadence("fortnightly")
    topic = Topic("asr", "Speech recognition", "speech recognition", cadence="fortnightly:2026-11-23")
    assert list(topic_problems(topic)) == []
    services.store.topics.put(topic)
    now = utc(2026, 12, 1)
    edition = digest(DigestRequest("asr"), services, SurveySettings(), RunContext(now=now))
    assert edition.slot == utc(2026, 11, 23, 8)
    assert edition.since == utc(2026, 11, 2, 8)
