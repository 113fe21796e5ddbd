"""DKIM signature, for relays that do not sign by themselves, and its verification by a published key.

Invariant: all that a client acts on is signed, List-Unsubscribe-Post too, which libraries leave out by default and
RFC 8058 asks for. The signature is over the bytes that are sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from digest.errors import ConfigError
from digest.mail.message import MailMessage

_SIGNED_HEADERS = (
    "from to subject date message-id reply-to references in-reply-to mime-version content-type list-id list-archive "
    "archived-at list-unsubscribe list-unsubscribe-post auto-submitted"
).split()


@dataclass(frozen=True)
class DkimKey:
    """An RSA key in PEM, published at `selector`._domainkey.`domain`."""

    domain: str
    selector: str
    pem: str = field(repr=False)


def sign_message(letter: MailMessage, key: DkimKey) -> MailMessage:  # decision 44
    """The same letter with a signature before it, which says when it was signed. Raises ConfigError."""
    import dkim  # noqa: PLC0415 - brings a resolver along, and few sign here

    head = letter.data.partition(b"\r\n\r\n")[0].lower()
    there = [name.encode() for name in _SIGNED_HEADERS if b"\r\n" + name.encode() + b":" in b"\r\n" + head]
    try:
        line = dkim.sign(
            letter.data,
            key.selector.encode(),
            key.domain.encode(),
            key.pem.encode(),
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=there,
            linesep=b"\r\n",
        )
    except (dkim.DKIMException, ValueError):  # nothing of the key in the message
        raise ConfigError(
            "PAPERROUTE_MAIL__DKIM_KEY is no RSA key in PEM.", hint="Make one with: openssl genrsa 2048."
        ) from None
    return replace(letter, data=line + letter.data)


def is_signature_valid(letter: MailMessage, txt_record: str) -> bool:
    """Whether a letter's signature is made with the key that this TXT record publishes."""
    import dkim  # noqa: PLC0415 - likewise

    return bool(dkim.verify(letter.data, dnsfunc=lambda *_, **__: txt_record.encode()))
