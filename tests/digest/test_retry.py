"""Retry: how pauses grow, when no other attempt is made, and what a duration is called."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

from digest.retry import Backoff, Deadline, call_with_retry
from tests import ROOT
from tests.doubles.memory_pace import FakeTime


class Refusal(Exception):
    """One that an attempt is made again after."""


class Service:
    """It refuses so often as told, then answers; its clock moves only by being waited on."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.attempts = 0
        self.time = FakeTime()

    def ask(self, seconds: float, backoff: Backoff) -> str:
        def pause_after(failures: Sequence[Refusal]) -> float:
            return backoff.pause(len(failures))

        deadline = Deadline(seconds, self.time.clock)
        return call_with_retry(self._attempt, Refusal, pause_after, deadline, lambda pause: self.time.wait(pause, ""))

    def _attempt(self) -> str:
        self.attempts += 1
        if self.attempts <= self.refusals:
            raise Refusal(self.attempts)
        return "answer"


def test_pauses_double_up_to_the_most() -> None:
    assert [Backoff(0.5, 3.0).pause(failures) for failures in range(1, 6)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_however_many_failures_a_pause_stays_a_number() -> None:
    assert Backoff(1.0, 30.0).pause(10_000) == 30.0


def test_jitter_spreads_the_pauses_within_its_bounds() -> None:
    pauses = {Backoff(2.0, 60.0, (0.8, 1.25)).pause(2) for _ in range(100)}
    assert len(pauses) > 1
    assert all(3.2 <= pause <= 5.0 for pause in pauses)


def test_the_first_attempt_that_succeeds_ends_it() -> None:
    service = Service(refusals=3)
    assert service.ask(60.0, Backoff(1.0, 30.0)) == "answer"
    assert service.time.pauses == [1.0, 2.0, 4.0]


def test_no_pause_is_begun_that_the_deadline_would_cut() -> None:
    service = Service(refusals=100)
    with pytest.raises(Refusal) as caught:
        service.ask(10.0, Backoff(1.0, 30.0))
    assert service.time.pauses == [1.0, 2.0, 4.0]
    assert caught.value.args == (4,)


def test_what_is_no_failure_of_that_kind_is_raised_at_once() -> None:
    attempts = []

    def attempt() -> str:
        attempts.append(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call_with_retry(attempt, Refusal, lambda failures: 0.0, Deadline(60.0), attempts.append)
    assert attempts == [1]


def test_the_policy_ends_it_with_an_error_of_its_own() -> None:
    def give_up(failures: Sequence[Refusal]) -> float:
        raise LookupError(len(failures)) from failures[-1]

    with pytest.raises(LookupError):
        call_with_retry(Service(refusals=1)._attempt, Refusal, give_up, Deadline(60.0), lambda pause: None)


def test_a_deadline_that_is_extended_gives_the_time_back() -> None:
    time = FakeTime()
    deadline = Deadline(10.0, time.clock)
    time.now += 7.0
    assert (deadline.left(), deadline.spent()) == (3.0, 7.0)
    deadline.extend(5.0)
    assert (deadline.left(), deadline.spent()) == (8.0, 2.0)


def test_it_is_cheap_to_import() -> None:
    code = "import digest.retry, sys; print([name for name in ('httpcore2', 'httpx2', 'numpy') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)
    assert told.stdout == "[]\n"
