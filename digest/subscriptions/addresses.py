"""Mail addresses: validation, normalisation, IDN. One line why a text is none.

Invariant: what leaves here is printable, at most 254 octets long and without any white space, so that it can stand in a
header, an envelope and a log line as it is; its domain is ASCII, and only `to_readable_domain` gives one for the eye.
Two spellings of one subscriber's mailbox come out the same.
"""

from __future__ import annotations

import re
from unicodedata import normalize

import idna
from email_validator import EmailNotValidError, validate_email

from digest.errors import BadInput
from digest.ports import AddressRule
from store.records.lazy_text import LazyText, lazy_gettext

_LONGEST, _LONGEST_LOCAL = 254, 64  # RFC 5321, 4.5.3.1.3, less the angle brackets, and 4.5.3.1.1
_ENVELOPE = re.compile(r"[^\s<>@,;:\"()\[\]\\]+@[^\s<>@,;:\"()\\]+")


def parse_mail_address(text: str) -> str:  # decision 34
    """Of somebody who subscribes: a mailbox that the whole net can write to.

    Small letters throughout; the domain in its ASCII form: Ada@Bücher.example -> ada@xn--bcher-kva.example. Before
    the @ there may be letters of any script, which go where the relay takes them (decision 140).
    """
    text = normalize("NFC", text[: _LONGEST + 100].strip())
    if len(text) > _LONGEST:
        raise BadInput(
            lazy_gettext("“{text}” is too long for a mail address.", text=shorten_text(text)),
            hint=lazy_gettext("They have at most {n} characters.", n=_LONGEST),
        )
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=True, strict=True)
    except EmailNotValidError:
        raise BadInput(
            lazy_gettext("“{text}” is not a mail address.", text=shorten_text(text)), hint=_explain(text)
        ) from None
    kept = normalize("NFC", f"{found.local_part.lower()}@{found.ascii_domain}".lower())
    local = kept.rpartition("@")[0].encode()
    if len(local) > _LONGEST_LOCAL or len(kept.encode()) > _LONGEST or not kept.isprintable():
        raise BadInput(lazy_gettext("“{text}” is not a mail address.", text=shorten_text(text)))
    return kept


MAIL_ADDRESSES = AddressRule("mail", "a mail address", parse_mail_address)


def to_ascii_address(text: str) -> str:
    """Of our own sender, whom every relay has to take. Raises BadInput."""
    if not text.rpartition("@")[0].isascii():
        raise BadInput("A sender's address has no letters beyond ASCII before its @.")
    return to_envelope_address(text)


def to_envelope_address(text: str) -> str:
    """For the envelope, also with a host that our relay alone knows (localhost, mail.local).

    One word, its domain ASCII, its letters as they were written. Raises BadInput.
    """
    if len(text) > _LONGEST or not _ENVELOPE.fullmatch(text):
        raise BadInput("This is no mail address.", hint="Write it as name@example.org.")
    local, _, domain = text.rpartition("@")
    if len(local.encode()) > _LONGEST_LOCAL or not local.isprintable():
        raise BadInput("The part of a mail address before its @ has at most 64 printable letters.")
    return f"{local}@{_to_ascii_domain(domain)}"


def _to_ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise BadInput("The domain of this mail address is none.") from None


def to_readable_domain(domain: str) -> str:
    """The letters that an ASCII domain stands for: münchen.de of xn--mnchen-3ya.de; as it is where it is no IDN."""
    try:
        return idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain


def quote_text(text: str, longest: int = 60) -> str:
    """What somebody wrote, fit for a message of one line."""
    return f"“{shorten_text(text, longest)}”"


def shorten_text(text: str, longest: int = 60) -> str:
    """Likewise, without quotation marks."""
    inert = "".join(char if char.isprintable() else " " for char in text)
    return f"{inert[: longest - 1]}…" if len(inert) > longest else inert


def _explain(text: str) -> LazyText:
    """What most often is wrong with an address, in a reader's language; the library's reasons are English alone."""
    local, at, domain = text.rpartition("@")
    if not at:
        return lazy_gettext("It has no @.")
    if not local or not domain:
        return lazy_gettext("Something is missing before or after its @.")
    if any(char.isspace() or not char.isprintable() for char in text):
        return lazy_gettext("It holds a blank.")
    if "." not in domain.strip("."):
        return lazy_gettext("Its domain has no dot.")
    return lazy_gettext("Write it as name@example.org.")
