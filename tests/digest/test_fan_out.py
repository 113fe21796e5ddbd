"""Tasks on real processes: what comes back, when it is kept, and what is said where a process ends."""

import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from digest.errors import ModelError, PaperRouteError
from digest.fan_out import FanOut, task_calls
from digest.llm.failures import ModelFault
from store import Store
from store.records.editions import Usage
from store.records.lazy_text import lazy_gettext
from store.tables.usage import CallRecord

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def double(number: int) -> int:
    task_calls().append(CallRecord(NOW, Usage("test", "a:b", usd=0.25)))
    return 2 * number


def fail_after_a_call(number: int) -> int:
    double(number)
    said = lazy_gettext("{model} refused to answer", model="a:b")
    raise ModelFault(lazy_gettext("{fault}.", fault=said), kind="refused", retry_after=3.0, words="no")


def die(_: int) -> int:
    os._exit(1)


@pytest.fixture
def processes(store: Store) -> Iterator[FanOut]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield FanOut(pool, store.usage)


def test_a_result_is_kept_and_its_calls_are_put_down_before_it_is_there(store: Store, processes: FanOut) -> None:
    kept: list[tuple[int, float]] = []

    def keep(made: int) -> None:
        kept.append((made, store.usage.usd(NOW)))

    assert processes.submit(double, 21, keep=keep).result() == 42
    assert kept == [(42, 0.25)]


def test_an_error_comes_back_whole_with_the_calls_before_it(store: Store, processes: FanOut) -> None:
    kept: list[int] = []
    with pytest.raises(ModelFault) as caught:
        processes.submit(fail_after_a_call, 1, keep=kept.append).result()
    assert (str(caught.value), caught.value.kind, caught.value.permanent) == ("a:b refused to answer.", "refused", True)
    assert (caught.value.retry_after, caught.value.words) == (3.0, "no")
    assert isinstance(caught.value, ModelError)
    assert caught.value.summary == lazy_gettext(
        "{fault}.", fault=lazy_gettext("{model} refused to answer", model="a:b")
    )
    assert store.usage.usd(NOW) == 0.25
    assert kept == []


def test_a_process_that_ends_is_one_line_and_so_is_the_next_task(processes: FanOut) -> None:
    for task in (die, double):
        with pytest.raises(PaperRouteError, match="A worker process ended") as caught:
            processes.submit(task, 1, keep=print).result()
        assert not caught.value.permanent


def test_what_cannot_be_kept_is_not_handed_on(store: Store) -> None:
    def keep(_: int) -> None:
        raise PaperRouteError("There is no room.")

    with ThreadPoolExecutor(1) as threads, pytest.raises(PaperRouteError, match="no room"):
        FanOut(threads, store.usage).submit(int, "1", keep=keep).result()


def test_only_what_has_not_begun_is_cancelled(store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()
    kept: list[bool] = []

    def wait() -> bool:
        begun.set()
        return go_on.wait(10)

    with ThreadPoolExecutor(1) as threads:
        fan_out = FanOut(threads, store.usage)
        first, second = (fan_out.submit(wait, keep=kept.append) for _ in range(2))
        assert begun.wait(10)
        assert (first.cancel(), second.cancel()) == (False, True)
        assert second.cancelled()
        go_on.set()
        assert first.result() is True
    assert kept == [True]
