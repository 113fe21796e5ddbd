"""The mails about a subscription: please confirm, welcome, goodbye; and doctor's test.

Invariant: they hold nothing that the one who asked wrote, so that nobody can have words of his sent to a stranger; a
topic's title comes from who runs Paper Route. The same request gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from digest.errors import BadInput
from digest.letter import Letter
from digest.links import Links
from digest.ports import Outgoing
from digest.render.headers import Sender, head, plain_address
from digest.render.mail import setting
from digest.render.mailwords import MailWords, mail_words
from digest.render.marks import line
from digest.render.mime import body
from digest.render.postal import ONE_CLICK, list_id, ways_out
from digest.render.strings import direction
from store.records import Topic, digest_of


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
    """Writes them. `token` is that of the subscription, signed for what the mail's links do; `at` stands in Date."""

    sender: Sender
    links: Links

    def __call__(self, outgoing: Outgoing) -> Letter:
        """The letter that an errand asks for. Raises BadInput."""
        errand, to, token = outgoing.errand, outgoing.address, outgoing.token
        if errand is None:
            raise BadInput(f"Delivery {outgoing.delivery} has neither an edition nor a letter.")
        if errand.kind == "confirm":
            return self.confirmation(to, errand.topic, errand.language, token, errand.hours, errand.at)
        write = self.welcome if errand.kind == "welcome" else self.goodbye
        return write(to, errand.topic, errand.language, token, errand.at)

    def confirmation(self, address: str, topic: Topic, language: str, token: str, hours: int, at: datetime) -> Letter:
        """The double opt-in. hours: how long the token holds. Raises BadInput where there is no web to confirm on."""
        words, link = mail_words(language), self.links.confirm(token)
        if not link:
            raise BadInput("web.base_url is not set, so nobody could follow the link.", hint="Set it.")
        note = _Note(
            words.confirm_subject,
            _title(topic),
            words.confirm_lead,
            button=(words.confirm_button, link),
            after=(words.confirm_until.format(hours=hours), words.confirm_ignore),
        )
        return self._letter("confirmation", note, address, language, at)

    def welcome(self, address: str, topic: Topic, language: str, token: str, at: datetime) -> Letter:
        words, archive = mail_words(language), self.links.topic(topic.slug)
        when = words.welcome_when.format(cadence=words.cadence(topic.cadence), at=topic.at, zone=topic.timezone)
        note = _Note(
            words.welcome_subject.format(title=_title(topic)),
            _title(topic),
            words.welcome_lead,
            said=(when, words.welcome_quiet, *((words.welcome_first,) if archive else ())),
            button=(words.archive, archive) if archive else None,
            doors=self._doors(words, token),
            headers=self._list_headers(topic, token),
        )
        return self._letter("welcome", note, address, language, at)

    def goodbye(self, address: str, topic: Topic, language: str, _: str, at: datetime) -> Letter:
        words, page = mail_words(language), self.links.topic(topic.slug)
        note = _Note(
            words.goodbye_subject.format(title=_title(topic)),
            _title(topic),
            words.goodbye_lead,
            said=(words.goodbye_back,) if page else (),
            doors=((words.topic, page),) if page else (),
        )
        return self._letter("goodbye", note, address, language, at)

    def probe(self, address: str, at: datetime) -> Letter:
        """What `paperroute doctor --mail` sends."""
        note = _Note(
            "Test mail of Paper Route",
            "It works",
            "This mail came from “paperroute doctor --mail”: digests will come the same way.",
            after=("In its source, look for “Authentication-Results”: spf, dkim and dmarc should all say pass.",),
        )
        return self._letter("probe", note, address, "en", at)

    def _doors(self, words: MailWords, token: str) -> tuple[tuple[str, str], ...]:
        ways = ways_out(self.sender, self.links, token)
        preferences = self.links.preferences(token)
        return (
            *(((words.preferences, preferences),) if preferences else ()),
            *(((words.unsubscribe, ways[0]),) if ways else ()),
        )

    def _list_headers(self, topic: Topic, token: str) -> dict[str, str]:
        ways = ways_out(self.sender, self.links, token)
        fields = {"List-Id": list_id(topic.slug, self.sender.domain)}
        if ways:
            fields["List-Unsubscribe"] = ", ".join(f"<{way}>" for way in ways)
        return fields | ({"List-Unsubscribe-Post": ONE_CLICK} if self.links.unsubscribe(token) else {})

    def _letter(self, kind: str, note: _Note, address: str, language: str, at: datetime) -> Letter:
        recipient, sender = plain_address(address), self.sender
        values = {**vars(note), "lang": mail_words(language).tag, "dir": direction(language)}
        made = body(setting("note.txt", **values), setting("note.html", **values))
        mark = digest_of(kind, recipient, note.title, at.isoformat())[:24]
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


def _title(topic: Topic) -> str:
    return line(topic.title, 120) or topic.slug
