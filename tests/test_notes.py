"""The mails about a subscription: one link to follow, nothing in them that the one who asked wrote."""

import email
import email.policy
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import BadInput
from digest.links import Links
from digest.ports import Errand, Outgoing
from digest.render.headers import Sender
from digest.render.notes import Notes
from store.records import Topic
from tests.doubles.pages import Page

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TOPIC = Topic("asr", "Speech recognition", cadence="weekly:mon", timezone="Europe/Berlin")
NOTES = Notes(Sender("Paper Route <digests@example.org>"), Links("https://papers.example.org"))


def parts(letter):
    message = email.message_from_bytes(letter.data, policy=email.policy.SMTP)
    assert not [defect for part in message.walk() for defect in part.defects]
    html, text = (message.get_body((kind,)).get_content() for kind in ("html", "plain"))
    return message, Page(html), text


@pytest.mark.parametrize("language", ["en", "ja", "de"])
def test_a_confirmation_has_one_link_and_no_way_to_write_to_strangers(language):
    letter = NOTES.confirmation("ada@example.org", TOPIC, language, "TOKEN", 48, AT)
    message, read, text = parts(letter)
    assert read.links == ["https://papers.example.org/confirm/TOKEN"]
    assert "  https://papers.example.org/confirm/TOKEN\r\n" in text
    assert "48" in read.text
    assert "Speech recognition" in read.text
    assert message["List-Unsubscribe"] is None
    assert message["Auto-Submitted"] == "auto-generated"
    assert "ada" not in read.text + text + message["Subject"]
    assert read.elements[0][1]["lang"] == ("ja" if language == "ja" else "en")
    assert ("購読" in message["Subject"]) == (language == "ja")


def test_a_confirmation_needs_a_page_to_confirm_on():
    with pytest.raises(BadInput, match=r"web\.base_url"):
        Notes(NOTES.sender, Links("")).confirmation("ada@example.org", TOPIC, "en", "TOKEN", 48, AT)


@pytest.mark.parametrize(
    ("cadence", "english", "japanese"),
    [
        ("daily", "every day", "毎日"),
        ("weekdays", "from Monday to Friday", "月曜日から金曜日の"),
        ("weekly:sun", "every Sunday", "毎週日曜日"),
        ("monthly:15", "on day 15 of every month", "毎月15日"),
    ],
)
def test_a_welcome_says_when_digests_come_and_how_to_end_them(cadence, english, japanese):
    topic = Topic("asr", "Speech", cadence=cadence, at="07:30", timezone="Asia/Tokyo")
    message, read, text = parts(NOTES.welcome("ada@example.org", topic, "en", "TOKEN", AT))
    assert f"{english} at 07:30 (Asia/Tokyo)" in read.text
    assert f"{english} at 07:30 (Asia/Tokyo)" in " ".join(text.split())
    assert message["List-Unsubscribe"].startswith("<https://papers.example.org/unsubscribe/TOKEN>, <mailto:")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<asr.paperroute.example.org>"
    assert {"https://papers.example.org/preferences/TOKEN", "https://papers.example.org/unsubscribe/TOKEN"} < set(
        read.links
    )
    assert f"{japanese}07:30" in parts(NOTES.welcome("ada@example.org", topic, "ja", "TOKEN", AT))[1].text


def test_a_welcome_without_a_web_ends_by_mail():
    _, read, _ = parts(Notes(NOTES.sender, Links("")).welcome("ada@example.org", TOPIC, "en", "TOKEN", AT))
    assert read.links == ["mailto:digests@example.org?subject=unsubscribe%20TOKEN"]


def test_a_goodbye_asks_for_nothing():
    message, read, _ = parts(NOTES.goodbye("ada@example.org", TOPIC, "en", "TOKEN", AT))
    assert message["List-Unsubscribe"] is None
    assert read.links == ["https://papers.example.org/topics/asr"]


def test_the_same_request_is_the_same_mail_and_a_later_one_another():
    first = NOTES.confirmation("ada@example.org", TOPIC, "en", "TOKEN", 48, AT)
    assert NOTES.confirmation("ada@example.org", TOPIC, "en", "TOKEN", 48, AT) == first
    later = NOTES.confirmation("ada@example.org", TOPIC, "en", "TOKEN", 48, AT + timedelta(hours=1))
    assert later.message_id != first.message_id


def test_an_errand_of_the_outbox_is_the_letter_it_names():
    def outgoing(kind):
        return Outgoing(5, None, "ada@example.org", "TOKEN", errand=Errand(kind, TOPIC, "ja", AT, 24))

    assert NOTES(outgoing("confirm")) == NOTES.confirmation("ada@example.org", TOPIC, "ja", "TOKEN", 24, AT)
    assert NOTES(outgoing("welcome")) == NOTES.welcome("ada@example.org", TOPIC, "ja", "TOKEN", AT)
    assert NOTES(outgoing("goodbye")) == NOTES.goodbye("ada@example.org", TOPIC, "ja", "TOKEN", AT)


def test_a_hostile_topic_title_stays_text():
    topic = Topic("asr", "<script>alert(1)</script>\r\nBcc: eve@example.org" + "x" * 500)
    for letter in (
        NOTES.confirmation("ada@example.org", topic, "en", "T", 1, AT),
        NOTES.welcome("ada@example.org", topic, "en", "T", AT),
        NOTES.goodbye("ada@example.org", topic, "en", "T", AT),
    ):
        message, read, _ = parts(letter)
        assert "<script>" in read.text
        assert message["Bcc"] is None
