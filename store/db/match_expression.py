"""Full-text query as a value: phrases and names, all or any of them, within columns, without others.

Invariant: pure; each engine writes it in its own syntax where it is bound as a statement's value, as
`store/sqlite/fts5.py` does. A form is stems with a blank between them, and nothing that a reader typed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class MatchExpression:  # decision 238
    """One of the following. `papers_fts(?)` and `editions_fts(?)` are the rows that it finds."""


@dataclass(frozen=True)
class MatchPhrase(MatchExpression):
    form: str


@dataclass(frozen=True)
class MatchNear(MatchExpression):
    """All forms in any order, with at most `gap` words between the outermost that are in none of them."""

    forms: tuple[str, ...]
    gap: int


@dataclass(frozen=True)
class MatchAll(MatchExpression):
    parts: tuple[MatchExpression, ...]


@dataclass(frozen=True)
class MatchAny(MatchExpression):
    parts: tuple[MatchExpression, ...]


@dataclass(frozen=True)
class MatchColumns(MatchExpression):
    """What stands in one of these columns."""

    columns: tuple[str, ...]
    part: MatchExpression


@dataclass(frozen=True)
class MatchWithout(MatchExpression):
    part: MatchExpression
    excluded: MatchExpression


@dataclass(frozen=True)
class MatchWeights:
    """The second value of `papers_fts(?, ?)` and `editions_fts(?, ?)`: how often each column counts in `rank`, of which
    the lowest is best.
    """

    by_column: tuple[float, ...]


def match_all(parts: Iterable[MatchExpression | None]) -> MatchExpression | None:
    """What holds all parts that ask for anything; None where none does."""
    return _combine(MatchAll, parts)


def match_any(parts: Iterable[MatchExpression | None]) -> MatchExpression | None:
    """What holds one of the parts that ask for anything; None where none does."""
    return _combine(MatchAny, parts)


def forms_of(expression: MatchExpression) -> tuple[str, ...]:
    """Of all that is asked for, each once; not of what is excluded."""
    match expression:
        case MatchPhrase(form):
            return (form,)
        case MatchNear(forms, _):
            return tuple(dict.fromkeys(forms))
        case MatchAll(parts) | MatchAny(parts):
            return tuple(dict.fromkeys(form for part in parts for form in forms_of(part)))
        case MatchColumns(_, part) | MatchWithout(part, _):
            return forms_of(part)
    raise TypeError(type(expression).__name__)


def _combine(kind: type[MatchAll | MatchAny], parts: Iterable[MatchExpression | None]) -> MatchExpression | None:
    asked = tuple(part for part in parts if part is not None)
    return kind(asked) if len(asked) > 1 else next(iter(asked), None)
