"""Subscriptions and the outbox from the command line: real processes, one line for what is wrong, races."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from store import Store
from store.tables.deliveries import AttemptResult
from tests.factories import store as store_things
from tests.factories.store import NOON
from tests.factories.subscribers import ADA, BEN, letters, states, with_topics
from tests.paperroute.cli.test_main import fails, run


@pytest.fixture
def shop(tmp_path):
    with Store.open(tmp_path / "p.db") as store:
        yield with_topics(store)


WEB = {"PAPERROUTE_WEB__BASE_URL": "https://papers.example.org"}


def subs(shop, *args, **environment):
    return run(shop.path.parent, "subscriptions", *args, **environment)


def outbox(shop, *args):
    return run(shop.path.parent, "deliveries", *args)


def test_an_address_from_its_first_day_to_its_last(shop):
    assert "Subscribed: ada@example.org, speech." in subs(shop, "add", "Ada@Example.org", "speech", "lora").stderr
    assert "Paused" in subs(shop, "pause", ADA, "--topic", "lora").stderr
    assert states(shop, ADA) == {"speech": "active", "lora": "paused"}
    assert "As it was" in subs(shop, "resume", ADA, "--topic", "speech").stderr
    listed = subs(shop, "list", "--state", "paused").stdout
    assert ADA in listed
    assert "speech" not in listed
    assert "Moved to ben@example.org" in subs(shop, "change", ADA, BEN, "--confirmed").stderr
    assert states(shop, BEN) == {"speech": "active", "lora": "paused"}
    assert "550 gone" in subs(shop, "bounced", BEN, "--reason", "550 gone").stderr + subs(shop, "list").stdout
    assert "Resumed" in subs(shop, "resume", BEN).stderr
    assert "Unsubscribed" in subs(shop, "remove", BEN, "--silently").stderr
    fails(subs(shop, "add", BEN, "speech"), 2, "unsubscribed", "--again")
    fails(subs(shop, "erase", BEN), 2, "--yes")
    assert "Erased: 2" in subs(shop, "erase", BEN, "--yes").stderr
    assert "Nothing was kept" in subs(shop, "erase", BEN, "--yes").stderr


def test_several_topics_come_as_one_mail_where_that_is_chosen(shop):
    subs(shop, "add", ADA, "speech", "lora")
    assert "Changed: ada@example.org, speech." in subs(shop, "one-mail", ADA, "yes").stderr
    assert "As it was" in subs(shop, "one-mail", ADA, "yes").stderr
    assert {s.one_mail for s in shop.subscriptions.list()} == {"yes"}
    subs(shop, "one-mail", ADA, "no", "--topic", "lora")
    assert {s.topic: s.one_mail for s in shop.subscriptions.list()} == {"speech": "yes", "lora": "no"}
    subs(shop, "one-mail", ADA, "default")
    assert {s.one_mail for s in shop.subscriptions.list()} == {""}
    fails(subs(shop, "one-mail", ADA, "perhaps"), 2, "perhaps")


def test_an_address_may_be_asked_and_the_operator_may_answer_for_it(shop):
    assert "asks ada@example.org" in subs(shop, "add", ADA, "speech", "--ask", **WEB).stderr
    assert (states(shop, ADA), len(letters(shop, "confirm"))) == ({"speech": "pending"}, 1)
    assert "Confirmed" in subs(shop, "confirm", ADA).stderr
    assert "asks ben@example.org" in subs(shop, "change", ADA, BEN, **WEB).stderr
    assert states(shop, ADA) == {"speech": "active"}


@pytest.mark.parametrize("args", [("add", BEN, "speech", "--ask"), ("change", ADA, BEN)])
def test_no_letter_is_promised_that_nobody_could_answer(shop, args):
    subs(shop, "add", ADA, "speech")
    fails(subs(shop, *args), 2, "web.base_url is not set")
    assert letters(shop, "confirm") == []


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("add", "nobody", "speech"), 2, "is not a mail address"),
        (("add", "a@example.org\nBcc: b@example.org", "speech"), 2, "is not a mail address"),
        (("add", ADA, "nope"), 1, "no topic “nope”"),
        (("add", "#general", "speech", "--channel", "slack"), 2, "id of a Slack conversation"),
        (("add", "C024BE91L", "speech", "--channel", "slack", "--ask"), 2, "--ask"),
        (("pause", ADA), 1, "has no subscription"),
        (("change", ADA, BEN), 1, "has no subscription"),
        (("import", "nowhere.csv"), 2, "cannot be read"),
        (("export", "nobody"), 2, "is not a mail address"),
        (("export", "-o", "p.db.key"), 2, "own file"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(shop, args, code, words):
    fails(subs(shop, *args), code, words)
    assert (shop.subscriptions.counts(), letters(shop)) == ({}, [])


def test_the_hours_limit_is_told(shop):
    none = {"PAPERROUTE_SUBSCRIPTIONS__CONFIRMATIONS_PER_HOUR": "0"}
    fails(subs(shop, "add", ADA, "speech", "--ask", **WEB, **none), 1, "an hour")
    fails(subs(shop, "list", PAPERROUTE_SUBSCRIPTIONS__PENDING_DAYS="1"), 2, "pending_days", "confirm_hours")


def test_a_file_goes_in_with_its_bad_lines_told_and_comes_out(shop, tmp_path):
    (tmp_path / "in.csv").write_text(f"topic,address\nspeech,{ADA}\nnope,{BEN}\nspeech,bad\n")
    done = subs(shop, "import", "in.csv")
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stderr.splitlines()[:2]] == ["line 3", "line 4"]
    assert "1 added" in done.stderr
    assert states(shop, ADA) == {"speech": "active"}
    out = subs(shop, "export").stdout
    assert out.splitlines()[0].startswith("topic,channel,address,state")
    (tmp_path / "out.csv").write_text(out)
    assert subs(shop, "import", "out.csv").returncode == 0
    (tmp_path / "bad.csv").write_bytes(b"topic,address\nspeech,\xff\n")
    fails(subs(shop, "import", "bad.csv"), 2, "not UTF-8 (line 2)")
    assert json.loads(subs(shop, "export", ADA).stdout)["subscriptions"][0]["topic"] == "speech"


def test_processes_that_subscribe_one_address_at_once_make_one_subscription_and_one_letter(shop):
    code = (
        "import sys; from datetime import UTC, datetime; from store import Store\n"
        "from digest.subscriptions.actions import subscribe; from digest.subscriptions.lookup import ConfirmLimits\n"
        "store = Store.open(sys.argv[1], busy_seconds=60)\n"
        "sys.stdout.write('ready'); sys.stdout.flush(); sys.stdin.read(1)\n"
        "for _ in range(20):\n"
        "    subscribe(store, 'ada@example.org', ['lora', 'speech'], datetime.now(UTC), ConfirmLimits())"
    )
    command = [sys.executable, "-c", code, str(shop.path)]
    racers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for racer in racers:
        assert racer.stdout.read(5) == "ready"
    for racer in racers:
        racer.stdin.write("x")
        racer.stdin.flush()
    for racer in racers:
        racer.communicate(timeout=60)
        assert racer.returncode == 0
    assert states(shop, ADA) == {"speech": "pending", "lora": "pending"}
    assert len(letters(shop)) == 1


@pytest.fixture
def doubtful(shop):
    """The number of an uncertain delivery."""
    shop.subscriptions.add("speech", "mail", ADA, "active", NOON)
    shop.editions.freeze(replace(store_things.digest("speech-1"), topic="speech", slot=NOON), send_at=NOON)
    shop.shards.renew("mail", "me", 60.0)
    ((number, _),) = shop.deliveries.due("mail", NOON, 9)
    shop.deliveries.claim(number, "me", NOON)
    shop.deliveries.end(number, "me", NOON, AttemptResult("uncertain", "cut after DATA [bold]x[/bold]"))
    return number


def test_what_is_uncertain_is_shown_and_settled(shop, doubtful):
    listed = outbox(shop, "list")
    assert "uncertain" in listed.stdout
    assert "[bold]x[/bold]" in listed.stdout
    assert "resolve ID --sent|--resend" in listed.stderr
    assert "cut after DATA" in outbox(shop, "show", str(doubtful)).stdout
    fails(outbox(shop, "retry", str(doubtful)), 2, f"resolve {doubtful} --resend")
    fails(outbox(shop, "resolve", str(doubtful)), 2, "one of --sent and --resend")
    fails(outbox(shop, "resolve", str(doubtful), "--sent", "--resend"), 2, "one of")
    assert outbox(shop, "resolve", str(doubtful), "--sent").returncode == 0
    assert shop.deliveries.get(doubtful).state == "sent"
    fails(outbox(shop, "resolve", str(doubtful), "--resend"), 2, "is sent")
    fails(outbox(shop, "retry", str(doubtful)), 2, "not sent twice")
    assert outbox(shop, "list").stdout == ""
    (sent,) = json.loads(outbox(shop, "list", "--state", "sent", "--state", "failed", "--format", "json").stdout)
    assert sent["id"] == doubtful


def test_what_is_sent_again_is_planned_anew_and_a_failed_one_retried(shop, doubtful):
    assert outbox(shop, "resolve", str(doubtful), "--resend").returncode == 0
    shop.deliveries.claim(doubtful, "me", NOON.replace(year=2100))
    shop.deliveries.end(doubtful, "me", NOON, AttemptResult("failed", "550 no such user"))
    (subscription,) = shop.subscriptions.of_address("mail", ADA)
    shop.subscriptions.move(subscription.id, ["active"], "bounced", NOON)
    assert "subscription is bounced" in outbox(shop, "retry", str(doubtful)).stderr
    assert shop.deliveries.get(doubtful).state == "retry"
    fails(outbox(shop, "show", "99"), 1, "no delivery 99")


def test_bounces_that_were_a_relays_fault_are_shown_and_then_undone(shop):
    for address in (ADA, BEN):
        shop.subscriptions.add("speech", "mail", address, "active", NOON)
    shop.subscriptions.add("lora", "mail", BEN, "pending", NOON)
    subs(shop, "bounced", ADA, "--reason", "550 no such user")
    subs(shop, "bounced", BEN, "--reason", "550 Relay not permitted")
    shown = subs(shop, "restore", "--since", "1h", "--reason", "relay NOT")
    assert BEN in shown.stdout
    assert ADA not in shown.stdout
    assert "2 of 2" in shown.stderr
    assert states(shop, BEN) == {"speech": "bounced", "lora": "bounced"}
    assert "Restored: 2" in subs(shop, "restore", "--since", "1h", "--reason", "relay not", "--yes").stderr
    assert states(shop, BEN) == {"speech": "active", "lora": "pending"}
    assert states(shop, ADA) == {"speech": "bounced"}
    assert "Restored: 0" in subs(shop, "restore", "--since", "2030-01-01", "--reason", "550", "--yes").stderr
    fails(subs(shop, "restore", "--since", "yesterday", "--reason", "550"), 2, "no moment")
