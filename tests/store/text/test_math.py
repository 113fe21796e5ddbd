"""Formulas: what is one and what only looks like one, and what is done with them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.text.latex import strip_latex
from store.text.math import replace_formulas, rewrite_prose, spans


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("$k$-means and $O(n)$.", ["k", "O(n)"]),
        (r"\(x\), \[y\] and $$z$$", ["x", "y", "z"]),
        ("a loose $ x^2 $ and $ \\alpha$", [" x^2 ", " \\alpha"]),
        ("from $5 to $10, or $5-$10, in $ and \\$", []),
        ("it costs $5 and runs in $n$ steps", ["n"]),
        (r"no end: $x, \(y, \[z", []),
        ("10^{-3} of all", []),
        (f"${'x' * 401}$", []),
    ],
)
def test_a_formula_is_what_pandoc_takes_for_one(text: str, sources: list[str]) -> None:
    assert [formula.source for formula in spans(text)] == sources


def test_an_exponent_amid_prose_is_a_formula_to_who_asks() -> None:
    assert [formula.source for formula in spans("10^{-3} and $x^{2}$", scripts=True)] == ["^{-3}", "x^{2}"]


def test_what_is_set_on_a_line_of_its_own_is_told_apart() -> None:
    assert [formula.display for formula in spans(r"$a$ \(b\) $$c$$ \[d\]")] == [False, False, True, True]


def test_prose_and_formulas_are_rewritten_apart() -> None:
    text = r"we take $we$ and \(we\)"
    assert replace_formulas(text, lambda formula: f"<{formula.source}>") == "we take <we> and <we>"
    assert rewrite_prose(text, lambda prose: prose.replace("we", "they")) == r"they take $we$ and \(we\)"
    only_dollars = rewrite_prose(text, str.upper, keep=lambda formula: text[formula.start] == "$")
    assert only_dollars == r"WE TAKE $we$ AND \(WE\)"


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab$ \\()[]{}^_5\n", max_size=200))
def test_formulas_stand_in_order_and_apart_and_nothing_between_them_is_lost(text: str) -> None:
    found = spans(text, scripts=True)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(formula.source in text[formula.start : formula.end] for formula in found)
    assert rewrite_prose(text, str) == text == replace_formulas(text, lambda formula: text[slice(*formula[:2])])


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (r"The Schr\"odinger equation", "The Schrödinger equation"),
        (r"\emph{low-rank} $k$-means", "low-rank | -means"),
        (r"in Fig.~1 by \ours{}", "in Fig. 1 by "),
        (r"torn \emph{text, Pi~4", "torn text, Pi 4"),
    ],
)
def test_the_words_of_a_text_are_read_as_a_reader_has_them(written: str, words: str) -> None:
    assert strip_latex(written) == words
