"""Categories in a filter: as they are typed, and as their source writes them."""

from __future__ import annotations

import pytest

from store import Store
from store.indexing.filters import SearchFilter
from store.indexing.query_match import is_filed_in
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


AREAS = {
    "biorxiv:1": ("biorxiv", "epidemiology"),
    "medrxiv:2": ("medrxiv", "epidemiology"),
    "biorxiv:3": ("biorxiv", "cell biology"),
    "4": ("arxiv", "cs.CL"),
    "medrxiv:5": ("medrxiv", ""),
}


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("biorxiv:epidemiology", "1"),
        ("medRxiv:Epidemiology", "2"),
        ("epidemiology", "12"),
        ("biorxiv:cell_biology", "3"),
        ("biorxiv:cell-biology", "3"),
        ("biorxiv", "13"),
        ("medrxiv:*", "25"),
        ("medrxiv:cell_biology", ""),
        ("biorxiv:epi", ""),
    ],
)
def test_a_subject_area_is_of_its_server_alone_in_the_store_and_of_a_paper(store: Store, typed: str, ids: str) -> None:
    papers = [
        paper(id_, source=source, url="https://a.example/", categories=tuple(filter(None, (area,))))
        for id_, (source, area) in AREAS.items()
    ]
    store.papers.add(papers)
    found = {id_[-1] for id_ in store.papers.filter_ids(AREAS, SearchFilter(category=typed))}
    assert found == {id_[-1] for id_ in store.papers.filter_ids(AREAS, SearchFilter(any_category=("math.NT", typed)))}
    assert found == set(ids)
    if ":" in typed or typed == "biorxiv":
        assert {one.id[-1] for one in papers if is_filed_in(one, ("math.NT", typed))} == set(ids)
