"""arXiv's categories, and those near to a mistyped one."""

import re

import pytest

from digest.text.arxiv_categories import NAMES, find_arxiv_category, nearest_arxiv_categories


def test_every_class_is_of_an_archive_that_is_there() -> None:
    assert len(NAMES) > 170
    for id_ in NAMES:
        assert re.fullmatch(r"[a-z][a-z-]+(?:\.(?:[A-Z]{2}|[a-z-]{4,}))?", id_)
        assert id_.partition(".")[0] in NAMES
        assert find_arxiv_category(id_.upper()) == id_


def test_an_archive_is_found_with_and_without_its_star() -> None:
    assert find_arxiv_category("cs.*") == find_arxiv_category(" CS ") == "cs"
    assert find_arxiv_category("hep-th") == "hep-th"
    assert find_arxiv_category("hep-th.*") == ""  # it has no classes
    assert find_arxiv_category("nothing") == find_arxiv_category("") == ""


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("cs.CI", "cs.C"),
        ("csCL", "cs.CL"),
        ("computer vision", "cs.CV"),
        ("Robotics", "cs.RO"),
        ("q-bio.NX", "q-bio.N"),
    ],
)
def test_near_ones_share_the_archive_or_the_name(typed: str, nearest: str) -> None:
    assert nearest_arxiv_categories(typed)[0].startswith(nearest)


def test_what_is_far_from_all_is_near_to_none() -> None:
    assert nearest_arxiv_categories("zzzzzzzz") == nearest_arxiv_categories("") == ()
