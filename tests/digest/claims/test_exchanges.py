import pytest

from digest.claims.claim_check import Evidence
from digest.claims.exchanges import exchange_gain, phrases
from digest.claims.statements import check_statements
from tests.factories.chat import paper

PAPER = paper(
    1,
    "Drawn lines steer the redrawing of a region, and written instructions steer global edits. An optical encoder "
    "supplies trajectories, a supervised encoder supplies appearance. Beams are rescored by a small decoder.",
)
PLACES = {
    word: [at]
    for at, word in enumerate("line steer redraw region - - instruct steer global edit".split())
    if word not in "-steer"
} | {"steer": [1, 7]}


def gain(*said: str) -> float:
    return exchange_gain([phrase.split() for phrase in said], PLACES)


def test_phrases_stand_between_words_of_grammar_with_the_agent_of_a_passive_first() -> None:
    assert phrases("Beams are rescored by a small decoder, with text") == [
        ["small", "decod", "rescor", "beam"],
        ["text"],
    ]
    assert phrases("") == phrases("of the, and") == []


def test_a_statement_in_the_words_of_its_paper_gains_nothing_by_an_exchange() -> None:
    assert gain("line", "steer redraw", "region") == gain("line") == gain() == 0.0


def test_exchanged_phrases_gain_by_being_exchanged_back_more_than_a_part_put_first() -> None:
    exchanged = gain("instruct steer", "redraw", "region", "line steer", "global edit")
    put_first = gain("instruct steer", "global edit", "line steer", "redraw", "region")
    assert exchanged > put_first >= 0.0


def test_the_end_of_a_phrase_may_stay_where_it_is_as_a_verb_would() -> None:
    places = {"line": [0], "steer": [1], "edit": [2]}
    alone, with_its_verb = (
        exchange_gain(said, places) for said in ([["edit"], ["steer"], ["line"]], [["edit", "steer"], ["line"]])
    )
    assert with_its_verb == alone > 0.0


def test_words_that_the_paper_lacks_are_passed_over() -> None:
    assert gain("tulips", "line steer", "roses redraw") == gain("line steer", "redraw")


def test_a_text_without_an_end_has_a_gain_within_bounds() -> None:
    many = [["line", "steer"], ["region"], ["instruct"]] * 2_000
    assert 0.0 <= exchange_gain(many, {word: list(range(at, 9_000, 7)) for at, word in enumerate(PLACES)}) <= 1.0


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (
            "Lines that are drawn steer the redrawing of regions, instructions the global edits",
            "Instructions steer the redrawing of regions, lines that are drawn the global edits",
        ),
        (
            "The optical encoder is there for trajectories and the supervised one for appearance",
            "The optical encoder is there for appearance and the supervised one for trajectories",
        ),
    ],
)
def test_a_statement_scores_more_than_its_twin_with_two_phrases_exchanged(true: str, false: str) -> None:
    found = check_statements([(0, f"{true} [1]. {false} [1].")], Evidence({1: PAPER}), "en")
    true_score, false_score = (one.score or 0.0 for one in found)
    assert true_score > false_score
