"""Silent topics: two slots in a row without a digest, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from digest.operator.silent_topics import silent_topics
from digest.pipeline.services import Services
from paperroute.doctor.topics import examine_topics
from store import Store
from store.db.owners import new_owner
from store.records.deliveries import PartState
from tests.digest.background.test_scheduler import LORA, SPEECH, House

AT = datetime(2025, 1, 10, 9, 0, tzinfo=UTC)  # a Friday
DAY = timedelta(days=1)
SCHEDULE = PartState("schedule", "ok", "")


def told(store: Store, now: datetime) -> list[str]:
    with time_machine.travel(now, tick=False):
        return [f"{silent.topic.slug}: {silent.told}" for silent in silent_topics(store, now)]


def states(store: Store, now: datetime) -> list[tuple[str, str]]:
    with time_machine.travel(now, tick=False):
        return [(finding.part, finding.state) for finding in examine_topics(store, now) if finding.part != "topics"]


def run(store: Store, now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        store.part_states.report(new_owner(), [SCHEDULE])


@pytest.mark.parametrize(
    ("cadence", "quiet_until", "silent_at"),
    [
        ("daily", datetime(2025, 1, 12, 7, tzinfo=UTC), datetime(2025, 1, 12, 8, tzinfo=UTC)),
        ("weekdays", datetime(2025, 1, 14, 7, tzinfo=UTC), datetime(2025, 1, 14, 8, tzinfo=UTC)),
        ("weekly:fri", datetime(2025, 1, 24, 7, tzinfo=UTC), datetime(2025, 1, 24, 8, tzinfo=UTC)),
        ("monthly:1", datetime(2025, 3, 1, 7, tzinfo=UTC), datetime(2025, 3, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_topic_is_silent_once_two_slots_have_passed_without_a_digest(
    services: Services, cadence: str, quiet_until: datetime, silent_at: datetime
) -> None:
    services.store.topics.put(replace(SPEECH, cadence=cadence))
    House(services).tick(AT)
    assert told(services.store, quiet_until) == []
    (line,) = told(services.store, silent_at)
    assert "and 2 slots have passed: no service runs" in line
    assert states(services.store, silent_at) == [("topic", "fail")]


def test_a_topic_that_never_had_one_is_silent_since_it_is_watched(store: Store) -> None:
    with time_machine.travel(AT, tick=False):
        store.topics.put(SPEECH)
    with time_machine.travel(AT + DAY, tick=False):
        store.topics.put(replace(SPEECH, title="Speech"))  # as at each start
    assert told(store, AT + DAY) == []
    assert told(store, AT + 2 * DAY) == [
        "speech: no digest yet, and 2 slots have passed: no service runs (“paperroute serve”)"
    ]


def test_the_reason_is_the_failure_where_there_is_one(store: Store) -> None:
    with time_machine.travel(AT, tick=False):
        store.topics.put(SPEECH)
    now = AT + 3 * DAY
    run(store, now)
    assert told(store, now)[0].endswith("the service runs and has not made it; its log says more")
    store.digest_attempts.postpone("speech", now.replace(hour=8), now, now + DAY, "arXiv does not answer.")
    assert told(store, now)[0].endswith("it failed once: arXiv does not answer.")


def test_a_digest_of_a_slot_to_come_does_not_hide_the_silence_and_is_told(services: Services) -> None:
    services.store.topics.put(SPEECH)
    house = House(services)
    house.tick(AT)
    house.tick(AT + 40 * DAY)
    now = AT + 3 * DAY
    assert len(told(services.store, now)) == 1
    assert states(services.store, now) == [("topic", "fail"), ("clock", "warn")]


def test_a_resting_topic_is_not_silent_but_told_where_somebody_waits_for_it(store: Store) -> None:
    store.topics.put(replace(LORA, active=False))
    assert states(store, AT) == []
    store.subscriptions.add("lora", "mail", "ada@example.org", "active", AT)
    assert told(store, AT + 90 * DAY) == []
    assert states(store, AT) == [("topic", "warn")]
