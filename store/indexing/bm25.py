"""BM25: a few papers ranked by words that all of them hold, as `rank` of the full-text index has them (FTS5's formula).

Invariant: the time goes by the papers that are ranked. The index counts all that hold a word, to weigh it: 50 to 100 ms
for one that is in each of a million. Here the latest tell how many there are, and those ranked the mean length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from store.db.database import Session
from store.db.match_expression import MatchPhrase
from store.indexing.paper_rows import read_stems

COLUMN_WEIGHTS = (4.0, 1.0, 4.0)  # title, abstract, authors
_K1, _B = 1.2, 0.75
_LEAST_WEIGHT = 1e-6  # of a form in half of all papers or more
COUNTED = 5_000  # papers with a form; how many there are beyond is estimated


def count_holding(session: Session, forms: Sequence[str], last: int) -> dict[str, float]:
    """About how many papers hold each form (stems with a blank between them), of those up to the last row."""
    return {form: _count(session, form, last) for form in forms}


def _count(session: Session, form: str, last: int) -> float:
    """Where they are many, as the engine estimates them, else by how close together the latest are."""
    known = 0.0 if " " in form else session.estimate_holding(MatchPhrase(form))
    if known >= COUNTED:
        return min(known, float(last))
    ((found, first),) = session.rows(
        """
        SELECT count(*), coalesce(min(rowid), 1)
        FROM (SELECT rowid FROM papers_fts(?) ORDER BY rowid DESC LIMIT ?) AS counted
        """,
        [MatchPhrase(form), COUNTED],
    )
    return float(found if found < COUNTED else found * last / (last - first + 1))


def rank_by_stems(session: Session, holding: Mapping[str, float], rows: Sequence[int], last: int) -> list[int]:
    """The rows, the best first. holding: how many of the papers up to the last row hold each form."""
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
        often = sum(text.count(f" {form} ") * times for text, times in zip(texts, COLUMN_WEIGHTS, strict=True))
        score += weight * often * (_K1 + 1) / (often + damping)
    return score
