"""Which days are asked for next, and what is known once they came."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.harvest.windows import EARLIEST, begin_window, next_length, take_page
from store.records.harvests import Collection, HarvestState, HarvestWindow

NOW = datetime(2026, 11, 22, 4, 15, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
NEW = HarvestState(Collection("arxiv", "cs"))


def after(state: HarvestState, *tokens: str, days: int = 2, now: datetime = NOW) -> HarvestState:
    """Once a window was read in pages with these tokens behind them."""
    state = begin_window(state, days, now)
    for token in (*tokens, ""):
        state = take_page(state, token, now.date(), now)
    return state


@pytest.mark.parametrize(
    ("next_day", "window"),
    [
        (TODAY - 9 * DAY, HarvestWindow(TODAY - 9 * DAY, TODAY - 8 * DAY)),
        (TODAY - 3 * DAY, HarvestWindow(TODAY - 3 * DAY, TODAY - 2 * DAY)),
        (TODAY - 2 * DAY, HarvestWindow(TODAY - 2 * DAY, None)),
        (TODAY - 1 * DAY, HarvestWindow(TODAY - 1 * DAY, None)),
        (TODAY, HarvestWindow(TODAY - 1 * DAY, None)),  # never from today on
        (TODAY + 9 * DAY, HarvestWindow(TODAY - 1 * DAY, None)),  # a clock that was ahead
    ],
)
def test_what_is_near_is_asked_until_today_and_a_backlog_in_short_windows(
    next_day: date, window: HarvestWindow
) -> None:
    assert begin_window(replace(NEW, next_day=next_day), 2, NOW).window == window


def test_the_first_window_begins_where_papers_are_wanted_from() -> None:
    assert begin_window(NEW, 2, NOW).window == HarvestWindow(EARLIEST, EARLIEST + DAY)
    wanted = replace(NEW, since=date(2026, 1, 1))
    assert begin_window(wanted, 2, NOW).window == HarvestWindow(date(2026, 1, 1), date(2026, 1, 2))


def test_a_window_that_is_long_ends_yesterday() -> None:
    window = begin_window(replace(NEW, next_day=TODAY - 9 * DAY), 32, NOW).window
    assert window == HarvestWindow(TODAY - 9 * DAY, TODAY - DAY)


def test_a_night_leads_to_a_window_that_begins_a_day_before_its_answer() -> None:
    state = after(replace(NEW, next_day=TODAY - DAY))
    assert (state.next_day, state.until, state.window) == (TODAY - DAY, NOW, None)
    assert begin_window(state, 2, NOW + DAY).window == HarvestWindow(TODAY - DAY, None)


def test_a_window_that_goes_over_midnight_counts_from_its_first_page() -> None:
    late = NOW.replace(hour=23, minute=59)
    state = take_page(begin_window(replace(NEW, next_day=TODAY), 2, late), "t", TODAY, late)
    state = take_page(state, "", TODAY + DAY, late + timedelta(minutes=5))
    assert (state.next_day, state.until) == (TODAY - DAY, late)


def test_what_a_source_whose_clock_is_behind_has_is_told_by_its_clock() -> None:
    behind = TODAY - 3 * DAY
    state = take_page(begin_window(replace(NEW, next_day=TODAY), 2, NOW), "", behind, NOW)
    assert (state.next_day, state.until) == (behind - DAY, datetime(2026, 11, 20, tzinfo=UTC))


def test_windows_of_the_past_cover_nothing_before_today_is_reached() -> None:
    assert after(replace(NEW, next_day=TODAY - 9 * DAY)).until is None


def test_the_last_day_of_a_window_of_several_pages_is_read_again() -> None:
    start = replace(NEW, next_day=TODAY - 9 * DAY)
    assert after(start).next_day == TODAY - 7 * DAY
    assert after(start, "a", "b").next_day == TODAY - 8 * DAY


def test_a_window_goes_on_from_its_token_for_less_than_a_day() -> None:
    state = take_page(begin_window(replace(NEW, next_day=TODAY - DAY), 2, NOW), "t", TODAY, NOW)
    assert begin_window(state, 2, NOW + timedelta(hours=19)) == state
    for moment in (NOW + timedelta(hours=21), NOW - timedelta(hours=1)):
        again = begin_window(state, 2, moment)
        assert (again.token, again.begun_at) == ("", moment)


def test_a_window_that_was_begun_long_ago_and_never_answered_is_planned_anew() -> None:
    state = begin_window(replace(NEW, next_day=TODAY - DAY), 2, NOW)
    assert begin_window(state, 2, NOW + 9 * DAY).window == HarvestWindow(TODAY - DAY, TODAY)


def test_windows_grow_while_they_are_one_page() -> None:
    assert [next_length(2, 1), next_length(32, 1), next_length(8, 2), next_length(8, 3), next_length(2, 9)] == [
        *(4, 32, 8, 4, 2)
    ]
