"""Ranking of candidates for a question: several measures of each paper, each in 0..1, and their weighted sum. Pure.

Invariant: what a paper scores does not depend on how many others there are, but for what is learnt from the best of
them: their words (RM3), their vectors (Rocchio), and whom they name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.ports import Vectors
from digest.ranking.mentions import Mentions
from digest.ranking.question_terms import COMMON, QuestionTerms
from digest.ranking.term_counts import Scores, TermCounts
from digest.text.word_frequencies import word_frequencies
from store.records.editions import Paper
from store.text.tokens import is_generic, stem, tokens

# decision 97: round numbers, taken over from measurements on other questions, and not fitted to any
_WEIGHTS = {"words": 0.4, "meaning": 0.3, "feedback": 0.5, "neighbours": 0.3, "agreement": 0.2}
_NAMED_BY_BEST, _NAMED_BY_ANY = 0.7, 0.4
_FEEDBACK_PAPERS, _FEEDBACK_WORDS, _ASKED_SHARE = 30, 60, 0.4
_ABSENT = 0.1  # what a concept that a paper does not have counts for
_HALF, _REMOTE = 0.5, 0.15  # coverage of a concept, and cosine to it; under both a paper has nothing of it
_BEST = 200  # papers whose mentions count more


@dataclass(frozen=True)
class RankedPool:
    """Arrays have one item a paper. order: the best first. expansion: the words of the best, with their weights."""

    papers: tuple[Paper, ...]
    order: NDArray[np.intp]
    score: Scores
    signals: dict[str, Scores]
    coverage: Scores  # of the question's concepts, 0..1, as are the next two; no concept stands for another
    title_coverage: Scores
    telling_coverage: Scores  # where a concept counts for as much as it tells
    missing: NDArray[np.int_]  # concepts of which a paper neither has half the words nor is anywhere near
    cosine: Scores
    mentions: Sequence[int]
    names: Mentions
    expansion: dict[str, float]


def rank_papers(
    papers: Sequence[Paper],
    lists: Sequence[int],
    terms: QuestionTerms,
    vectors: Vectors,
    question: Vectors,
    concepts: Vectors,
) -> RankedPool:
    """lists: on how many lists of the source each paper was. vectors: (papers, d), question: (d,), concepts: (concepts,
    d); unit rows.
    """
    counts = TermCounts(papers)
    covered = concept_coverage(counts.have, terms, len(papers))
    asked = _concept_scores(counts, terms)
    cosine = np.asarray(vectors @ question, np.float64)
    first = 0.6 * _standardise(asked) + 0.4 * _standardise(cosine)
    nearest = _best_found(first, np.asarray(lists))
    best = nearest[:_FEEDBACK_PAPERS]
    expansion = counts.expansion(dict.fromkeys(best, 1.0), _FEEDBACK_WORDS)
    own = dict.fromkeys(terms.usual_stems, 1 / max(1, len(terms.usual_stems)))
    weights = {word: (1 - _ASKED_SHARE) * weight for word, weight in expansion.items()}
    for word, weight in own.items():
        weights[word] = weights.get(word, 0.0) + _ASKED_SHARE * weight
    centre = vectors[best].mean(axis=0) if best else question
    length = float(np.linalg.norm(centre)) or 1.0
    signals = {
        "words": asked,
        "meaning": cosine,
        "feedback": counts.scores(weights),
        "neighbours": np.asarray(vectors @ (0.5 * question + 0.5 * centre / length), np.float64),
        "agreement": np.asarray(lists, np.float64),
    }
    names = Mentions(papers)
    by_best, by_any = names.count(nearest), names.count(range(len(papers)))
    score = sum((weight * _standardise(signals[name]) for name, weight in _WEIGHTS.items()), np.zeros(len(papers)))
    score = score + _NAMED_BY_BEST * np.log1p(by_best) + _NAMED_BY_ANY * np.log1p(by_any)
    order = np.argsort(-score, kind="stable")
    titles = [frozenset(paper.title_stems.split()) for paper in papers]
    titled = concept_coverage(lambda one: np.array([one in title for title in titles], bool), terms, len(papers))
    mass = np.array([forms[0].mass for forms in terms.concepts])
    telling = covered @ mass / mass.sum() if len(mass) else np.ones(len(papers))
    return RankedPool(
        tuple(papers),
        order,
        score,
        signals,
        _balance(covered),
        _balance(titled),
        telling,
        ((covered < _HALF) & (vectors @ concepts.T < _REMOTE)).sum(axis=1),
        cosine,
        by_any,
        names,
        expansion,
    )


def _best_found(first: Scores, lists: NDArray[np.int_]) -> list[int]:
    """Rows of the papers to learn from. Of what the source gave, where it gave any: the same question learns the same,
    whatever else the store holds.
    """
    found = np.flatnonzero(lists) if lists.any() else np.arange(len(first))
    best: list[int] = found[np.argsort(-first[found], kind="stable")[:_BEST]].tolist()
    return best


def telling_words(pool: RankedPool, terms: QuestionTerms, most: int) -> list[str]:
    """Words, as they are written, that set the best papers apart from all others, without the question's own."""
    table, asked = word_frequencies(), frozenset(terms.stems)
    weight = {
        one: share * table.idf(one)
        for one, share in pool.expansion.items()
        if one not in asked and not is_generic(one) and table.stems.get(one, 0) <= COMMON * table.papers
    }
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for row in pool.order[:_FEEDBACK_PAPERS].tolist():
        for word in tokens(pool.papers[row].readable_abstract):
            spelt[stem(word)][word] += 1
    best = sorted((one for one in weight if one in spelt), key=lambda one: -weight[one])[:most]
    return [spelt[one].most_common(1)[0][0] for one in best]


def _balance(covered: Scores) -> Scores:
    """Of (papers, concepts): half of it is the geometric mean, so that a paper on one of two things is on neither."""
    if not covered.shape[1]:
        return np.ones(len(covered))
    geometric = np.exp(np.log(np.maximum(covered, _ABSENT)).mean(axis=1))
    return np.asarray(0.5 * covered.mean(axis=1) + 0.5 * geometric, np.float64)


def concept_coverage(have: Callable[[str], NDArray[np.bool_]], terms: QuestionTerms, size: int) -> Scores:
    """(papers, concepts), 0..1: the share of each concept that a paper has, of its best form."""
    idf = word_frequencies().idf
    covered = np.ones((size, len(terms.concepts)))
    for at, forms in enumerate(terms.concepts):
        shares = [sum((idf(one) * have(one) for one in form.stems), np.zeros(size)) / form.mass for form in forms]
        covered[:, at] = np.max(shares, axis=0)
    return covered


def _concept_scores(counts: TermCounts, terms: QuestionTerms) -> Scores:
    """BM25 of each concept's best form, summed; what a concept tells counts by its square root, so that a rare one does
    not drown the others.
    """
    scores = np.zeros(counts.size)
    for forms in terms.concepts:
        shares = [counts.scores(dict.fromkeys(form.stems, 1.0)) / form.mass for form in forms]
        scores += np.sqrt(max(form.mass for form in forms)) * np.max(shares, axis=0)
    return scores


def _standardise(values: Scores) -> Scores:
    spread = float(values.std()) if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 0 else np.zeros(len(values))
