"""Mail headers: encoding, folding, the sender, List-Unsubscribe and the other ways out.

Invariant: no value holds an end of line; addresses of the web stand whole and unencoded on one line, since clients do
not find them otherwise; all other headers are folded at 76 columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import getaddresses
from typing import Any
from urllib.parse import quote

from digest.errors import BadInput
from digest.subscriptions.addresses import to_ascii_address
from digest.urls import SiteUrls

ONE_CLICK = "List-Unsubscribe=One-Click"
_LONGEST = 990  # RFC 5322 allows 998 octets
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


class _HeaderPolicy(EmailPolicy):
    """Python's own folding encodes a long address of the web, and clients then offer no "Unsubscribe". It loses the
    blank between encoded words of two lines, and leaves the first line empty where all of the value fits on the second,
    which strict parsers take for a blank before it.
    """

    whole = frozenset(
        "list-unsubscribe list-unsubscribe-post list-archive archived-at list-id message-id references in-reply-to "
        "content-type".split()
    )

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in self.whole or (name.lower() == "to" and not value.isascii()):  # RFC 6532
            return f"{name}: {value}{self.linesep}"
        if name.lower() == "subject" and not value.isascii():
            encoded = Header(value, "utf-8", self.max_line_length, name).encode(linesep=self.linesep)
            return f"{name}: {encoded}{self.linesep}"
        first, _, rest = str(super().fold(name, value)).partition(self.linesep)
        if first != f"{name}:":
            return f"{first}{self.linesep}{rest}"
        end = rest.rfind(" ", 1, (self.max_line_length or 0) - len(first))
        return f"{first}{rest[:end]}{self.linesep}{rest[end:]}" if end > 0 else first + rest

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("utf-8", "surrogateescape")


_POLICY = _HeaderPolicy(linesep="\r\n", max_line_length=76)


@dataclass(frozen=True)
class Sender:
    """Who our mails are from. from_: "Name <user@host>". bounces: the envelope's sender, where it is another; with
    "{id}" in it each delivery has its own (VERP).
    """

    from_: str
    reply_to: str = ""
    bounces: str = ""

    @property
    def address(self) -> Address:
        """Raises BadInput where it is none."""
        return _parse_address(self.from_, "mail.from")

    @property
    def answers(self) -> Address:
        """Where answers go. Raises BadInput."""
        return _parse_address(self.reply_to, "mail.reply_to") if self.reply_to else self.address

    @property
    def domain(self) -> str:
        return str(self.address.domain)

    def envelope(self, id_: str) -> str:
        """The envelope's sender for the delivery with this id."""
        return to_ascii_address(self.bounces.replace("{id}", id_)) if self.bounces else self.address.addr_spec


def _parse_address(text: str, where: str) -> Address:
    try:
        ((name, plain),) = getaddresses([text])
        return Address(name, addr_spec=to_ascii_address(plain))
    except (ValueError, IndexError, BadInput):  # not one address, or one that the library's parser stumbles over
        raise BadInput(f"{where} = “{text}” is no address.", hint="Write Paper Route <you@example.org>.") from None


def encode_headers(fields: Mapping[str, str | Address]) -> bytes:
    """Header lines for these fields, without the blank line at their end. Raises BadInput where a value is none."""
    message = EmailMessage(policy=_POLICY)
    for name, value in fields.items():
        message[name] = _check_value(name, value)
    return b"".join(_POLICY.fold_binary(name, value) for name, value in message.raw_items())


def _check_value(name: str, value: str | Address) -> str | Address:
    text = str(value)
    if _UNSAFE.search(text):
        raise BadInput(f"The header {name} would hold a control character.", hint="Nothing was sent.")
    if name.lower() in _HeaderPolicy.whole and (not text.isascii() or len(name) + len(text) > _LONGEST):
        raise BadInput(f"The header {name} would be no plain line of {_LONGEST} letters.", hint="Shorten web.base_url.")
    return value


def format_references(ids: Iterable[str], most: int = 10) -> str:
    """A References line: the first of a thread and its latest."""
    known = [id_ for id_ in ids if re.fullmatch(r"<[!-;=?-~]+@[!-;=?-~]+>", id_) and len(id_) < 90]
    return " ".join(known if len(known) <= most else [known[0], *known[1 - most :]])


def recipient_headers(ways: Sequence[str], earlier: Iterable[str] = ()) -> dict[str, str]:
    """Those that only one recipient's mail has. ways: out of the list, the best first. earlier: ids of mails that this
    one follows.
    """
    fields = {"List-Unsubscribe": ", ".join(f"<{way}>" for way in ways)} if ways else {}
    if any(way.lower().startswith("https://") for way in ways):  # RFC 8058 takes its POST over https alone
        fields["List-Unsubscribe-Post"] = ONE_CLICK
    if references := format_references(earlier):
        fields |= {"In-Reply-To": references.split()[-1], "References": references}
    return fields


def list_id(topic: str, domain: str) -> str:
    return f"<{topic}.paperroute.{domain}>"


def unsubscribe_urls(sender: Sender, links: SiteUrls, token: str) -> list[str]:
    """Addresses that unsubscribe; none without a token. The web comes first: clients take the first that they know."""
    if not token:
        return []
    web = links.unsubscribe(token)
    return [*([web] if web else []), unsubscribe_mailto(sender, quote(token, safe=""))]


def joint_list_id(domain: str) -> str:
    """Of mails that hold digests of several topics."""
    return f"<paperroute.{domain}>"


def unsubscribe_all_urls(sender: Sender, links: SiteUrls, token: str) -> list[str]:  # decision 131
    """Likewise, for every topic at once."""
    if not token:
        return []
    web = links.unsubscribe_all(token)
    return [*([web] if web else []), unsubscribe_mailto(sender, f"all%20{quote(token, safe='')}")]


def unsubscribe_mailto(sender: Sender, word: str) -> str:
    """Where there is no web, and for clients that only write mails. `word` is fit for an address already."""
    return f"mailto:{quote(sender.answers.addr_spec, safe='@+=')}?subject=unsubscribe%20{word}"
