"""Address validation and normalisation: one spelling for each address, or one line why it is none.

Invariant: what leaves here is printable ASCII of at most 254 characters without any white space, so that it can stand
in a header, an envelope and a log line as it is; and two spellings of one mailbox come out the same.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from email_validator import EmailNotValidError, validate_email

from digest.errors import BadInput
from store.records.deliveries import ChannelName

_LONGEST = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_CONVERSATION = re.compile(r"[CDGUW][A-Z0-9]{2,30}", re.ASCII)  # a channel, a direct message, a group, a person


def normalise_address(channel: ChannelName, text: str) -> str:
    """The one spelling of an address. Raises BadInput with one line for the person who wrote it."""
    return parse_mail_address(text) if channel == "mail" else parse_conversation_id(text)


def parse_mail_address(text: str) -> str:
    """Small letters throughout; the domain in its ASCII form: Ada@Bücher.example -> ada@xn--bcher-kva.example."""
    text = normalize("NFC", text[: _LONGEST + 100].strip())
    if len(text) > _LONGEST:
        raise BadInput(f"{quote_text(text)} is too long for a mail address.", hint="They have at most 254 characters.")
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise BadInput(f"{quote_text(text)} is not a mail address: {_reason(error)}") from None
    if found.ascii_email is None or len(found.ascii_email) > _LONGEST:  # pragma: no cover - the library sees to both
        raise BadInput(f"{quote_text(text)} is not a mail address.")
    return found.ascii_email.lower()


def parse_conversation_id(text: str) -> str:
    """The id of a Slack conversation, as Slack writes it: C024BE91L."""
    text = text[:100].strip()
    if not _CONVERSATION.fullmatch(text):
        raise BadInput(
            f"{quote_text(text)} is not the id of a Slack conversation.", hint="It looks like C024BE91L: not the name."
        )
    return text


def quote_text(text: str, longest: int = 60) -> str:
    """What somebody wrote, fit for a message of one line."""
    inert = "".join(char if char.isprintable() else " " for char in text)
    return f"“{inert[: longest - 1]}…”" if len(inert) > longest else f"“{inert}”"


def _reason(error: EmailNotValidError) -> str:
    words = "".join(char if char.isprintable() else " " for char in str(error))
    return words if len(words) <= 200 else f"{words[:199]}…"
