"""A piece of work that one process at a time does: who waits, for whom, and for whom not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from digest.leases import exclusive
from store import Store
from store.db.owners import new_owner
from tests import ROOT

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
