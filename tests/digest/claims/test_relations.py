import pytest

from digest.claims.relations import is_crossed


@pytest.mark.parametrize(
    ("said", "evidence", "is_false"),
    [
        ("Speech is turned into tokens", "A module maps audio to discrete tokens", False),
        ("Tokens are turned into speech", "A module maps audio to discrete tokens", True),
        ("Between 20 and 100 samples suffice to tune an adapter", "An adapter is tuned on 20 to 100 samples", False),
        ("Solvers need up to 90% fewer steps", "Compared with solvers, steps shrink to a tenth", False),
        ("Tokens are sent to their expert", "Experts specialise, and tokens go to the expert in charge", False),
        ("Sketches serve as plans for a robot", "We use generated sketches as visual plans for robots", False),
        ("Plans serve a robot as sketches", "We use generated sketches as visual plans for robots", True),
        (
            "It reads slides before it writes transcripts",
            "First the slide is read, and then transcripts are made",
            False,
        ),
        (
            "It writes transcripts before it reads slides",
            "First the slide is read, and then transcripts are made",
            True,
        ),
        (
            "Levels begin at superhuman models and end at plain speech",
            "From plain speech up to superhuman models",
            True,
        ),
        (
            "It is ahead of cascades and level with a baseline",
            "On a par with the baseline, better than cascades",
            False,
        ),
        ("It is ahead of a baseline and level with cascades", "On a par with the baseline, better than cascades", True),
        ("It beats cascades", "On a par with the baseline, better than networks", False),
        ("", "A module maps audio to discrete tokens", False),
    ],
)
def test_a_relation_with_its_ends_exchanged_is_crossed(said: str, evidence: str, *, is_false: bool) -> None:
    assert is_crossed(said, [evidence]) == is_false


def test_nothing_is_crossed_without_evidence() -> None:
    assert not is_crossed("Speech is turned into tokens", [])


def test_a_text_without_an_end_is_read_within_bounds() -> None:
    assert not is_crossed("first, to as then, into before " * 20_000, ["speech, to text " * 20_000])
