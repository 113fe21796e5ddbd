"""Joint mail message: digests of several topics and their recipient -> envelope, headers and bytes.

Invariant: as in `digest/mail/message.py`: the same deliveries give the same bytes. Each digest has the links of its own
subscription; what the mail program's "Unsubscribe" does (RFC 8058) is said of the mail as a whole: it ends every topic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import format_datetime
from urllib.parse import quote

from digest.errors import BadInput
from digest.mail.digest_mail import MailLinks
from digest.mail.headers import encode_headers, joint_list_id, recipient_headers, unsubscribe_all_urls
from digest.mail.joint_digest import JointPart, joint_subject, render_joint
from digest.mail.message import (
    DigestMail,
    MailMessage,
    PersonalLinks,
    SharedMail,
    SharedMailCache,
    make_message_id,
    personal_tokens,
)
from digest.mail.mime import InlineImage, encode_body
from digest.ports import Outgoing
from digest.subscriptions.addresses import to_envelope_address
from digest.subscriptions.signed_links import SignedLinks
from store.records.editions import Edition, EditionLength, fingerprint

_PICTURES = 4  # maps of routes; with more topics than that, none
_SLOT_BYTES = 100  # a topic, for what its links are longer than their slots


@dataclass(frozen=True)
class JointMail:
    """Writes mails of several digests; called from several threads at once. alone: writes those of one."""

    alone: DigestMail
    _sets: SharedMailCache = field(default_factory=SharedMailCache, repr=False)

    def __call__(self, outgoing: Outgoing) -> MailMessage:
        """Raises BadInput where no mail can be made."""
        parts = [outgoing, *outgoing.others]
        editions = [part.edition for part in parts if part.edition]
        if len(editions) < len(parts):
            raise BadInput(f"Delivery {outgoing.delivery} has no edition.")
        sender, recipient = self.alone.sender, to_envelope_address(outgoing.address)
        shared = self._shared(parts, editions)
        message_id = make_message_id(parts, recipient, sender.domain)
        named = {"To": recipient, "Message-ID": message_id} | self._own_headers(outgoing)
        tokens = [token for part in parts for token in personal_tokens(part)]
        filled = shared.body.fill(*(quote(token, safe="") for token in [*tokens, outgoing.unsubscribe_all]))
        data = shared.head + encode_headers(named) + b"\r\n" + filled
        return MailMessage(sender.envelope(outgoing.bounce), recipient, message_id, data)

    def _own_headers(self, outgoing: Outgoing) -> dict[str, str]:
        """The headers that only this recipient's mail has."""
        ways = unsubscribe_all_urls(self.alone.sender, self.alone.links, outgoing.unsubscribe_all)
        earlier = dict.fromkeys(id_ for part in (*outgoing.others, outgoing) for id_ in part.previous)
        return recipient_headers(ways, earlier)

    def _shared(self, parts: list[Outgoing], editions: list[Edition]) -> SharedMail:
        personal = [PersonalLinks(*map(bool, personal_tokens(part))) for part in parts]
        lengths = [part.length for part in parts]
        if any(part.is_personal for part in parts):  # shared with nobody
            return self._made(editions, personal, lengths)
        key = tuple(
            (edition.id, links, length) for edition, links, length in zip(editions, personal, lengths, strict=True)
        )
        return self._sets.get(key, lambda: self._made(editions, personal, lengths))

    def _made(self, editions: list[Edition], personal: list[PersonalLinks], lengths: list[EditionLength]) -> SharedMail:
        slots = [links.slots(edition) for edition, links in zip(editions, personal, strict=True)]
        leave = fingerprint("slot", "all", *(edition.id for edition in editions)).ljust(
            SignedLinks.length("unsubscribe-all"), "0"
        )
        pictures = self._draw(editions)
        parts = [
            JointPart(edition, self.alone.ways(edition, own, picture), length)
            for edition, own, picture, length in zip(editions, slots, pictures, lengths, strict=True)
        ]
        out = unsubscribe_all_urls(self.alone.sender, self.alone.links, leave)
        links = MailLinks(preferences=self.alone.links.preferences(slots[0][1]), unsubscribe_all=out[0] if out else "")
        text, html = render_joint(parts, links, _SLOT_BYTES * (len(parts) + 1))
        words = [word for own in slots for word in own]
        body = encode_body(text, html, [picture for picture in pictures if picture], slots=[*words, leave])
        return SharedMail(encode_headers(self._fields(editions, body.content_type)), body)

    def _draw(self, editions: list[Edition]) -> list[InlineImage | None]:
        if len(editions) > _PICTURES:
            return [None] * len(editions)
        return [self.alone.draw(edition, f"route-{number}.png") for number, edition in enumerate(editions, 1)]

    def _fields(self, editions: list[Edition], content_type: str) -> dict[str, str]:
        sender = self.alone.sender
        fields = {
            "From": str(sender.address),
            "Reply-To": str(sender.answers) if sender.reply_to else "",
            "Subject": joint_subject(editions),
            "Date": format_datetime(max(edition.created_at for edition in editions)),
            "List-Id": joint_list_id(sender.domain),
            "Auto-Submitted": "auto-generated",
            "MIME-Version": "1.0",
            "Content-Type": content_type,
        }
        return {name: value for name, value in fields.items() if value}
