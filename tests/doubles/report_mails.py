"""Mails that come back, as mail systems write them: the mail of a delivery goes in, the bytes of a report come out."""

from __future__ import annotations

from string import Template

FROM = "MAILER-DAEMON@mx.example.net (Mail Delivery System)"
REPLIES = {
    "unknown": ("5.1.1", "550 5.1.1 <$recipient>: Recipient address rejected: User unknown in virtual mailbox table"),
    "policy": ("5.7.1", "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.example.org"),
    "full": ("5.2.2", "552 5.2.2 <$recipient>: Mailbox full"),
    "sender": ("5.1.8", "550 5.1.8 <bounces@example.org>: Sender address rejected: Domain not found"),
    "expired": ("4.4.7", ""),
}
_ORIGINAL = """Return-Path: <$envelope>
From: Paper Route <digests@example.org>
To: $recipient
Subject: New papers
Message-ID: $message_id
$links
"""
_POSTFIX = """From: $daemon
Subject: Undelivered Mail Returned to Sender
To: $envelope
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F2A9.1700000000/mx.example.net"
Message-Id: <20261127.4F2A9@mx.example.net>

--4F2A9.1700000000/mx.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<$named>: host mx.reader.example[192.0.2.1] said: $reply

--4F2A9.1700000000/mx.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4F2A9
Arrival-Date: Fri, 27 Nov 2026 08:00:00 +0000 (UTC)

Final-Recipient: rfc822; $named
Action: $action
Status: $status
Remote-MTA: dns; mx.reader.example
Diagnostic-Code: smtp; $reply

--4F2A9.1700000000/mx.example.net
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

$original
--4F2A9.1700000000/mx.example.net--
"""
_EXIM = """Return-path: <>
From: Mail Delivery System <Mailer-Daemon@relay.example.net>
To: $envelope
X-Failed-Recipients: $named
Auto-Submitted: auto-replied
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1abcde-0001Aa-00@relay.example.net>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  $named
    host mx.reader.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<$named>:
    $reply

------ This is a copy of the message, including all the headers. ------

$original

Ada, 550 papers.
"""
_QMAIL = """Return-Path: <>
Date: 27 Nov 2026 08:00:00 -0000
From: MAILER-DAEMON@qmail.example.net
To: $envelope
Subject: failure notice

Hi. This is the qmail-send program at qmail.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<$named>:
192.0.2.1 does not like recipient.
Remote host said: $reply
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

$original
"""
_OUT_OF_OFFICE = """Return-Path: <>
From: Ada <$recipient>
To: $envelope
Subject: Out of office: New papers
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All

I am away until 550 papers are read; mails could not be delivered to my desk.

$original
"""
_RECEIPT = """From: Ada <$recipient>
To: $envelope
Subject: Read: New papers
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="mdn"

--mdn
Content-Type: text/plain

Your message was deleted without being read: 550 5.1.1 no such user.

--mdn
Content-Type: message/disposition-notification

Final-Recipient: rfc822;$recipient
Original-Message-ID: $message_id
Disposition: manual-action/MDN-sent-manually; deleted

--mdn--
"""
_ABUSE = """From: <abusedesk@provider.example>
Date: Fri, 27 Nov 2026 17:40:36 +0000
Subject: FW: New papers
To: <abuse@example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report for an email message received from IP 192.0.2.7.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: $feedback
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <$envelope>
Original-Rcpt-To: <$named>
Source-IP: 192.0.2.7

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

$original

What you might like to read.
--part1_13d.2e68ed54_boundary--
"""
FORMS = {
    "postfix": _POSTFIX,
    "exim": _EXIM,
    "qmail": _QMAIL,
    "out of office": _OUT_OF_OFFICE,
    "receipt": _RECEIPT,
    "abuse": _ABUSE,
}


def report_mail(
    form: str, envelope: str, recipient: str, reply: str = "unknown", message_id: str = "<1@x>", **other: str
) -> bytes:
    """reply: one of REPLIES, or the words themselves. other: action, status, links, named (who is said to have it)."""
    status, words = REPLIES.get(reply, ("5.0.0", reply))
    values = {"envelope": envelope, "recipient": recipient, "named": recipient, "message_id": message_id}
    values |= {"daemon": FROM, "status": status, "action": "failed", "links": "", "feedback": "abuse"} | other
    values["reply"] = Template(words).substitute(values)
    values["original"] = Template(_ORIGINAL).substitute(values)
    return Template(FORMS[form]).substitute(values).replace("\n", "\r\n").encode()
