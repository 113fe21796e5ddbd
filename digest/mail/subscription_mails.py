"""The mails about a subscription: please confirm, welcome, goodbye; and doctor's test.

Invariant: they hold nothing that the one who asked wrote, so that nobody can have words of his sent to a stranger; a
topic's title comes from who runs Paper Route. The same request gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from digest.errors import BadInput
from digest.i18n.edition_texts import counted, direction
from digest.i18n.mail_texts import MailWords, mail_words
from digest.mail.digest_mail import setting
from digest.mail.headers import ONE_CLICK, Sender, head, list_id, plain_address, ways_out
from digest.mail.message import Letter
from digest.mail.mime import body
from digest.ports import Outgoing, SubscriptionNotice
from digest.render.safe_text import line
from digest.urls import SiteUrls
from store.records.editions import Topic, fingerprint


@dataclass(frozen=True)
class _Note:
    subject: str
    title: str
    lead: str
    said: tuple[str, ...] = ()
    button: tuple[str, str] | None = None  # label, address
    after: tuple[str, ...] = ()
    doors: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Notes:
    """Writes them. Of what is outgoing it takes the address, the signed words and the errand."""

    sender: Sender
    links: SiteUrls

    def __call__(self, outgoing: Outgoing) -> Letter:
        """The letter that an errand asks for. Raises BadInput."""
        if outgoing.errand is None or not outgoing.errand.topics:
            raise BadInput(f"Delivery {outgoing.delivery} has neither an edition nor a letter.")
        write = {"confirm": self._confirmation, "welcome": self._welcome, "goodbye": self._goodbye}
        errand = outgoing.errand
        note = write[errand.kind](outgoing, errand, mail_words(errand.language))
        return self._letter(errand.kind, note, outgoing.address, errand.language, errand.at)

    def probe(self, address: str, at: datetime) -> Letter:
        """What `paperroute doctor --mail` sends."""
        note = _Note(
            "Test mail of Paper Route",
            "It works",
            "This mail came from “paperroute doctor --mail”: digests will come the same way.",
            after=("In its source, look for “Authentication-Results”: spf, dkim and dmarc should all say pass.",),
        )
        return self._letter("probe", note, address, "en", at)

    def _confirmation(self, outgoing: Outgoing, errand: SubscriptionNotice, words: MailWords) -> _Note:
        """The double opt-in."""
        link = self.links.confirm(outgoing.token)
        if not link:
            raise BadInput("web.base_url is not set, so nobody could follow the link.", hint="Set it.")
        return _Note(
            words.confirm_subject,
            _title(errand, words),
            words.confirm_lead,
            said=_names(errand),
            button=(words.confirm_button, link),
            after=(_until(errand.hours, words), words.confirm_ignore),
        )

    def _welcome(self, outgoing: Outgoing, errand: SubscriptionNotice, words: MailWords) -> _Note:
        archive = self._page(errand)
        whens = [_when(topic, words) for topic in errand.topics]
        named = tuple(f"{name}{words.stop}{when}" for name, when in zip(_names(errand), whens, strict=False))
        said = named or (words.welcome_when.format(cadence=whens[0]),)
        return _Note(
            words.welcome_subject.format(title=_title(errand, words)),
            _title(errand, words),
            words.welcome_lead,
            said=(*said, *((words.welcome_first,) if archive else ())),
            button=(words.archive, archive) if archive else None,
            doors=self._doors(outgoing, errand, words),
            headers=self._list_headers(outgoing, errand),
        )

    def _goodbye(self, _: Outgoing, errand: SubscriptionNotice, words: MailWords) -> _Note:
        page = self._page(errand)
        return _Note(
            words.goodbye_subject.format(title=_title(errand, words)),
            _title(errand, words),
            words.goodbye_lead,
            said=(*_names(errand), *((words.goodbye_back,) if page else ())),
            doors=((words.topic, page),) if page else (),
        )

    def _page(self, errand: SubscriptionNotice) -> str:
        """Where one topic is read and subscribed to; several have no page in common."""
        return self.links.topic(errand.topics[0].slug) if len(errand.topics) == 1 else ""

    def _doors(self, outgoing: Outgoing, errand: SubscriptionNotice, words: MailWords) -> tuple[tuple[str, str], ...]:
        preferences, ways = self.links.preferences(outgoing.preferences), self._ways_out(outgoing, errand)
        doors = (words.preferences, preferences), (words.unsubscribe, ways[0] if ways else "")
        return tuple((label, address) for label, address in doors if address)

    def _list_headers(self, outgoing: Outgoing, errand: SubscriptionNotice) -> dict[str, str]:
        ways = self._ways_out(outgoing, errand)
        if not ways:
            return {}
        fields = {
            "List-Id": list_id(errand.topics[0].slug, self.sender.domain),
            "List-Unsubscribe": ", ".join(f"<{way}>" for way in ways),
        }
        return fields | ({"List-Unsubscribe-Post": ONE_CLICK} if self.links.unsubscribe(outgoing.token) else {})

    def _ways_out(self, outgoing: Outgoing, errand: SubscriptionNotice) -> list[str]:
        """A button in the mail program ends one subscription, so a letter about several has none."""
        return ways_out(self.sender, self.links, outgoing.token) if len(errand.topics) == 1 else []

    def _letter(self, kind: str, note: _Note, address: str, language: str, at: datetime) -> Letter:
        recipient, sender = plain_address(address), self.sender
        values = {**vars(note), "lang": mail_words(language).tag, "dir": direction(mail_words(language).tag)}
        made = body(setting("note.txt", **values), setting("note.html", **values))
        mark = fingerprint(kind, recipient, note.title, at.isoformat())[:24]
        fields = {
            "From": str(sender.address),
            "Reply-To": str(sender.answers) if sender.reply_to else "",
            "To": recipient,
            "Subject": note.subject,
            "Date": format_datetime(at),
            "Message-ID": f"<{kind}.{mark}@{sender.domain}>",
            "Auto-Submitted": "auto-generated",
            **note.headers,
            "MIME-Version": "1.0",
            "Content-Type": made.content_type,
        }
        data = head({name: value for name, value in fields.items() if value}) + b"\r\n" + made.fill("")
        return Letter(sender.envelope(f"0.{mark[:10]}"), recipient, fields["Message-ID"], data)


def _title(errand: SubscriptionNotice, words: MailWords) -> str:
    one, *others = errand.topics
    return words.topics.format(n=len(errand.topics)) if others else _name(one)


def _names(errand: SubscriptionNotice) -> tuple[str, ...]:
    """Each topic, where the title names none."""
    return tuple(map(_name, errand.topics)) if len(errand.topics) > 1 else ()


def _name(topic: Topic) -> str:
    return line(topic.title, 120) or topic.slug


def _when(topic: Topic, words: MailWords) -> str:
    return words.at.format(cadence=words.cadence(topic.cadence), at=topic.at, zone=topic.timezone)


def _until(hours: int, words: MailWords) -> str:
    """In days where that is exact."""
    exact = hours > 48 and hours % 24 == 0
    return counted(words.confirm_days, hours // 24) if exact else counted(words.confirm_hours, hours)
