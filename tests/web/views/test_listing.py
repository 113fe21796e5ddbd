import pytest

from store.records.editions import Topic
from web.i18n.catalog import messages_in
from web.views import listing


@pytest.mark.parametrize(
    ("cadence", "english", "japanese"),
    [
        ("daily", "every day", "毎日"),
        ("weekdays", "Monday to Friday", "月曜から金曜"),
        ("weekly:mon", "every Monday", "毎週月曜"),
        ("weekly:sun", "every Sunday", "毎週日曜"),
        ("monthly:1", "monthly, on day 1", "毎月1日"),
        ("monthly:31", "monthly, on the last day", "毎月末日"),
        ("hourly", "hourly", "hourly"),
        ("weekly:monday", "weekly:monday", "weekly:monday"),
    ],
)
def test_a_topic_says_when_its_digests_are_made(cadence: str, english: str, japanese: str) -> None:
    topic = Topic("asr", "Speech", cadence=cadence, at="07:30", timezone="Asia/Tokyo")
    assert listing.schedule(topic, messages_in("en")) == f"{english} at 07:30 (Asia/Tokyo)"
    assert listing.schedule(topic, messages_in("ja")) == f"{japanese} 07:30（Asia/Tokyo）"
