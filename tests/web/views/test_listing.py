import pytest

from digest.i18n.catalog import get_catalog
from store.records.editions import Topic
from web.views import listing


@pytest.mark.parametrize(
    ("cadence", "english", "japanese"),
    [
        ("daily", "every day", "毎日"),
        ("weekdays", "from Monday to Friday", "平日"),
        ("weekly:mon", "every Monday", "毎週月曜日"),
        ("weekly:sun", "every Sunday", "毎週日曜日"),
        ("monthly:1", "on day 1 of every month", "毎月1日"),
        ("monthly:31", "on the last day of every month", "毎月末日"),
        ("hourly", "hourly", "hourly"),
        ("weekly:monday", "weekly:monday", "weekly:monday"),
    ],
)
def test_a_topic_says_when_its_digests_are_made(cadence: str, english: str, japanese: str) -> None:
    topic = Topic("asr", "Speech", cadence=cadence, at="07:30", timezone="Asia/Tokyo")
    assert listing.schedule(topic, get_catalog("web", "en")) == f"{english} at 07:30 (Asia/Tokyo)"
    assert listing.schedule(topic, get_catalog("web", "ja")) == f"{japanese}07:30（Asia/Tokyo）"
