"""Mail message: edition and recipient -> envelope, headers and bytes; also as an .eml file.

Invariant: the same delivery gives the same bytes, at any time, so that a retry is the same mail. An edition is set and
encoded once, however many get it, but for who said something that a reason in it comes from.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from email.utils import format_datetime
from threading import Lock
from urllib.parse import quote

from digest.errors import BadInput
from digest.mail.digest_mail import MailLinks, render_text_and_html, subject
from digest.mail.headers import (
    Sender,
    encode_headers,
    list_id,
    recipient_headers,
    unsubscribe_urls,
)
from digest.mail.mime import InlineImage, MailBody, encode_body
from digest.ports import Outgoing
from digest.render.formats import set_length
from digest.subscriptions.addresses import to_envelope_address
from digest.subscriptions.signed_links import SignedLinks
from digest.urls import SiteUrls
from store.records.editions import Edition, EditionLength, fingerprint

_CACHE_BYTES = 32 * 2**20  # of mails that are kept set: those of all topics that are due at once


@dataclass(frozen=True)
class MailMessage:
    """As it goes over the wire. sender and recipient are those of the envelope, which may differ from what the headers
    say; data: ASCII, but for a recipient's address beyond it, with CRLF ends of line, the last line's included.
    """

    sender: str
    recipient: str
    message_id: str  # with its angle brackets
    data: bytes


@dataclass(frozen=True)
class SharedMail:
    """What all mails of an edition share."""

    head: bytes
    body: MailBody

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.head) + sum(map(len, self.body.pieces))


class SharedMailCache:
    """The last used, by what each was made of; used by several threads at once."""

    def __init__(self, most_bytes: int = _CACHE_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, SharedMail] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], SharedMail]) -> SharedMail:
        """The one that is kept, or a new one, which others that want it wait for."""
        with self._lock:
            if kept := self._kept.get(key):
                self._kept.move_to_end(key)
                return kept
            made = self._kept[key] = make()
            self._bytes += made.size
            while self._bytes > self._most_bytes:
                self._bytes -= self._kept.popitem(last=False)[1].size
            return made


@dataclass(frozen=True)
class PersonalLinks:
    """Which links the recipient has."""

    token: bool = False
    preferences: bool = False
    feedback: bool = False

    def slots(self, edition: Edition) -> tuple[str, str, str]:
        """The words that stand for what is signed; "" where there is no such link."""
        names = ("token", self.token), ("preferences", self.preferences), ("feedback", self.feedback)
        first, second, third = (fingerprint("slot", name, edition.id) if there else "" for name, there in names)
        # It stands beside every paper, so it is as long as what takes its place.
        return first, second, third and third.ljust(SignedLinks.length("feedback"), "0")


@dataclass(frozen=True)
class DigestMail:
    """Writes the mails of editions; called from several threads at once. picture: the route as a PNG, or none."""

    sender: Sender
    links: SiteUrls
    picture: Callable[[Edition], bytes | None] = lambda _: None
    _sets: SharedMailCache = field(default_factory=SharedMailCache, repr=False)

    def __call__(self, outgoing: Outgoing) -> MailMessage:
        """Raises BadInput where no mail can be made."""
        edition = outgoing.edition
        if edition is None:
            raise BadInput(f"Delivery {outgoing.delivery} has no edition.")
        recipient, own = to_envelope_address(outgoing.address), self._own(outgoing)
        tokens = personal_tokens(outgoing)
        made = self._made if outgoing.is_personal else self._shared
        shared = made(edition, PersonalLinks(*map(bool, tokens)), outgoing.length)
        message_id = make_message_id([outgoing], recipient, self.sender.domain)
        named = {"To": recipient, "Message-ID": message_id} | own
        data = (
            shared.head
            + encode_headers(named)
            + b"\r\n"
            + shared.body.fill(*(quote(token, safe="") for token in tokens))
        )
        return MailMessage(self.sender.envelope(outgoing.bounce), recipient, message_id, data)

    def draft(self, edition: Edition) -> bytes:
        """The mail to nobody yet, without the links that only a subscriber has."""
        shared = self._made(edition, PersonalLinks(), "full")
        named = {
            "To": "undisclosed-recipients:;",
            "Message-ID": f"<{edition_fingerprint(edition)}@{self.sender.domain}>",
        }
        return shared.head + encode_headers(named) + b"\r\n" + shared.body.fill("", "", "")

    def _own(self, outgoing: Outgoing) -> dict[str, str]:
        """The headers that only this recipient's mail has."""
        return recipient_headers(unsubscribe_urls(self.sender, self.links, outgoing.token), outgoing.previous)

    def _shared(self, edition: Edition, personal: PersonalLinks, length: EditionLength) -> SharedMail:
        return self._sets.get((edition.id, personal, length), lambda: self._made(edition, personal, length))

    def _made(self, edition: Edition, personal: PersonalLinks, length: EditionLength) -> SharedMail:
        edition = set_length(edition, length)
        slots, picture = personal.slots(edition), self.draw(edition)
        ways = self.ways(edition, slots, picture)
        made = encode_body(*render_text_and_html(edition, ways), [picture] if picture else [], slots=slots)
        return SharedMail(encode_headers(self._fields(edition, made)), made)

    def draw(self, edition: Edition, name: str = "route.png") -> InlineImage | None:
        drawn = self.picture(edition)
        return InlineImage(f"route.{edition_fingerprint(edition)}@{self.sender.domain}", drawn, name) if drawn else None

    def ways(self, edition: Edition, slots: tuple[str, str, str], picture: InlineImage | None) -> MailLinks:
        links, out = self.links, unsubscribe_urls(self.sender, self.links, slots[0])
        return MailLinks(
            web=links.edition(edition.id, slots[2]),
            archive=links.topic(edition.topic),
            preferences=links.preferences(slots[1]),
            feedback=links.feedback(slots[2]),
            unsubscribe=out[0] if out else "",
            picture=picture.cid if picture else "",
        )

    def _fields(self, edition: Edition, made: MailBody) -> dict[str, str]:
        sender, links = self.sender, self.links
        fields = {
            "From": str(sender.address),
            "Reply-To": str(sender.answers) if sender.reply_to else "",
            "Subject": subject(edition),
            "Date": format_datetime(edition.created_at),
            "List-Id": list_id(edition.topic, sender.domain) if edition.topic else "",
            "List-Archive": f"<{links.topic(edition.topic)}>" if links.topic(edition.topic) else "",
            "Archived-At": f"<{links.edition(edition.id)}>" if links.edition(edition.id) else "",
            "Auto-Submitted": "auto-generated",
            "MIME-Version": "1.0",
            "Content-Type": made.content_type,
        }
        return {name: value for name, value in fields.items() if value}


def edition_fingerprint(edition: Edition) -> str:
    return fingerprint("edition", edition.id)[:16]


def personal_tokens(outgoing: Outgoing) -> tuple[str, str, str]:
    """What stands in the slots of `PersonalLinks`."""
    return outgoing.token, outgoing.preferences, outgoing.feedback


def make_message_id(outgoings: Sequence[Outgoing], recipient: str, domain: str) -> str:
    rows = [(one.delivery, one.edition.id if one.edition else "") for one in outgoings]
    return message_id_of_rows(rows, recipient, domain)


def message_id_of_rows(rows: Sequence[tuple[int, str]], recipient: str, domain: str) -> str:
    """The same for the same rows of the outbox, each with its edition; the hash keeps apart the rows of two stores."""
    parts = (part for number, edition in rows if edition for part in (edition, str(number)))
    return f"<{rows[0][0]}.{fingerprint('message', *parts, recipient)[:20]}@{domain}>"


def eml_file(edition: Edition, write: DigestMail) -> str:
    """A mail to nobody yet, as a file, without a subscriber's own links. Raises BadInput where the sender is none."""
    return write.draft(edition).decode("ascii")
