"""`paperroute deliveries`: many at once, shown first; what is uncertain settled by the relay's log."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store import Store
from store.outbox.circuits import CircuitWords
from store.tables.deliveries import AttemptResult
from tests.factories import store as store_things
from tests.paperroute.cli.test_subscriptions import fails, outbox

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)


@pytest.fixture
def shop(tmp_path: Path):
    with Store.open(tmp_path / "p.db") as opened:
        yield opened


def end_all(shop: Store, state: str, detail: str, count: int = 3) -> list[int]:
    """Deliveries of one edition, begun and ended alike."""
    for number in range(count):
        shop.subscriptions.add("speech", "mail", f"reader{number}@example.org", "active", NOW)
    shop.editions.freeze(replace(store_things.digest("speech-1"), topic="speech", slot=NOW), send_at=NOW)
    shop.shards.renew("mail", "me", 600.0)
    numbers = sorted(number for number, _ in shop.deliveries.due("mail", NOW, 99))
    for number in numbers:
        shop.deliveries.claim(number, "me", NOW)
        shop.deliveries.begin_text([number], "me", NOW)
        message_id = f"<{number}.aaaa@example.org>"
        shop.deliveries.end(number, "me", NOW, AttemptResult(state, detail, message_id))
    return numbers


def states(shop: Store) -> dict[str, int]:
    return dict(shop.deliveries.counts())


def test_many_that_failed_are_shown_and_then_sent_again(shop):
    end_all(shop, "failed", "550 relay not permitted")
    fails(outbox(shop, "retry"), 2, "Give a number, or name several")
    fails(outbox(shop, "retry", "1", "--edition", "speech-1"), 2, "not both")
    fails(outbox(shop, "retry", "--edition", "speech-1", "--state", "sent"), 2, "cannot be retried")
    assert "Deliveries sent again: 0" in outbox(shop, "retry", "--edition", "speech-1", "--detail", "greylist").stderr
    shown = outbox(shop, "retry", "--edition", "speech-1", "--detail", "RELAY not")
    assert "3 of 3; they would be sent again. Add --yes" in shown.stderr
    assert "reader1@example.org" in shown.stdout
    assert states(shop) == {"failed": 3}
    assert "sent again: 3" in outbox(shop, "retry", "--detail", "relay not", "--topic", "speech", "--yes").stderr
    assert states(shop) == {"retry": 3}


def test_the_list_says_what_is_stopped_and_the_next_step(shop):
    end_all(shop, "retry", "550 relay not permitted")
    words = CircuitWords("550 relay not permitted", "", "Give user and password.")
    shop.circuits.open(shop.deliveries.get(1), "relay", "", words, NOW, NOW + timedelta(minutes=1))
    said = " ".join(outbox(shop, "list").stderr.split())
    assert "mail: stopped since" in said
    assert "3 deliveries wait" in said
    assert "The answer was: 550 relay not permitted Next step: Give user and password." in said


def test_many_that_are_uncertain_are_shown_and_then_settled(shop):
    end_all(shop, "uncertain", "cut after the dot")
    fails(outbox(shop, "resolve", "--edition", "speech-1"), 2, "one of --sent and --resend")
    fails(outbox(shop, "resolve", "--sent", "--edition", "speech-1", "--state", "failed"), 2, "nothing to settle")
    assert "would be settled as sent" in outbox(shop, "resolve", "--sent", "--edition", "speech-1").stderr
    assert states(shop) == {"uncertain": 3}
    outbox(shop, "resolve", "--resend", "--edition", "speech-1", "--state", "uncertain", "--yes")
    assert states(shop) == {"planned": 3}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Of a Postfix that delivered the first, bounced the second, and never took the third."""
    begun = [f"{NOW + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%S}+00:00 relay postfix" for minute in (-9, 0, 9)]
    lines = [
        f"{begun[0]}/qmgr[1]: AAAAA1: removed",
        *(f"{begun[1]}/cleanup[1]: BBBBB{number}: message-id=<{number}.aaaa@example.org>" for number in (1, 2, 3)),
        *(f"{begun[1]}/qmgr[1]: BBBBB{number}: from=<x@y>, size=1, nrcpt=1 (queue active)" for number in (1, 2)),
        f"{begun[1]}/smtp[1]: BBBBB1: to=<a@b>, relay=mx[1]:25, dsn=2.0.0, status=sent (250 ok)",
        f"{begun[1]}/smtp[1]: BBBBB2: to=<a@b>, relay=mx[1]:25, dsn=5.1.1, status=bounced (550 no such user)",
        f"{begun[2]}/qmgr[1]: AAAAA2: removed",
    ]
    path = tmp_path / "mail.log.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def test_what_is_uncertain_is_settled_by_the_log(shop, log):
    assert "No mail is uncertain" in outbox(shop, "settle", "--log", str(log)).stderr
    assert end_all(shop, "uncertain", "cut after the dot") == [1, 2, 3]
    shown = outbox(shop, "settle", "--log", str(log))
    assert "1 sent, 1 failed, 1 still uncertain" in shown.stderr.replace("\n", " ")
    assert "550 no such user" in shown.stdout
    assert states(shop) == {"uncertain": 3}
    assert outbox(shop, "settle", "--log", str(log), "--yes").returncode == 0
    assert [shop.deliveries.get(number).state for number in (1, 2, 3)] == ["sent", "failed", "uncertain"]
    assert outbox(shop, "settle", "--log", str(log), "--absent", "resend", "--yes").returncode == 0
    assert shop.deliveries.get(3).state == "planned"
    assert shop.subscriptions.counts() == {"active": 3}


def test_a_log_that_tells_nothing_settles_nothing(shop, tmp_path):
    end_all(shop, "uncertain", "cut after the dot")
    fails(outbox(shop, "settle", "--log", str(tmp_path / "none")), 2, "cannot be read")
    (tmp_path / "other.log").write_bytes(b"\xff\x00 nonsense\n" * 9)
    fails(outbox(shop, "settle", "--log", str(tmp_path / "other.log")), 2, "No line of Postfix or Exim")
    fails(outbox(shop, "settle", "--log", str(tmp_path / "other.log"), "--zone", "Mars"), 2, "no time zone")
    assert states(shop) == {"uncertain": 3}
