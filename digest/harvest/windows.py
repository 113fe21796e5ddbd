"""Harvest windows: which days are asked for next, and how far a collection is once a page has come. Pure.

Invariant: days between two windows are never left out. What was changed while a window was read is in a later one: the
next begins a day before the answer, and the last day of a window of several pages is read again.
"""  # decision 219

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from store.records.harvests import HarvestState, HarvestWindow

EARLIEST = date(2005, 9, 16)  # on which arXiv's records begin; those of younger sources later
SHORTEST = 2  # days of a window that ends before today: one of them may have been read before
_LONGEST = 32
_TOKEN_LIFE = timedelta(hours=20)
_DAY = timedelta(days=1)


def begin_window(state: HarvestState, days: int, now: datetime) -> HarvestState:
    """With the window under way, or the next one: until today, where that is near, else of so many days."""
    if state.window and state.token and not is_stale(state.token_at, now):
        return state
    today = now.astimezone(UTC).date()
    start = state.next_day or state.since or EARLIEST
    last = min(start + timedelta(days=days - 1), today - _DAY)
    # Until today one asks from yesterday at the latest: an answer of today's may be kept on its way until midnight.
    near = start >= today - 2 * _DAY
    window = HarvestWindow(min(start, today - _DAY), None) if near else HarvestWindow(start, last)
    return replace(drop_window(state), window=window, begun_at=now)


def drop_window(state: HarvestState) -> HarvestState:
    """Without the window under way: what it brought stays, and it is planned anew."""
    return replace(state, window=None, begun_at=None, answer_day=None, token="", token_at=None)


def take_page(state: HarvestState, token: str, day: date, now: datetime) -> HarvestState:
    """After a page of the window under way. token: of the next, "" at the end. day: of the answer."""
    first = state.answer_day or day
    if token:
        return replace(state, token=token, token_at=now, answer_day=first)
    if state.window is None or state.begun_at is None:
        raise ValueError("no window is under way")
    done, last = drop_window(state), state.window.until
    if last is None:
        until = min(state.begun_at, datetime.combine(first + _DAY, time(), UTC))
        return replace(done, next_day=first - _DAY, until=max(state.until or until, until))
    again = bool(state.token) and state.window.since != last
    return replace(done, next_day=last if again else last + _DAY)


def next_length(days: int, pages: int) -> int:
    """Days of the next window after one of so many pages: best is a single one, which nothing can shift."""
    if pages == 1:
        return min(2 * days, _LONGEST)
    return days if pages == 2 else max(days // 2, SHORTEST)


def is_stale(token_at: datetime | None, now: datetime) -> bool:
    """Whether a token is too old to go on from, or of a clock that was ahead."""
    return token_at is not None and not timedelta(0) <= now - token_at < _TOKEN_LIFE
