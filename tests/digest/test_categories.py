"""Categories of arXiv and subject areas: one spelling, however typed; what is none is told with those near to it."""

from __future__ import annotations

import pytest

from digest.categories import AREA_CATEGORIES, CATEGORIES, SUBJECT_AREAS, find_category, parse_category
from digest.errors import BadInput
from digest.question.limits_input import LimitValues
from digest.sources.registry import HARVEST_SOURCES
from digest.text.arxiv_categories import NAMES
from store.indexing.filters import is_category
from store.records.repositories import WITH_SUBJECT_AREAS, category_name, category_of, split_category


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("biorxiv:neuroscience", "biorxiv:neuroscience"),
        ("bioRxiv: Cell Biology", "biorxiv:cell_biology"),
        ("MEDRXIV:infectious-diseases", "medrxiv:infectious_diseases"),
        ("medrxiv:HIV/AIDS", "medrxiv:hiv_aids"),
        ("biorxiv", "biorxiv"),
        ("medrxiv:all", "medrxiv"),
        ("biorxiv:*", "biorxiv"),
        ("CS.cl", "cs.CL"),
        ("biorxiv:", ""),
        ("biorxiv:nursing", ""),
        ("neuroscience", ""),
        ("arxiv:cs.CL", ""),
        ("biorxiv:10.1101/2024.01.01.123456", ""),
        ("biorxiv:cell_biology2", ""),
    ],
)
def test_a_category_has_one_spelling(typed: str, found: str) -> None:
    assert find_category(typed) == found


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("biorxiv:neurosience", "“neurosience” is no subject area of bioRxiv. Did you mean “biorxiv:neuroscience”"),
        ("medrxiv:neuroscience", "is no subject area of medRxiv"),
        ("biorxiv:", "Write one such as biorxiv:animal_behavior_and_cognition, or biorxiv for all it has."),
        ("neurosciences", "“biorxiv:neuroscience”"),
        ("epidemiology", "“biorxiv:epidemiology”, “medrxiv:epidemiology”"),
        ("genomics", "“q-bio.GN”"),
        (f"biorxiv:{'x' * 500}", "x…” is no subject area"),
    ],
)
def test_what_is_none_is_told_with_those_near_to_it(typed: str, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_category(typed)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_each_is_found_by_itself_and_in_the_search_box_and_is_cut_by_no_list(category: str) -> None:
    assert find_category(category) == category
    assert is_category(category)
    assert LimitValues.of_lines("", "", f"{category}, {category}", "", "").categories == (category, category)


def test_no_area_is_one_of_arxiv_and_papers_have_it_in_words() -> None:
    assert not {*AREA_CATEGORIES, *SUBJECT_AREAS} & set(NAMES)
    assert set(SUBJECT_AREAS) == set(WITH_SUBJECT_AREAS) <= set(HARVEST_SOURCES)
    for category in AREA_CATEGORIES:
        server, words = split_category(category)
        assert (category_of(server, words), category_name(category)) == (category, f"{words} ({category_name(server)})")
    assert (split_category("cs.CL"), category_of("arxiv", "cs.CL"), category_name("cs.CL")) == (
        ("", ""),
        *["cs.CL"] * 2,
    )
