import pytest

from digest.claims.denials import is_denied_otherwise

EVIDENCE = [
    "Existing adapters can be attached without quantising the model again.",
    "Earlier systems lack guidance at the level of objects.",
    "At this precision smoothing, a standard remedy for language models, no longer suffices.",
    "The tuning data are specific, whereas the method remains task-agnostic.",
    "No existing model satisfies open principles, since weights and code are never available under open terms.",
]


def denies(said: str, sentence: int) -> bool:
    return is_denied_otherwise(said, [EVIDENCE[sentence]])


@pytest.mark.parametrize(
    ("said", "sentence", "is_false"),
    [
        ("Existing adapters can be used without quantising the model again", 0, False),
        ("Existing adapters cannot be used without quantising the model again", 0, True),
        ("Earlier systems have no guidance at the level of objects", 1, False),
        ("Earlier systems have guidance at the level of objects", 1, True),
        ("For language models smoothing is no standard remedy that suffices", 2, False),
        ("The tuning data are specific to the task, the method is not", 3, False),
        ("No speech model yet meets open principles", 4, False),
        ("Speech models meet open principles and have open terms", 4, True),
        ("Neither tuning data nor methods of neurons are specific", 3, True),
    ],
)
def test_each_denial_needs_one_of_the_other_side(said: str, sentence: int, *, is_false: bool) -> None:
    assert denies(said, sentence) == is_false


def test_what_the_evidence_is_silent_on_is_no_contradiction() -> None:
    assert not is_denied_otherwise("Tulips do not bloom in winter", EVIDENCE)
    assert not is_denied_otherwise("Tulips do not bloom", [])
