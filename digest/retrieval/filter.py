"""Paper filter: a paper stays if every term of one query is in its title and abstract, in any order; and why.

Invariant: pure; terms match as `store/text/term_match.py` says. The order of the papers is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from store.records.editions import Paper, Query
from store.records.lazy_text import AnyText, LazyText, join_sentences, lazy_gettext, lazy_ngettext
from store.text.term_match import has_stems
from store.text.tokens import is_generic, is_stop, stem, stems, tokens


@dataclass(frozen=True)
class SelectedPaper:
    """A paper that stays. reason: why, for the reader, without a full stop. relevance, core: as in EditionPaper.
    change, because: of the relevance, by what readers said. in_brief: to be told below the others, in a line.
    """

    paper: Paper
    reason: AnyText
    relevance: float | None = None
    core: bool = True
    change: float = 0.0
    because: AnyText = ""
    in_brief: bool = False


def select(
    papers: Sequence[Paper],
    queries: Sequence[Query],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> tuple[SelectedPaper, ...]:
    """The papers that have every term of a query and of `include`, and no term of `exclude`."""
    selected = []
    for paper in papers:
        words = paper.stems
        matched = _matches(words, queries)
        included = all(has_stems(words, term) for term in include)
        excluded = any(has_stems(words, term) for term in exclude)
        if matched and included and not excluded:
            query = _best_query(paper.title_stems, matched)
            selected.append(SelectedPaper(paper, describe_match(query, paper.title_stems)))
    return tuple(selected)


def _matches(words: str, queries: Sequence[Query]) -> list[Query]:
    return [query for query in queries if query.terms and all(has_stems(words, term) for term in query.terms)]


def _best_query(title: str, matched: Sequence[Query]) -> Query:
    """The query that says most about the paper: most terms in its title, then most terms, then the first."""
    return max(matched, key=lambda query: (sum(has_stems(title, term) for term in query.terms), len(query.terms)))


def describe_match(query: Query, title: str) -> LazyText:
    """Where a paper that has every term of the query has them. title: its stems."""
    titled = tuple(term for term in query.terms if has_stems(title, term))
    if len(query.terms) == 1:
        term = query.terms[0]
        return (
            lazy_gettext("has {query:quoted} in the title", query=term)
            if titled
            else lazy_gettext("has {query:quoted} in the abstract", query=term)
        )
    if len(titled) == len(query.terms):
        return lazy_gettext("has all of {query:quoted} in the title", query=query.text)
    if titled:
        return lazy_gettext("has all of {query:quoted} (in the title: {terms:series})", query=query.text, terms=titled)
    return lazy_gettext("has all of {query:quoted} in the abstract", query=query.text)


def describe_rule(
    queries: Sequence[Query],
    *,
    found: int = 0,
    most: int = 0,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    period: AnyText = "",
    withdrawn: int = 0,
) -> AnyText:
    """The rule in words, for the reader. found: how many satisfied it. most: how many of them could stay.
    withdrawn: how many others satisfied it.
    """
    told = tuple(dict.fromkeys(query.text for query in queries))
    return join_sentences(
        lazy_gettext(
            "A paper stays if its title and abstract have every word of {queries:any}, in any order and inflection.",
            queries=told,
        ),
        *_describe_narrowing(include, exclude),
        lazy_gettext("Of {n} such papers, the {most} nearest to the question were kept.", n=found, most=most)
        if found > most > 0
        else "",
        lazy_gettext("Only papers submitted {period}.", period=period) if period else "",
        lazy_ngettext(
            "{n} more has these words, but was withdrawn.", "{n} more have these words, but were withdrawn.", withdrawn
        )
        if withdrawn
        else "",
    )


def _describe_narrowing(include: Sequence[str], exclude: Sequence[str]) -> tuple[AnyText, ...]:
    return (
        lazy_gettext("It must also have {terms:all}.", terms=tuple(include)) if include else "",
        lazy_gettext("It must not have {terms:all}.", terms=tuple(exclude)) if exclude else "",
    )


def describe_ranking(
    searched_for: Sequence[str],
    *,
    found: int = 0,
    most: int = 0,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    period: AnyText = "",
    withdrawn: int = 0,
) -> AnyText:
    """Likewise of a selection by relevance. found: papers above the floor."""
    return join_sentences(
        lazy_gettext(
            "Papers are ranked for {concepts:all} by their words, their meaning and whom they name; a paper stays if it"
            " is relevant enough.",
            concepts=tuple(searched_for),
        ),
        *_describe_narrowing(include, exclude),
        lazy_gettext("Of {n} such papers, the {most} most relevant were kept.", n=found, most=most)
        if found > most > 0
        else "",
        lazy_gettext("Only papers submitted {period}.", period=period) if period else "",
        lazy_ngettext("{n} more was withdrawn.", "{n} more were withdrawn.", withdrawn) if withdrawn else "",
    )


def widen(  # decision 6
    queries: Sequence[Query], frequencies: Mapping[str, int]
) -> tuple[tuple[Query, ...], LazyText] | None:
    """One step: the least distinctive term dropped from each query that can spare one, and the sentence for the reader.

    Where nothing tells a query's terms apart, each is dropped in turn: a query for every one. frequencies: in how many
    papers each word is (by the word or by its stem). None when no query can spare a term.
    """
    spare = [_least_distinctive(query, frequencies) for query in queries]
    dropped = tuple(dict.fromkeys(term for terms in spare for term in terms))
    if not dropped:
        return None
    wider = tuple(
        Query(tuple(kept for kept in query.terms if kept != term))
        for query, terms in zip(queries, spare, strict=True)
        for term in terms or ("",)
    )
    if any(len(terms) > 1 for terms in spare):
        return _drop_redundant(wider), lazy_gettext("dropped one of {terms:all} at a time", terms=dropped)
    sentence = lazy_ngettext(
        "dropped {terms:all}, the least distinctive word",
        "dropped {terms:all}, the least distinctive words",
        len(dropped),
        terms=dropped,
    )
    return _drop_redundant(wider), sentence


def _least_distinctive(query: Query, frequencies: Mapping[str, int]) -> tuple[str, ...]:
    """Generic before others, then the most frequent; several where they tie, none where no substance would be left."""
    rank = {term: (_is_dull(term), _frequency(term, frequencies)) for term in query.terms}
    highest = max(rank.values(), default=(False, 0))
    substance = sum(not dull for dull, _ in rank.values())
    if substance < 1 or (substance == 1 and not highest[0]):
        return ()
    return tuple(term for term in query.terms if rank[term] == highest)


def _is_dull(term: str) -> bool:
    return all(is_generic(word) or is_stop(word) for word in tokens(term))


def _frequency(term: str, frequencies: Mapping[str, int]) -> int:
    """A term of several words is rarer than its rarest word; a quarter is a fair guess."""
    words = tokens(term)
    rarest = min((frequencies.get(word, frequencies.get(stem(word), 0)) for word in words), default=0)
    return rarest // 4 if len(words) > 1 else rarest


def _drop_redundant(queries: Sequence[Query]) -> tuple[Query, ...]:
    """Without the queries that ask for the same as another, or for more: those find nothing of their own."""
    asked = [frozenset(tuple(stems(term)) for term in query.terms) for query in queries]
    return tuple(
        query
        for i, query in enumerate(queries)
        if not any(other < asked[i] or (other == asked[i] and j < i) for j, other in enumerate(asked))
    )


def mark_widened(strict: Sequence[SelectedPaper], wider: Sequence[SelectedPaper]) -> tuple[SelectedPaper, ...]:
    """What the wider rule kept, in its order; the papers that only it let in say so, the others keep their reason."""
    before = {kept.paper.id: kept for kept in strict}
    return tuple(
        before.get(kept.paper.id)
        or replace(kept, reason=lazy_gettext("by the wider rule: {reason}", reason=kept.reason))
        for kept in wider
    )


def select_nearest(  # decision 7
    kept: Sequence[SelectedPaper], similarity: Sequence[float], most: int
) -> tuple[SelectedPaper, ...]:
    """The `most` papers nearest to the question, in the order they had. similarity: cosine of each to the question."""
    if len(kept) <= most:
        return tuple(kept)
    ranked = sorted(range(len(kept)), key=lambda i: -similarity[i])[:most]
    return tuple(
        replace(
            kept[i],
            reason=lazy_gettext(
                "{reason}; among the {most} of {n} nearest to the question",
                reason=kept[i].reason,
                most=most,
                n=len(kept),
            ),
        )
        for i in sorted(ranked)
    )
