"""TLS and authentication, against a real relay: never plain text to where TLS was wanted, no password in any word."""

import ssl
from collections.abc import Iterator

import pytest
from aiosmtpd.smtp import AuthResult

from digest.mail.message import MailMessage
from digest.mail.smtp import Relay, SmtpTimeouts, SmtpTransport
from tests.doubles.relays import FaultyRelay, OnAnyPort
from tests.factories.certificates import make_certificate

LETTER = MailMessage("from@example.org", "to@example.org", "<1@example.org>", b"Subject: x\r\n\r\n.dot\r\nend\r\n")
TIMEOUTS = SmtpTimeouts(connect=60, command=60, answer=60)


class Inbox:
    def __init__(self) -> None:
        self.envelopes = []

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, envelope.content, session.ssl is not None))
        return "250 2.0.0 taken"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[str, str]:
    """Of 127.0.0.1, signed by itself: the paths of certificate and key."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def served(certificate) -> Iterator[tuple[Inbox, int, ssl.SSLContext]]:
    """A relay that wants STARTTLS, then ada's password; and the client's context that trusts it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    inbox = Inbox()

    def check(server, session, envelope, mechanism, data) -> AuthResult:
        right = data.login == b"ada" and data.password == b"s3cret word"
        return AuthResult(success=right, handled=right)

    controller = OnAnyPort(
        inbox,
        hostname="127.0.0.1",
        port=0,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        auth_require_tls=True,
        authenticator=check,
    )
    controller.start()
    yield inbox, controller.port, ssl.create_default_context(cafile=certificate[0])
    controller.stop()


def make_transport(port: int, security: str, password: str = "s3cret word", context=None) -> SmtpTransport:
    return SmtpTransport(Relay("127.0.0.1", port, security, "ada", password, context), TIMEOUTS)


def test_starttls_and_authentication(served):
    inbox, port, trusted = served
    used = make_transport(port, "starttls", context=trusted)
    receipts = [used.post(LETTER), used.post(LETTER)]
    used.close()
    assert [receipt.detail for receipt in receipts] == ["250 2.0.0 taken"] * 2
    assert inbox.envelopes == [("from@example.org", ["to@example.org"], LETTER.data, True)] * 2


def test_authentication_refused_is_for_the_operator_and_no_mail_is_lost_over_it(served):
    inbox, port, trusted = served
    used = make_transport(port, "starttls", "wrong horse", trusted)
    receipt = used.post(LETTER)
    used.close()
    assert (receipt.state, receipt.blames) == ("retry", "relay")
    assert receipt.detail.startswith("535 5.7.8")
    assert "wrong horse" not in receipt.detail
    assert "wrong horse" not in repr(used._relay)
    assert inbox.envelopes == []


def test_an_unknown_certificate_is_not_trusted(served):
    inbox, port, _ = served
    receipt = make_transport(port, "starttls").post(LETTER)
    assert (receipt.state, receipt.blames) == ("retry", "relay")
    assert "TLS failed: self-signed certificate" in receipt.detail
    assert inbox.envelopes == []


def test_a_relay_without_starttls_gets_nothing_twice():
    with FaultyRelay() as relay:
        used = make_transport(relay.port, "starttls")
        receipts = [used.post(LETTER), used.post(LETTER)]
        used.close()
    assert [(receipt.state, receipt.blames) for receipt in receipts] == [("retry", "relay")] * 2
    assert "no STARTTLS" in receipts[1].detail
    assert not [line for line in relay.commands if line.lower().startswith(("auth", "mail"))]


def test_a_relay_that_says_yes_to_starttls_and_speaks_plain_gets_nothing():
    with FaultyRelay({"EHLO": "250-x\r\n250 STARTTLS", "STARTTLS": "220 go ahead\r\n250 fine"}) as relay:
        receipt = make_transport(relay.port, "starttls").post(LETTER)
    assert (receipt.state, receipt.blames) == ("retry", "relay")
    assert not [line for line in relay.commands if line.lower().startswith(("auth", "mail"))]


def test_a_relay_that_knows_no_authentication_gets_no_mail_without_it():
    with FaultyRelay() as relay:
        receipt = make_transport(relay.port, "plain").post(LETTER)
    assert (receipt.state, receipt.blames) == ("retry", "relay")
    assert "no authentication" in receipt.detail
    assert not [line for line in relay.commands if line.lower().startswith("mail")]


def test_a_relay_that_knows_only_strange_authentication():
    with FaultyRelay({"EHLO": "250-x\r\n250 AUTH GSSAPI"}) as relay:
        receipt = make_transport(relay.port, "plain").post(LETTER)
    assert "no way to authenticate" in receipt.detail


def test_tls_from_the_first_byte(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    inbox = Inbox()
    controller = OnAnyPort(inbox, hostname="127.0.0.1", port=0, ssl_context=context)
    controller.start()
    trusted = ssl.create_default_context(cafile=certificate[0])
    used = SmtpTransport(Relay("127.0.0.1", controller.port, "tls", context=trusted), TIMEOUTS)
    receipt = used.post(LETTER)
    used.close()
    controller.stop()
    assert receipt.state == "sent"
    assert inbox.envelopes[0][2] == LETTER.data
