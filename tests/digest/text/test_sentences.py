"""Cutting abstracts into sentences: the traps, and what holds for any text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.text.sentences import MAX_CHARACTERS, split


@pytest.mark.parametrize(
    "whole",
    [
        "We follow Hu et al. The method of Shen et al. (2021) is older.".replace("The", "and"),
        "Some losses, e.g. the L1 norm, and others, i.e. Huber, are shown in Fig. 3 and Eq. 4.",
        "Adaptation vs. Retraining is measured by Dr. Smith and J. R. R. Tolkien in the U.S. Army.",
        "The error falls from 3.5 to 2.1 percent on arXiv.org and torch.Tensor data.",
        "The bound is $O(n). Here$ and holds (see Sec. 2. It is long.) for all n.",
        "It gains 2.5x, approx. 3 dB, with No. 7 of the cf. Appendix.",
        "“Is It Wise? A Study of GPT-4!” [3] asks what the others do not.",
        'The nearest is "GPT-4? It Depends! Or Not" [1].',
        "„Was nun? Ein Überblick“ [2] ist am nächsten, wie « Et alors ? Une étude » [4].",
        "「GPT-4？次の問い！」は最も近い論文です。",
    ],
)
def test_a_full_stop_that_ends_nothing_cuts_nothing(whole: str) -> None:
    assert split(whole) == [whole]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("We propose A. We show B! Is it C? Yes.", 4),
        ("Consider type A. We call it so.", 2),
        ("It uses lamps, wires, etc. The rest is new.", 2),
        ("The energy is $E=mc^2$. $k$ is free.", 2),
        ("We improve old methods.We propose new ones.", 2),
        ("They called it “done.” Nobody agreed. (We did.) Then it ended.", 4),
        ("It costs $5 million. We pay $10 now.", 2),
        ("They ask “Who is it?” Nobody knows.", 2),
        ('A lamp is 5" wide. Is it? So is B, at 6". Yes!', 4),
        ("「終わりですか？」次の文です。", 2),
        ("Models fail. xRAG does not. https://example.org is its home.", 3),
        ("これは文です。次の文です。", 2),
    ],
)
def test_sentences_are_cut_where_they_end(text: str, count: int) -> None:
    assert len(split(text)) == count


def test_white_space_is_folded_and_latex_kept() -> None:
    assert split("  We use\n $\\alpha_{1}$ \t and \\emph{so} on.\n\nGood.  ") == [
        "We use $\\alpha_{1}$ and \\emph{so} on.",
        "Good.",
    ]
    assert split(" \n ") == []


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abA. !?()$[]“”\\3,。\n\té", max_size=300))
def test_nothing_is_lost_or_rewritten(text: str) -> None:
    pieces = split(text)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(piece == " ".join(piece.split()) and piece for piece in pieces)


@pytest.mark.parametrize("unit", ["(", "$", "$a ", ". ", "A.B.", "(.$ A", "。", "a) ", '." ('])
def test_hostile_texts_are_cut_short_and_end(unit: str) -> None:
    assert sum(map(len, split(unit * 200_000))) <= MAX_CHARACTERS
