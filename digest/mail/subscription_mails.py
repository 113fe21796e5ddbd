"""Subscription mails: confirmation (double opt-in), welcome, the link, goodbye; and doctor's test mail.

Invariant: they hold nothing that the one who asked wrote, so that nobody can have words of his sent to a stranger; a
topic's title comes from who runs Paper Route. The same request gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from digest.cadence import describe_schedule
from digest.errors import BadInput
from digest.i18n.catalog import Catalog, get_catalog, text_direction
from digest.mail.digest_mail import render_template
from digest.mail.headers import (
    Sender,
    encode_headers,
    joint_list_id,
    list_id,
    recipient_headers,
    unsubscribe_all_urls,
    unsubscribe_urls,
)
from digest.mail.message import MailMessage
from digest.mail.mime import encode_body
from digest.ports import Outgoing, SubscriptionNotice
from digest.render.safe_text import to_line
from digest.subscriptions.addresses import to_envelope_address
from digest.urls import SiteUrls
from store.records.editions import Topic, fingerprint


@dataclass(frozen=True)
class _NoticeContent:
    subject: str
    title: str
    lead: str
    said: tuple[str, ...] = ()
    button: tuple[str, str] | None = None  # label, address
    after: tuple[str, ...] = ()
    doors: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NoticeMail:
    """Writes them. Of what is outgoing it takes the address, the signed words and the notice."""

    sender: Sender
    links: SiteUrls

    def __call__(self, outgoing: Outgoing) -> MailMessage:
        """The mail that a notice asks for. Raises BadInput."""
        if outgoing.notice is None or not outgoing.notice.topics:
            raise BadInput(f"Delivery {outgoing.delivery} has neither an edition nor a letter.")
        write = {
            "confirm": self._confirmation,
            "welcome": self._welcome,
            "goodbye": self._goodbye,
            "link": self._link,
        }
        notice = outgoing.notice
        note = write[notice.kind](outgoing, notice, get_catalog("mail", notice.language))
        return self._letter(notice.kind, note, outgoing.address, notice.language, notice.at, outgoing.bounce)

    def probe(self, address: str, at: datetime) -> MailMessage:
        """What `paperroute doctor --mail` sends."""
        note = _NoticeContent(
            "Test mail of Paper Route",
            "It works",
            "This mail came from “paperroute doctor --mail”: digests will come the same way.",
            after=("In its source, look for “Authentication-Results”: spf, dkim and dmarc should all say pass.",),
        )
        return self._letter("probe", note, address, "en", at)

    def to_operator(self, subject: str, lines: Sequence[str], address: str, at: datetime) -> MailMessage:
        """A notice, or the weekly letter. The same words of the same second are the same mail."""
        note = _NoticeContent(subject, subject, "For you, who run Paper Route.", said=tuple(filter(None, lines)))
        return self._letter("operator", note, address, "en", at)

    def _confirmation(self, outgoing: Outgoing, notice: SubscriptionNotice, words: Catalog) -> _NoticeContent:
        """The double opt-in."""
        link = self.links.confirm(outgoing.token)
        if not link:
            raise BadInput("web.base_url is not set, so nobody could follow the link.", hint="Set it.")
        return _NoticeContent(
            words.gettext("Please confirm your subscription"),
            _notice_title(notice, words),
            words.gettext(
                "Someone, most likely you, asked for digests of new papers at this address. "
                "They start when you confirm."
            ),
            said=_topic_names(notice),
            button=(words.gettext("Confirm the subscription"), link),
            after=(
                _describe_expiry(notice.hours, words),
                words.gettext("If it was not you, do nothing: no further mail will come."),
            ),
        )

    def _welcome(self, outgoing: Outgoing, notice: SubscriptionNotice, words: Catalog) -> _NoticeContent:
        archive = self._page(notice)
        whens = [_describe_schedule(topic, words) for topic in notice.topics]
        named = tuple(f"{name}{words.colon}{when}" for name, when in zip(_topic_names(notice), whens, strict=False))
        said = named or (words.gettext("A digest is made {cadence}.", cadence=whens[0]),)
        return _NoticeContent(
            words.gettext("You are subscribed: {title}", title=_notice_title(notice, words)),
            _notice_title(notice, words),
            words.gettext(
                "New papers will come to you in the order in which they read well, "
                "each with its problem, method and result."
            ),
            said=(*said, *((words.gettext("Until the first one, there is the archive."),) if archive else ())),
            button=(words.gettext("All digests of this topic"), archive) if archive else None,
            doors=self._doors(outgoing, notice, words),
            headers=self._list_headers(outgoing, notice),
        )

    def _link(self, outgoing: Outgoing, notice: SubscriptionNotice, words: Catalog) -> _NoticeContent:
        """Of who asks for it, or would subscribe to what rests or bounced."""
        link = self.links.preferences(outgoing.preferences)
        if not link:
            raise BadInput("web.base_url is not set, so nobody could follow the link.", hint="Set it.")
        return _NoticeContent(
            words.gettext("The link to your subscriptions"),
            words.gettext("Your subscriptions"),
            words.gettext("Someone, most likely you, asked for this link. It is for you alone."),
            said=(*map(_topic_name, notice.topics),),
            button=(words.gettext("See and change them"), link),
            after=(
                words.gettext("There you can resume, pause or leave topics, take your data along, or erase it."),
                words.gettext("If it was not you, do nothing: all stays as it is."),
            ),
            doors=self._ways_out(outgoing, notice, words),
            headers=self._list_headers(outgoing, notice),
        )

    def _goodbye(self, _: Outgoing, notice: SubscriptionNotice, words: Catalog) -> _NoticeContent:
        page = self._page(notice)
        return _NoticeContent(
            words.gettext("You are unsubscribed: {title}", title=_notice_title(notice, words)),
            _notice_title(notice, words),
            words.gettext("No more digests on what is named below will come to this address."),
            said=(
                *_topic_names(notice),
                *((words.gettext("If that was a mistake, subscribe again on the topic's page."),) if page else ()),
            ),
            doors=((words.gettext("The topic's page"), page),) if page else (),
        )

    def _page(self, notice: SubscriptionNotice) -> str:
        """Where one topic is read and subscribed to; several have no page in common."""
        return self.links.topic(notice.topics[0].slug) if len(notice.topics) == 1 else ""

    def _doors(self, outgoing: Outgoing, notice: SubscriptionNotice, words: Catalog) -> tuple[tuple[str, str], ...]:
        preferences = self.links.preferences(outgoing.preferences)
        first = ((words.gettext("Preferences"), preferences),) if preferences else ()
        return (*first, *self._ways_out(outgoing, notice, words))

    def _ways_out(self, outgoing: Outgoing, notice: SubscriptionNotice, words: Catalog) -> tuple[tuple[str, str], ...]:
        urls = self._unsubscribe_urls(outgoing, notice)
        one = len(notice.topics) == 1
        label = words.gettext("Unsubscribe") if one else words.gettext("Unsubscribe from all topics")
        return ((label, urls[0]),) if urls else ()

    def _list_headers(self, outgoing: Outgoing, notice: SubscriptionNotice) -> dict[str, str]:
        urls, domain = self._unsubscribe_urls(outgoing, notice), self.sender.domain
        if not urls:
            return {}
        one = len(notice.topics) == 1
        return {"List-Id": list_id(notice.topics[0].slug, domain) if one else joint_list_id(domain)} | (
            recipient_headers(urls)
        )

    def _unsubscribe_urls(self, outgoing: Outgoing, notice: SubscriptionNotice) -> list[str]:
        """Out of the topic that the letter is about; out of all where it is about several."""
        if len(notice.topics) == 1:
            return unsubscribe_urls(self.sender, self.links, outgoing.token)
        return unsubscribe_all_urls(self.sender, self.links, outgoing.unsubscribe_all)

    def _letter(
        self, kind: str, note: _NoticeContent, address: str, language: str, at: datetime, bounce: str = "0"
    ) -> MailMessage:
        recipient, sender = to_envelope_address(address), self.sender
        words = get_catalog("mail", language)
        values = {
            "subject": note.subject,
            "title": note.title,
            "lead": note.lead,
            "said": note.said,
            "button": note.button,
            "after": note.after,
            "doors": note.doors,
            "colon": words.colon,
            "lang": words.tag,
            "dir": text_direction(words.tag),
        }
        made = encode_body(render_template("note.txt", **values), render_template("note.html", **values))
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
        data = encode_headers({name: value for name, value in fields.items() if value}) + b"\r\n" + made.fill("")
        return MailMessage(sender.envelope(bounce), recipient, fields["Message-ID"], data)


def _notice_title(notice: SubscriptionNotice, words: Catalog) -> str:
    if len(notice.topics) > 1:
        return words.ngettext("{n} topic", "{n} topics", len(notice.topics))
    return _topic_name(notice.topics[0])


def _topic_names(notice: SubscriptionNotice) -> tuple[str, ...]:
    """Each topic, where the title names none."""
    return tuple(map(_topic_name, notice.topics)) if len(notice.topics) > 1 else ()


def _topic_name(topic: Topic) -> str:
    return to_line(topic.title, 120) or topic.slug


def _describe_schedule(topic: Topic, words: Catalog) -> str:
    return words.show(describe_schedule(topic.cadence, topic.at, topic.timezone))


def _describe_expiry(hours: int, words: Catalog) -> str:
    """In days where that is exact."""
    exact = hours > 48 and hours % 24 == 0
    return (
        words.ngettext("The link holds for {n} day.", "The link holds for {n} days.", hours // 24)
        if exact
        else words.ngettext("The link holds for {n} hour.", "The link holds for {n} hours.", hours)
    )
