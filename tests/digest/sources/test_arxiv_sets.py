"""Which sets hold a category's papers."""

import pytest

from digest.sources.arxiv.sets import holds, set_of, show_set


@pytest.mark.parametrize(
    ("category", "name"),
    [
        ("cs.CL", "cs:cs:CL"),
        ("cs", "cs:cs"),
        ("cs.*", "cs:cs"),
        ("hep-th", "physics:hep-th"),
        ("physics.optics", "physics:physics:optics"),
        ("astro-ph.GA", "physics:astro-ph:GA"),
        ("nonsense.XX", ""),
    ],
)
def test_the_narrowest_set_of_a_category(category: str, name: str) -> None:
    assert set_of(category) == name


@pytest.mark.parametrize(
    ("collection", "category", "held"),
    [
        ("", "cs.CL", True),
        ("cs", "cs.CL", True),
        ("cs:cs:CL", "cs.CL", True),
        ("cs:cs:CL", "cs", False),
        ("cs:cs:C", "cs.CL", False),
        ("math", "math-ph", True),  # math.MP by its other name
        ("eess", "cs.SY", True),
        ("physics", "hep-th", True),
        ("physics:hep-th", "hep-ph", False),
        ("cs", "nonsense.XX", False),
    ],
)
def test_a_set_holds_what_is_filed_below_it_by_either_name(collection: str, category: str, held: bool) -> None:
    assert holds(collection, category) is held


@pytest.mark.parametrize(("name", "shown"), [("cs:cs:CL", "cs.CL"), ("physics:hep-th", "physics:hep-th"), ("cs", "cs")])
def test_a_set_is_shown_as_people_write_it(name: str, shown: str) -> None:
    assert show_set(name) == shown
