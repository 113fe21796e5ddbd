"""Names of authors: one surname everywhere, particles, suffixes, groups, and what is no name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.names import Author, is_name, parse_author, parse_authors, person_key, split_people, surname


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
    assert parse_author(name).filing_word == word


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
        (", Jan", ("", "Jan", "")),
        ("King, Jr., Martin Luther", ("Martin Luther", "King", "Jr.")),
        ("Luc Van Gool", ("Luc", "Van Gool", "")),
        ("Wil van der Aalst", ("Wil", "van der Aalst", "")),
        ("Anton van den Hengel", ("Anton", "van den Hengel", "")),
        ("Hanno De Angelis", ("Hanno", "De Angelis", "")),
        ("Salma Al Khatib", ("Salma", "Al Khatib", "")),
        ("Ben Van Durme", ("Ben", "Van Durme", "")),
        ("JAN VAN DEN BERG", ("JAN", "VAN DEN BERG", "")),
        ("jan van den berg", ("jan", "van den berg", "")),
        ("Gerard 't Hooft", ("Gerard", "'t Hooft", "")),
        ("Nguyen Van Linh", ("Nguyen Van", "Linh", "")),
        ("Xue Bin Peng", ("Xue Bin", "Peng", "")),
        ("Ana Crotti Junior", ("Ana", "Crotti Junior", "")),
        ("Ivo S. de Lima Neto", ("Ivo S.", "de Lima Neto", "")),
        ("Blaise Agüera y Arcas", ("Blaise", "Agüera y Arcas", "")),
        ("Md. Rafiul Biswas", ("Md. Rafiul", "Biswas", "")),
        ("Hasan Md", ("Hasan", "Md", "")),
        ("Ada Hu, PhD", ("Ada", "Hu", "PhD")),
        ("Kavitha S.N.", ("S.N.", "Kavitha", "")),
        ("Kim J.-H.", ("J.-H.", "Kim", "")),
        ("William (Bill) Hu", ("William", "Hu", "")),
        (r"Paul Erd\H{o}s", ("Paul", "Erdős", "")),
    ],
)
def test_a_persons_name_has_three_parts(name: str, parts: tuple[str, str, str]) -> None:
    author = parse_author(name)
    assert (author.kind, author.given, author.family, author.suffix) == ("person", *parts)


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("The ATLAS Collaboration", "The ATLAS Collaboration"),
        ("for the Belle II group", "the Belle II group"),
        ("(ATLAS Collaboration)", "ATLAS Collaboration"),
        ("Gemini Team", "Gemini Team"),
        ("LG AI Research", "LG AI Research"),
        ("University of Somewhere", "University of Somewhere"),
        ("Smith and Sons", "Smith and Sons"),
    ],
)
def test_groups_are_told_from_people(name: str, group: str) -> None:
    author = parse_author(name)
    assert (author.kind, author.group, author.surname) == ("group", group, author.name)


@pytest.mark.parametrize(
    "name",
    [
        "A. Glenn for the PHENIX Collaboration",
        "A. Glenn (for the PHENIX Collaboration)",
        "A. Glenn (on behalf of the PHENIX Collaboration)",
        "A. Glenn, on behalf of the PHENIX Collaboration",
        "the PHENIX Collaboration: A. Glenn",
    ],
)
def test_who_speaks_for_a_group_is_a_person(name: str) -> None:
    author = parse_author(name)
    assert author == Author("person", author.name, "A.", "Glenn", "", "the PHENIX Collaboration")


@pytest.mark.parametrize(
    "name", ["Ada Hu (1)", "Ada Hu (1 and 2)", "Ada Hu (a, b)", "Ada Hu [3]", "Ada Hu^{1,2}", "Ada Hu†", "Ada Hu12",
             "Ada Hu1,2", "Ada Hu1, 2,†", "Ada Hu1,∗", "Ada Hu1,a", "Ada Hu^1,2", "Ada Hu,1", "Ada Hu (1",
             "and Ada Hu", "Ada Hu and", " Ada\u200b  Hu,", "Ada Hu ¹"],
)  # fmt: skip
def test_marks_of_affiliations_and_of_the_list_are_no_part_of_a_name(name: str) -> None:
    assert parse_author(name) == Author("person", "Ada Hu", "Ada", "Hu")


def test_who_is_not_named_is_others() -> None:
    for name in ("et al.", "et al", "and others", "others", "and et al.", "Et al."):
        assert parse_author(name).kind == "others"
        assert person_key(name) == parse_author(name).filing_word == ""
    assert parse_author("Al Others").kind == "person"


def test_a_list_holds_those_who_are_named() -> None:
    known = parse_authors(["NVIDIA", ":", "Rex Hu", "Jr.", "(1)", "Jo Doe and Max Foo", "Wen Yang et al.", ""])
    assert [(author.name, author.suffix) for author in known] == [
        ("NVIDIA", ""), ("Rex Hu Jr.", "Jr."), ("Jo Doe", ""), ("Max Foo", ""), ("Wen Yang", ""), ("et al.", ""),
    ]  # fmt: skip
    assert known[-1].kind == "others"
    assert not any(map(is_name, (":", "(1)", "*", "", " - ")))
    assert all(map(is_name, ("3M", "张伟", "et al.")))


@pytest.mark.parametrize(
    ("entry", "people"),
    [
        ("A. Smith and B. Jones", ["A. Smith", "B. Jones"]),
        ("Smith, A. & Jones, B.", ["Smith, A.", "Jones, B."]),
        ("Jan van den Berg and Jo Doe Jr.", ["Jan van den Berg", "Jo Doe Jr."]),
        ("Smith, Ada; Jones, Bo; and Doe, Jo", ["Smith, Ada", "Jones, Bo", "Doe, Jo"]),
        ("A. Smith, B.-C. Jones", ["A. Smith", "B.-C. Jones"]),
        ("A. Smith, B. Jones, and C. Doe", ["A. Smith", "B. Jones", "C. Doe"]),
        ("Ada Smith, Bo Jones and Jo Doe", ["Ada Smith", "Bo Jones", "Jo Doe"]),
        ("King, Martin, Jr. and Jo Doe", ["King, Martin, Jr.", "Jo Doe"]),
    ],
)
def test_several_people_in_one_entry_are_several(entry: str, people: list[str]) -> None:
    assert split_people(entry) == people
    assert parse_authors([entry]) == [parse_author(person) for person in people]


@pytest.mark.parametrize(
    "entry",
    [
        "Ada Hu", "Smith and Sons", "Ada and Bo Smith", "Li & Yau", "Doe Foo, Jo Max", "van den Berg, Jan Peter",
        "King, Martin, Jr.", "Ramón y Cajal, Santiago", "Smith, A. B.", "The Alan and Betty Foundation",
        "Ada Smith and the Pebble Collaboration", "Pebble Collaboration; Ada Smith", "Bar Brothers and Foo Ltd",
        "A. Smith and B. Jones for the PHENIX Collaboration", "Anderson", "Brand And", "",
    ],
)  # fmt: skip
def test_what_may_be_one_author_is_one(entry: str) -> None:
    assert split_people(entry) == [entry]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Edward Hu", "edward-hu"),
        ("Hu, Edward", "edward-hu"),
        ("Edward Hu (1)", "edward-hu"),
        ("Håkan Łuczak-Strauß III", "hakan-luczak-strauss-iii"),
        ("Jan van den Berg", "jan-van-den-berg"),
        ("The ATLAS Collaboration", "atlas-collaboration"),
        ("the ATLAS Collaboration", "atlas-collaboration"),
        ("张伟", "张伟"),
        ("Ёлкин", "ёлкин"),
        (":", ""),
        ("", ""),
    ],
)
def test_a_person_has_one_key_in_addresses(name: str, key: str) -> None:
    assert person_key(name) == key


@given(st.text(alphabet="abV vande,.()JrI", max_size=30))
def test_a_surname_has_no_word_that_the_name_has_not(name: str) -> None:
    assert set(re.findall(r"\w+", surname(name))) <= set(re.findall(r"\w+", name))
    assert surname(name) or not any(char.isalpha() for char in name)


@given(st.text(alphabet="abV vande,.()JrI:&*1", max_size=30))
def test_the_parts_of_a_name_have_no_word_that_it_has_not(name: str) -> None:
    author = parse_author(name)
    assert set(re.findall(r"[^\W\d]+", " ".join(author[1:]))) <= set(re.findall(r"[^\W\d]+", name))
    assert author.surname == surname(name)
    assert bool(person_key(name)) == (author.kind != "others" and any(map(str.isalpha, author.name)))


@given(st.text(max_size=60))
def test_any_text_is_read(name: str) -> None:
    for author in parse_authors([name]):
        assert author.name
        assert author.name.isprintable() or set("\u200c\u200d") & set(author.name)
