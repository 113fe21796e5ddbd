from dataclasses import replace
from pathlib import Path

import pytest

from digest.i18n.catalog import get_catalog
from store import Store
from store.records.editions import Topic
from tests.doubles.editions import edition
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


def test_what_fits_no_theme_is_not_listed_as_one(tmp_path: Path) -> None:
    made = edition(12)
    rest = replace(made.sections[-1], title="Also on the way", is_theme=False)
    with Store.open(tmp_path / "store.db") as store:
        store.editions.freeze(replace(made, sections=(*made.sections[:-1], rest)))
        seen = listing.edition_preview(store, made.id)
    assert seen.sections == tuple(section.title for section in made.sections[:-1])[:6]
