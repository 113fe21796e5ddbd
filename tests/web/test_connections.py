"""The register of connections: deadlines of whole phases, and who gives way when all places are taken."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

import pytest

from web.connections import Connections, Phase, Place


@dataclass
class Line:
    """A connection, as far as the register knows one."""

    counted_as: str = "192.0.2.1"
    phase: Phase = Phase.HEAD
    unread: int = 0
    dropped: bool = False

    def drop(self) -> None:
        self.dropped = True


@dataclass
class Site:
    budget: int = 8
    now: float = 100.0
    register: Connections = field(init=False)

    def __post_init__(self) -> None:
        self.register = Connections(self.budget, clock=lambda: self.now)

    def add(self, line: Line) -> Place:
        self.now += 0.01
        place = self.register.add(line)
        assert place
        return place

    def set(self, place: Place, phase: Phase, received: int = 0) -> None:
        self.now += 0.01
        place.connection.phase = phase
        self.register.note(place, received)

    def after(self, seconds: float) -> None:
        self.now += seconds
        asyncio.run(self.register.sweep())


def lines(count: int, name: str = "192.0.2.{}") -> list[Line]:
    return [Line(name.format(n)) for n in range(count)]


def test_the_longest_silent_of_a_client_gives_way_to_its_next() -> None:
    site = Site()
    own = [Line("a") for _ in range(5)]
    for line in own:
        site.add(line)
    assert [line.dropped for line in own] == [True, True, True, False, False]
    assert len(site.register) == 2


def test_clients_beyond_its_share_do_not_touch_others() -> None:
    site = Site()
    other = Line("b")
    site.add(other)
    for _ in range(20):
        site.add(Line("a"))
    assert not other.dropped


def test_a_proxy_of_many_is_bounded_by_the_budget_alone() -> None:
    site = Site()
    own = [Line("") for _ in range(9)]
    for line in own:
        site.add(line)
    assert [line.dropped for line in own] == [True] + [False] * 8


def test_a_body_gives_way_after_what_waits_and_an_answer_never() -> None:
    site = Site(budget=3)
    answer, body, idle = lines(3)
    places = [site.add(line) for line in (answer, body, idle)]
    for place, phase in zip(places, (Phase.ANSWER, Phase.BODY, Phase.IDLE), strict=True):
        site.set(place, phase)
    first, second = Line("c"), Line("d")
    site.set(site.add(first), Phase.ANSWER)
    assert (idle.dropped, body.dropped, answer.dropped) == (True, False, False)
    site.set(site.add(second), Phase.ANSWER)
    assert (body.dropped, answer.dropped, first.dropped) == (True, False, False)
    assert site.register.add(Line("e")) is None
    assert len(site.register) == 3


def test_whoever_was_heard_of_last_gives_way_last() -> None:
    site = Site(budget=4)
    early, late = Line("a"), Line("b")
    place = site.add(early)
    site.add(late)
    site.set(place, Phase.ANSWER)
    site.set(place, Phase.IDLE)
    for line in lines(3):
        site.add(line)
    assert (late.dropped, early.dropped) == (True, False)


def test_a_head_is_whole_in_time_however_busily_it_comes() -> None:
    site = Site()
    line = Line()
    place = site.add(line)
    for _ in range(9):
        site.register.note(place, received=1)
        site.after(1)
    assert not line.dropped
    site.after(2)
    assert line.dropped


@pytest.mark.parametrize(("pace", "ends_after"), [(0, 20), (1, 20), (2_000, 120)])
def test_a_body_earns_time_by_its_pace_and_ends_all_the_same(pace: int, ends_after: int) -> None:
    site = Site()
    line = Line()
    place = site.add(line)
    site.set(place, Phase.BODY)
    seconds = 0
    while not line.dropped:
        site.register.note(place, received=pace)
        site.after(1)
        seconds += 1
    assert abs(seconds - ends_after) <= 1


def test_a_reader_that_takes_nothing_is_left_and_a_slow_one_is_not() -> None:
    site = Site()
    stuck, slow, growing = lines(3)
    for line in (stuck, slow, growing):
        site.set(site.add(line), Phase.ANSWER)
        line.unread = 1_000_000
    for _ in range(40):
        slow.unread -= 1_000
        growing.unread += 100
        site.after(1)
    assert [line.dropped for line in (stuck, slow, growing)] == [True, False, True]


def test_an_answer_may_take_as_long_as_it_wants() -> None:
    site = Site()
    line = Line()
    site.set(site.add(line), Phase.ANSWER)
    site.after(100_000)
    assert not line.dropped


def test_the_sweep_sees_what_no_event_told() -> None:
    site = Site()
    line = Line(phase=Phase.ANSWER)
    site.add(line)
    site.after(0)
    line.phase = Phase.BODY  # the application took what had come
    site.after(0)
    site.after(21)
    assert line.dropped


def test_who_has_left_leaves_nothing_behind() -> None:
    site = Site()
    places = [site.add(line) for line in lines(8)]
    for place in [*places, *places]:
        site.register.remove(place)
        site.register.note(place)
    assert len(site.register) == 0
    assert not site.register._clients
    assert all(site.register.add(line) for line in lines(8))


def test_that_some_gave_way_is_told_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    site = Site()
    with caplog.at_level(logging.WARNING, "web.connections"):
        for _ in range(59):
            site.add(Line())
            site.after(1)
        site.after(1)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert told[0].startswith("1 silent connections gave way")
