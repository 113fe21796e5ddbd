"""A piece of work that one process at a time does: who waits, for whom, and for whom not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from digest import leases
from digest.leases import StandingLease, exclusive, try_exclusive
from store import Store
from store.db.owners import new_owner
from store.errors import StoreBusy
from store.tables.leases import Leases
from tests import ROOT
from tests.factories.outbox import until

ENTERS = """
import sys
from digest.leases import exclusive
from store import Store
with Store.open(sys.argv[1]) as store, exclusive("survey:1", store, lambda seconds, why: None, "busy"):
    print("entered", flush=True)
    sys.stdin.readline()
"""


class Impatient(Exception):
    """Raised out of the first wait."""


def leave(seconds: float, why: str) -> None:
    raise Impatient(why)


def test_who_lives_is_waited_for_and_who_was_killed_is_not(store: Store) -> None:
    command = [sys.executable, "-c", ENTERS, str(store.path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "entered\n"
        with pytest.raises(Impatient, match="being written"), exclusive("survey:1", store, leave, "being written"):
            raise AssertionError("two are in")
        process.kill()
        process.wait()
        with exclusive("survey:1", store, leave, "being written"):
            assert store.leases.owner("survey:1")
    assert not store.leases.owner("survey:1")


def test_who_waited_enters_once_it_is_given_up(store: Store) -> None:
    other, waits = new_owner(), []
    assert store.leases.acquire("survey:1", other, 600.0)

    def wait(seconds: float, why: str) -> None:
        waits.append(why)
        store.leases.release("survey:1", other)

    with exclusive("survey:1", store, wait, "being written"):
        assert waits == ["being written"]


def test_who_does_not_wait_learns_that_another_is_in_there(store: Store) -> None:
    with try_exclusive("mailbox", store) as alone, try_exclusive("mailbox", store) as second:
        assert (alone, second) == (True, False)
    with try_exclusive("mailbox", store) as alone:
        assert alone
    assert not store.leases.owner("mailbox")


@pytest.fixture
def standing(store: Store) -> Iterator[Callable[..., StandingLease]]:
    made: list[StandingLease] = []

    def make(seconds: float = 600.0, lost: Callable[[], None] = lambda: None) -> StandingLease:
        made.append(StandingLease("socket", store, lost, seconds))
        return made[-1]

    yield make
    for lease in made:
        lease.stop()


def test_a_standing_lease_is_one_process_s_until_it_gives_it_up(standing: Callable[..., StandingLease]) -> None:
    first, second = standing(), standing()
    assert (first.start(), second.start()) == (True, False)
    assert second.other_holder
    assert not first.other_holder
    first.stop()
    until(lambda: second.is_held)


def test_who_stands_back_lets_another_have_it_and_has_it_again_where_nobody_wants_it(
    standing: Callable[..., StandingLease],
) -> None:
    lease = standing()
    lease.start()
    lease.stand_back(0.5)
    assert (lease.is_held, lease.other_holder) == (False, "")
    until(lambda: lease.is_held)
    second = standing()
    second.start()
    lease.stand_back(600.0)
    until(lambda: second.is_held)


def test_who_cannot_reach_the_store_lets_go_and_has_it_again_once_it_can(
    standing: Callable[..., StandingLease], monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[bool] = []

    def away(*_: object) -> bool:
        raise StoreBusy("The store is away.")

    lease = standing(2.0, lambda: lost.append(True))
    assert lease.start()
    monkeypatch.setattr(Leases, "acquire", away)
    until(lambda: lost)
    monkeypatch.undo()
    until(lambda: lease.is_held)


def test_it_is_over_for_its_holder_before_it_is_anyone_s(
    store: Store, standing: Callable[..., StandingLease], monkeypatch: pytest.MonkeyPatch
) -> None:
    began, over = time.time(), leases._now() + 0.8 * 600
    lease = standing()
    assert lease.start()
    monkeypatch.setattr(leases, "_now", lambda: over - 1)
    assert lease.is_held
    monkeypatch.setattr(leases, "_now", lambda: over + 60)
    assert not lease.is_held
    assert not Leases(store._database, lambda: began + 0.99 * 600).acquire("socket", new_owner(), 1.0)
