"""Reports as mail systems write them are read; bytes of any kind give reports or none, and soon."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.mail.reports.report_parser import MOST_BYTES, is_automatic, parse_report_mail
from tests.doubles.report_mails import FORMS, report_mail

ID, ADA = "bounces+17.0123456789abcdef@example.org", "ada@reader.example"

EXCHANGE = """From: postmaster@reader.example
To: {to}
Subject: Undeliverable: New papers
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="_000_x"

--_000_x
Content-Type: multipart/alternative; boundary="_001_x"

--_001_x
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

WW91ciBtZXNzYWdlIGNvdWxkbid0IGJlIGRlbGl2ZXJlZC4=

--_001_x
Content-Type: text/html

<p>Your message couldn't be delivered.</p>

--_001_x--

--_000_x
Content-Type: message/delivery-status

Reporting-MTA: dns;DB9PR.prod.outlook.example
Received-From-MTA: dns;mail.example.org
Arrival-Date: Fri, 27 Nov 2026 08:00:00 +0000

Final-Recipient: rfc822;ada@reader.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound;
 Recipient ada@reader.example not found by SMTP address lookup

--_000_x
Content-Type: message/rfc822

From: Paper Route <digests@example.org>
Message-ID: <17.f@example.org>

Text.
--_000_x--
"""
GMAIL = """From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: {to}
Subject: Delivery Status Notification (Failure)
X-Failed-Recipients: ada@reader.example
MIME-Version: 1.0
Content-Type: multipart/report; boundary="g"; report-type=delivery-status

--g
Content-Type: multipart/related; boundary="h"

--h
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message wasn't delivered to ada@reader.example because the address couldn't be found.

--h--
--g
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Fri, 27 Nov 2026 00:00:00 -0800 (PST)

Final-Recipient: rfc822; ada@reader.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
 550-5.1.1 double-checking the recipient's email address for typos.
Last-Attempt-Date: Fri, 27 Nov 2026 00:00:00 -0800 (PST)

--g
Content-Type: message/rfc822

Message-ID: <17.f@example.org>

--g--
"""
SENDMAIL = """From: MAILER-DAEMON@mx.example.net (Mail Delivery Subsystem)
To: <{to}>
Subject: Returned mail: see transcript for details

   ----- The following addresses had permanent fatal errors -----
<ada@reader.example>
    (reason: 550 5.1.1 <ada@reader.example>... User unknown)

   ----- Transcript of session follows -----
... while talking to mx.reader.example.:
>>> DATA
<<< 550 5.1.1 <ada@reader.example>... User unknown
"""
SMTPUTF8 = """From: MAILER-DAEMON@mx.example.net
To: {to}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=u

--u
Content-Type: text/plain

It failed.

--u
Content-Type: message/global-delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: utf-8; ada@reader.example
Action: failed
Status: 5.1.1

--u--
"""
SENDMAIL_WARNING = """From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: Warning: could not send message for past 4 hours

    ** THIS IS A WARNING MESSAGE ONLY **
   ----- Transcript of session follows -----
451 4.4.1 reply: read error from mx.reader.example.
Warning: message still undelivered after 4 hours
Will keep trying until message is 5 days old
"""
QMAIL_LOCAL = """From: MAILER-DAEMON@qmail.example.net
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at qmail.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.

<ada@reader.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Subject: 450 papers
"""


def parse(text: str):
    return parse_report_mail(text.replace("{to}", ID).encode())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (EXCHANGE, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ada@reader.example not found"),
        (GMAIL, "550-5.1.1 The email account that you tried to reach does not exist."),
        (SENDMAIL, "550 5.1.1 <ada@reader.example>... User unknown"),
        (SMTPUTF8, "550 5.1.1"),
        (QMAIL_LOCAL, "550 5.1.1 <ada@reader.example>: Sorry, no mailbox here by that name."),
        (EXCHANGE.replace("\n", "\r\n"), "550 5.1.10"),
        (
            EXCHANGE.replace("Content-Type: message/delivery-status", "content-type:MESSAGE/Delivery-Status"),
            "550 5.1.10",
        ),
    ],
    ids=["exchange", "gmail", "sendmail", "smtputf8", "qmail", "crlf", "case"],
)
def test_each_mail_system_is_read(text, words):
    (report,) = parse(text)
    assert (report.kind, report.recipients) == ("failed", (ADA,))
    assert report.detail.startswith(words)
    assert ID in report.evidence


def test_a_warning_is_no_failure():
    assert parse(SENDMAIL_WARNING) == ()


def test_the_mail_that_came_back_is_named():
    assert parse(EXCHANGE)[0].message_ids == parse(GMAIL)[0].message_ids == ("<17.f@example.org>",)


@pytest.mark.parametrize(
    ("text", "automatic"),
    [
        (b"From: Ada <ada@reader.example>\r\n\r\nHello", False),
        (b"From: Ada <ada@reader.example>\r\nAuto-Submitted: no\r\n\r\nHello", False),
        (b"From: Ada <ada@reader.example>\r\nAuto-Submitted: auto-replied\r\n\r\nI am away", True),
        (b"From: MAILER-DAEMON@mx.example.net\r\n\r\n", True),
        (b"", False),
    ],
)
def test_mails_of_people_are_told_from_those_of_programs(text, automatic):
    assert is_automatic(text) is automatic


def hostile() -> dict[str, bytes]:
    report = report_mail("postfix", ID, ADA)
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(5000))
    return {
        "nothing": b"",
        "zeros": b"\0" * MOST_BYTES,
        "lines": b"\n" * MOST_BYTES,
        "header": b"To: " + b"a," * (MOST_BYTES // 2),
        "nested": nested,
        "nested in reports": report.replace(b"message/delivery-status", b"message/rfc822") + nested,
        "messages": b"Content-Type: message/rfc822\n\n" * 20_000,
        "boundary": b'Content-Type: multipart/report; boundary=""\n\n--\n' + b"--\n" * 100_000,
        "charset": report.replace(b"us-ascii", b"no-such-charset"),
        "encoding": report.replace(b"Content-Description: D", b"Content-Transfer-Encoding: base64\nX: D"),
        "rfc 2231": b"Content-Type: multipart/report; report-type*0*=x'; boundary*99999999999=b; boundary*=''%ff\n\n",
        "fields": report.replace(b"Status: 5.1.1", b"Status: " + b"5." * 50_000),
        "recipients": report + b"Final-Recipient: rfc822; a@b\r\nAction: failed\r\n\r\n" * 10_000,
        "addresses": b"From: mailer-daemon@x\n\n550 " + b"a" * 100_000 + b"@" * 100_000,
        "blanks": b"From: mailer-daemon@x\n\n" + b"550 " + b" " * 300_000,
        "statuses": b"From: mailer-daemon@x\n\n" + b"5.5.5.5." * 50_000,
        "brackets": report.replace(b"Message-ID: <", b"Message-ID: " + b"<" * 100_000),
        "unicode": report.replace(b"failed", "fäiled\u202e".encode()),
        "cut": report[: len(report) // 2],
    }  # fmt: skip


@pytest.mark.parametrize("name", hostile())
def test_whatever_is_sent_ends_soon_and_in_bounds(name):
    reports = parse_report_mail(hostile()[name])
    assert len(reports) <= 50
    assert all(len(report.recipients) <= 10 and len(report.evidence) <= 100_000 for report in reports)


@settings(max_examples=60)
@given(st.sampled_from(sorted(FORMS)), st.integers(0, 2**32))
def test_reports_with_bytes_changed_raise_nothing(form, seed):
    luck, data = random.Random(seed), bytearray(report_mail(form, ID, ADA))
    for _ in range(luck.randrange(1, 40)):
        place = luck.randrange(len(data))
        data[place : place + luck.randrange(3)] = luck.choice(
            [b"", b"\n", b"\r\n\r\n", b"\xff", b";", b'"', b"--", b"\0"]
        )
    for report in parse_report_mail(bytes(data)):
        assert report.kind in ("failed", "delayed", "delivered", "complaint")
        assert not re.search(r"\n", report.detail)


@settings(max_examples=60)
@given(st.binary(max_size=2000))
def test_any_bytes_raise_nothing(data):
    parse_report_mail(data)
    is_automatic(data)
