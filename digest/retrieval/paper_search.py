"""Papers of the store by words and by meaning, as one ranking: reciprocal rank fusion of full text and embeddings.

Invariant: what narrows a search (dates, category:, author:, -word, "phrases") holds for every hit. By meaning alone a
paper is found only where it is near, and each such hit says so; where no vector can be had, words alone decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from digest.errors import PaperRouteError
from digest.ports import Embedder
from store import Store
from store.indexing.filters import NO_FILTER, SearchFilter
from store.indexing.search_syntax import SearchTerms, narrow, parse_search
from store.views.fulltext import MAX_RANKED, PaperHit, PaperOrder, TextFilter, make_hits

_MOST_NEAR = 50  # neighbours that take part
_MOST_FILTERED = 2_000  # nearest papers that a filter chooses from
_LEAST_COSINE = 0.35  # below, even the nearest is near by chance
_WORD = re.compile(r"[^\W\d_]+")
_SIGNS = frozenset(("author", "category", "cat"))
_MOST_TYPED = 300  # characters of a search in which slips are looked for
_MOST_MISSPELT = 6  # words
_RANK_OFFSET = 60  # of Cormack, Clarke and Büttcher, 2009: how little the first few ranks differ


@dataclass(frozen=True)
class RankedPapers:
    hits: tuple[PaperHit, ...]
    total: int  # that can be paged through
    with_words: int  # how many of them hold the words
    more: bool = False  # there are more than these


def search_papers(
    typed: str,
    store: Store,
    embedder: Embedder | None,
    *,
    among: SearchFilter = NO_FILTER,
    order: PaperOrder = "rank",
    limit: int = 20,
    offset: int = 0,
    shown: TextFilter = str,
) -> RankedPapers:
    """A page of what is found for a search as it was typed.

    order: "rank", or "date" for the last submitted of those that hold the words. embedder: None for words alone; asked
    for one vector. shown: a text -> what the snippet is cut from.
    """
    terms = parse_search(typed)
    ids, total = store.search.paper_ids(terms, among, order=order)
    near = _nearest_ids(terms, store, embedder, among) if embedder and order == "rank" else []
    ranked = fuse_ranks(ids, near)[offset : offset + limit]
    papers, with_words, nearby = store.papers.get(ranked), set(ids), set(near)
    hits = make_hits([papers[id_] for id_ in ranked if id_ in papers], terms, shown)
    return RankedPapers(
        tuple(
            replace(hit, found_by="both" if hit.paper.id in nearby else "words")
            if hit.paper.id in with_words
            else replace(hit, found_by="meaning")
            for hit in hits
        ),
        len(with_words | nearby),
        len(with_words),
        total > MAX_RANKED,
    )


def fuse_ranks(*rankings: Sequence[str]) -> list[str]:
    """One ranking of several, by the sum of 1 / (60 + rank); of equals, what is first in the first of them."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, id_ in enumerate(ranking, 1):
            scores[id_] = scores.get(id_, 0.0) + 1 / (_RANK_OFFSET + rank)
    return sorted(scores, key=lambda id_: -scores[id_])  # stable


def _nearest_ids(terms: SearchTerms, store: Store, embedder: Embedder, among: SearchFilter) -> list[str]:
    """The ids of the papers near in meaning that everything but the single words lets through, nearest first."""
    text = _known_words(terms, store)
    if not text:
        return []
    try:
        vector = embedder.embed([text]).value[0]
    except PaperRouteError:  # the words are found all the same
        return []
    if not vector.any():
        return []
    is_narrow = bool(terms.quoted) or narrow(among, terms) != NO_FILTER
    nearest = store.vectors.nearest(embedder.model, vector, _MOST_FILTERED if is_narrow else _MOST_NEAR)
    near = [id_ for id_, cosine in nearest if cosine >= _LEAST_COSINE]
    if is_narrow:
        kept = store.search.ids_with_phrases(near, terms, among)
        near = [id_ for id_ in near if id_ in kept]
    return near[:_MOST_NEAR]


def _known_words(terms: SearchTerms, store: Store) -> str:
    """Without the words that are in no text of the store: names, and slips, whose vectors say nothing."""
    words = terms.words.split()
    frequencies = store.papers.frequencies(dict.fromkeys(words))
    return " ".join(word for word in words if frequencies[word])


def suggest_searches(typed: str, store: Store) -> list[str]:
    """The same search with near spellings of the words that no paper holds, the nearest first; each finds something."""
    near = {word: found for word in _searched_words(typed) if (found := store.vocabulary.near(word))}
    tried = (
        _replace_words(typed, {word: found[n] for word, found in near.items() if n < len(found)}) for n in range(3)
    )
    return [text for text in dict.fromkeys(tried) if text != typed and store.search.find_papers(text, limit=0)[1]]


def _searched_words(typed: str) -> list[str]:
    """The words of a search that may be misspelt, as they stand there."""
    words = dict.fromkeys(_WORD.findall(typed[:_MOST_TYPED]))
    return [word for word in words if word.lower() not in _SIGNS][:_MOST_MISSPELT]


def _replace_words(typed: str, spellings: Mapping[str, str]) -> str:
    return _WORD.sub(lambda found: spellings.get(found[0], found[0]), typed)
