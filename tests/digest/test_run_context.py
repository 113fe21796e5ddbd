"""A call to the outside: what it gives, tells and raises, and that a run that is cancelled does not wait for it."""

import threading
from collections.abc import Iterator

import pytest

from digest.errors import Cancelled
from digest.run_context import RunContext, RunEvent, Waiting


def test_what_a_call_gives_and_raises_comes_to_the_caller() -> None:
    run = RunContext()
    assert run.outside(lambda: 7) == 7
    with pytest.raises(KeyError):
        run.outside(lambda: {}["nothing"])


def test_what_it_tells_is_told_by_the_thread_of_the_run_in_order() -> None:
    told: list[tuple[RunEvent, int]] = []
    run = RunContext(lambda event: told.append((event, threading.get_ident())))

    def call() -> int:
        run.wait(0.0, "first")
        run.wait(0.0, "second")
        return threading.get_ident()

    worker = run.outside(call)
    assert [event.why for event, _ in told if isinstance(event, Waiting)] == ["first", "second"]
    assert {thread for _, thread in told} == {threading.get_ident()}
    assert worker != threading.get_ident()


def test_a_call_that_hangs_is_left_as_soon_as_the_run_is_cancelled() -> None:
    run, go, over = RunContext(), threading.Event(), threading.Event()

    def hang() -> None:
        go.wait(600)  # where it is not left, nothing is raised
        over.set()

    threading.Timer(0.05, run.cancel.set).start()
    with pytest.raises(Cancelled):
        run.outside(hang)
    assert not over.is_set()
    go.set()
    assert over.wait(180), "it ends by itself"


def test_a_call_that_waits_ends_with_the_run() -> None:
    run, ended = RunContext(), threading.Event()

    def wait_long() -> None:
        try:
            run.wait(600, "for long")
        finally:
            ended.set()

    threading.Timer(0.05, run.cancel.set).start()
    with pytest.raises(Cancelled):
        run.outside(wait_long)
    assert ended.wait(30)


def test_items_are_brought_one_by_one_and_none_before_it_is_asked_for() -> None:
    made: list[int] = []

    def items() -> Iterator[int | None]:
        for n in (1, None, 3):
            made.append(n or 0)
            yield n

    brought = RunContext().each_outside(items())
    assert made == []
    assert next(brought) == 1
    assert made == [1]
    assert list(brought) == [None, 3]


def test_nothing_is_called_for_a_run_that_is_over() -> None:
    run = RunContext()
    run.cancel.set()
    with pytest.raises(Cancelled):
        run.outside(lambda: pytest.fail("called"))
