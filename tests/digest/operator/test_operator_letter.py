"""The weekly letter: once a week by each way, whatever is killed, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from digest.cadence import LetterSchedule
from digest.operator.operator_letter import OperatorPart, WeeklyLetter, write_letter
from digest.operator.operator_notices import OperatorMessage, OperatorNotices, OperatorWay
from digest.ports import Receipt
from store import Store
from store.outbox.circuits import CircuitWords
from store.records.deliveries import DeliveryReportRow
from store.tables.deliveries import AttemptResult
from tests.digest.background.test_scheduler import SPEECH
from tests.digest.operator.test_operator_notices import Way

SCHEDULE = LetterSchedule("mon", "08:00", "Europe/Berlin")
MONDAY = datetime(2025, 1, 6, 7, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def weekly(store: Store, *ways: Way, clock: Callable[[], float] = lambda: 0.0) -> WeeklyLetter:
    return WeeklyLetter(store, [way.way for way in ways], SCHEDULE, clock=clock)


def test_each_week_has_one_letter_by_each_way_over_restarts(store: Store) -> None:
    one, other = Way(), Way(name="mail")
    for minute in range(0, 15 * 24 * 60, 60):
        weekly(store, one, other).send_due(MONDAY + minute * MINUTE)
    assert len(one.taken) == len(other.taken) == 3
    assert one.taken[0].startswith("Paper Route, 2024-12-30 to 2025-01-06: ")


def test_a_kill_while_it_goes_out_makes_no_second_one(store: Store) -> None:
    class Killed(BaseException):
        pass

    def die(_: OperatorMessage, begin: Callable[[], object]) -> Receipt:
        begin()
        raise Killed

    with pytest.raises(Killed):
        WeeklyLetter(store, [OperatorWay("webhook", "", die)], SCHEDULE).send_due(MONDAY)
    again = Way()
    assert weekly(store, again).send_due(MONDAY + MINUTE) == 0
    assert again.taken == []


def test_a_kill_before_it_goes_out_costs_no_letter(store: Store) -> None:
    class Killed(BaseException):
        pass

    def die(_: OperatorMessage, __: object) -> Receipt:
        raise Killed

    with pytest.raises(Killed):
        WeeklyLetter(store, [OperatorWay("webhook", "", die)], SCHEDULE).send_due(MONDAY)
    assert weekly(store, Way()).send_due(MONDAY + MINUTE) == 1


def test_a_way_that_is_away_is_tried_again_after_a_while(store: Store) -> None:
    now, way = [0.0], Way(Receipt("retry", "away"))
    letter = weekly(store, way, clock=lambda: now[0])
    assert letter.send_due(MONDAY) == 0
    assert letter.send_due(MONDAY + MINUTE) == 0
    now[0] = 900.0
    assert letter.send_due(MONDAY + 15 * MINUTE) == 1


def test_a_letter_of_days_ago_is_left_out(store: Store) -> None:
    assert weekly(store, Way()).send_due(MONDAY + 4 * DAY) == 0
    assert weekly(store, Way()).send_due(MONDAY + 4 * DAY, at_any_time=True) == 1


def test_letters_of_a_clock_that_was_ahead_silence_no_week(store: Store) -> None:
    way = Way()
    weekly(store, way).send_due(MONDAY + 42 * DAY)
    for week in range(8):
        weekly(store, way).send_due(MONDAY + week * 7 * DAY)
    assert len(way.taken) == 9


def test_it_says_what_was_sent_and_what_needs_the_operator(store: Store) -> None:
    with time_machine.travel(MONDAY - 20 * DAY, tick=False):
        store.topics.put(SPEECH)
    reader = store.subscriptions.add("speech", "mail", "ada@example.org", "active", MONDAY - 20 * DAY)
    at = MONDAY - DAY
    assert store.shards.renew("mail", "us", 60)
    numbers = [store.deliveries.plan_letter("welcome", reader, at) for _ in range(3)]
    for number, state in zip(numbers, ("sent", "failed", "uncertain"), strict=True):
        store.deliveries.claim(number, "us", at)
        store.deliveries.end(number, "us", at, AttemptResult(state, "words"))
    store.delivery_reports.add(DeliveryReportRow(numbers[0], "complaint", at, "mail", "", "abuse"))
    store.subscriptions.move(reader.id, ["active"], "bounced", at, reason="550")
    letter = write_letter(store, MONDAY)
    assert letter.subject == "Paper Route, 2024-12-30 to 2025-01-06: 2 to look at"
    assert letter.text.splitlines()[:6] == [
        "! speech: no digest yet, and 20 slots have passed: no service runs (“paperroute serve”)",
        "! 1 uncertain: paperroute deliveries list --state uncertain",
        "Digests: 0 made, of 0 topics; 0 without new papers.",
        "Deliveries: 1 sent, 1 failed, 1 uncertain; 0 wait now.",
        "Came back: 0 bounces after acceptance, 1 complaints.",
        "Subscriptions: 0 active; 1 bounced, 1 in all.",
    ]
    assert "ada" not in letter.text


def test_what_is_stopped_stands_first_with_what_to_do(store: Store) -> None:
    reader = store.subscriptions.add("speech", "mail", "ada@example.org", "active", MONDAY)
    delivery = store.deliveries.get(store.deliveries.plan_letter("welcome", reader, MONDAY))
    words = CircuitWords("550 relay not permitted", "", "Let the relay take mails of this machine.")
    store.circuits.open(delivery, "relay", "", words, MONDAY, MONDAY + MINUTE)
    assert write_letter(store, MONDAY).text.splitlines()[:2] == [
        (
            "! mail: stopped since 2025-01-06 07:00 UTC, 1 delivery waits; the next try is at 07:01 UTC. "
            "The answer was: 550 relay not permitted"
        ),
        "Next step: Let the relay take mails of this machine.",
    ]


def test_a_store_of_no_one_is_well(store: Store) -> None:
    store.topics.put(replace(SPEECH, active=False))
    assert write_letter(store, MONDAY).subject.endswith(": all is well")


def test_a_way_that_does_not_take_it_is_told_of(store: Store) -> None:
    now, way = [0.0], Way(Receipt("retry", "example.org answered 500"))
    letter = weekly(store, way, clock=lambda: now[0])
    part = OperatorPart(OperatorNotices([way.way]), letter)
    letter.send_due(MONDAY)
    assert (part.state().state, str(part.state().detail)) == (
        "warn", "could not be told: webhook: example.org answered 500",
    )  # fmt: skip
    now[0] = 3600.0
    assert letter.send_due(MONDAY + MINUTE) == 1
    assert part.state().state == "ok"
