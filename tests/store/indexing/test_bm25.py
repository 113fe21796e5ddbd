"""Papers ranked by their stems beside the same ranked by the index."""

from __future__ import annotations

import numpy as np
import pytest

from store import Store
from store.db.match_expression import MatchPhrase, MatchWeights
from store.indexing import bm25
from store.indexing.paper_index import read_index
from store.indexing.query_terms import match_expression, parse_phrases
from store.views.fulltext import MAX_RANKED
from tests.factories.ranking import rank_by_stems_above
from tests.factories.store import paper

WORDS = ["graph", "walk", "owl", "speech", "prime", "zeta", "quark"]


@pytest.fixture
def shelf(store: Store) -> Store:
    random = np.random.default_rng(3)
    shares = np.array([0.4, 0.2, 0.15, 0.1, 0.08, 0.05, 0.02])
    store.papers.add(
        paper(
            f"p{n:03}",
            title=" ".join(random.choice(WORDS, 3, p=shares)),
            abstract=" ".join(random.choice(WORDS, 12, p=shares)),
        )
        for n in range(300)
    )
    return store


@pytest.mark.parametrize("typed", ["quark", "graph quark", "zeta walk", '"owl graph"', "quark-walk prime"])
def test_the_order_is_that_of_the_index(shelf: Store, typed: str) -> None:
    phrases = parse_phrases(typed)
    expression, forms = match_expression(phrases), [form for phrase in phrases for form in phrase]
    with read_index(shelf._database) as session:
        sql = "SELECT rowid, rank FROM papers_fts(?, ?) ORDER BY rank, rowid"
        ranked = [row for row, _ in session.rows(sql, [expression, MatchWeights(bm25.COLUMN_WEIGHTS)])]
        holding = bm25.count_holding(session, forms, 300)
        ours = bm25.rank_by_stems(session, holding, ranked[::-1], 300)
    assert len(ranked) > 3
    assert set(ours) == set(ranked)
    assert len(set(ours[:10]) & set(ranked[:10])) >= 0.8 * min(10, len(ranked))


def test_how_many_hold_a_word_is_told_by_rows_of_all_ages_where_they_are_many(
    shelf: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.papers.add(paper(f"q{n:03}", title="Lately", abstract="All of these walk.") for n in range(100))
    with read_index(shelf._database) as session:
        (true,) = bm25.count_holding(session, ["walk"], 400).values()
        monkeypatch.setattr(bm25, "COUNTED", 50)
        monkeypatch.setattr(bm25, "_SAMPLE", 200)
        (told,) = bm25.count_holding(session, ["walk"], 400).values()
        (lately,) = bm25.count_holding(session, ["late"], 400).values()
        few = bm25.count_holding(session, ["none"], 400)
    assert told == pytest.approx(true, rel=0.15)
    assert lately == pytest.approx(100, rel=0.3)
    assert few == {"none": 0}


def test_an_engine_that_knows_how_many_hold_a_word_need_not_count(
    shelf: Store, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with read_index(shelf._database) as session:
        (true,) = bm25.count_holding(session, ["walk"], 300).values()
    if engine == "sqlite":
        with read_index(shelf._database) as session:
            assert session.estimate_holding(MatchPhrase("walk")) == 0
        return
    with shelf._database.watch() as session:
        session.run("ANALYZE")
    monkeypatch.setattr(bm25, "COUNTED", 50)
    with read_index(shelf._database) as session:
        assert session.estimate_holding(MatchPhrase("walk")) == pytest.approx(true, rel=0.15)
        assert session.estimate_holding(MatchPhrase("none")) < 50
        told = bm25.count_holding(session, ["walk", "none", "walk walk"], 300)
    assert told["walk"] == pytest.approx(true, rel=0.15)
    assert told["none"] == 0
    assert told["walk walk"] < true


def test_a_common_word_beside_a_rare_one_finds_the_same_first(shelf: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before, total = shelf.search.find_papers("graph quark", limit=300)
    assert 3 < total <= MAX_RANKED
    rank_by_stems_above(100, shelf, monkeypatch)
    after, counted = shelf.search.find_papers("graph quark", limit=300)
    assert (counted, {hit.paper.id for hit in after}) == (total, {hit.paper.id for hit in before})
    assert len({hit.paper.id for hit in after[:10]} & {hit.paper.id for hit in before[:10]}) >= 8
