"""BM25: a few papers ranked by words that all of them hold, as `rank` of the full-text index has them (FTS5's formula).

Invariant: the time goes by the papers that are ranked. The index counts all that hold a word, to weigh it: 50 to 100 ms
for one that is in each of a million. Here a sample tells how many there are, and those ranked the mean length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from store.db.database import Session
from store.db.match_expression import MatchColumns, MatchExpression, MatchPhrase
from store.indexing.paper_rows import read_stems

COLUMN_WEIGHTS = (4.0, 1.0, 4.0)  # title, abstract, authors
_K1, _B = 1.2, 0.75
_LEAST_WEIGHT = 1e-6  # of a form in half of all papers or more
COUNTED = 5_000  # papers with a form; how many there are beyond is estimated
_SAMPLE, _PLACES = 20_000, 10  # rows in all, from so many places


def count_holding(session: Session, forms: Sequence[str], last: int) -> dict[str, float]:
    """How many papers hold each form (stems with a blank between them), of those up to the last row."""
    return {form: count_matches(session, MatchPhrase(form), last) for form in forms}


def count_matches(session: Session, expression: MatchExpression, last: int) -> float:
    """How many papers an expression finds, of those up to the last row. COUNTED and more are estimated: by what the
    engine knows of one word, else by a sample of rows.
    """
    known = session.estimate_holding(expression) if _is_one_word(expression) else 0.0
    if known >= COUNTED:
        return min(known, float(last))
    counted = "SELECT count(*) FROM (SELECT 1 FROM papers_fts(?) LIMIT ?) AS counted"
    ((found,),) = session.rows(counted, [expression, COUNTED])
    return float(found) if found < COUNTED else _estimate_matches(session, expression, last)


def _estimate_matches(session: Session, expression: MatchExpression, last: int) -> float:
    """From rows of all ages: what everybody writes of today, few wrote of ten years ago."""
    sql = "SELECT count(*) FROM papers_fts(?) WHERE rowid BETWEEN ? AND ?"
    size = min(_SAMPLE, last) // _PLACES
    firsts = [1 + place * (last - size) // (_PLACES - 1) for place in range(_PLACES)]
    found = sum(session.rows(sql, [expression, first, first + size - 1])[0][0] for first in firsts)
    return float(found) * last / (size * _PLACES)


def _is_one_word(expression: MatchExpression) -> bool:
    asked = expression.part if isinstance(expression, MatchColumns) else expression
    return isinstance(asked, MatchPhrase) and " " not in asked.form


def rank_by_stems(session: Session, holding: Mapping[str, float], rows: Sequence[int], last: int) -> list[int]:
    """The rows, the best first. holding: how many of the papers up to the last row hold each form."""
    if not rows:
        return []
    texts = read_stems(session, rows)
    mean = sum(map(_length, texts.values())) / len(texts)
    weights = {form: max(math.log((last - n + 0.5) / (n + 0.5)), _LEAST_WEIGHT) for form, n in holding.items()}
    scores = {row: _score(texts[row], weights, mean) for row in rows}
    return sorted(rows, key=lambda row: (-scores[row], row))


def _length(texts: Sequence[str]) -> int:
    return sum(text.count(" ") - 1 for text in texts)


def _score(texts: Sequence[str], weights: Mapping[str, float], mean: float) -> float:
    damping = _K1 * (1 - _B + _B * _length(texts) / mean)
    score = 0.0
    for form, weight in weights.items():
        often = sum(_count(text, form) * times for text, times in zip(texts, COLUMN_WEIGHTS, strict=True))
        score += weight * often * (_K1 + 1) / (often + damping)
    return score


def _count(text: str, form: str) -> int:
    found = text.count(f" {form} ")
    if found and f" {form} {form} " in text:  # the blank between them is of both
        return text.replace(" ", "  ").count(f" {form.replace(' ', '  ')} ")
    return found
