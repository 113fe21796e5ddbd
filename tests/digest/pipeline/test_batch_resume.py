"""Killed at any moment of a batch, and asked again: none is handed in twice, nothing is lost or counted twice."""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from digest.pipeline.services import Services
from tests import ROOT
from tests.factories.batch import EARLY, Coming, ahead

# What the provider has when the process dies, what the store says then, and after the first step of the next process.
MOMENTS = [
    ("before", "submitting", 0, "planned", "running"),
    ("after", "submitting", 0, "submitting", "submitting"),  # about to ask: what is on its way may not be listed yet
    ("before", "running", 1, "submitting", "running"),  # handed in, and its id lost
    ("after", "running", 1, "running", "done"),
    ("before", "done", 1, "running", "done"),  # the results were read, and nothing of them written
    ("after", "done", 1, "running", "done"),  # within the transaction that writes them
]


@pytest.mark.parametrize("api", ["openai", "anthropic"])
@pytest.mark.parametrize(("when", "state", "made", "left", "then"), MOMENTS)
def test_a_killed_preparation_goes_on_at_once(
    api: str, when: str, state: str, made: int, left: str, then: str, services: Services
) -> None:
    with ahead(api, services) as coming:
        kill(coming, when, state)
        assert len(coming.server.batches.made) == made
        assert coming.row.state == left
        assert coming.taken() == []

        before, coming.now = coming.row, EARLY + timedelta(minutes=3)
        assert coming.step(timedelta(minutes=10)).state == then
        for _ in range(3):
            coming.step()
        assert coming.row.state == "done"
        assert len(coming.server.batches.made) == 1, "a batch was handed in twice"
        assert coming.row.marker == before.marker
        assert len(coming.taken()) == len(before.paper_ids)
        edition = coming.digest()
        assert coming.plain_calls == 0
        assert sum(usage.calls for usage in edition.usage if usage.role == "summary") == len(edition.papers)
        assert services.store.check() == ()


@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_what_a_dead_process_handed_in_a_moment_ago_is_not_handed_in_again(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        kill(coming, "before", "running")
        coming.server.batches.lists = False  # the provider's list is late
        coming.now = EARLY + timedelta(minutes=3)
        for _ in range(3):
            assert coming.step(timedelta(seconds=15)).state == "submitting"
        coming.server.batches.lists = True
        coming.now += timedelta(seconds=30)
        assert coming.step().state == "running"
        assert len(coming.server.batches.made) == 1


def kill(coming: Coming, when: str, state: str) -> None:
    """Let another process begin the batch, and die at that moment."""
    api = coming.wire.api
    address = coming.server.openai_url if api == "openai" else coming.server.anthropic_url
    store = coming.services.store.path
    command = [sys.executable, "-m", "tests.doubles.die_in_batch", store, api, address, when, state]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
