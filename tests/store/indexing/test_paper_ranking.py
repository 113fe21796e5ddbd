"""The last submitted of many papers that match, however they are found; words that nothing matches."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from store import Store
from store.indexing import bm25, paper_ranking
from store.records.editions import Paper
from store.views.fulltext import MAX_RANKED
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
    monkeypatch.setattr(bm25, "COUNTED", 5)
    monkeypatch.setattr(paper_ranking, "COUNTED", 5)
    store.papers.add(paper(f"p{n:05}", title="Walks on graphs") for n in range(20))
    for order in ("rank", "date"):
        assert store.search.find_papers("graphs category:math.CO", order=order) == ([], 0)
        assert len(store.search.find_papers("graphs category:cs.CL", order=order)[0]) == 20
