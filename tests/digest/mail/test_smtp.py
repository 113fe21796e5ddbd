"""What becomes of a mail, whatever the relay does: one receipt for each fault."""

from dataclasses import replace

import pytest

from digest.mail.message import MailMessage
from digest.mail.smtp import Relay, SmtpTimeouts, SmtpTransport
from tests.doubles.relays import HANG_UP, SILENCE, FaultyRelay, unheard_port

LETTER = MailMessage(
    "from@example.org", "to@example.org", "<1@example.org>", b"Subject: x\r\n\r\n.dot\r\n..\r\nend\r\n"
)
TIMEOUTS = SmtpTimeouts(connect=60, command=60, answer=60)

FAULTS = [
    # what the relay does, state, whose fault, its words
    ({"greeting": "421 4.3.2 shutting down"}, "retry", "relay", "421 4.3.2 shutting down"),
    ({"greeting": "554 5.7.1 blocked"}, "retry", "relay", "554 5.7.1 blocked"),
    ({"greeting": HANG_UP}, "retry", "relay", "closed the connection"),
    ({"greeting": "HTTP/1.1 400 Bad Request"}, "retry", "relay", "no SMTP"),
    ({"EHLO": "550 no"}, "retry", "relay", "550 no"),
    ({"MAIL": "421 too many"}, "retry", "relay", "421 too many"),
    ({"MAIL": "451 4.3.0 try later"}, "retry", "relay", "451 4.3.0"),
    ({"MAIL": "530 5.7.0 authentication required"}, "retry", "relay", "530 5.7.0"),
    ({"MAIL": "550 5.7.1 sender not allowed"}, "retry", "sender", "550 5.7.1"),
    ({"MAIL": "552 5.3.4 too big"}, "failed", "content", "552 5.3.4 too big"),
    ({"MAIL": HANG_UP}, "retry", "relay", "closed the connection"),
    ({"RCPT": "421 4.7.0 slow down"}, "retry", "domain", "421 4.7.0"),
    ({"RCPT": "450 4.7.1 greylisted"}, "retry", "domain", "greylisted"),
    ({"RCPT": "450 4.2.1 mailbox busy"}, "retry", "recipient", "450 4.2.1"),
    ({"RCPT": "451 local error"}, "retry", "recipient", "451 local error"),
    ({"RCPT": "451 4.3.0 local error"}, "retry", "relay", "451 4.3.0"),
    ({"RCPT": "452 4.2.2 over quota"}, "retry", "recipient", "452 4.2.2"),
    ({"RCPT": "552 5.2.2 mailbox full"}, "retry", "recipient", "552 5.2.2"),
    ({"RCPT": "550 5.1.1 no such user"}, "failed", "recipient", "550 5.1.1 no such user"),
    ({"RCPT": "550-no\r\n550 such user"}, "failed", "recipient", "550 no such user"),
    ({"RCPT": "553 bad name"}, "failed", "recipient", "553 bad name"),
    ({"RCPT": "554 5.7.1 relay access denied"}, "retry", "relay", "554 5.7.1"),
    ({"RCPT": HANG_UP}, "retry", "relay", "closed the connection"),
    ({"DATA": "451 4.3.0 no"}, "retry", "relay", "451 4.3.0"),
    ({"DATA": "554 5.5.1 no"}, "failed", "content", "554 5.5.1"),
    ({"DATA": HANG_UP}, "retry", "relay", "closed the connection"),
    ({"DATA": "250 what"}, "retry", "relay", "250 what"),
    ({"body": HANG_UP}, "uncertain", "relay", "no answer after the text"),
    ({"dot": HANG_UP}, "uncertain", "relay", "no answer after the text"),
    ({"dot": "garbage"}, "uncertain", "relay", "no answer that SMTP knows"),
    ({"dot": "250 " + "x" * 9_000}, "uncertain", "relay", "no answer after the text"),
    ({"dot": "421 4.3.2 restarting"}, "retry", "relay", "421 4.3.2"),
    ({"dot": "451 4.7.1 later"}, "retry", "relay", "451 4.7.1"),
    ({"dot": "452 4.3.1 disk full"}, "retry", "relay", "452 4.3.1"),
    ({"dot": "452 4.2.2 over quota"}, "retry", "recipient", "452 4.2.2"),
    ({"dot": "550 5.7.1 looks like spam"}, "failed", "content", "550 5.7.1"),
    ({"dot": "550 5.1.1 no such user after all"}, "failed", "recipient", "550 5.1.1"),
    ({"dot": "500 line too long"}, "failed", "content", "500 line too long"),
]


@pytest.mark.parametrize(("replies", "state", "blames", "words"), FAULTS, ids=[str(row[0]) for row in FAULTS])
def test_each_fault_gives_its_receipt(replies, state, blames, words):
    with FaultyRelay(replies) as relay:
        transport = SmtpTransport(Relay("127.0.0.1", relay.port, "plain"), TIMEOUTS)
        receipt = transport.post(LETTER)
        transport.close()
    assert (receipt.state, receipt.blames) == (state, blames)
    assert words in receipt.detail
    assert len(receipt.detail) < 400
    assert receipt.detail.isprintable()
    assert receipt.message_id == "<1@example.org>"


@pytest.mark.parametrize(
    ("stage", "short", "state"),
    [
        ("greeting", {"connect": 0.2}, "retry"),
        ("MAIL", {"command": 0.2}, "retry"),
        ("DATA", {"command": 0.2}, "retry"),
        ("dot", {"answer": 0.2}, "uncertain"),
    ],
)
def test_a_slow_relay(stage, short, state):
    with FaultyRelay({stage: SILENCE}) as relay:
        receipt = SmtpTransport(Relay("127.0.0.1", relay.port, "plain"), replace(TIMEOUTS, **short)).post(LETTER)
    assert receipt.state == state
    assert "did not answer in time" in receipt.detail


def test_nobody_listens():
    with unheard_port() as port:
        receipt = SmtpTransport(Relay("127.0.0.1", port, "plain"), TIMEOUTS).post(LETTER)
    assert (receipt.state, receipt.blames) == ("retry", "relay")
    assert "refused" in receipt.detail


def test_what_was_taken_is_what_was_sent_and_the_queue_id_is_kept():
    with FaultyRelay() as relay:
        transport = SmtpTransport(Relay("127.0.0.1", relay.port, "plain"), TIMEOUTS)
        receipt = transport.post(LETTER)
        transport.close()
    assert (receipt.state, receipt.detail) == ("sent", "250 2.0.0 ok: queued as 4f2a91")
    assert relay.texts == [LETTER.data]
    assert f"MAIL FROM:<from@example.org> SIZE={len(LETTER.data)}" in [
        line.replace("mail", "MAIL") for line in relay.commands
    ]


def test_many_mails_share_one_connection_refused_ones_too():
    refusals = ["250 ok", "550 5.1.1 no", "250 ok", "452 4.2.2 full", "250 ok"]
    with FaultyRelay({"RCPT": refusals}) as relay:
        transport = SmtpTransport(Relay("127.0.0.1", relay.port, "plain"), TIMEOUTS)
        states = [transport.post(LETTER).state for _ in refusals]
        transport.close()
    assert states == ["sent", "failed", "sent", "retry", "sent"]
    assert relay.connections == 1
    assert relay.commands.count("rset") == 2


def test_a_connection_that_the_relay_ended_meanwhile_is_opened_anew():
    with FaultyRelay({"MAIL": ["250 ok", "421 enough for this connection", "250 ok", HANG_UP, "250 ok"]}) as relay:
        transport = SmtpTransport(Relay("127.0.0.1", relay.port, "plain"), TIMEOUTS)
        states = [transport.post(LETTER).state for _ in range(3)]
        transport.close()
    assert states == ["sent", "sent", "sent"]
    assert relay.connections == 3


def test_an_uncertain_mail_is_not_tried_again():
    with FaultyRelay({"dot": ["250 ok", HANG_UP, "250 ok"]}) as relay:
        transport = SmtpTransport(Relay("127.0.0.1", relay.port, "plain"), TIMEOUTS)
        states = [transport.post(LETTER).state for _ in range(3)]
        transport.close()
    assert states == ["sent", "uncertain", "sent"]
    assert len(relay.texts) == 3


def test_a_goodbye_that_is_not_answered_is_no_error():
    with FaultyRelay({"QUIT": HANG_UP}) as relay:
        transport = SmtpTransport(Relay("127.0.0.1", relay.port, "plain"), TIMEOUTS)
        assert transport.post(LETTER).state == "sent"
        transport.close()
        transport.close()


def test_the_greeting_is_the_one_that_was_set():
    with FaultyRelay() as relay:
        transport = SmtpTransport(Relay("127.0.0.1", relay.port, "plain", greeting="digests.example"), TIMEOUTS)
        assert transport.post(LETTER).state == "sent"
        transport.close()
    assert relay.commands[0] == "ehlo digests.example"


UTF8_LETTER = replace(LETTER, recipient="jürgen@xn--bcher-kva.example")


def test_an_address_beyond_ascii_goes_where_the_relay_takes_it():
    with FaultyRelay({"EHLO": "250-relay\r\n250-8BITMIME\r\n250 SMTPUTF8"}) as relay:
        transport = SmtpTransport(Relay("127.0.0.1", relay.port, "plain"), TIMEOUTS)
        receipts = [transport.post(letter) for letter in (UTF8_LETTER, LETTER)]
        transport.close()
    assert [receipt.state for receipt in receipts] == ["sent", "sent"]
    assert "mail FROM:<from@example.org> SMTPUTF8 BODY=8BITMIME" in relay.commands
    assert "rcpt TO:<jürgen@xn--bcher-kva.example>" in relay.commands
    assert "mail FROM:<from@example.org>" in relay.commands


def test_an_address_beyond_ascii_fails_alone_where_the_relay_does_not():
    with FaultyRelay() as relay:
        transport = SmtpTransport(Relay("127.0.0.1", relay.port, "plain"), TIMEOUTS)
        receipts = [transport.post(letter) for letter in (UTF8_LETTER, LETTER)]
        transport.close()
    assert [(receipt.state, receipt.blames) for receipt in receipts] == [("failed", "content"), ("sent", "")]
    assert "SMTPUTF8" in receipts[0].detail
    assert relay.connections == 1


def test_a_port_that_waits_for_tls_says_so():
    with FaultyRelay({"greeting": SILENCE}) as relay:
        timeouts = replace(TIMEOUTS, connect=0.2)
        receipt = SmtpTransport(Relay("127.0.0.1", relay.port, "plain"), timeouts).post(LETTER)
    assert "no greeting came" in receipt.detail
    assert "smtps://" in receipt.step


def test_a_port_that_begins_in_plain_text_says_so():
    with FaultyRelay() as relay:
        receipt = SmtpTransport(Relay("127.0.0.1", relay.port, "tls"), TIMEOUTS).post(LETTER)
    assert "it begins in plain text" in receipt.detail
    assert "smtp://" in receipt.step
