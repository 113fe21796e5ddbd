"""A clock that is set, and a machine that sleeps: which digests come, and what waits for a moment that never was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.pipeline.services import Services, SurveySettings
from digest.run_context import RunContext
from store import Store
from store.records.deliveries import PartState
from store.records.editions import Topic
from store.tables.deliveries import AttemptResult
from tests.digest.background.test_scheduler import LORA, SPEECH, House

AT = datetime(2025, 1, 10, 9, 0, tzinfo=UTC)  # a Friday
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TOPICS = (SPEECH, LORA, Topic("owls", "Owls", "Owls", cadence="monthly:1", at="08:00"))


@pytest.fixture
def house(services: Services) -> House:
    for topic in TOPICS:
        services.store.topics.put(topic)
    return House(services, SurveySettings(send_quiet=True))


def made(house: House, slug: str) -> list[str]:
    return [f"{edition.slot:%m-%d}" for edition in house.made if edition.topic == slug]


def run_hourly(house: House, since: datetime, span: timedelta) -> None:
    for hour in range(int(span / HOUR) + 1):
        house.tick(since + hour * HOUR)


def test_a_clock_set_back_by_three_hours_makes_each_digest_once(house: House) -> None:
    house.tick(AT)
    run_hourly(house, AT - 3 * HOUR, 3 * DAY + 3 * HOUR)
    assert made(house, "speech") == ["01-10", "01-11", "01-12", "01-13"]
    assert made(house, "lora") == ["01-06", "01-13"]
    assert made(house, "owls") == ["01-01"]


def test_a_clock_forty_days_ahead_and_then_right_silences_no_topic(house: House) -> None:
    house.tick(AT)
    house.tick(AT + 40 * DAY)
    ahead = len(house.made)
    assert [made(house, slug)[1:] for slug in ("speech", "lora", "owls")] == [["02-19"], ["02-17"], ["02-01"]]
    house.tick(AT + timedelta(minutes=5))
    assert len(house.made) == ahead  # of today's slots there are digests
    for day in range(1, 45):
        house.tick(AT + day * DAY)
    speech, lora = made(house, "speech")[2:], made(house, "lora")[2:]
    assert speech == [f"{AT + day * DAY:%m-%d}" for day in range(1, 45)]
    assert lora == ["01-13", "01-20", "01-27", "02-03", "02-10", "02-17"]
    # The one that came early was for the next slot of this topic: it stands, and the one after is made.
    assert made(house, "owls")[1:] == ["02-01"]
    assert len({edition.id for edition in house.made}) == len(house.made)
    house.tick(AT + 60 * DAY)
    assert made(house, "owls")[2:] == ["03-01"]


def test_a_suspended_machine_makes_the_newest_slot_over_the_whole_time(house: House) -> None:
    house.tick(AT)
    house.tick(AT + timedelta(hours=74))
    assert made(house, "speech") == ["01-10", "01-13"]
    assert house.made[-1].since <= AT
    assert made(house, "lora") == ["01-06", "01-13"]


def test_what_a_monthly_topic_reads_after_the_clock_was_ahead_leaves_no_gap(house: House, services: Services) -> None:
    house.tick(AT)
    house.tick(AT + 60 * DAY)
    house.tick(AT + 22 * DAY)
    february = next(edition for edition in reversed(house.made) if edition.topic == "owls")
    assert f"{february.slot:%m-%d}" == "02-01"
    assert february.since <= datetime(2025, 1, 1, 8, tzinfo=UTC)


def test_the_newest_edition_is_the_one_that_was_made_last(house: House, services: Services) -> None:
    house.tick(AT)
    house.tick(AT + 40 * DAY)
    house.tick(AT + DAY)
    assert services.store.editions.find("latest") == [house.made[-1].id]


def test_a_slot_that_passed_while_the_machine_slept_is_left_to_the_next_tick(services: Services) -> None:
    services.store.topics.put(SPEECH)
    house = House(services)
    (due,) = house.scheduler.due(AT)
    house.scheduler._digest(due)
    assert house.made == []
    house.tick(AT)
    assert made(house, "speech") == ["01-10"]


def test_a_retry_that_was_put_off_by_a_clock_that_was_ahead_is_due(services: Services) -> None:
    services.store.topics.put(SPEECH)
    slot, ahead = AT.replace(hour=8), AT + 5 * HOUR
    services.store.digest_attempts.postpone("speech", slot, ahead, ahead + timedelta(minutes=5), "away")
    assert House(services).tick(AT) == 1


def test_a_delivery_that_was_put_off_by_a_clock_that_was_ahead_is_due(store: Store) -> None:
    ahead = AT + 40 * DAY
    reader = store.subscriptions.add("speech", "mail", "ada@example.org", "active", AT)
    late = store.deliveries.plan_letter("welcome", reader, AT)
    assert store.shards.renew("mail", "us", 60)
    store.deliveries.claim(late, "us", ahead)
    store.deliveries.end(late, "us", ahead, AttemptResult("retry", "away", next_at=ahead + HOUR))
    planned = store.deliveries.plan_letter("welcome", reader, ahead)
    assert store.deliveries.due("mail", AT, 9) == []
    assert store.clock_changes.follow(AT) == 2
    assert {id_ for id_, _ in store.deliveries.due("mail", AT, 9)} == {late, planned}
    assert store.clock_changes.follow(AT) == 0


def test_a_letter_that_waits_for_the_last_one_to_be_old_enough_goes_on_waiting(store: Store) -> None:
    reader = store.subscriptions.add("speech", "mail", "ada@example.org", "active", AT)
    store.deliveries.plan_letter("confirm", reader, AT + 20 * HOUR)
    assert store.clock_changes.follow(AT) == 0


def test_a_delivery_that_waits_its_own_wait_goes_on_waiting(store: Store) -> None:
    reader = store.subscriptions.add("speech", "mail", "ada@example.org", "active", AT)
    number = store.deliveries.plan_letter("welcome", reader, AT)
    assert store.shards.renew("mail", "us", 60)
    store.deliveries.claim(number, "us", AT)
    store.deliveries.end(number, "us", AT, AttemptResult("retry", "away", next_at=AT + 2 * HOUR))
    assert store.clock_changes.follow(AT) == 0
    assert store.deliveries.due("mail", AT, 9) == []


def test_what_a_process_said_in_the_future_is_not_taken_for_its_state_of_now(store: Store) -> None:
    store.part_states.report("host:1:2:3", [PartState("outbox", "ok", "")])
    assert len(store.part_states.list()) == 1
    assert store.part_states.list(datetime.now(UTC) - HOUR) == []


def test_a_survey_of_the_future_is_not_reused(services: Services) -> None:
    from digest.pipeline import pipeline
    from digest.pipeline.services import SurveyRequest

    asked, settings = SurveyRequest("Speech recognition"), SurveySettings()
    ahead = pipeline.survey(asked, services, settings, RunContext(now=AT + 40 * DAY))
    again = pipeline.survey(asked, services, settings, RunContext(now=AT + 40 * DAY + HOUR))
    assert again.id == ahead.id
