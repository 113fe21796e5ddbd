"""Full-text expressions as FTS5 takes them: each kind finds what it says, whatever stands beside it."""

from __future__ import annotations

import sqlite3

import pytest

from store.db.match_expression import (
    MatchAll,
    MatchAny,
    MatchColumns,
    MatchExpression,
    MatchNear,
    MatchPhrase,
    MatchWithout,
    match_all,
    match_any,
)
from store.sqlite.fts5 import render_match

A, B, C = map(MatchPhrase, ("a", "b", "c"))
ROWS = {
    1: ("a", "b"),
    2: ("a b", ""),
    3: ("b a", "c"),
    4: ("", "a x b"),
    5: ("a x x b", ""),
    6: ("c", ""),
}


@pytest.fixture(scope="module")
def index() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE fts USING fts5 (title, text, content = '')")
    rows = [(row, *texts) for row, texts in ROWS.items()]
    connection.executemany("INSERT INTO fts (rowid, title, text) VALUES (?, ?, ?)", rows)
    return connection


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        (MatchPhrase("a b"), {2}),
        (MatchAll((A, B)), {1, 2, 3, 4, 5}),
        (MatchAny((MatchPhrase("b a"), C)), {3, 6}),
        (MatchNear(("a", "b"), 0), {2, 3}),
        (MatchNear(("b", "a"), 1), {2, 3, 4}),
        (MatchColumns(("title",), A), {1, 2, 3, 5}),
        (MatchColumns(("title", "text"), A), {1, 2, 3, 4, 5}),
        (MatchColumns(("text",), MatchNear(("a", "b"), 1)), {4}),
        (MatchWithout(A, MatchColumns(("title",), A)), {4}),
        # Which of "and", "or" and "not" binds tighter is nobody's business.
        (MatchAll((MatchAny((C, A)), B)), {1, 2, 3, 4, 5}),
        (MatchAny((C, MatchAll((A, MatchPhrase("x"))))), {3, 4, 5, 6}),
        (MatchWithout(MatchAny((A, C)), MatchAny((B, C))), set()),
        (MatchAll((MatchColumns(("title",), C), MatchColumns(("title",), C))), {6}),
    ],
)
def test_an_expression_finds_what_it_says(
    index: sqlite3.Connection, expression: MatchExpression, rows: set[int]
) -> None:
    found = index.execute("SELECT rowid FROM fts(?)", [render_match(expression)])
    assert {row for (row,) in found} == rows


@pytest.mark.parametrize("form", ['"', 'a" OR "b', "a) OR (b", "NOT", "title : a", "a*", "^a", ""])
def test_a_form_is_never_syntax(index: sqlite3.Connection, form: str) -> None:
    index.execute("SELECT rowid FROM fts(?)", [render_match(MatchAll((MatchPhrase(form), A)))]).fetchall()


def test_what_asks_for_nothing_is_left_out() -> None:
    assert match_all([None, A, None]) is A
    assert match_any([A, None, B]) == MatchAny((A, B))
    assert match_all([]) is match_any([None]) is None


def test_an_expression_that_no_one_knows_is_no_empty_one() -> None:
    with pytest.raises(TypeError, match="MatchExpression"):
        render_match(MatchExpression())
