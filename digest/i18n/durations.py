"""Durations in words for readers. Pure."""

from __future__ import annotations

from store.records.lazy_text import LazyText, lazy_gettext


def format_duration(seconds: float) -> LazyText:
    """ "90 s", "10 minutes"; never a single minute."""
    if seconds < 120:
        return lazy_gettext("{n} s", n=f"{seconds:.0f}")
    return lazy_gettext("{n} minutes", n=f"{seconds / 60:.0f}")
