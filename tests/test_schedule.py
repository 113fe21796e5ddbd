from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.schedule import instant, latest_slot, on_day, parse_time, slot_of, slots

TIMES = ["00:00", "00:30", "02:30", "23:59"]
ZONES = [
    "UTC",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Tokyo",
]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(ZONES), st.sampled_from(TIMES), st.dates(date(2024, 1, 1), date(2030, 1, 1)))
def test_every_local_day_has_exactly_one_slot(zone: str, at: str, start: date) -> None:
    since = datetime.combine(start, parse_time("12:00"), tzinfo=ZoneInfo(zone))
    found = list(slots("daily", at, zone, since, since + timedelta(days=120)))
    days = [slot.astimezone(ZoneInfo(zone)).date() for slot in found]
    assert days == [days[0] + timedelta(days=i) for i in range(len(days))]
    assert len(days) in (119, 120, 121)


def test_a_skipped_time_runs_at_the_end_of_the_gap_and_a_repeated_one_at_its_first() -> None:
    new_york = ZoneInfo("America/New_York")
    assert instant(date(2026, 3, 8), parse_time("02:30"), new_york) == utc(2026, 3, 8, 7, 0)
    assert instant(date(2026, 11, 1), parse_time("01:30"), new_york) == utc(2026, 11, 1, 5, 30)


def test_weekdays_leave_out_the_weekend() -> None:
    found = list(slots("weekdays", "08:00", "Asia/Tokyo", utc(2026, 11, 19), utc(2026, 11, 25)))
    assert [slot.astimezone(ZoneInfo("Asia/Tokyo")).day for slot in found] == [20, 23, 24, 25]


def test_the_31st_is_the_last_day_of_a_short_month() -> None:
    wanted = on_day("monthly:31")
    assert wanted(date(2026, 2, 28))
    assert not wanted(date(2026, 3, 30))


def test_the_latest_slot_is_not_in_the_future() -> None:
    assert latest_slot("weekly:mon", "08:00", "UTC", utc(2026, 11, 22, 10)) == utc(2026, 11, 16, 8)
    assert latest_slot("daily", "08:00", "UTC", utc(2026, 11, 22, 8)) == utc(2026, 11, 22, 8)


def test_a_slot_can_be_written_as_a_date_or_a_moment() -> None:
    assert slot_of("2026-11-23", "08:00", "Asia/Tokyo") == utc(2026, 11, 22, 23)
    assert slot_of("2026-11-23T09:30", "08:00", "Asia/Tokyo") == utc(2026, 11, 23, 0, 30)
    assert slot_of("2026-11-23T09:30+00:00", "08:00", "Asia/Tokyo") == utc(2026, 11, 23, 9, 30)


@pytest.mark.parametrize("bad", ["hourly", "weekly", "weekly:monday", "monthly:0", "monthly:32", "", "daily:1"])
def test_a_bad_cadence_is_refused_with_the_good_ones(bad: str) -> None:
    with pytest.raises(ValueError, match="write daily, weekdays"):
        on_day(bad)


@pytest.mark.parametrize("bad", ["8:00", "24:00", "08:60", "noon"])
def test_a_bad_time_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="08:00"):
        parse_time(bad)


@pytest.mark.parametrize("bad", ["yesterday", "2026-13-01", "2026-11-23T", "23.11.2026"])
def test_a_bad_slot_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="is no slot"):
        slot_of(bad, "08:00", "UTC")
