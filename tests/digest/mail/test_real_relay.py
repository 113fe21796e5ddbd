"""A real Exim: what it refuses is judged as the table says, and no reader bounces over what is ours."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.background.channel_setup import ChannelSetup, SendPolicy
from digest.mail.channel import MailChannel
from digest.mail.headers import Sender
from digest.mail.message import DigestMail, MailMessage
from digest.mail.smtp import Relay, SmtpTransport
from digest.urls import SiteUrls
from store import Store
from tests.doubles.editions import edition
from tests.doubles.exim import EXIM, Exim
from tests.factories.outbox import plain_outgoing, running_outbox, until

pytestmark = pytest.mark.skipif(
    EXIM is None or (os.getuid() != 0 and not os.access(EXIM, os.X_OK)),
    reason="there is no Exim here: apt-get install exim4-daemon-light",
)

NOW = datetime.now(UTC) - timedelta(minutes=1)
EDITION = replace(edition(3, kind="digest"), topic="speech")
TEXT = b"Subject: x\r\n\r\nhello\r\n"
HERE = "here.example.org"

# What an operator of a relay adds, at the sender's local part.
REFUSALS = {
    "rcpt-relay": "554 5.7.1 Relay access denied",
    "rcpt-domain": "550 5.1.8 Sender address rejected: Domain not found",
    "rcpt-mailbox": "550 5.1.1 your IP is listed at bl.example.org",
    "rcpt-list": "554 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org",
    "rcpt-login": "550 authentication required",
    "data-sender": "sender rejected",
    "data-limit": "550 5.4.5 Daily sending limit exceeded",
    "data-verify": "554 Message rejected: Email address is not verified",
    "data-dmarc": "550 5.7.26 DMARC check failed",
    "data-spam": "554 5.7.1 Message rejected as spam",
}

# Sender, recipient, greeting and text; then state, whose fault, and Exim's words.
CASES = [
    ("digests", "ada@local.example", HERE, TEXT, "sent", "", "250 OK id="),
    ("digests", "jürgen@local.example", HERE, TEXT, "sent", "", "250 OK id="),
    ("digests", "ghost@local.example", HERE, TEXT, "failed", "recipient", "550 Unknown user"),
    ("digests", "ada@elsewhere.example", HERE, TEXT, "retry", "relay", "550 relay not permitted"),
    ("nobody", "ada@local.example", HERE, TEXT, "retry", "sender", "Sender verify failed"),
    ("digests", "ada@local.example", "localhost", TEXT, "retry", "relay", "Invalid HELO name"),
    ("digests", "ada@local.example", "bad_name.example", TEXT, "retry", "relay", "501 Syntactically invalid"),
    ("digests", "ada@local.example", HERE, TEXT + b"x\r\n" * 100_000, "failed", "content", "552 Message size exceeds"),
    ("rcpt-relay", "ada@local.example", HERE, TEXT, "retry", "relay", "Relay access denied"),
    ("rcpt-domain", "ada@local.example", HERE, TEXT, "retry", "sender", "Sender address rejected"),
    ("rcpt-mailbox", "ada@local.example", HERE, TEXT, "retry", "relay", "5.1.1 your IP is listed"),
    ("rcpt-list", "ada@local.example", HERE, TEXT, "retry", "relay", "blocked using"),
    ("rcpt-login", "ada@local.example", HERE, TEXT, "retry", "relay", "authentication required"),
    ("data-sender", "ada@local.example", HERE, TEXT, "retry", "sender", "550 sender rejected"),
    ("data-limit", "ada@local.example", HERE, TEXT, "retry", "relay", "Daily sending limit"),
    ("data-verify", "ada@local.example", HERE, TEXT, "retry", "sender", "not verified"),
    ("data-dmarc", "ada@local.example", HERE, TEXT, "retry", "sender", "DMARC"),
    ("data-spam", "ada@local.example", HERE, TEXT, "failed", "content", "spam"),
]


@pytest.fixture(scope="module")
def relay() -> Iterator[Exim]:
    with Exim(REFUSALS) as running:
        yield running


@pytest.mark.parametrize(
    ("sender", "recipient", "greeting", "text", "state", "blames", "words"),
    CASES,
    ids=[f"{sender} {recipient} {greeting} {words}" for sender, recipient, greeting, *_, words in CASES],
)
def test_what_exim_says(relay, sender, recipient, greeting, text, state, blames, words):
    before = relay.taken
    transport = SmtpTransport(Relay("127.0.0.1", relay.port, "plain", greeting=greeting))
    receipt = transport.post(MailMessage(f"{sender}@local.example", recipient, "<1@local.example>", text))
    transport.close()
    assert (receipt.state, receipt.blames) == (state, blames), receipt.detail
    assert words in receipt.detail
    assert receipt.is_clear
    assert relay.taken - before == (1 if state == "sent" else 0)


def run_outbox(store: Store, relay: Exim, sender: str, ended) -> None:
    """Send what waits, until `ended` holds of the deliveries."""
    write = DigestMail(Sender(f"{sender}@local.example"), SiteUrls("https://papers.example.org"))
    setup = ChannelSetup(
        lambda: MailChannel(SmtpTransport(Relay("127.0.0.1", relay.port, "plain", greeting=HERE)), write),
        plain_outgoing,
        SendPolicy(connections=2, first_retry=timedelta(seconds=0.05), lease_seconds=60.0),
    )
    with running_outbox(store, setup):
        until(lambda: ended(store.deliveries.list(limit=-1)))


def plan(store: Store, *addresses: str) -> None:
    for address in addresses:
        store.subscriptions.add("speech", "mail", address, "active", NOW)
    store.editions.freeze(EDITION, send_at=NOW)


@pytest.mark.parametrize("sender", [*(name for name in REFUSALS if name != "data-spam"), "nobody", "elsewhere"])
def test_no_reader_bounces_over_what_is_the_relays_or_the_senders(store: Store, relay, sender) -> None:
    domain = "elsewhere.example" if sender == "elsewhere" else "local.example"
    plan(store, *(f"reader{n}@{domain}" for n in range(12)))
    run_outbox(
        store, relay, "digests" if sender == "elsewhere" else sender, lambda rows: any(row.detail for row in rows)
    )
    assert store.subscriptions.counts() == {"active": 12}
    assert {delivery.state for delivery in store.deliveries.list(limit=-1)} <= {"planned", "retry"}


def test_an_unknown_user_bounces_alone(store: Store, relay) -> None:
    plan(store, "ada@local.example", "ghost@local.example", "bob@local.example")
    run_outbox(store, relay, "digests", lambda rows: {row.state for row in rows} <= {"failed", "sent"})
    assert store.subscriptions.counts() == {"active": 2, "bounced": 1}
