"""The limiter of a provider: how wide, who waits, and for how long."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.llm.concurrency import AimdWidth, ConcurrencyLimiter, PauseTooLong
from digest.llm.failures import ModelEndpoint, ModelFault
from digest.llm.retry import RetryPolicy
from digest.retry import Deadline


def deadline(seconds: float = 60.0) -> Deadline:
    return Deadline(seconds)


@given(st.integers(1, 64), st.lists(st.booleans(), max_size=200))
@settings(max_examples=50, deadline=None)
def test_the_width_stays_between_one_and_the_most(most: int, answers: list[bool]) -> None:
    width = AimdWidth(most, float(most))
    for good in answers:
        width = width.wider(width.wave) if good else width.narrower(width.wave)
        assert 1 <= width.now <= most


@given(st.integers(2, 64))
@settings(max_examples=20, deadline=None)
def test_a_refusal_halves_and_a_round_of_good_answers_adds_about_one(most: int) -> None:
    width = AimdWidth(most, float(most)).narrower(0)
    assert width.now == most / 2
    wider = width
    for _ in range(round(width.now)):
        wider = wider.wider(wider.wave)
    assert width.now + 0.4 <= wider.now <= width.now + 1.2


def test_refusals_of_one_wave_count_once() -> None:
    limiter = ConcurrencyLimiter(32)
    with ExitStack() as stack:
        slots = [stack.enter_context(limiter.slot(deadline())) for _ in range(32)]
        for slot in slots:
            limiter.refused(slot, None)
    assert limiter.width == 16


def test_an_answer_from_before_the_decrease_does_not_widen() -> None:
    limiter = ConcurrencyLimiter(4)
    with limiter.slot(deadline()) as old, limiter.slot(deadline()) as refused:
        limiter.refused(refused, None)
        for _ in range(10):
            limiter.answered(old)
    assert limiter.width == 2


def test_it_recovers_its_whole_width_and_no_more() -> None:
    limiter = ConcurrencyLimiter(4)
    with limiter.slot(deadline()) as slot:
        limiter.refused(slot, None)
    for _ in range(40):
        with limiter.slot(deadline()) as slot:
            limiter.answered(slot)
    assert limiter.width == 4


def test_never_more_under_way_than_the_width() -> None:
    limiter, lock, under_way, most = ConcurrencyLimiter(3), threading.Lock(), 0, 0
    together = threading.Barrier(3, timeout=60)

    def call() -> None:
        nonlocal under_way, most
        with limiter.slot(deadline()):
            with lock:
                under_way += 1
                most = max(most, under_way)
            together.wait()
            with lock:
                under_way -= 1

    with ThreadPoolExecutor(16) as pool:
        for job in [pool.submit(call) for _ in range(60)]:
            job.result()
    assert most == 3


def test_a_turn_is_given_back_after_an_error() -> None:
    limiter = ConcurrencyLimiter(1)
    with pytest.raises(ZeroDivisionError), limiter.slot(deadline()):
        raise ZeroDivisionError
    with limiter.slot(deadline()):
        pass


def test_queueing_is_given_back_to_the_deadline() -> None:
    now = [0.0]
    limiter, end = ConcurrencyLimiter(1, clock=lambda: now[0]), Deadline(0.2, lambda: now[0])
    with ThreadPoolExecutor(1) as pool:
        with limiter.slot(deadline()):
            job = pool.submit(_left_inside, limiter, end)
            while not limiter._changed._waiters:  # until it queues
                threading.Event().wait(0.001)
            now[0] += 0.25  # longer than the queueing call has in all
        assert job.result() == pytest.approx(0.2)


def _left_inside(limiter: ConcurrencyLimiter, end: Deadline) -> float:
    with limiter.slot(end):
        return end.left()


def test_a_pause_closes_the_lane_for_all_until_it_is_over() -> None:
    limiter, end = ConcurrencyLimiter(4), deadline()
    with limiter.slot(deadline()) as slot:
        limiter.refused(slot, 0.1)
    with limiter.slot(end):
        assert end.left() <= end.seconds - 0.1  # the pause was waited for, and counts


def test_a_pause_longer_than_what_is_left_is_said_at_once() -> None:
    limiter = ConcurrencyLimiter(4, clock=lambda: 0.0)
    with limiter.slot(deadline()) as slot:
        limiter.refused(slot, 3600)
    with pytest.raises(PauseTooLong) as caught, limiter.slot(deadline()):
        raise AssertionError("nobody gets in")
    assert caught.value.seconds == 3600


def test_those_who_queue_are_told_of_a_pause() -> None:
    limiter = ConcurrencyLimiter(1)
    with ThreadPoolExecutor(1) as pool:
        with limiter.slot(deadline()) as slot:
            job = pool.submit(_left_inside, limiter, deadline())
            limiter.refused(slot, 3600)
        with pytest.raises(PauseTooLong):
            job.result()


def test_a_lane_without_width_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        ConcurrencyLimiter(0)


class Trial:
    """A provider that fails as told, then answers; no time passes meanwhile."""

    def __init__(self, *faults: ModelFault, seconds: float = 10.0) -> None:
        self.deadline = Deadline(seconds, lambda: 0.0)
        self.faults, self.calls, self.waits = list(faults), 0, list[float]()
        self.retry_policy = RetryPolicy(
            ModelEndpoint("x", "m"), ConcurrencyLimiter(8), seconds, self.waits.append, jitter=(1.0, 1.0)
        )

    def ask(self) -> str:
        return self.retry_policy.ask(self._attempt, self.deadline)

    def _attempt(self) -> str:
        self.calls += 1
        if self.faults:
            raise self.faults.pop(0)
        return "answer"


def fault(kind: str, **options: object) -> ModelFault:
    return ModelFault(f"x:m {kind}.", kind=kind, **options)  # type: ignore[arg-type] - the tests' own kinds


def test_pauses_double_from_fault_to_fault() -> None:
    trial = Trial(*[fault("busy") for _ in range(5)], seconds=60)
    assert trial.ask() == "answer"
    assert trial.waits == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_a_short_deadline_still_allows_a_second_try() -> None:
    trial = Trial(fault("down"), seconds=0.4)
    assert trial.ask() == "answer"
    assert trial.waits[0] < 0.1


@pytest.mark.parametrize(("kind", "tries"), [("down", 4), ("slow", 2)])
def test_tries_are_bounded_by_kind(kind: str, tries: int) -> None:
    trial = Trial(*[fault(kind) for _ in range(20)], seconds=60)
    with pytest.raises(ModelFault):
        trial.ask()
    assert trial.calls == tries


@pytest.mark.parametrize("kind", ["refused_key", "not_found", "quota", "bad_request", "too_long", "refused"])
def test_what_no_second_try_can_mend_is_raised_at_once(kind: str) -> None:
    trial = Trial(fault(kind))
    with pytest.raises(ModelFault) as caught:
        trial.ask()
    assert caught.value.permanent
    assert trial.calls == 1
    assert trial.waits == []


def test_retry_after_is_honoured_when_it_is_longer_than_our_own_pause() -> None:
    trial = Trial(fault("down", retry_after=3.0), fault("down", retry_after=0.1))
    assert trial.ask() == "answer"
    assert trial.waits == [3.0, 1.0]


def test_a_retry_after_beyond_the_deadline_is_named_and_not_waited_for() -> None:
    trial = Trial(fault("down", retry_after=500.0))
    with pytest.raises(ModelFault, match="a pause of 8 minutes, longer than the 10 s left"):
        trial.ask()
    assert trial.waits == []
