"""Names of authors: one surname everywhere, particles, suffixes, groups, and what is no name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.names import filing_word, is_group, is_others, split_person, surname


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Edward J. Hu", "Hu"),
        ("Manjunath K E", "Manjunath"),
        ("Martin Luther King Jr.", "King"),
        ("Curie, Marie", "Curie"),
        ("The ATLAS Collaboration", "The ATLAS Collaboration"),
        ("张伟", "张伟"),
        ("X", "X"),
        ("Jan van den Berg", "van den Berg"),
        ("C. A. T. van den Berg", "van den Berg"),
        ("van den Berg, Jan", "van den Berg"),
        ("van den Berg", "van den Berg"),
        ("Éric de la Clergerie", "de la Clergerie"),
        ("Mark Van der Merwe", "Van der Merwe"),
        ("Geert Van Der Auwera", "Van Der Auwera"),
        ("Javier Del Ser", "Del Ser"),
        ("Thi Van Tran", "Tran"),
        ("Di Zhang", "Zhang"),
        ("Quoc Le", "Le"),
        ("Hal Daumier III", "Daumier"),
        ("Martin Luther King, Jr.", "King"),
        ("Jan van den Berg, Jr.", "van den Berg"),
        ("Ada Hu PhD", "Hu"),
        ("Srinivasa Rao. P", "Rao"),
        ("Plato", "Plato"),
        ("Ada Example (1)", "Example"),
        ("for the ATLAS Collaboration", "the ATLAS Collaboration"),
        ("on behalf of the Belle II group", "the Belle II group"),
        ("A. Glenn for the PHENIX Collaboration", "Glenn"),
        ("A. Glenn (on behalf of the PHENIX Collaboration)", "Glenn"),
    ],
)
def test_names_are_shortened_to_what_people_call_them(name: str, short: str) -> None:
    assert surname(name) == short


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Jan van den Berg", "Berg"),
        ("Joost Van de Weijer", "Weijer"),
        ("Quoc Le", "Le"),
        ("García Márquez, Gabriel", "García"),
        ("The ATLAS Collaboration", "ATLAS"),
        ("", ""),
    ],
)
def test_a_name_is_filed_under_the_word_that_comes_after_its_particles(name: str, word: str) -> None:
    assert filing_word(name) == word


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Edward J. Hu", ("Edward J.", "Hu", "")),
        ("Manjunath K E", ("K E", "Manjunath", "")),
        ("Jan van den Berg", ("Jan", "van den Berg", "")),
        ("van den Berg, Jan", ("Jan", "van den Berg", "")),
        ("van den Berg, Jan, Jr.", ("Jan", "van den Berg", "Jr.")),
        ("Martin Luther King Jr.", ("Martin Luther", "King", "Jr.")),
        ("Martin Luther King, Jr.", ("Martin Luther", "King", "Jr.")),
        ("Hal Daumier III", ("Hal", "Daumier", "III")),
        ("Srinivasa Rao. P", ("Srinivasa P", "Rao", "")),
        ("Hu Wei Hu", ("Hu Wei", "Hu", "")),
        ("Ada Example (1)", ("Ada", "Example", "")),
        ("A. Glenn for the PHENIX Collaboration", ("A.", "Glenn", "")),
        ("Plato", ("", "Plato", "")),
        ("张伟", ("", "张伟", "")),
        (", Jan", ("", ", Jan", "")),
        ("", ("", "", "")),
    ],
)
def test_a_persons_name_has_three_parts(name: str, parts: tuple[str, str, str]) -> None:
    assert split_person(name) == parts


def test_groups_are_told_from_people_and_from_who_is_not_named() -> None:
    groups = ["The ATLAS Collaboration", "for the Belle II group", "Gemini Team", "University of Somewhere"]
    assert all(map(is_group, groups))
    assert not any(map(is_group, ["Jan van den Berg", "A. Glenn for the PHENIX Collaboration", "et al."]))
    assert all(map(is_others, ["et al.", "et al", "and others", "others", "and et al."]))
    assert not any(map(is_others, ["Al Others", "Hu et al.", ""]))


@given(st.text(alphabet="abV vande,.()JrI", max_size=30))
def test_a_surname_has_no_word_that_the_name_has_not(name: str) -> None:
    assert set(re.findall(r"\w+", surname(name))) <= set(re.findall(r"\w+", name))
    assert surname(name) or not any(char.isalpha() for char in name)


@given(st.text(alphabet="abV vande,.()JrI", max_size=30))
def test_the_parts_of_a_name_have_no_word_that_it_has_not(name: str) -> None:
    parts = split_person(name)
    assert set(re.findall(r"\w+", " ".join(parts))) <= set(re.findall(r"\w+", name))
    assert parts.family == surname(name)
