"""Full-text queries as PostgreSQL takes them: tsquery over our own lexemes, and the phrases that rank rows.

Invariant: pure; every lexeme stands in quotation marks. A lexeme is the label of a column and a stem (`Agraph`: graph
in a title), as `index_words` in `full_text.sql` makes it, so that the index alone tells in which columns a word stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from store.db.match_expression import (
    MatchAll,
    MatchAny,
    MatchColumns,
    MatchExpression,
    MatchNear,
    MatchPhrase,
    MatchWithout,
)

_LABELS = {"title": "A", "abstract": "B", "question": "B", "authors": "C", "text": "C", "papers": "D"}
_EVERY_COLUMN = "ABCD"
_LONGEST_STEM = 500  # characters that count: a lexeme has at most 2,046 bytes
_NOTHING = "' '"  # no stem has a blank
_MOST_NEAR = 8  # forms that must stand near each other; further ones anywhere in the column

Words = tuple[str, ...]


def render_match(expression: MatchExpression) -> str:
    """As the functions `papers_fts` and `editions_fts` take it: JSON, {"query": ..., "phrases": [...]}."""
    phrases = list(_ranked_phrases(expression, _EVERY_COLUMN, ()))
    return json.dumps({"query": render_tsquery(expression), "phrases": phrases}, ensure_ascii=False)


def render_tsquery(expression: MatchExpression, columns: str = _EVERY_COLUMN) -> str:
    match expression:
        case MatchPhrase(form):
            return _any_of(_phrase(column, tuple(form.split())) for column in columns)
        case MatchNear():
            return _any_of(_near(column, expression) for column in columns)
        case MatchAll(parts):
            return _all_of(render_tsquery(part, columns) for part in parts)
        case MatchAny(parts):
            return _any_of(render_tsquery(part, columns) for part in parts)
        case MatchColumns(names, part):
            return render_tsquery(part, _within(columns, names))
        case MatchWithout(part, excluded):
            return f"({render_tsquery(part, columns)} & !{render_tsquery(excluded, columns)})"
    raise TypeError(f"{type(expression).__name__} is no expression that PostgreSQL knows")


def _ranked_phrases(
    expression: MatchExpression, columns: str, within: tuple[str, ...]
) -> Iterator[tuple[str, str, str | None]]:
    """Each a phrase, what is counted of it in a row, and what the row must match for that; nothing of what is excluded,
    which is in no row that is found.
    """
    match expression:
        case MatchPhrase():
            phrase = render_tsquery(expression, columns)
            yield phrase, phrase, _all_of(within) if within else None
        case MatchNear(forms):
            # The words between count for nothing where the query holds them, too.
            near = _all_of([render_tsquery(expression, columns), _any_of(f"'{column}':*" for column in columns)])
            for form in forms:
                yield render_tsquery(MatchPhrase(form), columns), near, _all_of(within) if within else None
        case MatchAll(parts):
            for part in parts:
                yield from _ranked_phrases(part, columns, within)
        case MatchAny(parts):
            for part in parts:
                inner = within if isinstance(part, MatchPhrase) else (*within, render_tsquery(part, columns))
                yield from _ranked_phrases(part, columns, inner)
        case MatchColumns(names, part):
            yield from _ranked_phrases(part, _within(columns, names), within)
        case MatchWithout(part, _):
            yield from _ranked_phrases(part, columns, within)


def _within(columns: str, names: tuple[str, ...]) -> str:
    labels = {_LABELS[name] for name in names}
    return "".join(column for column in columns if column in labels)


def _near(column: str, near: MatchNear) -> str:
    """Rendered by who stands first: at most so many words from its end to the beginning of each of the others.

    As FTS5 has it, forms may share words, and words of forms among the others count as words between.
    """
    inner = max(sum(len(form.split()) for form in near.forms) - 2, 0)
    forms = [words for form in dict.fromkeys(near.forms) if (words := tuple(form.split()))]
    close, rest = forms[:_MOST_NEAR], forms[_MOST_NEAR:]
    first = _any_of(_near_after(column, form, close, inner + near.gap) for form in close)
    return _all_of([first, *(_phrase(column, form) for form in rest)])


def _near_after(column: str, first: Words, forms: list[Words], most: int) -> str:
    others = [_any_of(_pairs(column, first, form, most)) for form in forms if form != first]
    # Behind a distance, & wants both sides to begin at the same place.
    return f"({_lexeme(column, first[0])} <0> {_all_of(others)})" if others else _phrase(column, first)


def _pairs(column: str, first: Words, other: Words, most: int) -> Iterator[str]:
    for start in range(len(first)):
        rest = first[start:]
        if all(one == its for one, its in zip(rest, other, strict=False)):
            yield _phrase(column, first[:start] + max(rest, other, key=len))
    for distance in range(1, most + 2):
        yield f"({_phrase(column, first)} <{distance}> {_phrase(column, other)})"


def _phrase(column: str, words: Words) -> str:
    lexemes = " <-> ".join(_lexeme(column, word) for word in words)
    return f"({lexemes})" if len(words) > 1 else lexemes or _NOTHING


def _lexeme(column: str, stem: str) -> str:
    return "'" + (column + stem[:_LONGEST_STEM]).replace("\\", "\\\\").replace("'", "''") + "'"


def _all_of(parts: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    return _join(" & ", parts)


def _any_of(parts: Iterator[str] | list[str]) -> str:
    return _join(" | ", parts)


def _join(sign: str, parts: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    several = list(parts)
    return f"({sign.join(several)})" if len(several) > 1 else next(iter(several), _NOTHING)
