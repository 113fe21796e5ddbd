"""SMTP replies: what a relay's code means for a delivery (sent, retry, failed). Policy, pure.

Invariant: "failed" is said only of what this recipient or this mail has done. What is wrong with the relay, or between
it and us, is "retry": an operator can mend it, and no subscription is lost over it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from digest.ports import Receipt

# What was refused: connection, TLS or authentication; MAIL; RCPT; DATA; the text after it.
SmtpStage = Literal["session", "sender", "recipient", "data", "content"]

_DETAIL_LENGTH = 300  # letters of a reply that are kept
_ENHANCED = re.compile(r"[245]\.(\d{1,3})\.(\d{1,3})\b")  # RFC 3463: class.subject.detail
# What asks for another session than ours: TLS or authentication first, credentials refused.
_SESSION_CODES = frozenset((421, 454, 500, 502, 503, 530, 534, 535, 538))
_MAILBOX_FULL, _TOO_LARGE = (2, 2), (3, 4)


def reply_line(code: int, text: bytes | str) -> str:
    """A reply as one printable, bounded line: "250 2.0.0 queued as 4f2a". smtplib has -1 for what is no reply."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    said = f"{code} {plain}" if code > 0 else f"no SMTP: {plain}"
    line = " ".join("".join(char if char.isprintable() else " " for char in said).split())
    return line if len(line) <= _DETAIL_LENGTH else line[: _DETAIL_LENGTH - 1] + "…"


def receipt_for_reply(stage: SmtpStage, code: int, text: bytes | str) -> Receipt:
    """The meaning of a reply that was not the one hoped for. It is a decision: the relay did not take the mail."""
    return replace(_judge_reply(stage, code, reply_line(code, text)), code=max(code, 0))


def _judge_reply(stage: SmtpStage, code: int, detail: str) -> Receipt:
    subject = _enhanced_code(detail)
    if stage in ("session", "sender"):
        return _session_receipt(subject, code, detail)
    if 400 <= code < 500 or (code in _SESSION_CODES and stage != "content"):
        addressed = stage == "recipient" and code not in _SESSION_CODES and not _is_system_code(subject)
        return Receipt("retry", detail, "recipient" if addressed or _is_address_code(subject) else "relay")
    if not 500 <= code < 600:
        return Receipt("retry", detail, "relay")  # no reply that SMTP knows
    if subject == _MAILBOX_FULL:
        return Receipt("retry", detail, "recipient")  # RFC 3463: it passes, when its owner reads
    if stage in ("data", "content"):
        return Receipt("failed", detail, "recipient" if _is_address_code(subject) else "content")
    return _recipient_receipt(subject, code, detail)


def _session_receipt(subject: tuple[int, int] | None, code: int, detail: str) -> Receipt:
    """Before a recipient was named: only the mail's size can be a fault of its own."""
    if code == 552 or (code >= 500 and subject == _TOO_LARGE):
        return Receipt("failed", detail, "content")
    return Receipt("retry", detail, "relay")


def _recipient_receipt(subject: tuple[int, int] | None, code: int, detail: str) -> Receipt:
    """A policy (5.7.x: relaying denied, a block list) says nothing of the address, so it must not count as a bounce."""
    if code == 552 or subject == _TOO_LARGE:
        return Receipt("failed", detail, "content")
    return Receipt("failed", detail, "relay" if _is_system_code(subject) else "recipient")


def _enhanced_code(detail: str) -> tuple[int, int] | None:
    match = _ENHANCED.match(detail[4:])
    return (int(match[1]), int(match[2])) if match else None


def _is_address_code(subject: tuple[int, int] | None) -> bool:
    return subject is not None and subject[0] in (1, 2)


def _is_system_code(subject: tuple[int, int] | None) -> bool:
    """The mail system, the network, the protocol or a policy (grey-listing, too), not the mailbox."""
    return subject is not None and subject[0] in (3, 4, 5, 7)
