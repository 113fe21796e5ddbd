"""Markers behind the end of a sentence."""

from __future__ import annotations

import pytest

from digest.text.marker_places import place_markers


@pytest.mark.parametrize(
    ("text", "placed"),
    [
        ("It works. [3]", "It works [3]."),
        ("It works.[3][4] We go on. [5]\n\nMore. [6]", "It works [3][4]. We go on [5].\n\nMore [6]."),
        ("It works! [3] “We” go on.", "It works [3]! “We” go on."),
        ("Does it work? [3]. We do. [4].", "Does it work [3]? We do [4]."),
        ('He said "no." [3] We', 'He said "no [3]." We'),
        ("動く。[3][4]次の文。[5]", "動く[3][4]。次の文[5]。"),
    ],
)
def test_they_go_before_it(text: str, placed: str) -> None:
    assert place_markers(text) == placed
    assert place_markers(placed) == placed


@pytest.mark.parametrize(
    "text",
    [
        "It works [3]. We go on [4].",
        "It works. [3] shows more.",
        "As Hu et al. [3] show",
        "See Smith et al. [3] We",
        "In [3], a kiln. In [4] none.",
        "A root $\\sqrt[3]{x}$. We",
        "Nothing is cited.",
    ],
)
def test_others_stay(text: str) -> None:
    assert place_markers(text) == text


def test_work_grows_with_the_text_alone() -> None:
    for text in ("a" * 200_000, ". " * 100_000, "[3]" * 60_000, ".[3]x" * 40_000):
        assert place_markers(text) == text
