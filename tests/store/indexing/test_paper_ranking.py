"""The best, and the last submitted, of very many papers that match; words that nothing matches."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from store import Store
from store.indexing import bm25, paper_ranking
from store.indexing.paper_index import read_index
from store.indexing.query_terms import match_expression, parse_phrases
from store.records.editions import Paper, Query
from store.views.fulltext import MAX_RANKED
from tests.factories.ranking import rank_by_stems_above
from tests.factories.store import NOON, paper

COUNT = MAX_RANKED + 500


def made() -> list[Paper]:
    """In an order that is not that of their submission; nine of ten are about graphs, one of ten is filed elsewhere."""
    moments = np.random.default_rng(5).permutation(COUNT).tolist()
    return [
        paper(
            f"p{n:05}",
            title="Walks on graphs" if n % 10 else "Owls",
            categories=("math.CO",) if n % 11 == 0 else ("cs.CL",),
            published=NOON + timedelta(minutes=minute // 2),  # two of each, so that the number has to decide
        )
        for n, minute in enumerate(moments)
    ]


def expected(shelf: list[Paper], category: str = "") -> list[str]:
    found = [
        (one.published, n, one.id)
        for n, one in enumerate(shelf)
        if "graphs" in one.title and (not category or category in one.categories)
    ]
    return [id_ for _, _, id_ in sorted(found, reverse=True)]


@pytest.mark.parametrize("look", [0.0, 1e9], ids=["looked at one by one", "listed"])
@pytest.mark.parametrize("category", ["", "cs.CL"])
def test_the_last_submitted_of_many_come_first(
    store: Store, look: float, category: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper_ranking, "_LOOK", look)
    shelf = made()
    store.papers.add(shelf)
    typed = f"graphs category:{category}" if category else "graphs"
    hits, total = store.search.find_papers(typed, order="date", limit=30)
    assert total == MAX_RANKED + 1
    assert [hit.paper.id for hit in hits] == expected(shelf, category)[:30]
    later, _ = store.search.find_papers(typed, order="date", limit=5, offset=28)
    assert [hit.paper.id for hit in later] == expected(shelf, category)[28:33]


def test_a_common_word_that_a_filter_leaves_none_of_finds_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rank_by_stems_above(5, store, monkeypatch)
    store.papers.add(paper(f"p{n:05}", title="Walks on graphs") for n in range(20))
    for order in ("rank", "date"):
        assert store.search.find_papers("graphs category:math.CO", order=order) == ([], 0)
        assert len(store.search.find_papers("graphs category:cs.CL", order=order)[0]) == 20


WORDS = ["graph", "walk", "owl", "speech", "prime", "zeta", "quark"]
SHARES = [0.4, 0.2, 0.15, 0.1, 0.08, 0.05, 0.02]


@pytest.fixture
def shelf(store: Store) -> Store:
    random = np.random.default_rng(4)
    store.papers.add(
        paper(
            f"p{n:03}",
            title=" ".join(random.choice(WORDS, 4, p=SHARES)),
            abstract=" ".join(random.choice(WORDS, 14, p=SHARES)),
            categories=("math.CO",) if n % 3 == 0 else ("cs.CL",),
            published=NOON + timedelta(days=n),
        )
        for n in range(400)
    )
    return store


def few_indexed(monkeypatch: pytest.MonkeyPatch, shelf: Store) -> None:
    if shelf._database.remote:
        with shelf._database.watch() as session:
            session.run("ANALYZE")
    monkeypatch.setattr(paper_ranking, "_MOST_INDEXED", 50)
    monkeypatch.setattr(bm25, "COUNTED", 60)


ASKED = {
    "one query": ([Query(("graph", "walk"))], {}),
    "any of two": ([Query(("graph", "owl")), Query(("zeta",))], {}),
    "in a category": ([Query(("graph", "walk"))], {"categories": ("math.CO",)}),
    "in a window": ([Query(("graph", "walk"))], {"since": NOON + timedelta(days=100)}),
    "by an author": ([Query(("graph",))], {"authors": ("Ada Example",)}),
}


@pytest.mark.parametrize("name", ASKED)
def test_of_very_many_the_best_are_nearly_those_that_the_index_ranks_first(
    shelf: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries, narrowed = ASKED[name]
    exact = [one.id for one in shelf.papers.matching(queries, **narrowed, limit=20)]
    allowed = {one.id for one in shelf.papers.matching(queries, **narrowed, limit=400)}
    few_indexed(monkeypatch, shelf)
    found = [one.id for one in shelf.papers.matching(queries, **narrowed, limit=20)]
    assert len(set(found)) == 20
    assert set(found) <= allowed
    assert len(set(found) & set(exact)) >= 15


def test_of_very_many_the_latest_and_those_with_the_words_in_their_titles_are_ranked(
    shelf: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_indexed(monkeypatch, shelf)
    monkeypatch.setattr(paper_ranking, "_LATEST", 30)
    monkeypatch.setattr(paper_ranking, "_TITLED", 40)
    whole = [one.id for one in shelf.papers.matching([Query(("graph",))], limit=30)]
    titled = {f"p{n:03}" for n in range(400)} & {
        hit.paper.id for hit in shelf.search.papers("graph", limit=400) if "graph" in hit.paper.title
    }
    assert set(whole) <= set(sorted(titled)[-40:]) | {f"p{n:03}" for n in range(360, 400)}
    expression = match_expression(parse_phrases("graph"))
    assert expression
    with read_index(shelf._database) as session:
        first, second = (paper_ranking.best_rows(session, expression, limit=10, offset=offset) for offset in (0, 10))
    assert len(set(first + second)) == 20


def test_about_how_many_papers_hold_a_common_word(shelf: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = shelf.papers.frequencies(WORDS)
    few_indexed(monkeypatch, shelf)
    told = shelf.papers.frequencies([*WORDS, "none"])
    assert {word: told[word] for word in WORDS} == pytest.approx(exact, rel=0.15)
    assert told["none"] == 0
