"""A figure of a paper that stands where the paper has another one."""

import pytest

from digest.claims.figure_places import FigurePlaces

SPEECH = FigurePlaces(
    (
        "A corpus of whispers",
        "We record 188 hours of speech by 38 speakers through five sensors.",
        "On the clean part the error falls from 9.3% to 5.1%, and on the noisy part it stays at 24%.",
        "Annotators agreed in 60% of cases; GPT-4 was asked about 1.8 million images and 6.8 million prompts.",
    )
)


@pytest.mark.parametrize(
    ("true", "false"),
    [
        ("188 hours by 38 speakers are recorded.", "38 hours by 188 speakers are recorded."),
        ("Thirty-eight speakers were recorded.", "The 188 speakers were recorded."),
        ("On the noisy part the error stays at 24%.", "On the noisy part the error stays at 9.3%."),
        ("It is asked about 1.8 million images.", "It is asked about 6.8 million images."),
        ("There are 38 speakers in 188 hours.", "There are 188 speakers in 38 hours."),
    ],
)
def test_a_figure_that_counts_something_else_is_noticed(true: str, false: str) -> None:
    assert SPEECH.misfit(true) == 0.0
    assert SPEECH.misfit(false) > 0.1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nothing is counted here.",
        "It holds 777 hours of speech.",  # a figure that is not known is for another rule
        "It is asked of GPT-4 how many images there are.",  # of a name
        "Three annotators of five agreed.",  # 60 %
        "Five of the 38 speakers whisper.",  # not what the five sensors are
        "38",
    ],
)
def test_what_says_nothing_of_a_place_is_no_misfit(text: str) -> None:
    assert SPEECH.misfit(text) == 0.0


def test_a_paper_without_figures_has_no_misfit() -> None:
    assert FigurePlaces(("Whispers", "No number at all.")).misfit("It has 38 speakers.") == 0.0


def test_a_text_of_nothing_but_figures_is_bounded() -> None:
    paper = FigurePlaces((" ".join(f"{n} boxes of {n + 1} kinds" for n in range(0, 4_000, 2)),))
    assert 0.0 < paper.misfit(" ".join(f"{n} boxes" for n in range(2_000))) < 20.0
