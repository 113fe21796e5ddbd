"""The operator is told once, by every way, without anybody waiting for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from digest.operator import operator_notices
from digest.operator.operator_notices import OperatorMessage, OperatorNotices, OperatorWay, try_way
from digest.ports import Receipt

AT = datetime(2025, 1, 10, 9, tzinfo=UTC)
SENT = Receipt("sent", "taken")


class Way:
    """Takes messages as told: each answer once, then all."""

    def __init__(self, *answers: Receipt | Exception, name: str = "webhook") -> None:
        self.answers, self.taken, self.tried = list(answers), [], threading.Semaphore(0)
        self.way = OperatorWay(name, "example.org", self.send)

    def send(self, message: OperatorMessage, begin: Callable[[], object]) -> Receipt:
        begin()
        answer = self.answers.pop(0) if self.answers else SENT
        if answer is SENT:
            self.taken.append(message.subject)
        self.tried.release()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wait(self, times: int) -> None:
        for _ in range(times):
            assert self.tried.acquire(timeout=30)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator_notices, "_PAUSES", (0.0, 0.0, 0.0))


def test_every_way_gets_it_and_a_way_that_fails_holds_up_no_other() -> None:
    bad, good = Way(*[RuntimeError("no")] * 9), Way(name="mail")
    notices = OperatorNotices([bad.way, good.way])
    notices.tell("Mail has stopped", "550 relay not permitted")
    good.wait(1)
    bad.wait(1)
    assert notices.stop(30)
    assert good.taken == ["Mail has stopped"]
    assert notices.troubles == ["webhook: RuntimeError: no"]


def test_what_surely_did_not_arrive_is_tried_again() -> None:
    way = Way(Receipt("retry", "away"), Receipt("failed", "404"))
    notices = OperatorNotices([way.way])
    notices.tell("s", "t")
    way.wait(3)
    assert notices.stop(30)
    assert way.taken == ["s"]
    assert notices.troubles == []


def test_whoever_tells_learns_of_each_way_that_took_it() -> None:
    dead, good, arrived = Way(), Way(name="mail"), []
    dead.way = OperatorWay("webhook", "", lambda *_: dead.tried.release() or Receipt("retry", "away"))
    notices = OperatorNotices([dead.way, good.way])
    notices.tell("s", "t", lambda: arrived.append("s"))
    dead.wait(3)
    good.wait(1)
    assert notices.stop(30)
    assert arrived == ["s"]
    OperatorNotices([]).tell("s", "t", lambda: arrived.append("the log"))
    assert arrived == ["s", "the log"]


def test_what_may_have_arrived_is_not() -> None:
    way = Way(TimeoutError("silent"))
    notices = OperatorNotices([way.way])
    notices.tell("first", "t")
    notices.tell("second", "t")
    way.wait(2)
    assert notices.stop(30)
    assert way.taken == ["second"]


def test_the_same_words_are_told_once_an_hour_and_twenty_notices_at_most(caplog: pytest.LogCaptureFixture) -> None:
    now, way = [0.0], Way()
    notices = OperatorNotices([way.way], clock=lambda: now[0])
    for _ in range(3):
        notices.tell("same", "words")
    for number in range(30):
        notices.tell(f"other {number}", "words")
    way.wait(20)
    now[0] = 3600.0
    notices.tell("same", "words")
    way.wait(1)
    assert notices.stop(30)
    assert way.taken == ["same", *(f"other {number}" for number in range(19)), "same"]


def test_without_a_way_it_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        OperatorNotices([]).tell("Mail has\nstopped", "550")
    assert "for the operator: Mail has stopped" in caplog.text


def test_a_fault_before_the_effect_is_no_doubt() -> None:
    def fail(_: OperatorMessage, __: object) -> Receipt:
        raise OSError("no route")

    assert try_way(OperatorWay("mail", "", fail), OperatorMessage("s", "t", AT)).state == "retry"
