"""What doctor says of the service: down, dead, late."""

from __future__ import annotations

import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from paperroute.doctor.service import examine_service
from store import Store
from store.records.deliveries import PartState
from store.tables.leases import new_owner

NOW = datetime.now(UTC)
OUTBOX = PartState("outbox", "ok", "0 waiting")


def states(store: Store) -> dict[str, str]:
    return {finding.part: finding.state for finding in examine_service(store)}


def test_a_service_that_nobody_waits_for_may_be_down(store: Store) -> None:
    assert states(store)["service"] == "warn"


def test_a_service_that_subscriptions_wait_for_may_not(store: Store) -> None:
    store.subscriptions.add("speech", "mail", "ada@example.org", "active", NOW)
    assert states(store)["service"] == "fail"


def test_a_killed_process_is_not_taken_for_a_running_one(store: Store) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    store.part_states.report(f"{socket.gethostname()}:{process.pid}:0a1b2c3d", [OUTBOX])
    assert states(store)["service"] == "warn"
    store.part_states.report(new_owner(), [OUTBOX])
    assert states(store)["service: outbox"] == "ok"


def test_a_slot_that_failed_again_and_again_is_a_failure(store: Store) -> None:
    for attempt in range(3):
        assert states(store).get("digest") == (None if attempt == 0 else "warn")
        store.digest_attempts.postpone("speech", NOW, NOW, NOW + timedelta(minutes=5), "arXiv is away")
    assert states(store)["digest"] == "fail"
