"""What doctor says of mail: the relay's own words, and what is missing in DNS, or that nothing could be known."""

import base64
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from digest.errors import ConfigError
from digest.mail.dkim_signature import DkimKey, sign_message
from digest.mail.headers import Sender
from digest.mail.message import DigestMail
from digest.ports import Finding, Outgoing
from digest.urls import SiteUrls
from paperroute.config.load import Config, load
from paperroute.config.mail import DKIM_KEY, URL
from paperroute.doctor.mail import examine_mail, make_txt_lookup
from tests.doubles.editions import edition
from tests.doubles.name_server import NameServer
from tests.doubles.relays import FaultyRelay

TO = "ada@example.org"
SPF, DMARC = "v=spf1 include:relay.example -all", "v=DMARC1; p=none"


@pytest.fixture(scope="module")
def key() -> tuple[str, str]:
    """A private key in PEM, and the TXT record of its public half."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, none = serialization.Encoding, serialization.NoEncryption()
    pem = made.private_bytes(encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, none).decode()
    public = made.public_key().public_bytes(encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def config(tmp_path: Path, **mail: str) -> Config:
    keys = {"from": "Paper Route <digests@news.example.org>"} | mail
    environment = {f"PAPERROUTE_MAIL__{name.upper()}": value for name, value in keys.items()}
    return load(
        None,
        {"PAPERROUTE_STORE__PATH": str(tmp_path / "p.db"), "PAPERROUTE_WEB__BASE_URL": "https://x.org"} | environment,
    )


def examined(made: Config, texts, *, replies=None, environment=None, broken=False) -> dict[str, Finding]:
    """The last finding of each part."""
    with FaultyRelay(replies or {}) as relay, NameServer(texts, broken=broken) as resolver:
        with_relay = {URL: f"smtp://127.0.0.1:{relay.port}"} | (environment or {})
        return {finding.part: finding for finding in examine_mail(made, with_relay, TO, make_txt_lookup(resolver))}


def test_all_is_well(tmp_path):
    texts = {"news.example.org": ["other", SPF], "_dmarc.news.example.org": [DMARC]}
    found = examined(config(tmp_path), texts)
    assert {part: finding.state for part, finding in found.items()} == dict.fromkeys(
        ("mail", "test mail", "SPF", "DKIM", "DMARC"), "ok"
    )
    assert found["test mail"].detail == "for ada@example.org: 250 2.0.0 ok: queued as 4f2a91"
    assert SPF in found["SPF"].detail
    assert "dkim=pass" in found["DKIM"].step


def test_what_is_missing_is_told_with_the_record_to_publish(tmp_path):
    found = examined(config(tmp_path), {"news.example.org": []})
    assert [found[part].state for part in ("SPF", "DMARC")] == ["fail", "fail"]
    assert "TXT record at news.example.org" in found["SPF"].step
    assert "TXT record at _dmarc.news.example.org" in found["DMARC"].step


def test_a_domain_above_may_hold_the_dmarc_record(tmp_path):
    found = examined(config(tmp_path), {"news.example.org": [SPF], "_dmarc.example.org": [DMARC]})
    assert found["DMARC"].detail == f"_dmarc.example.org: {DMARC}"


@pytest.mark.parametrize(
    ("records", "said"), [([SPF, "v=spf1 -all"], "2 SPF records"), (["v=spf1 +all"], "lets everyone send")]
)
def test_a_wrong_spf_record(tmp_path, records, said):
    assert said in examined(config(tmp_path), {"news.example.org": records})["SPF"].detail


def test_unreachable_dns_is_said_and_judged_nothing(tmp_path):
    found = examined(config(tmp_path), {}, broken=True)
    assert [found[part].state for part in ("SPF", "DMARC")] == ["warn", "warn"]
    assert "no name server answered for news.example.org" in found["SPF"].detail


def test_mails_that_come_back_elsewhere_are_not_aligned(tmp_path):
    texts = {"bounces.example.net": [SPF], "_dmarc.news.example.org": [DMARC]}
    found = examined(config(tmp_path, bounce="b+{id}@bounces.example.net"), texts)
    assert "come back to bounces.example.net" in found["DMARC"].detail
    assert found["DMARC"].state == "warn"


@pytest.mark.parametrize(
    ("replies", "said", "step"),
    [
        ({"RCPT": "550 5.1.1 no such user"}, "550 5.1.1 no such user", "try another"),
        ({"MAIL": "550 5.7.1 not your domain"}, "550 5.7.1 not your domain", "mail.from"),
        ({"greeting": "421 later"}, "421 later", ""),
    ],
)
def test_a_refusal_is_told_in_the_relays_words(tmp_path, replies, said, step):
    found = examined(config(tmp_path), {}, replies=replies)["test mail"]
    assert found.state == "fail"
    assert said in found.detail
    assert step in found.step


def test_a_key_that_fits_and_one_that_does_not(tmp_path, key):
    pem, record = key
    (tmp_path / "dkim.pem").write_text(pem)
    made = config(tmp_path, dkim_domain="example.org", dkim_selector="pr")
    environment = {f"{DKIM_KEY}_FILE": str(tmp_path / "dkim.pem")}
    texts = {"news.example.org": [SPF], "_dmarc.example.org": [DMARC]}
    fits = examined(made, texts | {"pr._domainkey.example.org": [record]}, environment=environment)
    assert (fits["DKIM"].state, fits["DMARC"].state) == ("ok", "ok")
    foreign = record[:150] + ("A" if record[150] != "A" else "B") + record[151:]
    other = examined(made, texts | {"pr._domainkey.example.org": [foreign]}, environment=environment)
    assert other["DKIM"].state == "fail"
    missing = examined(made, texts, environment=environment)
    assert "pr._domainkey.example.org has no key" in missing["DKIM"].detail


@pytest.mark.parametrize(
    "pem", ["", "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----", "hunter2"]
)
def test_a_key_that_is_none_is_one_line_before_any_mail(tmp_path, pem):
    made = config(tmp_path, dkim_domain="example.org", dkim_selector="pr")
    found = list(examine_mail(made, {URL: "smtp://127.0.0.1:1", DKIM_KEY: pem}, TO))
    assert found[-1].state == "fail"
    assert "DKIM_KEY" in found[-1].detail
    assert "hunter2" not in found[-1].detail + found[-1].step


def test_without_a_relay_it_says_where_mails_go(tmp_path):
    found = list(examine_mail(config(tmp_path), {}, ""))
    assert [(finding.part, finding.state) for finding in found] == [("mail", "warn")]
    assert str(tmp_path / "mail") in found[0].detail


def test_a_wrong_address_of_the_relay_is_told_without_it(tmp_path):
    (found,) = examine_mail(config(tmp_path), {URL: "smtp://ada:hunter2@"}, TO)
    assert found.state == "fail"
    assert "hunter2" not in found.detail + found.step


def test_a_wrong_recipient_is_told(tmp_path):
    found = list(examine_mail(config(tmp_path), {URL: "smtp://127.0.0.1:1"}, "ada"))
    assert found[-1].state == "fail"


def test_a_signature_covers_what_clients_act_on(key):
    pem, record = key
    write = DigestMail(Sender("a@example.org"), SiteUrls("https://papers.example.org/" + "a" * 123))
    letter = write(Outgoing(1, edition(3, kind="digest"), TO, "TOKEN", ("<1@example.org>",)))
    made = sign_message(letter, DkimKey("example.org", "pr", pem))
    assert made.data.endswith(letter.data)
    assert dkim.verify(made.data, dnsfunc=lambda *_, **__: record.encode())
    changed = made.data.replace(b"unsubscribe/TOKEN>", b"unsubscribe/OTHER>", 1)
    assert not dkim.verify(changed, dnsfunc=lambda *_, **__: record.encode())
    without = made.data.replace(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b"")
    assert not dkim.verify(without, dnsfunc=lambda *_, **__: record.encode())


def test_a_key_is_shown_nowhere(key):
    assert "PRIVATE" not in repr(DkimKey("example.org", "pr", key[0]))
    with pytest.raises(ConfigError):
        sign_message(
            DigestMail(Sender("a@example.org"), SiteUrls())(Outgoing(1, edition(1), TO, "")), DkimKey("x.org", "s", "x")
        )
