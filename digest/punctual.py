"""What a digest says of its own lateness: that it was tried before, and which slots it covers beside its own."""

from __future__ import annotations

from datetime import datetime, timedelta

from digest import schedule
from digest.commission import Commission
from digest.parts import Parts
from digest.run import Run
from store.records.editions import Topic

_LATE = timedelta(minutes=15)  # later than this is worth a word
_NAMED = 3


def tell_lateness(topic: Topic, commission: Commission, parts: Parts, run: Run) -> None:
    """Add a health line where earlier attempts at this slot failed, and one where slots before it were missed."""
    assert commission.slot  # noqa: S101  # a digest has one
    tried = parts.store.slots.get(topic.slug, commission.slot)
    late = run.now - commission.slot
    if tried and late > _LATE:
        times = "once" if tried.attempts == 1 else f"{tried.attempts} times"
        run.note("schedule", ok=False, detail=f"Written {_span(late)} late, after it failed {times}: {tried.reason}")
    missed = _missed(topic, commission)
    if missed:
        days = ", ".join(f"{slot:%Y-%m-%d}" for slot in missed[-_NAMED:])
        more = f" and {len(missed) - _NAMED} before" if len(missed) > _NAMED else ""
        noun = "slot was" if len(missed) == 1 else "slots were"
        detail = f"{len(missed)} earlier {noun} missed ({days}{more}); this digest covers them, too."
        run.note("schedule", ok=False, detail=detail)


def _missed(topic: Topic, commission: Commission) -> list[datetime]:
    """The slots between the topic's previous digest and this one."""
    if not (commission.previous and commission.slot):
        return []
    found = schedule.slots(topic.cadence, topic.at, topic.timezone, commission.previous, commission.slot)
    return [slot for slot in found if slot < commission.slot]


def _span(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
