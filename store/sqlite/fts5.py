"""FTS5, SQLite's full-text index: queries and weights in its syntax.

Invariant: pure; every form stands in quotation marks, every part of a query in brackets.
"""

from __future__ import annotations

from store.db.match_expression import (
    MatchAll,
    MatchAny,
    MatchColumns,
    MatchExpression,
    MatchNear,
    MatchPhrase,
    MatchWeights,
    MatchWithout,
)


def render_match(expression: MatchExpression) -> str:
    """As MATCH takes it."""
    match expression:
        case MatchPhrase(form):
            return _quote(form)
        case MatchNear(forms, gap):
            # FTS5 counts the words of the forms between the outermost as well.
            inner = max(sum(len(form.split()) for form in forms) - 2, 0)
            return f"NEAR({' '.join(map(_quote, forms))}, {inner + gap})"
        case MatchAll(parts):
            return " AND ".join(f"({render_match(part)})" for part in parts)
        case MatchAny(parts):
            return " OR ".join(f"({render_match(part)})" for part in parts)
        case MatchColumns(columns, part):
            return f"{{{' '.join(columns)}}} : ({render_match(part)})"
        case MatchWithout(part, excluded):
            return f"({render_match(part)}) NOT ({render_match(excluded)})"
    raise TypeError(f"{type(expression).__name__} is no expression that FTS5 knows")


def _quote(form: str) -> str:
    return '"' + form.replace('"', '""') + '"'


def rank_by(weights: MatchWeights) -> str:
    return f"bm25({', '.join(map(str, weights.by_column))})"
