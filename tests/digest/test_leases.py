"""Who holds what, and who is surely gone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from digest.leases import acquire, is_gone, new_owner
from store import Store


@pytest.fixture
def dead() -> str:
    """An owner on this machine whose process has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return f"{socket.gethostname()}:{process.pid}:0a1b2c3d"


def test_only_an_ended_process_of_this_machine_is_gone(dead: str) -> None:
    assert is_gone(dead)
    assert not is_gone(new_owner())
    assert not is_gone(f"{socket.gethostname()}:{os.getppid()}:0a1b2c3d")
    assert not is_gone(dead.replace(socket.gethostname(), "elsewhere"))


@pytest.mark.parametrize("owner", ["", "me", "a:b:c", f"{socket.gethostname()}::x"])
def test_what_is_no_owner_of_ours_is_never_taken_for_gone(owner: str) -> None:
    assert not is_gone(owner)


def test_a_lease_of_the_dead_is_taken_at_once_and_one_of_the_living_is_not(store: Store, dead: str) -> None:
    assert store.leases.acquire("outbox", dead, 600.0)
    assert acquire(store, "outbox", "me", 600.0)
    assert store.leases.owner("outbox") == "me"
    assert store.leases.acquire("other", new_owner(), 600.0)
    assert not acquire(store, "other", "me", 600.0)
