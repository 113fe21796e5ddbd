"""Bounce text: failures in mails of older or plainer mail systems (Exim, qmail, Sendmail), which say them in prose.

Invariant: only what a mail system sent is read, and only up to the mail that it returns; of a person's or an
out-of-office answer nothing is taken for a bounce.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.utils import parseaddr

_MAIL_SYSTEMS = frozenset(("mailer-daemon", "postmaster", "mail-daemon", "maildaemon", "mdaemon", "mmdf"))
_FAILED_RECIPIENTS = "X-Failed-Recipients"  # Exim's and Google's
_MOST_FAILURES, _LONGEST_LINE = 5, 500
_REPLY = re.compile(r"(?<![\w.:/@#-])([45]\d\d)[ -]+(?:#?[45]\.\d{1,3}\.\d{1,3}\b)?.{0,300}", re.DOTALL)
_STATUS = re.compile(r"\(?#?\b([45])\.(\d{1,3})\.(\d{1,3})\)?")
_ADDRESS = re.compile(r"[^\s<>(),;:\"]{1,64}@[^\s<>(),;:\"@]{1,255}")
_RETURNED = re.compile(
    r"^-{2,} ?(?:this is a copy of|below this line is|original message|begin message|the original message)"
    r"|^return-path:|^received: ",
    re.IGNORECASE | re.MULTILINE,
)
_PASSING = re.compile(
    r"\b(?:warning|delayed|has not yet been delivered|still being retried|temporary)\b", re.IGNORECASE
)
_FAILING = re.compile(
    r"\b(?:undeliver|could not be delivered|not be delivered|delivery (?:has )?failed|delivery failure|failure notice"
    r"|returning message to sender|permanent (?:fatal )?error|wasn't able to deliver|couldn't be delivered)",
    re.IGNORECASE,
)


def is_from_mail_system(message: Message) -> bool:
    """By who sent it: the empty envelope, a postmaster's name, or the field that only mail systems write."""
    local = parseaddr(str(message.get("From", "")))[1].partition("@")[0].lower()
    return local in _MAIL_SYSTEMS or message.get(_FAILED_RECIPIENTS) is not None


def find_failures(message: Message | None, text: str) -> Iterator[tuple[str, str]]:
    """Addresses ("" where none is named) and the words about each. message: None where it is known for a report."""
    if message is not None and not is_from_mail_system(message):
        return
    head = _RETURNED.split(text, maxsplit=1)[0][:20_000]
    subject = str(message.get("Subject", "")) if message is not None else ""
    reply = _find_reply(head)
    if not reply and not _FAILING.search(f"{subject}\n{head}"):
        return
    if not reply.startswith("5") and _PASSING.search(f"{subject}\n{head[:1000]}"):
        return  # it is still tried
    named = str(message.get(_FAILED_RECIPIENTS, "")) if message is not None else ""
    address = _ADDRESS.search(named) or _ADDRESS.search(head)
    yield address[0] if address else "", reply or "550 " + " ".join(head.split())[:300]


def _find_reply(head: str) -> str:
    """The first reply code with what follows it in its paragraph; qmail has the status alone, behind the words."""
    for paragraph in re.split(r"\n\s*\n", head):
        lines = " ".join(line.strip()[:_LONGEST_LINE] for line in paragraph.splitlines())
        if found := _REPLY.search(lines):
            return found[0].strip()
        if status := _STATUS.search(lines):
            return f"{status[1]}50 {status[1]}.{status[2]}.{status[3]} {lines[:300]}"
    return ""
