r"""Formulas: where the mathematics of a title or an abstract stands, between dollars, \(...\) or \[...\]. Pure.

Invariant: a price is no formula ("from $5 to $10"), and no formula is longer than 400 characters, so that a stray
dollar swallows no text and the work grows linearly with the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

# Pandoc's rule: no space inside the dollars and no digit after them; with a space inside it is a formula only where it
# holds what prose does not: an index, an exponent or a command.
_BETWEEN_MARKS = (
    r"\\\((?P<paren>.{1,400}?)\\\)|\\\[(?P<bracket>.{1,400}?)\\\]|(?<!\\)\$\$(?P<display>[^$]{1,400})\$\$"
    r"|(?<![\\$])\$(?P<tight>[^\s$](?:[^$]{0,398}?[^\s\\$])?)\$(?!\d)"
    r"|(?<![\\$])\$(?P<loose>(?=[^$]{0,400}?(?:[\^_]|\\[a-zA-Z]))[^$]{1,400})(?<!\\)\$"
)
_FORMULA = re.compile(_BETWEEN_MARKS, re.DOTALL)
_FORMULA_OR_SCRIPT = re.compile(rf"{_BETWEEN_MARKS}|(?P<script>[\^_]\{{[^{{}}$\\]{{1,12}}\}})", re.DOTALL)


class Formula(NamedTuple):
    """whole: `text[start:end]`, marks included; source: what stands between them; display: set on a line of its own."""

    start: int
    end: int
    source: str
    display: bool
    whole: str


def spans(text: str, *, scripts: bool = False) -> list[Formula]:
    """The formulas of a text in order. scripts: also an exponent or index in braces amid prose, as in "10^{-3}"."""
    if "$" not in text and "\\" not in text and not scripts:
        return []
    pattern = _FORMULA_OR_SCRIPT if scripts else _FORMULA
    return [
        Formula(*found.span(), found[found.lastgroup or 0], found.lastgroup in ("bracket", "display"), found[0])
        for found in pattern.finditer(text)
    ]


def replace_formulas(text: str, replace: Callable[[Formula], str], *, scripts: bool = False) -> str:
    """The text with what `replace` makes of each of its formulas."""
    return _rewrite(text, spans(text, scripts=scripts), str, replace)


def rewrite_prose(text: str, rewrite: Callable[[str], str], *, keep: Callable[[Formula], bool] = bool) -> str:
    """The text with what `rewrite` makes of each stretch between two formulas; a formula that is not kept is prose."""
    kept = [formula for formula in spans(text) if keep(formula)]
    return _rewrite(text, kept, rewrite, lambda formula: formula.whole)


def _rewrite(text: str, formulas: list[Formula], prose: Callable[[str], str], replace: Callable[[Formula], str]) -> str:
    parts, end = [], 0
    for formula in formulas:
        parts += [prose(text[end : formula.start]), replace(formula)]
        end = formula.end
    return "".join([*parts, prose(text[end:])])
