"""Cadence of a topic (schedule) in words: "Every Monday at 08:00, Europe/Berlin"."""

from __future__ import annotations

from bot.texts.forms import FormWords
from digest.cadence import DAYS

# What the form offers; a cadence that is none of these is offered, too, where a topic has it.
OFFERED_CADENCES = ("daily", "weekdays", *(f"weekly:{day}" for day in DAYS), "monthly:1", "monthly:15", "monthly:31")


def describe_cadence(cadence: str, words: FormWords) -> str:
    """A cadence that is good; another one as it is written."""
    name, _, argument = cadence.partition(":")
    if name == "weekly" and argument in DAYS:
        return words.weekly.format(day=words.days[DAYS.index(argument)])
    if name == "monthly":
        return words.month_end if argument == "31" else words.monthly.format(n=argument)
    return {"daily": words.daily, "weekdays": words.weekdays}.get(cadence, cadence)


def describe_schedule(cadence: str, at: str, timezone: str, words: FormWords) -> str:
    return words.when.format(cadence=describe_cadence(cadence, words), at=at, timezone=timezone)
