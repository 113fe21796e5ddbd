"""Addresses of code and data, as abstracts and comments name them."""

import pytest

from digest.facts.links import find_links
from tests.factories.store import paper

HIVE = "https://github.com/example/hive"


def links(abstract: str, comment: str = "") -> tuple[str, str]:
    return find_links(paper("2401.00001", abstract=abstract, comment=comment))


@pytest.mark.parametrize(
    "told",
    [
        f"Code is available at {HIVE}.",
        f"Our code: \\url{{{HIVE}}}.",
        f"Source code at \\href{{{HIVE}}}{{this page}}",
        "The implementation is at github.com/example/hive.",
        f"Project page: {HIVE}",
        f"We dance (code at {HIVE}).",
    ],
)
def test_code_is_found_whole_and_without_what_stands_around_it(told: str) -> None:
    assert links(f"Bees dance. {told}") == (HIVE, "")
    assert links("Bees dance.", told) == (HIVE, "")


def test_data_is_told_by_host_or_words() -> None:
    zenodo = "https://zenodo.org/records/123"
    assert links(f"The recordings are at {zenodo}.") == ("", zenodo)
    assert links(f"The dataset is released at {HIVE}.") == ("", HIVE)
    assert links(f"The code and data are publicly available at {HIVE}.") == (HIVE, HIVE)
    page = "https://bees.example.org/"
    assert links(f"Our benchmark is publicly available at {page}.") == ("", page)


def test_an_address_of_which_nothing_is_said_is_neither() -> None:
    assert links("Project page: https://bees.example.org/") == ("", "")
    assert links("See https://doi.org/10.1145/1.2 and https://youtu.be/x") == ("", "")
    assert links("Code at https://github.") == ("", "")
    assert links("Data sets help. Code will follow.") == ("", "")


def test_escapes_of_latex_are_undone_and_hostile_ones_refused() -> None:
    assert (
        links("Code: https://github.com/example/my\\_hive\\#readme")[0] == "https://github.com/example/my_hive#readme"
    )
    assert links('Code: https://github.com/e/x"><script>')[0] == "https://github.com/e/x"
    assert links("Code: javascript:alert(1) //github.com/e/x")[0] in ("", "https://github.com/e/x")
