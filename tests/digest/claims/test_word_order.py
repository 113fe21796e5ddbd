import pytest

from digest.claims.same_words import content_words
from digest.claims.word_order import active_words, kept_order


@pytest.mark.parametrize(
    ("passive", "active"),
    [
        ("Old baselines are surpassed by the sketch editor", "the sketch editor surpassed old baselines"),
        ("Sound is mapped by a module into tokens", "a module mapped sound into tokens"),
        (
            "Colour cues steer routing, and lines are drawn by people",
            "Colour cues steer routing, and people drawn lines",
        ),
    ],
)
def test_a_passive_is_read_as_its_active_twin(passive: str, active: str) -> None:
    assert active_words(passive) == content_words(active)


@pytest.mark.parametrize("text", ["Errors fell by 3 points.", "It improves by learning from errors.", "", "by"])
def test_what_has_no_agent_is_left_as_it_is(text: str) -> None:
    assert sorted(active_words(text)) == sorted(content_words(text))


def test_exchanged_roles_keep_less_order_than_a_part_put_first_and_that_less_than_the_same() -> None:
    words = "lines steer edits region".split()
    assert kept_order(words, words) == 1.0
    exchanged = kept_order("edits steer lines region".split(), words)
    put_first = kept_order("region lines steer edits".split(), words)
    assert exchanged < put_first < 1.0


def test_order_of_nothing_in_common_is_kept() -> None:
    assert kept_order(["lines"], ["edits"]) == kept_order([], []) == 1.0


def test_a_text_without_an_end_costs_no_more_than_a_long_statement() -> None:
    long = "a line is drawn by people and by more people " * 5_000
    assert 0 < kept_order(active_words(long), content_words("people drawn line")) <= 1
