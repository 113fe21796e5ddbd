"""The mails about a subscription: one link to follow, nothing in them that the one who asked wrote."""

import email
import email.policy
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import BadInput
from digest.mail.headers import Sender
from digest.mail.subscription_mails import NoticeMail
from digest.ports import Outgoing, SubscriptionNotice
from digest.urls import SiteUrls
from store.records.editions import Topic
from tests.doubles.pages import Page

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TOPIC = Topic("asr", "Speech recognition", cadence="weekly:mon", timezone="Europe/Berlin")
NOTES = NoticeMail(Sender("Paper Route <digests@example.org>"), SiteUrls("https://papers.example.org"))


def notice(kind, *topics, language="en", at=AT, hours=48, leave_all=""):
    return Outgoing(
        5,
        None,
        "ada@example.org",
        "TOKEN",
        (),
        SubscriptionNotice(kind, topics or (TOPIC,), language, at, hours),
        "PREF",
        unsubscribe_all=leave_all,
    )


def parts(letter):
    message = email.message_from_bytes(letter.data, policy=email.policy.SMTP)
    assert not [defect for part in message.walk() for defect in part.defects]
    html, text = (message.get_body((kind,)).get_content() for kind in ("html", "plain"))
    return message, Page(html), text


@pytest.mark.parametrize("language", ["en", "ja", "de", "sv"])
def test_a_confirmation_has_one_link_and_no_way_to_write_to_strangers(language):
    message, read, text = parts(NOTES(notice("confirm", language=language)))
    assert read.links == ["https://papers.example.org/confirm/TOKEN"]
    assert "  https://papers.example.org/confirm/TOKEN\r\n" in text
    assert "48" in read.text
    assert "Speech recognition" in read.text
    assert message["List-Unsubscribe"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert "ada" not in read.text + text + message["Subject"]
    assert read.elements[0][1]["lang"] == ("en" if language == "sv" else language)
    assert ("購読" in message["Subject"]) == (language == "ja")


@pytest.mark.parametrize(("hours", "said"), [(1, "1 hour"), (48, "48 hours"), (50, "50 hours"), (168, "7 days")])
def test_it_says_how_long_the_link_holds(hours, said):
    assert f"The link holds for {said}." in parts(NOTES(notice("confirm", hours=hours)))[1].text


def test_a_confirmation_needs_a_page_to_confirm_on():
    with pytest.raises(BadInput, match=r"web\.base_url"):
        NoticeMail(NOTES.sender, SiteUrls(""))(notice("confirm"))


@pytest.mark.parametrize(
    ("cadence", "english", "japanese"),
    [
        ("daily", "every day", "毎日"),
        ("weekdays", "from Monday to Friday", "平日"),
        ("weekly:sun", "every Sunday", "毎週日曜日"),
        ("monthly:15", "on day 15 of every month", "毎月15日"),
        ("monthly:31", "on the last day of every month", "毎月末日"),
        ("hourly", "hourly", "hourly"),
    ],
)
def test_a_welcome_says_when_digests_come_and_how_to_end_them(cadence, english, japanese):
    topic = Topic("asr", "Speech", cadence=cadence, at="07:30", timezone="Asia/Tokyo")
    message, read, text = parts(NOTES(notice("welcome", topic)))
    assert f"A digest is made {english} at 07:30 (Asia/Tokyo)." in read.text
    assert f"A digest is made {english} at 07:30 (Asia/Tokyo)." in " ".join(text.split())
    assert message["List-Unsubscribe"].startswith("<https://papers.example.org/unsubscribe/TOKEN>, <mailto:")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<asr.paperroute.example.org>"
    assert read.links == [
        "https://papers.example.org/topics/asr",
        "https://papers.example.org/preferences/PREF",
        "https://papers.example.org/unsubscribe/TOKEN",
    ]
    assert f"{japanese}07:30" in parts(NOTES(notice("welcome", topic, language="ja")))[1].text


@pytest.mark.parametrize("kind", ["confirm", "welcome", "goodbye", "link"])
def test_a_letter_about_several_topics_names_each(kind):
    other = Topic("lora", "Low-rank adaptation", at="09:15")
    message, read, text = parts(NOTES(notice(kind, TOPIC, other)))
    for said in (read.text, text):
        assert "Speech recognition" in said
        assert "Low-rank adaptation" in said
        assert kind == "link" or "2 topics" in said
    assert ("Low-rank adaptation: from Monday to Friday at 09:15 (UTC)" in read.text) == (kind == "welcome")
    assert message["List-Unsubscribe"] is None  # it would end only one of them
    assert not [link for link in read.links if "/unsubscribe/" in link]


@pytest.mark.parametrize("kind", ["welcome", "link"])
def test_a_letter_about_several_topics_has_the_link_and_a_way_out_of_all(kind):
    message, read, text = parts(NOTES(notice(kind, TOPIC, Topic("lora", "LoRA"), leave_all="ALL")))
    out = "https://papers.example.org/unsubscribe/all/ALL"
    assert message["List-Unsubscribe"].startswith(f"<{out}>, <mailto:digests@example.org?subject=unsubscribe%20all")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<paperroute.example.org>"
    assert read.links == ["https://papers.example.org/preferences/PREF", out]
    assert all(f"  {link}" in text for link in read.links)


def test_the_link_goes_to_the_preferences_and_holds_nothing_of_who_asked():
    message, read, text = parts(NOTES(notice("link")))
    assert read.links == ["https://papers.example.org/preferences/PREF", "https://papers.example.org/unsubscribe/TOKEN"]
    assert "Speech recognition" in read.text
    assert "ada" not in read.text + text + message["Subject"]
    with pytest.raises(BadInput, match=r"web\.base_url"):
        NoticeMail(NOTES.sender, SiteUrls(""))(notice("link"))


def test_one_click_is_offered_over_https_alone():
    message, _, _ = parts(NoticeMail(NOTES.sender, SiteUrls("http://papers.example.org"))(notice("welcome")))
    assert message["List-Unsubscribe"].startswith("<http://papers.example.org/unsubscribe/TOKEN>, <mailto:")
    assert message["List-Unsubscribe-Post"] is None


def test_a_welcome_without_a_web_ends_by_mail():
    _, read, _ = parts(NoticeMail(NOTES.sender, SiteUrls(""))(notice("welcome")))
    assert read.links == ["mailto:digests@example.org?subject=unsubscribe%20TOKEN"]


def test_a_goodbye_asks_for_nothing():
    message, read, _ = parts(NOTES(notice("goodbye")))
    assert message["List-Unsubscribe"] is None
    assert read.links == ["https://papers.example.org/topics/asr"]


def test_the_same_errand_is_the_same_mail_and_a_later_one_another():
    first = NOTES(notice("confirm"))
    assert NOTES(notice("confirm")) == first
    assert NOTES(notice("confirm", at=AT + timedelta(hours=1))).message_id != first.message_id
    assert NOTES(notice("goodbye")).message_id != first.message_id


def test_what_is_neither_an_edition_nor_a_letter_is_refused():
    with pytest.raises(BadInput):
        NOTES(Outgoing(5, None, "ada@example.org", "TOKEN"))


@pytest.mark.parametrize("kind", ["confirm", "welcome", "goodbye", "link"])
def test_a_hostile_topic_title_stays_text(kind):
    topic = Topic("asr", "<script>alert(1)</script>\r\nBcc: eve@example.org" + "x" * 500)
    message, read, _ = parts(NOTES(notice(kind, topic)))
    assert "<script>" in read.text
    assert message["Bcc"] is None
