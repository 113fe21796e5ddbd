"""Statements of the store as psycopg takes them: placeholders, and values.

Invariant: pure. No literal of a statement holds a placeholder (`tests/store/test_portable_sql.py`), so no literal is
changed but for the percent sign, which psycopg wants doubled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from store.db.columns import clean
from store.db.database import Parameters
from store.db.match_expression import MatchExpression, MatchWeights
from store.postgres.tsquery import render_match

_PLACEHOLDER = re.compile(r"\?|(?<![:\w]):([a-z_]\w*)|%")


@lru_cache(4_096)
def translate(sql: str) -> str:
    """`?` and `:name` as `%s` and `%(name)s`."""
    return _PLACEHOLDER.sub(_placeholder, sql)


def _placeholder(found: re.Match[str]) -> str:
    if found[0] == "%":
        return "%%"
    return f"%({found[1]})s" if found[1] else "%s"


def bind_all(parameters: Parameters) -> Sequence[Any] | Mapping[str, Any]:
    if isinstance(parameters, Mapping):
        return {name: bind(value) for name, value in parameters.items()}
    return [bind(value) for value in parameters]


def bind(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, MatchExpression):
        return render_match(value)
    if isinstance(value, MatchWeights):
        return list(map(float, value.by_column))
    return int(value) if isinstance(value, bool) else value  # truths are numbers in all columns
