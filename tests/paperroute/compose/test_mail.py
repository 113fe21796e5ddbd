"""The relay's address: what it asks for, and that it is shown nowhere."""

from dataclasses import replace
from pathlib import Path
from socket import gethostname

import pytest

from digest.errors import ConfigError
from digest.mail.channel import FolderTransport
from digest.mail.message import MailMessage
from digest.mail.smtp import Relay, SmtpTransport, greeting_name
from paperroute.compose.mail import make_transport, read_relay
from paperroute.config.load import Config, load, to_toml
from paperroute.config.mail import MailSection

URL = "PAPERROUTE_MAIL__URL"


@pytest.mark.parametrize(
    ("url", "tls", "wanted"),
    [
        ("smtp://mail.example.org", "auto", Relay("mail.example.org", 587, "starttls")),
        ("smtp://mail.example.org:25", "required", Relay("mail.example.org", 25, "starttls")),
        ("smtp://mail.example.org", "none", Relay("mail.example.org", 25, "plain")),
        ("smtp://localhost:1025", "auto", Relay("localhost", 1025, "plain")),
        ("smtp://127.0.0.53:1025/", "auto", Relay("127.0.0.53", 1025, "plain")),
        ("smtp://[::1]:1025", "auto", Relay("::1", 1025, "plain")),
        ("smtp://localhost", "required", Relay("localhost", 587, "starttls")),
        ("smtps://mail.example.org", "none", Relay("mail.example.org", 465, "tls")),
        ("smtp://ada%40x.org:p%2Fw%3A@h.org", "auto", Relay("h.org", 587, "starttls", "ada@x.org", "p/w:")),
        ("smtp://localhost.example.org", "auto", Relay("localhost.example.org", 587, "starttls")),
    ],
)
def test_an_address_says_how_it_is_reached(url: str, tls: str, wanted: Relay) -> None:
    section = MailSection(tls=tls, ehlo="here.example.org")  # type: ignore[arg-type]
    assert read_relay(section, {URL: url}) == replace(wanted, greeting="here.example.org")


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org:25",
        "http://h.org",
        "smtp://",
        "smtp://h.org:99999",
        "smtp://h.org:25/path",
        "smtp://h.org?x=hunter2",
        "smtp://ada@h.org",
        "smtp://:hunter2@h.org",
        "smtp://ada:hunter2%0d%0a@h.org",
        "smtp://ada:hunter2ü@h.org",
        "smtp://ada:hunter2 x@h.org",
        "smtp://[::1",
    ],
)
def test_a_wrong_address_is_one_line_that_does_not_repeat_it(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_relay(MailSection(), {URL: url})
    assert URL in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("smtp://ada:hunter2@h.org:465", "Write smtps://"),
        ("smtps://ada:hunter2@h.org:587", "Write smtp://"),
        ("smtps://h.org:25", "Write smtp://"),
    ],
)
def test_a_port_that_speaks_the_other_way_is_told_before_anything_starts(url: str, hint: str) -> None:
    with pytest.raises(ConfigError, match="port") as caught:
        read_relay(MailSection(), {URL: url})
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("host", "domain", "name"),
    [
        ("mail.example.org", "digests.example", "mail.example.org"),
        ("laptop", "digests.example", "digests.example"),
        ("4f2a91c0de3b", "digests.example", "digests.example"),
        ("localhost.localdomain", "digests.example", "digests.example"),
        ("laptop.local", "digests.example", "digests.example"),
        ("my_host.example.org", "digests.example", "digests.example"),
        ("bücher.example", "digests.example", "digests.example"),
        ("laptop", "localhost", "[127.0.0.1]"),
        ("", "", "[127.0.0.1]"),
    ],
)
def test_how_relays_are_greeted(host: str, domain: str, name: str) -> None:
    assert greeting_name(host, domain) == name


def test_the_greeting_is_the_senders_domain_where_the_host_has_no_name(monkeypatch) -> None:
    monkeypatch.setattr("paperroute.compose.mail.gethostname", lambda: "4f2a91c0de3b")
    relay = read_relay(MailSection.model_validate({"from": "a@digests.example"}), {URL: "smtp://localhost:1025"})
    assert relay is not None
    assert relay.greeting == "digests.example"


def test_the_address_may_stand_in_a_file_and_is_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("smtp://ada:hunter2@h.org\n")
    environment = {f"{URL}_FILE": str(tmp_path / "url")}
    config = load(None, environment)
    made = read_relay(config.mail, environment)
    assert made == Relay("h.org", 587, "starttls", "ada", "hunter2", greeting=greeting_name(gethostname()))
    assert "hunter2" not in to_toml(config) + repr(made) + repr(make_transport(config, environment))
    assert "hunter2" not in to_toml(load(None, {URL: "smtp://ada:hunter2@h.org"}))


def test_an_address_in_the_configuration_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[mail]\nurl = "smtp://ada:hunter2@h.org"\n')
    with pytest.raises(ConfigError, match=URL) as caught:
        load(tmp_path / "config.toml", {})
    assert "hunter2" not in str(caught.value)


def test_without_a_relay_mails_go_to_a_folder(tmp_path: Path) -> None:
    config = load(None, {"PAPERROUTE_STORE__PATH": str(tmp_path / "p.db")})
    out = make_transport(config, {})
    assert out == FolderTransport(tmp_path / "mail")
    letter = MailMessage("a@x.org", "b@x.org", "<1.ab/../c@x.org>", b"Subject: x\r\n\r\n\r\n")
    receipt = out.post(letter)
    out.post(letter)
    (file,) = (tmp_path / "mail").iterdir()
    assert (receipt.state, receipt.message_id) == ("sent", letter.message_id)
    assert str(file) in receipt.detail
    assert file.read_bytes() == letter.data
    assert file.suffix == ".eml"


def test_a_folder_that_cannot_be_written_loses_no_mail(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file stands here")
    receipt = FolderTransport(tmp_path / "mail").post(MailMessage("a@x.org", "b@x.org", "<1@x.org>", b"\r\n"))
    assert (receipt.state, receipt.blames) == ("retry", "relay")


def test_with_a_relay_they_go_there() -> None:
    assert isinstance(make_transport(Config(), {URL: "smtp://localhost:1"}), SmtpTransport)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('from = "nobody"', "mail.from = 'nobody'"),
        ('from = "a@x.org, b@x.org"', "mail.from"),
        ('from = "A <a@x.org>\\nBcc: b@x.org"', "mail.from"),
        ('reply_to = "x"', "mail.reply_to = 'x'"),
        ('bounce = "B <b@x.org>"', "mail.bounce"),
        ('ehlo = "laptop"', "mail.ehlo = 'laptop'"),
        ('ehlo = "a.org\\nMAIL FROM:<x>"', "mail.ehlo"),
        ('bounce = "{id}"', "mail.bounce"),
        ('bounce = "b2{id}@example.org"', "mail.bounce"),
        ('bounce = "{id}b@example.org"', "mail.bounce"),
        ('dkim_domain = "x.org"', "go together"),
        ('dkim_domain = "x org"\ndkim_selector = "a b"', "mail.dkim_domain = 'x org'"),
        ('tls = "maybe"', "mail.tls"),
        ("connections = 0", "mail.connections"),
        ("give_up_after = 0", "mail.give_up_after"),
    ],
)
def test_wrong_keys_are_told(tmp_path: Path, keys: str, said: str) -> None:
    (tmp_path / "config.toml").write_text(f"[mail]\n{keys}\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.toml", {})
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
