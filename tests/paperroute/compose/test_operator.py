"""The operator's ways, of the configuration and the environment: where they lead, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.errors import ConfigError
from digest.operator.operator_notices import OperatorMessage, try_way
from paperroute.compose.operator import operator_ways
from paperroute.config.load import Config, load
from paperroute.doctor.operator import examine_operator
from store import Store
from tests.doubles.http_server import HttpDouble, HttpHandler
from tests.doubles.relays import FaultyRelay, unheard_port

MESSAGE = OperatorMessage(
    "Sending stopped: mail", "550 relay <not> permitted\nNext step: look", datetime(2025, 1, 10, 9, tzinfo=UTC)
)
HOOK, MAIL = "PAPERROUTE_OPERATOR__WEBHOOK_URL", "PAPERROUTE_OPERATOR__MAIL_URL"


class HookHandler(HttpHandler):
    def do_POST(self) -> None:
        self.double.posts.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        if self.double.status:
            self.send(self.double.status, "ok")
        else:
            self.reset()


@dataclass
class Hook(HttpDouble):
    handler = HookHandler
    status: int = 200  # 0: the connection breaks once the post is there
    posts: list[dict[str, str]] = field(default_factory=list)


def config(tmp_path: Path, keys: str = "") -> Config:
    path = tmp_path / "config.toml"
    path.write_text(f'[mail]\nfrom = "digests@example.org"\n[operator]\n{keys}')
    return load(path, {})


def post(tmp_path: Path, environment: Mapping[str, str], keys: str = ""):
    (way,) = operator_ways(config(tmp_path, keys), environment)
    return try_way(way, MESSAGE)


def test_without_a_way_there_is_none(tmp_path: Path) -> None:
    assert operator_ways(config(tmp_path), {}) == ()


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "sent"), (204, "sent"), (302, "failed"), (404, "failed"), (429, "retry"), (503, "retry"), (0, "uncertain")],
)
def test_a_webhook_gets_json(tmp_path: Path, status: int, state: str) -> None:
    with Hook(status=status) as hook:
        assert post(tmp_path, {HOOK: f"{hook.url}/secret"}).state == state
    assert hook.posts == [
        {
            "text": f"{MESSAGE.subject}\n\n{MESSAGE.text}",
            "subject": MESSAGE.subject,
            "at": "2025-01-10T09:00:00+00:00",
        }
    ]


def test_a_webhook_that_is_away_is_tried_again_and_its_path_told_to_nobody(tmp_path: Path) -> None:
    with unheard_port() as port:
        receipt = post(tmp_path, {HOOK: f"http://127.0.0.1:{port}/secret"})
    assert receipt.state == "retry"
    assert "secret" not in receipt.detail


@pytest.mark.parametrize("url", ["http://example.org/x", "ftp://example.org", "nonsense", "https://[::1", "https://"])
def test_a_webhook_is_https_or_of_this_machine(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        operator_ways(config(tmp_path), {HOOK: url})
    assert HOOK in str(raised.value)
    assert url not in str(raised.value)


def test_mail_goes_over_the_operators_relay_where_there_is_one(tmp_path: Path) -> None:
    with FaultyRelay() as readers, FaultyRelay() as own:
        environment = {
            "PAPERROUTE_MAIL__URL": f"smtp://127.0.0.1:{readers.port}",
            MAIL: f"smtp://127.0.0.1:{own.port}",
        }
        assert post(tmp_path, environment, 'email = "op@example.org"').state == "sent"
        assert post(tmp_path, environment, 'email = "op@example.org"').state == "sent"
    assert readers.texts == []
    first, second = own.texts
    assert first == second
    assert b"To: op@example.org" in first
    assert b"Subject: Sending stopped: mail" in first
    assert b"550 relay <not> permitted" in first
    assert b"550 relay &lt;not&gt; permitted" in first


def test_else_over_the_readers(tmp_path: Path) -> None:
    with FaultyRelay() as readers:
        environment = {"PAPERROUTE_MAIL__URL": f"smtp://127.0.0.1:{readers.port}"}
        assert post(tmp_path, environment, 'email = "op@example.org"').state == "sent"
    assert len(readers.texts) == 1


@pytest.mark.parametrize(
    ("keys", "environment", "said"),
    [
        ("", {MAIL: "smtp://example.org"}, "operator.email is not"),
        ('email = "op@example.org"', {MAIL: "http://example.org"}, f"{MAIL} is no address of a relay"),
        ('slack = "C0123456789"', {}, "SLACK_BOT_TOKEN is not"),
    ],
)
def test_half_a_way_is_told(tmp_path: Path, keys: str, environment: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        operator_ways(config(tmp_path, keys), environment)


@pytest.mark.parametrize(
    "keys",
    [
        'email = "nobody"',
        'email = "A <a@example.org>"',
        'slack = "#general"',
        'day = "monday"',
        'at = "8"',
        'timezone = "Mars"',
        "weekly = 2",
    ],
)
def test_a_wrong_key_is_told(tmp_path: Path, keys: str) -> None:
    with pytest.raises(ConfigError, match=f"operator.{keys.split(maxsplit=1)[0]}"):
        config(tmp_path, keys)


@pytest.mark.parametrize(
    ("keys", "environment", "state"),
    [
        ("", {}, "ok"),
        ('email = "op@example.org"', {}, "warn"),
        ('email = "op@example.org"', {MAIL: "smtp://127.0.0.1:2525"}, "ok"),
        ("", {HOOK: "https://example.org/x"}, "ok"),
        ("", {HOOK: "http://example.org/x"}, "fail"),
    ],
)
def test_the_doctor_says_whether_a_trouble_of_mail_could_be_told(
    tmp_path: Path, store: Store, keys: str, environment: dict[str, str], state: str
) -> None:
    (finding,) = examine_operator(config(tmp_path, keys), environment, store)
    assert finding.state == state


def test_who_has_subscribers_and_no_way_is_told(tmp_path: Path, store: Store) -> None:
    store.subscriptions.add("speech", "mail", "ada@example.org", "active", MESSAGE.at)
    (finding,) = examine_operator(config(tmp_path), {}, store)
    assert (finding.state, finding.detail) == ("warn", "nobody is told when mail stops going out")
