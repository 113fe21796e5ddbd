"""One mail for several topics as it goes over the wire: headers that end all of it, links that end one topic."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from email.message import EmailMessage
from itertools import pairwise

import pytest

from digest.errors import BadInput
from digest.mail.digest_mail import MAX_HTML_BYTES
from digest.mail.headers import Sender
from digest.mail.joint_message import JointMail
from digest.mail.message import DigestMail, MailMessage
from digest.ports import Outgoing
from digest.render.maps.map_png import route_png
from digest.subscriptions.signed_links import SignedLinks
from digest.urls import SiteUrls
from store.records.editions import Edition
from tests.doubles.editions import topic_edition
from tests.doubles.pages import Page

BASE = "https://papers.example.org/" + "a" * 123  # 150 letters
SENDER = Sender("Päper Röute <digests@example.org>", "Answers <answers@example.org>", "bounces+{id}@mail.example.org")
TOKENS = SignedLinks(["a key that is long enough"])
SPEECH, LORA, WALKS = topic_edition("Speech"), topic_edition("LoRA", shift=10), topic_edition("Walks", 3, shift=50)


def outgoing(number: int, edition: Edition, **fields: object) -> Outgoing:
    made = Outgoing(
        delivery=16 + number,
        edition=edition,
        address="ada@example.org",
        token=TOKENS.sign("unsubscribe", number),
        preferences=TOKENS.sign("preferences", number),
        feedback=TOKENS.sign("feedback", number),
        unsubscribe_all=TOKENS.sign("unsubscribe-all", number),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def joint(*editions: Edition, first: int = 1, **fields: object) -> Outgoing:
    one, *others = (outgoing(first + index, edition, **fields) for index, edition in enumerate(editions))
    return replace(one, others=tuple(others))


def write(sent: Outgoing, base: str = BASE) -> MailMessage:
    return JointMail(DigestMail(SENDER, SiteUrls(base), route_png))(sent)


def parsed(made: MailMessage) -> EmailMessage:
    message = email.message_from_bytes(made.data, policy=email.policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


def html_of(made: MailMessage) -> str:
    return str(parsed(made).get_body(("html",)).get_content())


def test_it_is_valid_mime_with_a_map_a_topic_and_under_the_size() -> None:
    made = write(joint(SPEECH, LORA))
    message = parsed(made)
    assert not [defect for part in message.walk() for defect in part.defects]
    assert [part.get_content_type() for part in message.walk()] == [
        *("multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "image/png"),
    ]
    pictures = [part["Content-ID"].strip("<>") for part in message.walk() if part.get_content_type() == "image/png"]
    shown = [attrs["src"] for tag, attrs in Page(html_of(made)).elements if tag == "img"]
    assert shown == [f"cid:{cid}" for cid in pictures]
    assert len(set(pictures)) == 2
    assert len(html_of(made).encode()) < MAX_HTML_BYTES
    made.data.decode("ascii")
    assert b"\n" not in made.data.replace(b"\r\n", b"")
    assert max(len(line) for line in made.data.partition(b"\r\n\r\n")[2].split(b"\r\n")) <= 76


def test_the_size_holds_with_the_recipients_links_in_it() -> None:
    many = [topic_edition(f"Topic {n}", 60, shift=n * 100) for n in range(12)]
    made = write(joint(*many))
    assert 0.75 * MAX_HTML_BYTES < len(html_of(made).encode()) < MAX_HTML_BYTES
    assert "image/png" not in {part.get_content_type() for part in parsed(made).walk()}


def test_the_mail_programs_unsubscribe_ends_every_topic() -> None:
    made, token = write(joint(SPEECH, LORA)), TOKENS.sign("unsubscribe-all", 1)
    mailto = f"mailto:answers@example.org?subject=unsubscribe%20all%20{token}"
    line = f"\r\nList-Unsubscribe: <{BASE}/unsubscribe/all/{token}>, <{mailto}>\r\n"
    assert line.encode() in made.data
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in made.data
    message = parsed(made)
    assert message["List-Id"] == "<paperroute.example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    names = [name.lower() for name in message.keys()]  # noqa: SIM118 - a message is no mapping
    assert len(names) == len(set(names))


def test_each_topic_has_the_links_of_its_own_subscription_in_both_parts() -> None:
    made = write(joint(SPEECH, LORA))
    text, page = str(parsed(made).get_body(("plain",)).get_content()), Page(html_of(made))
    for number, edition in ((1, SPEECH), (2, LORA)):
        leave = f"{BASE}/unsubscribe/{TOKENS.sign('unsubscribe', number)}"
        rate = f"{BASE}/feedback/{TOKENS.sign('feedback', number)}"
        assert page.links.count(leave) == 1
        assert f"  {leave}\r\n" in text
        assert f"{rate}/editions/{edition.id}" in page.links
        assert len([link for link in page.links if link.startswith(f"{rate}/papers/")]) >= 10
    for link in (f"{BASE}/unsubscribe/all/{TOKENS.sign('unsubscribe-all', 1)}", f"{BASE}/preferences/"):
        assert len([one for one in page.links if one.startswith(link)]) == 2  # near the top and at the end
    assert set(re.findall(r"[0-9a-f]{32}", html_of(made))) <= {"a" * 32}, "a slot was not filled"


def test_without_a_web_one_unsubscribes_by_mail() -> None:
    made = write(joint(SPEECH, LORA), base="")
    message, token = parsed(made), TOKENS.sign("unsubscribe-all", 1)
    assert message["List-Unsubscribe"] == f"<mailto:answers@example.org?subject=unsubscribe%20all%20{token}>"
    assert message["List-Unsubscribe-Post"] is None
    own = [link for link in Page(html_of(made)).links if link.startswith("mailto:")]
    assert [TOKENS.sign("unsubscribe", number) in " ".join(own) for number in (1, 2)] == [True, True]
    assert "How this was made" in html_of(made)  # else it stands on the web


def test_the_same_deliveries_give_the_same_bytes_and_others_another_mail() -> None:
    shared = JointMail(DigestMail(SENDER, SiteUrls(BASE), route_png))
    one, other = shared(joint(SPEECH, LORA)), shared(joint(SPEECH, LORA, first=7, address="ben@example.org"))
    assert one == shared(joint(SPEECH, LORA)) == write(joint(SPEECH, LORA))
    assert other.message_id != one.message_id
    assert TOKENS.sign("unsubscribe", 1).encode() not in other.data.replace(b"=\r\n", b"")
    assert TOKENS.sign("unsubscribe", 8).encode() in other.data.replace(b"=\r\n", b"")
    assert write(joint(SPEECH, WALKS)).message_id != one.message_id != write(joint(SPEECH, LORA, WALKS)).message_id


def test_it_answers_the_mails_before_it_each_once() -> None:
    sent = joint(SPEECH, LORA, previous=("<1.a@example.org>", "<2.b@example.org>"))
    message = parsed(write(sent))
    assert message["References"] == "<1.a@example.org> <2.b@example.org>"
    assert message["In-Reply-To"] == "<2.b@example.org>"


def test_headings_follow_each_other_and_the_languages_are_marked() -> None:
    page = Page(html_of(write(joint(SPEECH, topic_edition("音声", language="ja", shift=90)))))
    headings = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(headings))
    assert [attrs["lang"] for _, attrs in page.elements if attrs.get("class") == "topic"] == ["en", "ja"]


def test_it_loads_and_runs_nothing() -> None:
    page = Page(html_of(write(joint(SPEECH, LORA, WALKS))))
    assert not {"script", "link", "iframe", "object", "form", "input"} & {tag for tag, _ in page.elements}
    assert "url(" not in html_of(write(joint(SPEECH, LORA)))


def test_a_digest_whose_edition_is_gone_is_refused() -> None:
    gone = replace(joint(SPEECH, LORA), others=(replace(outgoing(2, LORA), edition=None),))
    with pytest.raises(BadInput):
        write(gone)


def test_what_one_part_says_of_its_reader_no_other_reader_is_sent() -> None:
    own = replace(LORA, papers=tuple(replace(paper, reason="because you kept SECRET") for paper in LORA.papers))
    mail = JointMail(DigestMail(SENDER, SiteUrls(BASE), route_png))
    first = joint(SPEECH, own)
    first = replace(first, others=(replace(first.others[0], is_personal=True),))
    told = mail(first).data
    assert mail(joint(SPEECH, LORA)).data != told
    assert mail(joint(SPEECH, LORA)).data == write(joint(SPEECH, LORA)).data
    assert mail(first).data == told
