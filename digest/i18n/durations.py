"""Durations in words for readers. Pure."""

from __future__ import annotations

from store.records.lazy_text import LazyText, lazy_gettext


def format_duration(seconds: float) -> LazyText:
    """ "90 s", "10 minutes"; never a single minute."""
    minutes = seconds >= 120
    n = f"{seconds / 60 if minutes else seconds:.0f}"
    return lazy_gettext("{n} minutes", n=n) if minutes else lazy_gettext("{n} s", n=n)
