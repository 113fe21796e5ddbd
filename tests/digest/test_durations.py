import pytest

from digest.run_context import format_duration


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (17.0, "17 s"), (119.0, "119 s"), (600.0, "10 minutes")])
def test_a_duration_in_words(seconds: float, words: str) -> None:
    assert str(format_duration(seconds)) == words
