"""Categories in a filter: as they are typed, and as their source writes them."""

from __future__ import annotations

import pytest

from store import Store
from store.indexing.filters import SearchFilter
from tests.factories.store import paper

CATEGORIES = {"1": "cs.CL", "2": "hep-th", "3": "cond-mat.soft", "4": "cell biology", "5": "Own.Thing", "6": "cs.CLX"}


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("cs.CL", "1"),
        ("CS.cl", "1"),
        ("cs", "16"),
        ("CS.*", "16"),
        ("Hep-Th", "2"),
        ("COND-MAT.Soft", "3"),
        ("cell_biology", "4"),
        ("Cell biology", "4"),
        ("Own.Thing", "5"),
        ("cs.C", ""),
        ("cs.%", ""),
        ("cell%biology", ""),
    ],
)
def test_a_category_is_found_as_typed_and_as_its_source_writes_it(store: Store, typed: str, ids: str) -> None:
    store.papers.add(paper(id_, categories=(name,)) for id_, name in CATEGORIES.items())
    assert store.papers.filter_ids(CATEGORIES, SearchFilter(category=typed)) == set(ids)
