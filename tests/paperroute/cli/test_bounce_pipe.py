"""Bounces piped in by a mail system: exit codes that no mail is lost or goes round by, and no word unless asked."""

import os
import subprocess
import sys

import pytest

from store import Store
from tests.doubles.report_mails import report_mail
from tests.factories.reports import KEY, LINKS, envelope, with_sent_digest
from tests.factories.subscribers import ADA, states
from tests.paperroute.cli.test_main import run


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "p.db.key").write_text(KEY)
    with Store.open(tmp_path / "p.db") as store:
        yield with_sent_digest(store)


def pipe(shop, data: bytes, *args: str, **environment: str):
    folder = shop.path.parent
    own = {key: value for key, value in os.environ.items() if not key.startswith("PAPERROUTE_")}
    own |= {"PAPERROUTE_STORE__PATH": str(folder / "p.db")} | environment
    command = [sys.executable, "-m", "paperroute", "bounce-pipe", *args]
    return subprocess.run(command, cwd=folder, env=own, input=data, capture_output=True, check=False)


def test_a_bounce_is_taken_without_a_word_and_shown_with_its_delivery(shop):
    done = pipe(shop, report_mail("postfix", envelope(1), ADA))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert states(shop, ADA) == {"walks": "bounced", "speech": "active"}
    shown = run(shop.path.parent, "deliveries", "show", "1").stdout
    assert "came back" in shown
    assert "failed, by mail: 550 5.1.1" in shown
    again = pipe(shop, report_mail("postfix", envelope(1), ADA), "-v")
    assert (again.returncode, b"is failed, and stays so" in again.stderr) == (0, True)


@pytest.mark.parametrize("where", [{"ORIGINAL_RECIPIENT": envelope(1)}, {"EXTENSION": LINKS.bounce_ids.sign(1)}])
def test_the_id_may_stand_in_what_the_mail_system_says_of_the_recipient(shop, where):
    nowhere = report_mail("exim", "undisclosed", ADA)
    assert pipe(shop, nowhere).returncode == 0
    assert states(shop, ADA) == {"walks": "active", "speech": "active"}
    assert pipe(shop, nowhere, **where).returncode == 0
    assert states(shop, ADA) == {"walks": "bounced", "speech": "active"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no report"),
        (b"\x00\xff" * 1000, "no report"),
        (b"Subject: hello\r\n\r\nIs anybody there? 550 5.1.1\r\n", "no report"),
        (report_mail("out of office", envelope(1), ADA), "no report"),
        (report_mail("postfix", "bounces+1.0123456789abcdef@example.org", ADA), "of no delivery of ours"),
        (report_mail("postfix", envelope(1), ADA, named="ben@example.org"), "for another address"),
        (report_mail("postfix", envelope(1), ADA) + b"x" * 3_000_000, "delivery 1 bounced"),
    ],
    ids=["empty", "bytes", "a person", "out of office", "forged", "another's", "large"],
)
def test_whatever_comes_is_done_with(shop, data, told):
    done = pipe(shop, data, "--verbose")
    assert (done.returncode, told in done.stderr.decode()) == (0, True), done.stderr


def test_where_the_store_is_away_the_mail_is_to_be_brought_again(shop, tmp_path):
    data = report_mail("postfix", envelope(1), ADA)
    gone = {"PAPERROUTE_STORE__PATH": str(tmp_path / "gone" / "p.db")}
    assert (pipe(shop, data, **gone).returncode, (tmp_path / "gone").exists()) == (75, False)
    assert b"There is no store" in pipe(shop, data, "-v", **gone).stderr
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no store" * 1000)
    done = pipe(shop, data, PAPERROUTE_STORE__PATH=str(broken))
    assert (done.returncode, done.stdout, done.stderr) == (75, b"", b"")
    (tmp_path / "p.db.key").unlink()
    done = pipe(shop, data, "-v")
    assert (done.returncode, b"no keys that sign links" in done.stderr) == (75, True)
    assert not (tmp_path / "p.db.key").exists()
    (tmp_path / "config.toml").write_text("[mail]\nfrm = 1\n")
    assert pipe(shop, data).returncode == 75
    assert states(shop, ADA) == {"walks": "active", "speech": "active"}


def test_without_standard_input_the_mail_is_to_be_brought_again(shop):
    own = os.environ | {"PAPERROUTE_STORE__PATH": str(shop.path)}
    command = ["/bin/sh", "-c", '"$0" -m paperroute bounce-pipe <&-', sys.executable]
    done = subprocess.run(command, cwd=shop.path.parent, env=own, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (75, b"", b"")


def test_a_store_that_another_holds_is_waited_for_and_then_tried_again(shop):
    with shop.write():
        done = pipe(shop, report_mail("postfix", envelope(1), ADA), "-v", PAPERROUTE_STORE__BUSY_SECONDS="0.1")
    assert done.returncode == 75
    assert states(shop, ADA) == {"walks": "active", "speech": "active"}
