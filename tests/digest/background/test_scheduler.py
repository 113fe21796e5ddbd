"""The tick: a slot is made once, whatever runs, sleeps, fails or was down."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from digest.background.scheduler import RETRY_BACKOFF, DigestScheduler
from digest.errors import SourceError
from digest.pipeline import pipeline
from digest.pipeline.pipeline import digest_lease
from digest.pipeline.services import DigestRequest, Services, SurveySettings
from digest.run_context import RunContext
from digest.subscriptions.one_mail import OneMailSettings
from store.records.editions import Edition, Topic

SPEECH = Topic("speech", "Speech recognition", "Speech recognition", cadence="daily", at="08:00")
LORA = Topic("lora", "LoRA for image generation", "LoRA for image generation", cadence="weekly:mon", at="08:00")
MORNING = datetime(2025, 1, 10, 9, 0, tzinfo=UTC)
SLOT = MORNING.replace(hour=8)


class Fickle:
    """The bundled sample behind a line that is down while `down` says so."""

    name = "arxiv"

    def __init__(self, real: object) -> None:
        self.real, self.down = real, True

    def search(self, request: object, *, wait: object) -> Iterator[object]:
        if self.down:
            raise SourceError("arXiv does not answer.")
        yield from self.real.search(request, wait=wait)


@pytest.fixture
def source(services: Services) -> Fickle:
    return Fickle(services.source)


class House:
    """A scheduler over real services; `tick` ends when all that it began has ended."""

    def __init__(self, services: Services, policy: SurveySettings | None = None) -> None:
        self.services, self.policy, self.made = services, policy or SurveySettings(), []
        self.scheduler = self.another()

    def another(self) -> DigestScheduler:
        self.executor = ThreadPoolExecutor(4)
        return DigestScheduler(self.services.store, self.make, self.executor, after=self.made.append)

    def make(self, request: DigestRequest, run: RunContext) -> Edition:
        return pipeline.digest(request, self.services, self.policy, run)

    def tick(self, at: datetime) -> int:
        with time_machine.travel(at, tick=False):
            self.scheduler = self.another()  # as after a restart: nothing is remembered but what the store has
            begun = self.scheduler.tick()
            self.executor.shutdown(wait=True)
        return begun


def test_a_due_slot_is_made_and_then_not_again(services: Services) -> None:
    services.store.topics.put(SPEECH)
    house = House(services)
    assert house.tick(MORNING) == 1
    assert [edition.slot for edition in house.made] == [SLOT]
    assert house.tick(MORNING + timedelta(minutes=1)) == 0
    assert house.tick(MORNING + timedelta(hours=22)) == 0
    assert house.tick(MORNING + timedelta(hours=23)) == 1


def test_after_a_pause_only_the_newest_slot_is_made_over_the_whole_window_and_says_so(services: Services) -> None:
    services.store.topics.put(SPEECH)
    house = House(services)
    house.tick(MORNING)
    house.tick(MORNING + timedelta(days=5))
    first, second = house.made
    assert second.slot == SLOT + timedelta(days=5)
    assert second.since <= first.until
    (said,) = [line for line in second.health if line.source == "schedule"]
    assert str(said.detail) == (
        "4 earlier slots were missed (2025-01-12, 2025-01-13, 2025-01-14 and 1 before); this digest covers them, too."
    )


def test_a_source_that_is_down_is_asked_again_later_and_the_digest_says_that_it_is_late(
    services: Services, source: Fickle
) -> None:
    services.store.topics.put(SPEECH)
    house = House(replace(services, source=source))
    assert house.tick(MORNING) == 1
    assert house.made == []
    waiting = services.store.digest_attempts.get("speech", SLOT)
    assert (waiting.attempts, waiting.next_at) == (1, MORNING + timedelta(minutes=5))
    assert house.tick(MORNING + timedelta(minutes=4)) == 0
    assert house.tick(MORNING + timedelta(minutes=5)) == 1
    assert services.store.digest_attempts.get("speech", SLOT).next_at == MORNING + timedelta(minutes=15)
    source.down = False
    assert house.tick(MORNING + timedelta(minutes=61)) == 1
    (late,) = house.made
    assert late.slot == SLOT
    assert [str(line.detail) for line in late.health if line.source == "schedule"] == [
        "Written 2 hours late, after it failed 2 times: arXiv does not answer."
    ]
    assert services.store.digest_attempts.list() == []


def test_before_the_next_slot_what_there_is_is_frozen_with_the_reason(services: Services, source: Fickle) -> None:
    services.store.topics.put(SPEECH)
    house = House(replace(services, source=source))
    house.tick(MORNING)
    house.tick(SLOT + timedelta(hours=23, minutes=50))
    (quiet,) = house.made
    assert quiet.slot == SLOT
    assert "did not answer" in str(quiet.quiet)
    assert not quiet.complete
    source.down = False
    house.tick(SLOT + timedelta(days=1, minutes=1))
    assert house.made[-1].since <= quiet.since + timedelta(days=1)


def test_one_bad_topic_holds_up_no_other(services: Services) -> None:
    services.store.topics.put(replace(SPEECH, slug="aa-bad", timezone="Mars/Olympus"))
    services.store.topics.put(replace(SPEECH, slug="ab-bad", question="", queries=('"',)))
    services.store.topics.put(SPEECH)
    house = House(services)
    house.tick(MORNING)
    assert [edition.topic for edition in house.made] == ["speech"]
    (failed,) = services.store.digest_attempts.list()
    assert failed.topic == "ab-bad"
    assert failed.reason


def test_a_resting_topic_is_let_rest(services: Services) -> None:
    services.store.topics.put(replace(SPEECH, active=False))
    assert House(services).tick(MORNING) == 0


def test_each_topic_has_its_own_slots(services: Services) -> None:
    services.store.topics.put(SPEECH)
    services.store.topics.put(LORA)
    house = House(services)
    house.tick(MORNING)
    assert {(edition.topic, edition.slot) for edition in house.made} == {
        ("speech", SLOT),
        ("lora", datetime(2025, 1, 6, 8, tzinfo=UTC)),
    }


def test_two_that_tick_at_once_make_one_edition_with_one_set_of_calls(services: Services) -> None:
    services.store.topics.put(SPEECH)
    house = House(services)
    with time_machine.travel(MORNING, tick=False):
        first, pool = house.scheduler, house.executor
        second = house.another()
        assert (first.tick(), second.tick()) == (1, 1)
        pool.shutdown(wait=True)
        house.executor.shutdown(wait=True)
    assert len({edition.id for edition in house.made}) == 1
    assert services.store.editions.count() == 1


def test_a_slot_that_another_process_writes_is_left_to_it_and_taken_when_it_is_gone(services: Services) -> None:
    services.store.topics.put(SPEECH)
    house, lease = House(services), digest_lease("speech", SLOT)
    with time_machine.travel(MORNING, tick=False):
        assert services.store.leases.acquire(lease, "elsewhere:1", 600.0)
    assert house.tick(MORNING) == 1
    assert not house.made  # and the tick has ended: nobody waits for the other
    services.store.leases.release(lease, "elsewhere:1")
    house.tick(MORNING)
    assert [edition.slot for edition in house.made] == [SLOT]


def test_a_slot_that_another_process_failed_at_since_the_tick_waits_as_that_one_decided(services: Services) -> None:
    services.store.topics.put(SPEECH)
    house = House(services)
    with time_machine.travel(MORNING, tick=False):
        [due] = house.scheduler.due(MORNING)
        services.store.digest_attempts.postpone("speech", SLOT, MORNING, MORNING + timedelta(minutes=5), "away")
        house.another()._digest(due)
    assert not house.made
    assert services.store.digest_attempts.get("speech", SLOT).attempts == 1


def test_what_was_planned_goes_out_once_and_old_gaps_do_not(services: Services) -> None:
    services.store.topics.put(SPEECH)
    services.store.subscriptions.add("speech", "mail", "ada@example.org", "active", MORNING)
    house = House(services)
    house.tick(MORNING)
    (edition,) = house.made
    assert bool(edition.papers) == (len(services.store.deliveries.list()) == 1)
    with time_machine.travel(MORNING, tick=False):
        old = house.make(DigestRequest("speech", "2024-06-03", "2024-01-01"), RunContext())
    assert old.papers
    assert [delivery.edition for delivery in services.store.deliveries.list(edition=old.id)] == []


def test_quiet_digests_go_out_only_where_that_is_asked_for(services: Services) -> None:
    services.store.topics.put(SPEECH)
    services.store.subscriptions.add("speech", "mail", "ada@example.org", "active", MORNING)
    late = MORNING + timedelta(days=400)
    House(services).tick(late)
    assert services.store.editions.last_digest("speech").quiet
    assert services.store.deliveries.list() == []
    House(services, SurveySettings(send_quiet=True)).tick(late + timedelta(days=1))
    assert len(services.store.deliveries.list()) == 1


def test_retries_are_further_and_further_apart_up_to_an_hour() -> None:
    assert [RETRY_BACKOFF.pause(failures) / 60 for failures in range(1, 7)] == [5, 10, 20, 40, 60, 60]


def test_what_is_prepared_ahead_may_fail_and_holds_up_no_digest(services: Services) -> None:
    services.store.topics.put(SPEECH)
    house, asked = House(services), []

    def prepare(run: RunContext) -> None:
        asked.append(run)
        raise SourceError("The provider does not answer.")

    with time_machine.travel(MORNING, tick=False):
        scheduler = DigestScheduler(services.store, house.make, house.executor, prepare=prepare)
        assert scheduler.tick() == 1
        house.executor.shutdown(wait=True)
    assert len(asked) == 1
    assert services.store.editions.of_slot("speech", SLOT)
    assert scheduler.working_on == ()


TOGETHER = SurveySettings(send_quiet=True, one_mail=OneMailSettings(default=True))


def due_in_minutes(services: Services, at: datetime) -> dict[str, float]:
    return {d.topic: (d.next_at - at).total_seconds() / 60 for d in services.store.deliveries.list()}


def test_digests_of_one_hour_are_let_go_together_by_the_last_of_them(services: Services) -> None:
    store = services.store
    house, topics = House(services, TOGETHER), (SPEECH, replace(LORA, cadence="daily", at="08:30"))
    for topic in topics:
        store.topics.put(topic)
    assert house.tick(SLOT - timedelta(minutes=1)) == 2  # yesterday's
    for topic in topics:
        store.subscriptions.add(topic.slug, "mail", "ada@example.org", "active", MORNING)
    early = SLOT + timedelta(minutes=1)
    assert house.tick(early) == 1
    assert due_in_minutes(services, early) == {"speech": 59.0}  # half an hour after the slot that it waits for
    at = SLOT + timedelta(minutes=31)
    assert house.tick(at) == 1
    assert due_in_minutes(services, at) == {"speech": 0.0, "lora": 0.0}
    assert len({delivery.mail_hour for delivery in store.deliveries.list()}) == 1


def test_a_topic_that_fails_holds_up_the_others_of_its_mail_for_half_an_hour(services: Services) -> None:
    store = services.store
    for topic in (SPEECH, replace(LORA, cadence="daily")):
        store.topics.put(topic)
        store.subscriptions.add(topic.slug, "mail", "ada@example.org", "active", MORNING)

    class Failing(House):
        is_down = True

        def make(self, request: DigestRequest, run: RunContext) -> Edition:
            if request.topic == "lora" and self.is_down:
                raise SourceError("arXiv does not answer.")
            return super().make(request, run)

    failing = Failing(services, TOGETHER)
    assert failing.tick(MORNING) == 2
    assert due_in_minutes(services, MORNING) == {"speech": 30.0}
    failing.tick(MORNING + timedelta(minutes=5))
    assert due_in_minutes(services, MORNING) == {"speech": 30.0}
    failing.is_down = False
    late = MORNING + timedelta(minutes=15)
    assert failing.tick(late) == 1
    assert due_in_minutes(services, late) == {"speech": 0.0, "lora": 0.0}
