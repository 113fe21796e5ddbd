"""Report parser: a mail as bytes -> delivery reports (RFC 3464, RFC 6533), abuse reports (RFC 5965), older bounces.

Invariant: any bytes give reports or none, in bounded time; nothing in them is believed here. What is neither a report
nor a bounce (an answer of a person, an out-of-office reply, a receipt for reading) gives none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message
from itertools import islice

from digest.mail.reports.bounce_text import find_failures, is_from_mail_system
from digest.mail.reports.delivery_report import DeliveryReport, ReportKind

MOST_BYTES = 512 * 1024  # of a mail that are read: the report comes first, the mail that it is about last
_MOST_LINES, _MOST_BOUNDARIES, _MOST_PARTS, _MOST_BLOCKS = 20_000, 40, 40, 50
_MOST_EVIDENCE = 64 * 1024  # letters
_KINDS: dict[str, ReportKind] = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "delivered",
    "expanded": "delivered",
}
# RFC 5965 and RFC 6430: what a reader says of a mail. "auth-failure" and "virus" are a server's words, not a reader's.
_COMPLAINTS = frozenset(("abuse", "fraud", "opt-out", "opt-out-list"))
_ADDRESS_TYPE = re.compile(r"^\s*(?:rfc822|utf-8)\s*;", re.IGNORECASE)
_FORWARDED = re.compile(r"(?:expanded|generated) from <?([^\s<>()]{3,320})", re.IGNORECASE)  # Postfix; Exim
_DIAGNOSTIC_TYPE = re.compile(r"^\s*[\w.-]{1,40}\s*;\s*")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
Fields = dict[str, str]


def parse_report_mail(data: bytes, to: str = "") -> tuple[DeliveryReport, ...]:
    """All that a mail reports; () where it is no report. to: of its envelope, where that is known."""
    text = _bound(data)
    if text.lower().count(b"boundary=") > _MOST_BOUNDARIES:  # the library goes as deep as they are
        return ()
    try:
        message = message_from_bytes(text, policy=policy.compat32)
        parts = list(islice(message.walk(), _MOST_PARTS))
        return tuple(_read(message, parts, f"{to}\n{_evidence(text)}"))
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        return ()  # whatever the library stumbles over is no report that a mail system wrote


def is_automatic(data: bytes) -> bool:
    """Whether a program wrote a mail, so that no person waits for an answer to it."""
    try:
        message = message_from_bytes(_bound(data).partition(b"\n\n")[0], policy=policy.compat32)
        return is_from_mail_system(message) or _field(message, "Auto-Submitted").lower() not in ("", "no")
    except (MessageError, LookupError, ValueError, TypeError, AttributeError):
        return False


def _bound(data: bytes) -> bytes:
    lines = data[:MOST_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n", _MOST_LINES)
    return b"\n".join(lines[:_MOST_LINES])


def _evidence(text: bytes) -> str:
    """The mail itself, with its lines that were folded or cut by quoted-printable joined."""
    plain = text[:_MOST_EVIDENCE].decode("ascii", "replace")
    return plain.replace("=\n", "").replace("=3D", "=").replace("\n ", "").replace("\n\t", "")


def _read(message: Message, parts: list[Message], evidence: str) -> Iterator[DeliveryReport]:
    kinds = [part.get_content_type() for part in parts]
    original = _original_ids(parts)
    if "message/feedback-report" in kinds:
        yield from _complaints(_blocks(parts[kinds.index("message/feedback-report")]), original, evidence)
    elif status := [part for part, kind in zip(parts, kinds, strict=True) if kind.endswith("delivery-status")]:
        yield from _statuses(_blocks(status[0]), _first_text(parts), original, evidence)
    elif "message/disposition-notification" not in kinds:
        for recipient, detail in find_failures(message, _first_text(parts)):
            yield DeliveryReport("failed", detail, (recipient,) if recipient else (), original, evidence)


def _statuses(
    blocks: Iterable[Fields], told: str, original: tuple[str, ...], evidence: str
) -> Iterator[DeliveryReport]:
    """One for each recipient. The block before those is about the mail as a whole."""
    for block in blocks:
        kind = _KINDS.get(block.get("action", "").partition(" ")[0].lower())
        if kind is None or not (block.keys() & {"final-recipient", "original-recipient"}):
            continue
        named = [block.get(name, "") for name in ("final-recipient", "original-recipient")]
        addresses = tuple(dict.fromkeys([_address(value) for value in named if value] + _FORWARDED.findall(told)[:5]))
        yield DeliveryReport(kind, _detail(block, told), addresses, original, evidence)


def _detail(block: Fields, told: str) -> str:
    """The reply of whoever refused it; where none is quoted, the status and the first words of the text."""
    diagnostic = _DIAGNOSTIC_TYPE.sub("", block.get("diagnostic-code", ""))
    status = block.get("status", "").partition(" ")[0]
    if re.match(r"[245]\d\d\b", diagnostic):
        return diagnostic
    reply = next((detail for _, detail in find_failures(None, told)), "") if not diagnostic else ""
    code = "450" if status.startswith("4") else "550"
    return reply or " ".join(filter(None, (code, status, diagnostic)))


def _complaints(blocks: Iterable[Fields], original: tuple[str, ...], evidence: str) -> Iterator[DeliveryReport]:
    for block in blocks:
        if (kind := block.get("feedback-type", "").lower()) in _COMPLAINTS:
            to = block.get("original-rcpt-to", "") or block.get("removal-recipient", "")
            said = " ".join(filter(None, (kind, block.get("user-agent", ""))))
            yield DeliveryReport("complaint", said, (_address(to),) if to else (), original, evidence)
            return


def _blocks(part: Message) -> Iterator[Fields]:
    """The groups of fields of a report, names in small letters; the library splits only some of its kinds itself."""
    payload = part.get_payload()
    inner = payload if isinstance(payload, list) else []
    text = "\n\n".join(one.as_string() for one in inner if isinstance(one, Message)) or str(payload)
    for group in islice(re.split(r"\n[ \t]*\n", text.strip()), _MOST_BLOCKS):
        joined = re.sub(r"\n[ \t]+", " ", group)
        pairs = (line.partition(":") for line in joined.split("\n"))
        yield {name.strip().lower(): " ".join(value.split()) for name, colon, value in pairs if colon}


def _original_ids(parts: list[Message]) -> tuple[str, ...]:
    """Message-IDs of the mail that came back, or of its head."""
    found = []
    for part in parts[1:]:
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
            found += re.findall(r"(?im)^message-id:\s*(<[^<>\s]{1,250}>)", str(part.get_payload()))
        else:
            found += _MESSAGE_ID.findall(_field(part, "Message-ID"))
    return tuple(dict.fromkeys(found[:5]))


def _first_text(parts: list[Message]) -> str:
    """What is told to people, before the mail that came back."""
    for part in parts:
        if part.get_content_type() == "message/rfc822":
            return ""
        if part.get_content_type() == "text/plain":
            data = part.get_payload(decode=True)
            return data.decode("utf-8", "replace")[:_MOST_EVIDENCE] if isinstance(data, bytes) else ""
    return ""


def _field(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _address(value: str) -> str:
    return _ADDRESS_TYPE.sub("", value).strip().strip("<>")[:320]
