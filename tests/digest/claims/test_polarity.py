import pytest

from digest.claims.claim_check import Evidence
from digest.claims.polarity import is_sent_back, is_turned_round
from digest.claims.statements import check_statements
from tests.factories.chat import paper


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


@pytest.mark.parametrize(
    ("said", "evidence", "is_false"),
    [
        ("A low-rank adapter raises the accuracy", "An adapter raises the accuracy", False),
        ("A low rank lowers the accuracy of the adapter", "The rank raises the accuracy of the adapter", True),
        ("Projections behind a transform merge adapters", "Projections after a transform merge adapters better", False),
        ("The adapter is far behind in accuracy", "The adapter is better in accuracy", True),
        ("Behind the adapter stands a decoder", "The adapter is better with a decoder", False),
    ],
)
def test_a_part_of_a_compound_and_a_place_are_no_directions(said: str, evidence: str, *, is_false: bool) -> None:
    assert is_turned_round(said, [evidence], frozenset()) == is_false


@pytest.mark.parametrize(
    ("said", "is_false"),
    [
        ("Older networks outdo GraphDock in binding and ranking", True),
        ("GraphDock outdoes older networks in binding and ranking", False),
    ],
)
def test_what_is_compared_in_the_same_respect_may_be_exchanged(said: str, *, is_false: bool) -> None:
    evidence = ["GraphDock is superior to older networks in binding"]
    assert is_turned_round(said, evidence, frozenset({"graphdock"})) == is_false


def test_a_paper_is_known_by_the_name_that_it_gives_its_method() -> None:
    own = paper(1, "We present VisGrad, a solver of mazes. It is better than older solvers.")
    text = "Older solvers of mazes are better than VisGrad [1]. VisGrad is better than older solvers of mazes [1]."
    false, true = check_statements([(0, text)], Evidence({1: own}), "en")
    assert (false.verdict, str(false.reason)) == ("unsupported", "the comparison goes the other way")
    assert true.verdict == "supported"
