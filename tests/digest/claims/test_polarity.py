import pytest

from digest.claims.claim_check import Evidence
from digest.claims.polarity import is_led_back, is_sent_back, is_turned_round
from digest.claims.statements import check_statements
from tests.factories.chat import paper


@pytest.mark.parametrize(
    ("said", "evidence", "is_false"),
    [
        ("Speech is turned into tokens", "A module maps audio to discrete tokens", False),
        ("Tokens are turned into speech", "A module maps audio to discrete tokens", True),
        ("Sketches serve as plans for a robot", "We use generated sketches as visual plans for robots", False),
        ("Plans serve a robot as sketches", "We use generated sketches as visual plans for robots", True),
        ("Between 20 and 100 samples suffice to tune an adapter", "An adapter is tuned on 20 to 100 samples", False),
        ("Tokens are sent to their expert", "Experts specialise, and tokens go to the expert in charge", False),
    ],
)
def test_what_becomes_what_is_held_against_both_ends(said: str, evidence: str, *, is_false: bool) -> None:
    assert is_led_back(said, [evidence]) == is_false


@pytest.mark.parametrize(
    ("said", "evidence", "is_false"),
    [
        ("It translates from English to Chinese", ["A Chinese-to-English benchmark"], True),
        ("It translates from Chinese to English", ["A Chinese-to-English benchmark"], False),
        ("Outliers move from weights to activations", ["Outliers are moved from activations to weights"], True),
        ("Pairs come from speech synthesis", ["Text-to-speech systems read texts aloud"], False),
        ("Answers from retrieved audio", ["Answers come of audio", "Errors propagate into retrieval"], False),
        ("End-to-end models give way to hybrids", ["Such models take over from hybrids"], True),
    ],
)
def test_where_from_and_where_to_are_not_exchanged(said: str, evidence: list[str], *, is_false: bool) -> None:
    assert is_sent_back(said, evidence) == is_false


@pytest.mark.parametrize(
    ("said", "is_false"),
    [
        ("Guidance strengthens objects and suppresses cameras", False),
        ("Guidance suppresses objects", True),
        ("Guidance reduces what cameras do", False),
    ],
)
def test_two_directions_in_one_clause_each_have_their_own_part(said: str, *, is_false: bool) -> None:
    evidence = ["The guidance increases what objects do and suppresses what cameras do"]
    assert is_turned_round(said, evidence, frozenset()) == is_false


def test_a_paper_is_known_by_the_name_that_it_gives_its_method() -> None:
    own = paper(1, "We present VisGrad, a solver of mazes. It is better than older solvers.")
    text = "Older solvers of mazes are better than VisGrad [1]. VisGrad is better than older solvers of mazes [1]."
    false, true = check_statements([(0, text)], Evidence({1: own}), "en")
    assert (false.verdict, str(false.reason)) == ("unsupported", "the comparison goes the other way")
    assert true.verdict == "supported"
