"""Killed at any moment of a batch, and asked again: none is handed in twice, nothing is lost or counted twice."""

import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from digest.pipeline.services import Services
from tests import ROOT
from tests.factories.batch import EARLY, ahead

# What the provider has when the process dies, and what the store says then.
MOMENTS = [
    ("before", "submitting", 0, "planned"),
    ("after", "submitting", 0, "submitting"),  # about to ask
    ("before", "running", 1, "submitting"),  # handed in, and its id lost
    ("after", "running", 1, "running"),
    ("before", "done", 1, "running"),  # the results were read, and nothing of them written
    ("after", "done", 1, "running"),  # within the transaction that writes them
]


@pytest.mark.parametrize("api", ["openai", "anthropic"])
@pytest.mark.parametrize(("when", "state", "made", "left"), MOMENTS)
def test_a_killed_preparation_goes_on(api: str, when: str, state: str, made: int, left: str, parts: Services) -> None:
    with ahead(api, parts) as coming:
        address = coming.server.openai_url if api == "openai" else coming.server.anthropic_url
        command = [sys.executable, "-m", "tests.doubles.die_in_batch", parts.store.path, api, address, when, state]
        killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120)
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
        assert len(coming.server.batches.made) == made
        assert coming.row.state == left
        assert coming.taken() == []

        before, coming.now = coming.row, EARLY + timedelta(minutes=3)
        assert coming.step(timedelta(minutes=10)).state == left  # the dead process may still be at it
        for _ in range(3):
            coming.step()
        assert coming.row.state == "done"
        assert len(coming.server.batches.made) == 1, "a batch was handed in twice"
        assert coming.row.marker == before.marker
        assert len(coming.taken()) == len(before.paper_ids)
        edition = coming.digest()
        assert coming.plain_calls == 0
        assert sum(one.calls for one in edition.usage if one.role == "summary") == len(edition.papers)
        assert parts.store.check() == ()
