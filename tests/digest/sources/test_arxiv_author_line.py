"""arXiv's raw line of authors as the names that its search API tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.arxiv.author_line import split_author_line

LINES = {
    "Ada Example": ["Ada Example"],
    "Ada Example, Ben Sample and C. Probe": ["Ada Example", "Ben Sample", "C. Probe"],
    "Ada Example & Ben Sample": ["Ada Example", "Ben Sample"],
    "A. Example; B. Sample": ["A. Example", "B. Sample"],
    "Ada Example (1), Ben Sample (1 and 2) ((1) First University, (2) Second Lab)": ["Ada Example", "Ben Sample"],
    "Ada Example (MIT) and Ben Sample (Univ. of X, Y)": ["Ada Example", "Ben Sample"],
    "Ada Example [1,2], Ben Sample [3]": ["Ada Example", "Ben Sample"],
    "Ada Example$^{1,2}$, Ben Sample$^{1,*}$": ["Ada Example", "Ben Sample"],
    "Ada Example (MIT, Ben Sample (2), C. Probe": ["Ada Example", "MIT", "Ben Sample", "C. Probe"],  # nobody is lost
    "Ada Example), Ben Sample": ["Ada Example", "Ben Sample"],
    "Xiaoming (Mike) Li and Bo Wu": ["Xiaoming (Mike) Li", "Bo Wu"],
    "ATLAS Collaboration: G. Aad, B. Abbott": ["ATLAS Collaboration", "G. Aad", "B. Abbott"],
    "A. Glenn (for the PHENIX Collaboration)": ["A. Glenn"],  # as the search API has it
    "(The ATLAS Collaboration)": ["(The ATLAS Collaboration)"],
    "Sam Doe, Jr., Jan van den Berg III": ["Sam Doe Jr.", "Jan van den Berg III"],
    "Doe, J., Foo, K.L. and Bar, M.": ["Doe, J.", "Foo, K. L.", "Bar, M."],
    "Madonna, J. K. Rowling": ["Madonna", "J. K. Rowling"],
    r"Jos{\'e} Garc{\'\i}a, {\L}ukasz Bo\.zek, Paul Erd\H{o}s, J.\,Smith": [
        "José García", "Łukasz Bożek", "Paul Erdős", "J. Smith"
    ],
    "A.B. Jones, J.-P. Serre": ["A. B. Jones", "J.-P. Serre"],
    "Y. Yang and": ["Y. Yang"],
    "A. Doe et al.": ["A. Doe et al."],
    "Andy Sandford and Brandy Landry": ["Andy Sandford", "Brandy Landry"],
    "(authors not recorded)": [],
    ":": [],
    "": [],
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_its_names(line: str) -> None:
    assert list(split_author_line(line)) == LINES[line]


@given(st.text(alphabet="Ab .,;:()[]&$^{}\\'1é", max_size=60))
def test_any_line_is_read_and_no_name_is_empty(line: str) -> None:
    assert all(name.strip() for name in split_author_line(line))


def test_thousands_of_brackets_that_never_close_are_read() -> None:
    assert split_author_line("A. Doe " + "(" * 100_000 + "B. Foo") == ("A. Doe", "B. Foo")
