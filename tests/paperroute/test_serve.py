"""The service's parts: the tick, whatever is done to the clock."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from paperroute.serve import SchedulePart

HOUR = timedelta(hours=1)


class Ticks:
    working_on = ()

    def __init__(self) -> None:
        self.ticked = threading.Semaphore(0)

    def tick(self) -> None:
        self.ticked.release()

    def stop(self) -> None:
        pass


@pytest.mark.parametrize("moved", [-3 * HOUR, -40 * 24 * HOUR, 40 * 24 * HOUR, 74 * HOUR])
def test_the_tick_goes_on_after_the_clock_was_set(moved: timedelta) -> None:
    ticks = Ticks()
    part = SchedulePart(ticks, ThreadPoolExecutor(1), lambda: None, seconds=60.0)
    part.start()
    try:
        assert ticks.ticked.acquire(timeout=30)  # at the start
        assert not part.follow_clock(datetime.now(UTC))
        assert part.follow_clock(datetime.now(UTC) + moved)
        times = [job.next_run_time - datetime.now(UTC) - moved for job in part._scheduler.get_jobs()]
        if moved < timedelta(0):  # by the clock that the scheduler knows here they are long overdue
            assert ticks.ticked.acquire(timeout=30)
        else:
            assert all(abs(left) < HOUR for left in times)
    finally:
        assert part.stop(30)
