"""A channel is added at one place: a double that only this file knows, by every door that a channel has."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest.background.channel_setup import BuildOutgoing, ChannelSetup, SendPolicy
from digest.background.outbox import Outbox
from digest.errors import BadInput
from digest.ports import AddressRule, Finding, Receipt
from paperroute.channels import CHANNELS
from paperroute.cli.main import main
from paperroute.compose.app import App, open_app
from paperroute.compose.channel_spec import ChannelSpec, DoctorOptions, channel_setups
from paperroute.config.load import load
from store import Store
from store.records.editions import Topic
from tests.doubles.medium import SENT, Medium

POLICY = SendPolicy(connections=1, first_retry=timedelta(seconds=0.05), lease_seconds=60.0)


def parse_loft(text: str) -> str:
    if not re.fullmatch(r"loft-\d+", loft := text.strip().lower()):
        raise BadInput(f"“{text}” is no loft.", hint="It looks like loft-7.")
    return loft


class PigeonPost:
    """All that there is of the channel: its rule, its sender, its doctor."""

    def __init__(self) -> None:
        self.medium = Medium()
        self.spec = ChannelSpec(AddressRule("pigeon", "a loft", parse_loft), self.connect, self.examine)

    def connect(self, app: App, outgoing: BuildOutgoing) -> ChannelSetup:
        return ChannelSetup(self.medium.open, outgoing, POLICY)

    def examine(self, app: App, options: DoctorOptions) -> Iterator[Finding]:
        yield Finding("pigeon", "ok", "not asked (--offline)" if options.offline else "3 pigeons are home")


@pytest.fixture
def pigeons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PigeonPost:
    """With a topic to subscribe to, and no way to the network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERROUTE_STORE__PATH", str(tmp_path / "p.db"))
    monkeypatch.setenv("PAPERROUTE_SOURCE__KIND", "sample")
    for role in ("QUERIES", "SUMMARY", "SYNTHESIS", "EMBEDDING"):
        monkeypatch.setenv(f"PAPERROUTE_MODELS__{role}", "builtin")
    post = PigeonPost()
    monkeypatch.setitem(CHANNELS, "pigeon", post.spec)
    with Store.open(tmp_path / "p.db") as store:
        store.topics.put(Topic("speech", "Speech recognition", "speech recognition"))
    return post


@pytest.fixture
def run(
    pigeons: PigeonPost, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[str, str]]:
    """The program in this process, where the double is: its stdout and stderr."""

    def call(*args: str, code: int = 0) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["paperroute", *args])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        assert (stop.value.code or 0) == code, out + err
        return out, err

    return call


def write_digest(run: Callable[..., tuple[str, str]]) -> None:
    run("subscriptions", "add", " Loft-7", "speech", "--channel", "pigeon")
    run("digest", "speech", "--since", "2024-10-14")


def send_until(condition: Callable[[Store], object]) -> None:
    """What `paperroute serve` sends with, until it came to hold."""
    with open_app(load(None)) as app:
        outbox = Outbox(app.store, channel_setups(app, CHANNELS))
        outbox.start()
        try:
            end = time.monotonic() + 180
            while not condition(app.store):
                assert time.monotonic() < end, app.store.deliveries.list(limit=-1)
                time.sleep(0.02)
        finally:
            assert outbox.stop(180)


def ended(state: str) -> Callable[[Store], bool]:
    return lambda store: store.deliveries.counts() == {state: 1}


def test_a_right_address_is_taken_and_a_wrong_one_refused_in_one_line(run) -> None:
    assert run("subscriptions", "add", " Loft-7", "speech", "--channel", "pigeon")[1] == "Subscribed: loft-7, speech.\n"
    wrong = run("subscriptions", "add", "ada@example.org", "speech", "--channel", "pigeon", code=2)
    assert wrong == ("", "paperroute: “ada@example.org” is no loft. It looks like loft-7.\n")
    assert "is not a mail address" in run("subscriptions", "add", "loft-7", "speech", code=2)[1]
    assert "“crow” is none of mail, slack, pigeon" in run("subscriptions", "list", "--channel", "crow", code=2)[1]
    listed = json.loads(run("subscriptions", "list", "--channel", "pigeon", "-f", "json")[0])
    assert [(each["channel"], each["address"], each["state"]) for each in listed] == [("pigeon", "loft-7", "active")]


def test_a_digest_arrives_once_and_is_told(run, pigeons: PigeonPost) -> None:
    answers = iter([Receipt("retry", "fog over the sea", "relay"), SENT])
    pigeons.medium.answer = lambda _: next(answers)
    write_digest(run)
    assert "loft-7" in run("deliveries", "list")[0]
    send_until(ended("sent"))
    send_until(ended("sent"))  # a second service finds nothing to do
    first, second = pigeons.medium.got
    assert (first.delivery, first.address, first.notice) == (second.delivery, "loft-7", None)
    assert second.edition is not None
    assert second.edition.topic == "speech"
    (told,) = json.loads(run("deliveries", "list", "--state", "sent", "-f", "json")[0])
    assert (told["channel"], told["address"], told["attempts"]) == ("pigeon", "loft-7", 2)


def test_an_address_that_refuses_for_good_bounces(run, pigeons: PigeonPost) -> None:
    pigeons.medium.answer = lambda _: Receipt("failed", "no such loft", "recipient")
    write_digest(run)
    send_until(lambda store: store.subscriptions.counts() == {"bounced": 1})
    assert "no such loft" in run("subscriptions", "list", "--state", "bounced")[0]
    assert "Resumed: loft-7" in run("subscriptions", "resume", "loft-7", "--channel", "pigeon")[1]
    assert "Unsubscribed: loft-7" in run("subscriptions", "remove", "loft-7", "--channel", "pigeon")[1]
    assert len(pigeons.medium.got) == 1, "no letter to who leaves"


def test_a_file_takes_it_out_and_in(run, tmp_path: Path) -> None:
    run("subscriptions", "add", "loft-7", "speech", "--channel", "pigeon")
    out = run("subscriptions", "export")[0]
    assert "speech,pigeon,loft-7,active" in out
    bad = ["speech", "pigeon", "roof"] + [""] * (out.splitlines()[0].count(",") - 2)
    (tmp_path / "out.csv").write_text(out + ",".join(bad) + "\n")
    run("subscriptions", "erase", "loft-7", "--channel", "pigeon", "--yes")
    told = run("subscriptions", "import", "out.csv", code=1)[1]
    assert "line 3: “roof” is no loft." in told
    assert "1 added" in told
    kept = json.loads(run("subscriptions", "export", "LOFT-7", "--channel", "pigeon")[0])
    assert [each["topic"] for each in kept["subscriptions"]] == ["speech"]


def test_the_doctor_examines_it(run) -> None:
    assert "pigeon" in run("doctor", "--offline")[0]
