"""Expressions as tsquery: the label of a column on every lexeme, no stem as syntax, bounded where forms are many."""

from __future__ import annotations

import json

import pytest

from store.db.match_expression import MatchAny, MatchColumns, MatchExpression, MatchNear, MatchPhrase, MatchWithout
from store.postgres.tsquery import render_match, render_tsquery

A = MatchPhrase("a")


@pytest.mark.parametrize(
    ("expression", "query"),
    [
        (MatchColumns(("title",), A), "'Aa'"),
        (MatchColumns(("title", "abstract"), A), "('Aa' | 'Ba')"),
        (MatchColumns(("question", "papers"), A), "('Ba' | 'Da')"),
        (MatchColumns(("title",), MatchColumns(("title", "text"), A)), "'Aa'"),
        (MatchColumns(("title",), MatchColumns(("text",), A)), "' '"),
        (MatchColumns(("authors",), MatchPhrase("o'neil \\")), "('Co''neil' <-> 'C\\\\')"),
        (MatchColumns(("title",), MatchWithout(A, MatchPhrase("b c"))), "('Aa' & !('Ab' <-> 'Ac'))"),
        (MatchColumns(("authors",), MatchNear(("hu",), 1)), "'Chu'"),
    ],
)
def test_every_lexeme_has_the_label_of_its_column(expression: MatchExpression, query: str) -> None:
    assert render_tsquery(expression) == query


def test_what_is_counted_of_an_alternative_stands_in_rows_that_hold_it_whole() -> None:
    both = MatchWithout(A, MatchPhrase("b"))
    asked = json.loads(render_match(MatchColumns(("title",), MatchAny((both, MatchPhrase("c"))))))
    assert asked == {
        "query": "(('Aa' & !'Ab') | 'Ac')",
        "phrases": [["'Aa'", "'Aa'", "('Aa' & !'Ab')"], ["'Ac'", "'Ac'", None]],
    }


def test_a_name_of_many_parts_is_no_endless_query() -> None:
    many = MatchColumns(("authors",), MatchNear(tuple(f"part{n}" for n in range(32)), 1))
    assert len(render_tsquery(many)) < 200_000


def test_an_expression_that_no_one_knows_is_no_empty_one() -> None:
    with pytest.raises(TypeError, match="MatchExpression"):
        render_tsquery(MatchExpression())
