import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from digest.background.job_queue import JobQueue, QueuePosition


class Work:
    """Jobs are names; each lasts until it is let go, and "bad" fails."""

    def __init__(self) -> None:
        self.begun: queue.Queue[str] = queue.Queue()
        self.moved: queue.Queue[tuple[str, QueuePosition]] = queue.Queue()
        self.ends: dict[str, threading.Event] = {}

    def __call__(self, job: str) -> None:
        self.begun.put(job)
        assert self.ends[job].wait(30)
        if job == "bad":
            raise RuntimeError(job)

    def let(self, *jobs: str) -> None:
        for job in jobs:
            self.ends[job].set()


@contextmanager
def running(work: Work, width: int = 1, *jobs: str) -> Iterator[JobQueue[str]]:
    line = JobQueue(width, work, key=str.upper, moved=lambda job, position: work.moved.put((job, position)), name="jq")
    line.start()
    work.ends = {job: threading.Event() for job in jobs}
    for job in jobs:
        line.put(job)
    try:
        yield line
    finally:
        line.end()
        work.let(*jobs)
        line.join()


def test_jobs_are_worked_on_in_order_and_those_behind_are_told_their_place() -> None:
    work = Work()
    with running(work, 1, "a", "b", "c") as line:
        assert work.begun.get(timeout=30) == "a"
        assert (line.working, line.waiting) == (1, 2)
        assert [line.count_waiting_before(key) for key in ("A", "B", "C", "never")] == [0, 0, 1, 0]
        assert line.next_position() == QueuePosition(3, 0.0)
        work.let("a")
        (first, then), (second, after) = work.moved.get(timeout=30), work.moved.get(timeout=30)
        assert (first, second) == ("b", "c")
        assert after.ahead == then.ahead + 1
        assert after.seconds > 0  # from now on the mean is known
        work.let("b")
        assert [work.begun.get(timeout=30) for _ in "bc"] == ["b", "c"]


def test_side_by_side_none_is_ahead_of_the_second() -> None:
    work = Work()
    with running(work, 2, "a", "b") as line:
        assert {work.begun.get(timeout=30) for _ in "ab"} == {"a", "b"}
        assert line.next_position().ahead == 1


def test_what_is_removed_is_never_begun() -> None:
    work = Work()
    with running(work, 1, "a", "b", "c") as line:
        assert work.begun.get(timeout=30) == "a"
        assert line.remove("B")
        assert not line.remove("B")
        assert not line.remove("A")  # it is under way
        work.let("a")
        assert work.begun.get(timeout=30) == "c"


def test_a_failure_costs_the_others_nothing(caplog: pytest.LogCaptureFixture) -> None:
    work = Work()
    with running(work, 1, "bad", "a"):
        work.let("bad")
        assert [work.begun.get(timeout=30) for _ in range(2)] == ["bad", "a"]
    assert "job BAD was left undone" in caplog.text


@pytest.mark.parametrize("seconds", [None, 30.0])
def test_an_end_leaves_what_waits_and_ends_every_thread(seconds: float | None) -> None:
    work = Work()
    with running(work, 1, "a", "b", "c") as line:
        assert work.begun.get(timeout=30) == "a"
        assert line.end() == ["b", "c"]
        assert not line.wait_until_idle(0)
        work.let("a")
        assert line.wait_until_idle(30)
        line.join(seconds)
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("jq")]
        assert work.begun.empty()


def test_what_is_just_being_received_comes_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.background.job_queue._MOST_YIELD_SECONDS", 60.0)
    looks: list[bool] = []
    begun = threading.Event()
    rush: Callable[[], bool] = lambda: len(looks) < 3 and not looks.append(begun.is_set())  # noqa: E731
    line = JobQueue[str](1, lambda _: begun.set(), key=str, rush=rush)
    line.start()
    line.put("a")
    assert begun.wait(30)
    line.end()
    line.join()
    assert looks == [False] * 3
