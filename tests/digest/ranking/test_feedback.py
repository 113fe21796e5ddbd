"""The change of relevance by feedback: near to what was liked up, near to what was not down, one cause each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.feedback import MOST, NO_CHANGE, Examples, change_relevance
from store.records.feedback import OPERATOR_READER, Feedback
from tests.factories.store import NOON

AXES = np.eye(4, dtype=np.float32)
NOBODY = np.zeros((0, 4), np.float32)


def said(kind: str, subject: str = "x") -> Feedback:
    return Feedback(OPERATOR_READER, "t", kind, subject, subject, NOON)


def examples(*told: tuple[str, int], **authors: Feedback) -> Examples:
    rows = [AXES[at] for _, at in told]
    feedback = tuple(said(kind, f"{kind}-{at}") for kind, at in told)
    return Examples(feedback, np.array(rows, np.float32).reshape(len(rows), 4), authors)


def change(made: Examples, *people: tuple[str, ...]):
    return change_relevance(people or [()] * 4, AXES, NOBODY, made)


def test_near_to_what_was_kept_rises_and_near_to_what_was_not_sinks() -> None:
    up, down, *others = change(examples(("keep", 0), ("less", 1)))
    assert up.amount > 0
    assert up.cause == said("keep", "keep-0")
    assert down.amount < 0
    assert down.cause == said("less", "less-1")
    assert others == [NO_CHANGE, NO_CHANGE]


def test_the_same_paper_liked_and_disliked_by_two_readers_hardly_moves() -> None:
    (first, *_) = change(examples(("keep", 0), ("less", 0)))
    assert abs(first.amount) < 0.15


def test_a_followed_author_counts_for_their_papers() -> None:
    followed = said("author", "ada-example")
    first, second, *_ = change(examples(**{"ada-example": followed}), ("ada-example", "ben"), ("ben",), (), ())
    assert first.amount > 0
    assert first.cause == followed
    assert second == NO_CHANGE


def test_an_example_that_is_near_to_all_changes_none() -> None:
    alike = np.tile(AXES[0], (30, 1))
    made = Examples((said("keep"),), AXES[:1], {})
    assert change_relevance([()] * 30, alike, alike, made) == [NO_CHANGE] * 30


def test_nothing_said_changes_nothing() -> None:
    assert change(examples()) == [NO_CHANGE] * 4
    assert change_relevance([], NOBODY, NOBODY, examples(("keep", 0))) == []


@given(st.lists(st.tuples(st.sampled_from(["keep", "seed", "more", "less"]), st.integers(0, 3)), max_size=12))
def test_no_change_is_beyond_the_most_and_each_has_a_cause_of_its_sign(told) -> None:
    for one in change(examples(*told)):
        assert abs(one.amount) <= MOST
        assert (one.amount != 0) == (one.cause is not None)
        if one.cause:
            assert (one.cause.kind == "less") == (one.amount < 0)
