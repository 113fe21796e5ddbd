from datetime import UTC, datetime

import pytest

from digest.text.date_range import Period, describe_period, find_period, locate_period

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("papers on speech recognition from 2019", "from 2019-01-01 to 2019-12-31"),
        ("mixture of experts for LLMs since 2024?", "from 2024-01-01"),
        ("diffusion models from 2022 onwards", "from 2022-01-01"),
        ("transformers between 2019 and 2021", "from 2019-01-01 to 2021-12-31"),
        ("transformers from 2019 to 2021", "from 2019-01-01 to 2021-12-31"),
        ("kernel methods before 2010", "to 2009-12-31"),
        ("kernel methods up to 2010", "to 2010-12-31"),
        ("what happened after 2023 in robotics", "from 2024-01-01"),
        ("robotics in 2023", "from 2023-01-01 to 2023-12-31"),
        ("robotics in the last 2 years", "from 2024-11-22"),
        ("robotics in the past month", "from 2026-10-22"),
        ("robotics in the last 10 days", "from 2026-11-12"),
        ("robotics this year", "from 2026-01-01"),
        ("robotics this month", "from 2026-11-01"),
        ("robotics this week", "from 2026-11-16"),
        ("2024年以降の拡散モデル", "from 2024-01-01"),
        ("2019年から2021年の音声認識", "from 2019-01-01 to 2021-12-31"),
        ("2023年の音声認識", "from 2023-01-01 to 2023-12-31"),
        ("robotics since March 2024", "from 2024-03-01"),
        ("robotics since 2024-05-02", "from 2024-05-02"),
        ("robotics in the last two years", "from 2024-11-22"),
        ("robotics, 2019-2021", "from 2019-01-01 to 2021-12-31"),
        ("2023 papers on robotics", "from 2023-01-01 to 2023-12-31"),
        ("Robotik seit Januar 2023", "from 2023-01-01"),
        ("Robotik in den letzten drei Jahren", "from 2023-11-23"),
        ("Robotik zwischen 2019 und 2021", "from 2019-01-01 to 2021-12-31"),
        ("Robotik diesen Monat", "from 2026-11-01"),
        ("robotique depuis 2022", "from 2022-01-01"),
        ("robotique en mars 2024", "from 2024-03-01 to 2024-03-31"),
        ("robotique ces 3 derniers mois", "from 2026-08-21"),
        ("robotique cette année", "from 2026-01-01"),
        ("robótica desde 2021", "from 2021-01-01"),
        ("robótica en los últimos 5 años", "from 2021-11-23"),
        ("robótica este mes", "from 2026-11-01"),
        ("今年的机器人研究", "from 2026-01-01"),
        ("最近三个月的机器人研究", "from 2026-08-21"),
        ("自2021年以来的机器人研究", "from 2021-01-01"),
        ("去年的机器人研究", "from 2025-01-01 to 2025-12-31"),
        ("2024年5月以降のロボット", "from 2024-05-01"),
    ],
)
def test_a_period_in_plain_words_is_understood(question: str, words: str) -> None:
    assert str(describe_period(find_period(question, NOW))) == words


@pytest.mark.parametrize(
    "question",
    ["ImageNet 2012", "the WMT 2014 task", "GPT-4", "speech recognition", "from 2021 to 2019", "BERT 2018 vs 2020"],
)
def test_a_bare_year_bounds_nothing(question: str) -> None:
    assert describe_period(find_period(question, NOW)) == ""


def test_the_place_of_a_period_is_told_and_a_contradiction_stays() -> None:
    found = locate_period("robots since 2024, please", NOW)
    assert found is not None
    assert "robots since 2024, please"[found.start : found.end] == "since 2024"
    contradiction = locate_period("robots from 2021 to 2019", NOW)
    assert contradiction is not None
    assert contradiction.period.since > contradiction.period.until


def test_a_period_that_ends_within_a_day_names_that_day() -> None:
    digest = Period(datetime(2024, 12, 16, 8, tzinfo=UTC), datetime(2024, 12, 30, 8, tzinfo=UTC))
    assert str(describe_period(digest)) == "from 2024-12-16 to 2024-12-30"
