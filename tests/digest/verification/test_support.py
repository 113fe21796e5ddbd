"""Support of a text: when a reader is warned."""

from __future__ import annotations

import pytest

from digest.verification.support import TextSupport
from store.records.editions import Statement, StatementVerdict

SCORES: dict[StatementVerdict, float | None] = {"supported": 0.8, "partly": 0.5, "unsupported": 0.1, "unchecked": None}


def support(dropped: int = 0, **counts: int) -> TextSupport:
    statements = [
        Statement(0, f"{verdict} {at} [3][4].", (3, 4), verdict=verdict, score=SCORES[verdict])
        for verdict in SCORES
        for at in range(counts.get(verdict, 0))
    ]
    return TextSupport.of(statements, dropped)


def test_what_is_counted() -> None:
    found = support(supported=2, unsupported=1, unchecked=4)
    assert (found.count, found.mean, found.unsupported) == (3, 0.567, 1)
    assert [(check.paper, check.score) for check in found.weak] == [(3, 0.1), (4, 0.1)]
    assert support().mean is None


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"supported": 3, "unsupported": 3}, "of 6 statements 3 are not supported by the papers that they cite"),
        ({"unsupported": 2}, "of 2 statements 2 are not supported"),
        ({"dropped": 3, "unsupported": 1}, "of 4 statements 4 are not supported"),
        ({"unsupported": 16}, "of 16 statements 16 are not supported"),
        (
            {"supported": 5, "dropped": 5},
            "of 10 statements 5 are not supported by the papers that they cite; 5 of them",
        ),
        ({"supported": 5, "unsupported": 2, "dropped": 1}, "of 8 statements 3 are not supported"),
        ({"partly": 9, "unsupported": 1}, "much of what its 10 statements say"),
    ],
)
def test_a_text_that_is_not_to_be_relied_on_says_so(counts: dict[str, int], words: str) -> None:
    assert words in str(support(**counts).warning)


@pytest.mark.parametrize(
    "counts",
    [
        {"supported": 10},
        {"supported": 9, "unsupported": 4},
        {"supported": 9, "partly": 9},
        {"supported": 9, "dropped": 2},
        {"supported": 1, "unsupported": 3},  # too few for a share
        {"supported": 3, "unsupported": 2},  # the check is wrong as often as that
        {"unsupported": 1},
        {"unchecked": 30},
        {},
    ],
)
def test_others_do_not(counts: dict[str, int]) -> None:
    assert support(**counts).warning == ""
