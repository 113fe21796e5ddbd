"""Search rounds: what the source is asked for a question, one request after the other, each for another kind of paper.

Invariant: pure; every request is one that a source answers at one go, and holds the question's limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Literal

from digest.ports import SearchRequest
from digest.ranking.question_terms import ConceptForm, QuestionTerms
from store.records.editions import Query
from store.records.questions import SearchLimits

RoundName = Literal["any-word", "concepts", "title", "expansion"]

PAGE = 200  # papers that a source hands out at one request
_MOST_WORDS = 24  # of an expression
_MOST_PAIRED = 4  # concepts, the most telling ones
_MOST_FORMS = 3  # of a concept
_MOST_QUERIES = 12


@dataclass(frozen=True)
class SearchRound:
    name: RoundName
    request: SearchRequest


def base_request(limits: SearchLimits, most: int) -> SearchRequest:
    return SearchRequest(
        (), limits.categories, limits.since, limits.until, limit=min(most, PAGE), authors=limits.authors
    )


def first_rounds(terms: QuestionTerms, base: SearchRequest) -> list[SearchRound]:
    """The most useful first: any word, by the source's relevance; the concepts together; titles."""
    words = terms.telling_words[:_MOST_WORDS]
    asked: tuple[tuple[RoundName, tuple[Query, ...]], ...] = (
        ("any-word", tuple(Query((word,)) for word in words)),
        ("concepts", concept_queries(terms)),
        ("title", tuple(Query((word,), "title") for word in words)),
    )
    rounds = [SearchRound(name, replace(base, queries=queries)) for name, queries in asked if queries]
    return rounds or [SearchRound("any-word", base)]


def concept_queries(terms: QuestionTerms) -> tuple[Query, ...]:
    """The concepts joined by AND, any form of each; of more than two, each pair of those that tell most."""
    telling = sorted(terms.concepts, key=lambda forms: forms[0].mass, reverse=True)[:_MOST_PAIRED]
    pairs = combinations(telling, 2) if len(telling) > 1 else ((forms,) for forms in telling)
    queries = [Query(_words(chosen)) for pair in pairs for chosen in product(*(forms[:_MOST_FORMS] for forms in pair))]
    return tuple(dict.fromkeys(queries))[:_MOST_QUERIES]


def _words(forms: Sequence[ConceptForm]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for form in forms for word in form.words))


def expansion_round(
    terms: QuestionTerms, words: Sequence[str], names: Sequence[str], base: SearchRequest
) -> SearchRound | None:
    """Words that set the best papers apart, each beside one of the question's; and names, in titles."""
    queries = (*_pairs(terms.telling_words[:2], words), *(Query((name,), "title") for name in names))
    return SearchRound("expansion", replace(base, queries=queries)) if queries else None


def _pairs(asked: Sequence[str], words: Sequence[str]) -> Iterator[Query]:
    """With the question's most telling words; by themselves they would lead away."""
    if not asked:
        yield from (Query(pair) for pair in combinations(words, 2))
    yield from (Query((one, word)) for word in words for one in asked)
