"""What doctor says of the service: down, dead, late."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from digest.background.outbox import Outbox
from paperroute.doctor.service import examine_service
from paperroute.serve import OutboxPart
from store import Store
from store.db.owners import new_owner
from store.outbox.circuits import CircuitWords
from store.records.deliveries import PartState
from store.tables.deliveries import AttemptResult
from tests.factories import store as store_things

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


def test_of_several_processes_each_is_told_with_its_name(store: Store) -> None:
    store.part_states.report(new_owner(), [OUTBOX])
    store.part_states.report("elsewhere:7:1:aa", [PartState("outbox", "fail", "stopped")])
    here = f"service {socket.gethostname()}:{os.getpid()}: outbox"
    told = states(store)
    assert (told[here], told["service elsewhere:7: outbox"]) == ("ok", "fail")


def test_a_slot_that_failed_again_and_again_is_a_failure(store: Store) -> None:
    for attempt in range(3):
        assert states(store).get("digest") == (None if attempt == 0 else "warn")
        store.digest_attempts.postpone("speech", NOW, NOW, NOW + timedelta(minutes=5), "arXiv is away")
    assert states(store)["digest"] == "fail"


def test_what_a_relay_refuses_is_a_failure_with_its_words_and_the_next_step(store: Store) -> None:
    store.subscriptions.add("speech", "mail", "ada@example.org", "active", NOW)
    store.editions.freeze(replace(store_things.digest("speech-1"), topic="speech"), send_at=NOW)
    (delivery,) = store.deliveries.list()
    words = CircuitWords("550 relay not permitted", "550 relay not permitted", "Give user and password.")
    store.circuits.open(delivery, "relay", "", words, NOW, NOW + timedelta(minutes=1))
    (found,) = [finding for finding in examine_service(store) if "relay not permitted" in finding.detail]
    assert (found.state, found.step) == ("fail", "Give user and password.")
    assert "1 delivery waits" in found.detail
    assert f"{NOW:%Y-%m-%d %H:%M} UTC" in found.detail
    part = OutboxPart(Outbox(store, {}), store)
    assert part.state().state == "ok"  # another process sends
    part._outbox._holding.set()
    assert part.state().state == "fail"
    assert "Give user and password. The answer was: 550 relay not permitted" in str(part.state().detail)
    store.circuits.close(1, NOW)
    assert part.state().state == "ok"
    assert "fail" not in {finding.state for finding in examine_service(store) if finding.part == "deliveries"}


def test_what_is_put_off_is_told_with_the_other_sides_words(store: Store) -> None:
    store.subscriptions.add("speech", "mail", "ada@example.org", "active", NOW)
    store.editions.freeze(replace(store_things.digest("speech-1"), topic="speech"), send_at=NOW)
    store.shards.renew("mail", "me", 60.0)
    assert store.deliveries.claim(1, "me", NOW)
    put_off = AttemptResult("retry", "127.0.0.1:25: Connection refused", next_at=NOW + timedelta(minutes=1))
    assert store.deliveries.end(1, "me", NOW, put_off)
    (found,) = [finding for finding in examine_service(store) if finding.part == "deliveries"]
    assert found.detail.endswith("1 put off, one of them with: 127.0.0.1:25: Connection refused")
