"""Markers: every form a model writes, and nothing that is not one."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.text.citations import bind_citations, cited_numbers, resolve_citations

KNOWN = range(1, 10)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("so [3].", "so [3]."),
        ("so [3, 5].", "so [3][5]."),
        ("so [3,5;7].", "so [3][5][7]."),
        ("so [3-5].", "so [3][4][5]."),
        ("so [3–5, 8].", "so [3][4][5][8]."),
        ("so [3]-[5].", "so [3][4][5]."),
        ("so [3][5].", "so [3][5]."),
        ("so [3], [5]; more", "so [3][5]; more"),
        ("so [3] [3, 5].", "so [3][5]."),
        ("so [^3].", "so [3]."),
        ("so [ #3 ].", "so [3]."),
        ("so [03].", "so [3]."),
        ("so [[3]].", "so [3]."),
        (r"so \[3\].", "so [3]."),
        ("so [3, p. 4].", "so [3]."),
        ("so [3, Fig. 2].", "so [3]."),
        ("so [see 3 and 5].", "so [3][5]."),
        ("so [Paper 3, Paper 5].", "so [3][5]."),
        ("so [Papers 3, 5].", "so [3][5]."),
        ("手法［３］と【4、５】。", "手法[3]と[4][5]。"),
        ("so 【3†source】.", "so [3]."),
        ("so [3](http://evil.example/x).", "so [3]."),
        ("so [[3]](https://arxiv.org/abs/2106.09685).", "so [3]."),
    ],
)
def test_every_form_of_a_marker_becomes_the_canonical_one(written, canonical):
    resolved = resolve_citations(written, KNOWN)
    assert resolved.text == canonical
    assert resolved.unknown == 0


@pytest.mark.parametrize(
    "text",
    [
        "values in [0, 1] and [0.1, 0.9] and [-1, 1]",
        "the [2024 dataset] and [a] and [CLS]",
        r"the root $\sqrt[3]{x}$",
        "the derivative f⁽³⁾(x) and x³",
        "a half-open [1, 2) interval, an angle in [0,pi]",
        "a[i](j) and (3) and {4}",
    ],
)
def test_what_is_no_marker_stays(text):
    assert resolve_citations(text, KNOWN).text == text
    assert resolve_citations(text, KNOWN).numbers == ()


@pytest.mark.parametrize(
    ("written", "left", "unknown"),
    [
        ("foo [99].", "foo.", 1),
        ("foo [99], bar", "foo, bar", 1),
        ("foo [98][99] bar", "foo bar", 2),
        ("foo ([99]) bar", "foo bar", 1),
        ("foo (see [99]).", "foo (see).", 1),
        ("[99] Foo", "Foo", 1),
        ("foo [3, 99].", "foo [3].", 1),
        ("in [2024].", "in.", 1),
        ("foo [0].", "foo.", 1),
        ("foo [1-99999].", "foo [1].", 1),
        ("foo [8-12].", "foo [8][9].", 3),
        (f"foo [{'9' * 5000}].", "foo.", 1),
        ("[[99]3]", "[3]", 1),
        ("手法【99】。", "手法。", 1),
    ],
)
def test_unknown_numbers_are_dropped_counted_and_leave_no_hole(written, left, unknown):
    resolved = resolve_citations(written, KNOWN)
    assert (resolved.text, resolved.unknown) == (left, unknown)


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("see https://evil.example/a_(b). Next", "see [URL]. Next"),
        ("see <http://evil.example>, or www.evil.example/x!", "see [URL], or [URL]!"),
        ("code at github.com/some/where, and more", "code at [URL], and more"),
        ("[click here](http://evil.example 'title') now", "click here now"),
        ("[click](javascript:alert(1)) now", "click now"),
        ("![pixel](https://evil.example/p.gif)", "pixel"),
        ("mail mailto:a@evil.example now", "mail [URL] now"),
        (r"see \url{https://evil.example/x}. \href{http://evil.example}{Next}", "see [URL]. Next"),
        ("and/or, e.g. this, at 3 p.m. and v1.2/x", "and/or, e.g. this, at 3 p.m. and v1.2/x"),
    ],
)
def test_no_address_survives(written, left):
    assert resolve_citations(written, KNOWN).text == left


def test_numbers_come_in_order_of_first_use():
    assert resolve_citations("a [5, 3] b [3] c [9]", KNOWN).numbers == (5, 3, 9)
    assert cited_numbers(r"$\sqrt[4]{x}$ [2] [77]", KNOWN) == (2,)


PIECES = [*"[]()［】【035,;-–^ \n.\\a手†", "](", "12", "99", "p. ", "see ", "and", "http://x.org/"]
soup = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@settings(max_examples=400, deadline=None)
@given(soup | st.text(max_size=60))
def test_resolving_twice_is_resolving_once(text):
    once = resolve_citations(text, KNOWN)
    twice = resolve_citations(once.text, KNOWN)
    assert (twice.text, twice.numbers, twice.unknown) == (once.text, once.numbers, 0)


@settings(max_examples=400, deadline=None)
@given(soup)
def test_every_bracketed_number_that_is_left_is_a_known_paper(text):
    resolved = resolve_citations(text, KNOWN)
    left = [int(number) for number in re.findall(r"(?<![A-Za-z])\[(\d+)\]", resolved.text)]
    assert set(left) <= set(KNOWN)
    assert set(left) <= set(resolved.numbers)
    assert "http" not in resolved.text


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(blacklist_characters="[]［］【】()（）<>/:.\\"), max_size=200))
def test_prose_without_brackets_is_untouched(text):
    assert resolve_citations(text, KNOWN).text == text


def test_hostile_lengths_end_quickly():
    for text in (
        "[" * 20_000,
        " " * 20_000,
        "a-" * 20_000,
        "[3, " * 10_000,
        "a." * 20_000,
        "[" * 300 + "99" + "]" * 300,
    ):
        assert isinstance(resolve_citations(text, KNOWN).text, str)


@pytest.mark.parametrize(
    ("written", "text", "pointers", "unknown"),
    [
        ("A [7.3].", "A [7].", ((7, (3,)),), 0),
        ("A [7.3, 7.5][9.1].", "A [7][9].", ((7, (3, 5)), (9, (1,))), 0),
        ("A [7.3][7.5].", "A [7].", ((7, (3, 5)),), 0),
        ("A [7.0], B [9].", "A [7], B [9].", ((7, (0,)), (9, ())), 0),
        ("A [7.3-7.5], B [7.3–5].", "A [7], B [7].", ((7, (3, 4, 5)), (7, (3, 4, 5))), 0),
        ("A 【7.3】 (see [9.2]).", "A [7] (see [9]).", ((7, (3,)), (9, (2,))), 0),
        ("A [7.3](https://evil.example/x).", "A [7].", ((7, (3,)),), 0),
        ("A [8.3]. B [99.1].", "A. B.", (), 2),
        ("Between [0.1, 0.9] and [0.5], in [-1, 1].", "Between [0.1, 0.9] and [0.5], in [-1, 1].", (), 0),
        ("A \\sqrt[3]{x} [1.345] b.", "A \\sqrt[3]{x} [1.345] b.", (), 0),
        ("A [-1]. B [2301.12345]. C (arXiv:2301.12345v2). D arXiv:hep-th/9901001.", "A. B. C. D.", (), 4),
    ],
)
def test_a_marker_that_names_a_sentence_is_its_papers_and_told_apart(
    written: str, text: str, pointers: object, unknown: int
) -> None:
    bound = bind_citations(written, {3, 7, 9})
    assert (bound.text, bound.pointers, bound.unknown) == (text, pointers, unknown)
    again = resolve_citations(bound.text, {3, 7, 9})
    assert (again.text, again.unknown) == (text, 0)
    assert [number for number, _ in bound.pointers] == [int(n) for n in re.findall(r"(?<![a-z])\[(\d+)\]", text)]


def test_plain_markers_are_bound_as_they_are_resolved() -> None:
    text = "A [3, 7] and [^9] or [see 3; 99] with [[99]3], 【3†source】 and [2024]."
    bound, plain = bind_citations(text, {3, 7, 9}), resolve_citations(text, {3, 7, 9})
    assert (bound.text, bound.unknown) == (plain.text, plain.unknown)
