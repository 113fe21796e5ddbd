from datetime import UTC, datetime

import pytest

from digest.text.date_range import Period, describe_period, find_period

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


def test_a_period_that_ends_within_a_day_names_that_day() -> None:
    digest = Period(datetime(2024, 12, 16, 8, tzinfo=UTC), datetime(2024, 12, 30, 8, tzinfo=UTC))
    assert str(describe_period(digest)) == "from 2024-12-16 to 2024-12-30"
