"""Who holds what, and who is surely gone: a lease, a turn at arXiv and a Slack request of a process that was killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store import Store
from store.db.owners import has_ended, new_owner
from store.tables.slack_requests import NewSlackRequest
from store.tables.source_turns import SourceTurns
from tests import ROOT
from tests.factories.databases import Place
from tests.factories.outbox import until

HOLDS = """
import sys
from store import Store
from store.db.owners import new_owner
from store.tables.slack_requests import NewSlackRequest
with Store.open(sys.argv[1], url=sys.argv[2]) as store:
    owner = new_owner()
    store.shards.renew("mail", owner, 600.0)
    store.source_turns.claim("arxiv", owner, 3.0)
    store.slack_requests.claim(NewSlackRequest("T", "C", "1", "1", "U", "survey", "LoRA"), owner, 600.0)
    print(owner, flush=True)
    sys.stdin.readline()
"""

NAMES_ITSELF = "from store.db.owners import new_owner; print(new_owner())"

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no system with /proc")


@contextmanager
def holder(place: Place) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A process that holds everything, and the owner that it is."""
    command = [sys.executable, "-c", HOLDS, *place.arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
        process.kill()


@pytest.fixture
def dead() -> str:
    """An owner on this machine whose process has ended."""
    said = subprocess.run([sys.executable, "-c", NAMES_ITSELF], cwd=ROOT, capture_output=True, text=True, check=True)
    return said.stdout.strip()


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server of the tests may have been started just now."""
    monkeypatch.setattr("store.postgres.postgres_session._SETTLING", 0)


def test_only_an_ended_process_of_this_machine_has_ended(dead: str) -> None:
    assert has_ended(dead)
    assert not has_ended(new_owner())
    assert not has_ended(f"{socket.gethostname()}:{os.getppid()}:0a1b2c3d")
    assert not has_ended(dead.replace(socket.gethostname(), "elsewhere"))


@pytest.mark.parametrize("owner", ["", "me", "a:b:c", f"{socket.gethostname()}::x"])
def test_what_is_no_owner_of_ours_is_never_taken_for_gone(owner: str) -> None:
    assert not has_ended(owner)


@needs_proc
def test_a_later_process_of_the_same_number_is_not_taken_for_the_holder() -> None:
    host, process, began, token = new_owner().split(":")
    assert has_ended(f"{host}:{process}:{int(began) - 1}:{token}")
    assert not has_ended(f"{host}:{process}:{began}:0a1b2c3d")


@needs_proc
def test_a_killed_process_is_gone_before_its_parent_has_looked(place: Place) -> None:
    with holder(place) as (owner, process):
        assert not has_ended(owner)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert has_ended(owner)


def test_a_lease_of_the_dead_is_taken_at_once_and_one_of_the_living_is_not(store: Store, dead: str) -> None:
    assert store.shards.renew("mail", dead, 600.0)
    assert store.shards.renew("mail", "me", 600.0)
    assert store.leases.owner("outbox:mail:0") == "me"
    assert store.leases.acquire("other", new_owner(), 600.0)
    assert not store.leases.acquire("other", "me", 600.0)


def take_lease(store: Store) -> bool:
    return store.shards.renew("mail", "me", 600.0)


def take_turn(store: Store) -> bool:
    return store.source_turns.claim("arxiv", "me", 0.0) == 0.0


def take_request(store: Store) -> bool:
    return [request.text for request in store.slack_requests.adopt("me", 600.0)] == ["LoRA"]


@pytest.mark.parametrize("take", [take_lease, take_turn, take_request])
def test_what_a_process_holds_is_free_once_it_is_killed(
    take: Callable[[Store], bool], store: Store, place: Place
) -> None:
    with holder(place) as (_, process):
        assert not take(store)
        process.kill()
        process.wait()
        until(lambda: take(store))  # a server learns of it a moment later


def test_after_a_dead_holder_the_pause_counts_from_when_it_is_found(store: Store, dead: str) -> None:
    """It may have asked in its last moment, long after its claim."""
    began = 1_000_000.0
    assert SourceTurns(store._database, lambda: began).claim("arxiv", dead, 3.0) == 0.0
    found = SourceTurns(store._database, lambda: began + 2.0)
    assert found.claim("arxiv", "me", 3.0) == pytest.approx(3.0)
    later = SourceTurns(store._database, lambda: began + 4.0)
    assert later.claim("arxiv", "me", 3.0) == pytest.approx(1.0)
    assert SourceTurns(store._database, lambda: began + 5.0).claim("arxiv", "me", 3.0) == 0.0


def test_a_request_is_not_taken_from_an_owner_that_lives(store: Store) -> None:
    new = NewSlackRequest("T", "C", "1", "1", "U", "survey", "LoRA")
    assert store.slack_requests.claim(new, new_owner(), 600.0)
    assert store.slack_requests.adopt(new_owner(), 600.0) == []
