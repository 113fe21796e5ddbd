"""Logs of Postfix and Exim: what they say of a mail, and that nothing in them does harm."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import BadInput
from digest.mail.log_settlement import find_message_ids, settle_by_log
from digest.mail.relay_log import RelayLog, queue_id_of
from store.records.deliveries import Delivery

NOW = datetime(2026, 11, 27, 21, 0, tzinfo=UTC)
ONE = "<1.aaaa@example.org>"

POSTFIX_TAKEN = """\
Nov 27 20:45:04 relay postfix/smtpd[811]: 4F2A91: client=unknown[10.0.0.3]
Nov 27 20:45:04 relay postfix/cleanup[813]: 4F2A91: message-id=<1.aaaa@example.org>
Nov 27 20:45:04 relay postfix/qmgr[77]: 4F2A91: from=<bounces@example.org>, size=140112, nrcpt=1 (queue active)
"""
POSTFIX_SENT = (
    "Nov 27 20:45:05 relay postfix/smtp[815]: 4F2A91: to=<ada@example.net>, relay=mx.example.net[192.0.2.1]:25, "
    "delay=1.1, delays=0.1/0/0.5/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 99)\n"
    "Nov 27 20:45:05 relay postfix/qmgr[77]: 4F2A91: removed\n"
)
POSTFIX_BOUNCED = (
    "Nov 27 20:45:05 relay postfix/smtp[815]: 4F2A91: to=<ada@example.net>, relay=mx.example.net[192.0.2.1]:25, "
    "delay=1, dsn=5.1.1, status=bounced (host mx.example.net said: 550 5.1.1 No such user (in reply to RCPT))\n"
)
POSTFIX_DEFERRED = (
    "Nov 27 20:45:05 relay postfix/smtp[815]: 4F2A91: to=<ada@example.net>, relay=none, delay=1, dsn=4.4.1, "
    "status=deferred (connect to mx.example.net[192.0.2.1]:25: Connection timed out)\n"
)
EXIM_TAKEN = (
    "2026-11-27 20:45:04 1tGabc-0001Ab-2x <= bounces@example.org H=(host) [10.0.0.3] P=esmtp S=140112 "
    "id=1.aaaa@example.org\n"
)
EXIM_SENT = (
    "2026-11-27 20:45:05 1tGabc-0001Ab-2x => ada@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.1] "
    'C="250 OK"\n2026-11-27 20:45:05 1tGabc-0001Ab-2x Completed\n'
)
EXIM_BOUNCED = (
    "2026-11-27 20:45:05 1tGabc-0001Ab-2x ** ada@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.1]: "
    "SMTP error from remote mail server after RCPT TO:<ada@example.net>: 550 no such user\n"
)
RFC_5424 = (
    "<22>1 2026-11-27T20:45:04.123456+00:00 relay postfix/cleanup 813 - - 4F2A91: message-id=<1.aaaa@example.org>\n"
    '<22>1 2026-11-27T20:45:05Z relay postfix/qmgr 77 - [a b="c"] 4F2A91: removed\n'
)


def read(text: str | bytes, *wanted: str, zone=UTC) -> RelayLog:
    log = RelayLog(wanted or (ONE,), zone, NOW)
    log.read(io.BufferedReader(io.BytesIO(text if isinstance(text, bytes) else text.encode())))
    return log


@pytest.mark.parametrize(
    ("text", "fate"),
    [
        (POSTFIX_TAKEN, "taken"),
        (POSTFIX_TAKEN + POSTFIX_SENT, "delivered"),
        (POSTFIX_TAKEN + POSTFIX_BOUNCED, "bounced"),
        (POSTFIX_TAKEN + POSTFIX_DEFERRED, "deferred"),
        (POSTFIX_TAKEN + POSTFIX_DEFERRED + POSTFIX_SENT, "delivered"),
        ("\n".join(POSTFIX_TAKEN.splitlines()[:2]), None),  # the text was cut off after its headers
        (POSTFIX_SENT, None),  # of a mail whose Message-ID stands in an older log
        (EXIM_TAKEN, "taken"),
        (EXIM_TAKEN + EXIM_SENT, "delivered"),
        (EXIM_TAKEN + EXIM_BOUNCED, "bounced"),
        (
            EXIM_TAKEN + "2026-11-27 20:45:05 1tGabc-0001Ab-2x == ada@example.net R=x T=y defer (-53): later\n",
            "deferred",
        ),
        ("Nov 27 20:45:04 relay exim[12]: " + EXIM_TAKEN, "taken"),
        ("".join(f"mail-1  | {line}\n" for line in (POSTFIX_TAKEN + POSTFIX_SENT).splitlines()), "delivered"),
        (RFC_5424, "taken"),
        ("Nov 27 20:45:04 relay exim4[12]: " + EXIM_TAKEN[20:], "taken"),
        (EXIM_TAKEN.replace("20:45:04 ", "20:45:04.123 +0000 [99] ").replace("0001Ab-2x", "00000001Ab4-2xYZ"), "taken"),
        (POSTFIX_TAKEN.replace("Nov 27 20:45:04", "2026-11-27T21:45:04.123456+01:00"), "taken"),
        (POSTFIX_TAKEN.replace("postfix/", "postfix-out/"), "taken"),
    ],
)
def test_the_fate_of_a_mail_by_its_message_id(text: str, fate: str | None) -> None:
    found = read(text).fate(ONE)
    assert (found and found.fate) == fate
    if found:
        assert found.at.replace(microsecond=0) - datetime(2026, 11, 27, 20, 45, 4, tzinfo=UTC) <= timedelta(seconds=1)


def test_a_mail_is_found_by_the_queue_id_that_the_relay_gave_it() -> None:
    assert queue_id_of("no answer after the text: 250 2.0.0 Ok: queued as 4F2A91") == "4F2A91"
    assert queue_id_of("250 OK id=1tGabc-0001Ab-2x") == "1tGabc-0001Ab-2x"
    assert queue_id_of("host:25 closed the connection") == ""
    assert read(POSTFIX_SENT, "4F2A91").fate("<2@none>", "4F2A91").fate == "delivered"


def test_a_mail_that_a_filter_takes_in_again_ends_as_its_last_queue_id_says() -> None:
    again = POSTFIX_TAKEN.replace("4F2A91", "5B3C02") + POSTFIX_BOUNCED.replace("4F2A91", "5B3C02")
    found = read(POSTFIX_TAKEN + POSTFIX_SENT + again).fate(ONE)
    assert found.fate == "bounced"
    assert "550 5.1.1 No such user" in found.words


def test_other_mails_are_not_kept() -> None:
    other = (POSTFIX_TAKEN + POSTFIX_SENT).replace("1.aaaa", "2.bbbb")
    log = read(other * 50)
    assert log.fate("<2.bbbb@example.org>") is None
    assert log._fates == {}


def test_packed_logs_are_read_and_broken_ones_told() -> None:
    packed = gzip.compress((POSTFIX_TAKEN + POSTFIX_SENT).encode())
    assert read(packed).fate(ONE).fate == "delivered"
    with pytest.raises(BadInput, match="cannot be read"):
        read(packed[:-20])
    with pytest.raises(BadInput, match="cannot be read"):
        read(b"\x1f\x8b garbage")


def test_a_log_of_the_last_year_is_not_of_this_one() -> None:
    log = read(POSTFIX_TAKEN.replace("Nov 27", "Dec 31"))
    assert log.first == datetime(2025, 12, 31, 20, 45, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "hostile",
    [
        b"\xff\xfe\x00" * 5000,
        b"postfix/" * 100_000 + b"\n",
        b"Nov 27 20:45:04 relay " + b"postfix/a" * 100_000,
        b"Nov 31 20:45:04 relay postfix/cleanup[1]: 4F2A91: message-id=<1.aaaa@example.org>\n",
        b"Nov 27 99:45:04 relay postfix/cleanup[1]: 4F2A91: message-id=<1.aaaa@example.org>\n",
        b"9999-99-99 20:45:04 1tGabc-0001Ab-2x <= x id=1.aaaa@example.org\n",
        b"2026-11-27 20:45:04 1tGabc-0001Ab-2x <= " + b" id=" * 100_000 + b"\n",
        b"2026-11-27 20:45:04 relay x: " + b": " * 100_000 + b"\n",
        b"\n" * 10_000,
        b"",
    ],
)
def test_odd_lines_are_passed_over(hostile: bytes) -> None:
    assert read(hostile).fate(ONE) is None
    assert read(hostile + b"\n" + (POSTFIX_TAKEN + POSTFIX_SENT).encode()).fate(ONE).fate == "delivered"


def delivery(number: int = 1, **changes: object) -> Delivery:
    at = datetime(2026, 11, 27, 20, 45, 4, tzinfo=UTC)
    fields = {
        "id": number, "kind": "digest", "edition": "speech-1", "subscription": number, "topic": "speech",
        "channel": "mail", "address": "ada@example.net", "state": "uncertain", "attempts": 1, "planned_at": at,
        "next_at": at, "claimed_at": at, "ended_at": at, "detail": "", "message_id": ONE, "text_at": at,
    }  # fmt: skip
    return Delivery(**fields | changes)


@pytest.mark.parametrize(
    ("text", "resend", "ours", "state"),
    [
        (POSTFIX_TAKEN + POSTFIX_SENT, False, True, "sent"),
        (POSTFIX_TAKEN + POSTFIX_DEFERRED, False, True, "sent"),
        (POSTFIX_TAKEN + POSTFIX_BOUNCED, True, True, "failed"),
        ((POSTFIX_TAKEN + POSTFIX_SENT).replace("1.aaaa", "2.b"), False, True, "uncertain"),
        ((POSTFIX_TAKEN + POSTFIX_SENT).replace("1.aaaa", "2.b"), True, True, "planned"),
        ((POSTFIX_TAKEN + POSTFIX_SENT).replace("1.aaaa", "2.b"), True, False, "uncertain"),  # another relay's
        ((POSTFIX_TAKEN + POSTFIX_SENT).replace("1.aaaa", "2.b").replace("20:45", "20:46"), True, True, "uncertain"),
        ((POSTFIX_TAKEN + POSTFIX_SENT).replace("1.aaaa", "2.b").replace("20:45", "20:44"), True, True, "uncertain"),
    ],
)
def test_only_what_the_log_tells_for_sure_is_settled(text: str, resend: bool, ours: bool, state: str) -> None:
    (found,) = settle_by_log([delivery()], {1: ONE}, read(text), is_ours=ours, resend_absent=resend)
    assert found.state == state


def test_the_message_id_of_a_mail_whose_sender_was_killed_is_made_again() -> None:
    hour = datetime(2026, 11, 27, 20, tzinfo=UTC)
    alone, first, second = delivery(1, message_id=""), delivery(2, message_id=""), delivery(3, message_id="")
    together = find_message_ids([alone, first, second], "example.org")
    assert len(set(together.values())) == 3
    joint = find_message_ids(
        [delivery(3, message_id="", mail_hour=hour), delivery(2, message_id="", mail_hour=hour)], "example.org"
    )
    assert joint[2] == joint[3] != together[2]
    assert joint[2].startswith("<2.")
