"""Relevance of ranked papers to a question, in 0..1, each with its reason; the floor, core and edge, and the verdict.

Invariant: pure, and absolute: what is below the floor for one question is below it for another, and no paper falls
below it because others were found beside it. Thresholds belong to the built-in vectors and to the table of word
frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from digest.ranking.question_terms import ConceptForm, QuestionTerms
from digest.ranking.ranking import RankedPool
from digest.ranking.term_counts import Scores
from digest.retrieval.filter import SelectedPaper, describe_match
from store.records.editions import Paper, Query
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext
from store.text.term_match import has_stems

FLOOR = 0.3
_COVERED = 0.6  # share of what the question tells; a paper that has less is at most at its edge
_WHOLE = 0.7  # of every concept half at least, and of most all: a paper of the core
_EVERY = 0.95  # what a single paper of a field has, that says so in its title
_MOST_BY_WORDS = 6  # content words of a question that can be found together in one abstract
_LEAST_COSINE = 0.40  # mean of the ten nearest; below, a long question has nothing near it
_BEST = 10
_NEAR, _FAR = 0.75, 0.25  # cosines that are taken for 1 and 0
_ALIKE = 0.45  # to a paper
_CLOSE = 0.5  # cosine to question and best papers together
_MOST_EXCUSED = 1.4  # what is asked beyond what an abstract can hold; more, and a whole concept could be missing
_ASKED_TOGETHER = 2  # concepts of which nearness makes up for none: "X for Y" asks for both
_NAMED = 3  # papers that name one: it belongs to the subject whatever its words
_SAID = 0.55  # nearness from which on it is worth saying


@dataclass(frozen=True)
class GradedPaper:
    """paper, relevance, reason, core: as in SelectedPaper; is_kept: it is above the floor."""

    selected: SelectedPaper
    is_kept: bool

    @property
    def relevance(self) -> float:
        return self.selected.relevance or 0.0


def grade_pool(pool: RankedPool, terms: QuestionTerms, *, by_meaning: bool = False) -> list[GradedPaper]:
    """Every paper of the pool, the most relevant first. by_meaning: what is asked for is what is near some paper,
    whose words no other need have.
    """
    coverage, titled = (_excuse_length(values, terms) for values in (pool.coverage, pool.title_coverage))
    evidence = _evidence(pool, coverage, titled)
    order = pool.order if len(pool.papers) > _BEST else np.argsort(-evidence, kind="stable")
    relevance = np.empty(len(order))
    relevance[order] = fit_falling(evidence[order])
    near = (pool.signals["neighbours"] >= _CLOSE) & (pool.cosine >= _LEAST_COSINE)
    near &= pool.missing <= max(0, len(terms.concepts) - _ASKED_TOGETHER)
    kept = ((coverage >= _COVERED) | near) & (evidence >= FLOOR) | (np.array(pool.mentions) >= _NAMED)
    core = coverage >= _WHOLE
    if by_meaning:
        kept = core = pool.cosine >= _ALIKE
    relevance = np.clip(relevance, np.where(kept, FLOOR, 0), 1).round(3)
    return [
        GradedPaper(
            SelectedPaper(pool.papers[row], _reason(pool, row, terms), float(relevance[row]), bool(core[row])),
            bool(kept[row]),
        )
        for row in order.tolist()
    ]


def _excuse_length(coverage: Scores, terms: QuestionTerms) -> Scores:
    """Of a long question an abstract cannot hold every word."""
    return np.minimum(1, coverage * min(_MOST_EXCUSED, max(1.0, len(terms.usual_stems) / _MOST_BY_WORDS)))


def has_answer(pool: RankedPool, terms: QuestionTerms) -> bool:
    """Whether anything of what was found is on the question at all: the floor under the whole of it."""
    if not len(pool.papers):
        return False
    if len(terms.usual_stems) > _MOST_BY_WORDS:
        return _mean_of_best(pool.cosine) >= _LEAST_COSINE
    if _mean_of_best(pool.telling_coverage) >= _COVERED or int((pool.telling_coverage >= 0.7).sum()) >= 3:
        return True
    return bool(((pool.title_coverage >= _WHOLE) & (pool.telling_coverage >= _EVERY)).any())


def _mean_of_best(values: Scores) -> float:
    return float(np.sort(values)[-_BEST:].mean()) if len(values) else 0.0


def _evidence(pool: RankedPool, coverage: Scores, titled: Scores) -> Scores:
    near = np.clip((pool.cosine - _FAR) / (_NEAR - _FAR), 0, 1)
    return 0.45 * coverage + 0.15 * titled + 0.4 * near


def fit_falling(values: Scores) -> Scores:
    """The nearest values that never rise: what is known of each paper by itself, in keeping with the order of all."""
    blocks: list[tuple[float, int]] = []
    for value in values.tolist():
        total, n = value, 1
        while blocks and blocks[-1][0] / blocks[-1][1] < total / n:
            before, count = blocks.pop()
            total, n = total + before, n + count
        blocks.append((total, n))
    return np.repeat([total / n for total, n in blocks], [n for _, n in blocks]) if blocks else values


def _reason(pool: RankedPool, row: int, terms: QuestionTerms) -> AnyText:
    paper = pool.papers[row]
    told = _matched_forms(paper, terms)
    if len(told) == len(terms.concepts) and told:
        return describe_match(Query(tuple(word for form in told for word in form.words)), paper.title_stems)
    if pool.mentions[row] >= _NAMED:
        return lazy_ngettext("named in {n} of the papers", "named in {n} of the papers", pool.mentions[row])
    if told:
        return lazy_gettext("has {terms:series}, and is close in meaning", terms=tuple(form.text for form in told))
    return lazy_gettext("close in meaning")


def _matched_forms(paper: Paper, terms: QuestionTerms) -> list[ConceptForm]:
    """Of each concept the first form of which the paper has every word."""
    forms = (
        next((form for form in concept if all(has_stems(paper.stems, word) for word in form.words)), None)
        for concept in terms.concepts
    )
    return [form for form in forms if form]
