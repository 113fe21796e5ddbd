"""Keys of bibliographies: letters and digits, of the paper alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.text.citation_key import choose_key, make_key

DAY = datetime(2021, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("authors", "title", "key"),
    [
        (["Edward J. Hu", "Yelong Shen"], "LoRA: Low-Rank Adaptation", "hu2021lora"),
        (["Hu, Edward"], "The 3 $L$ Norms", "hu2021norms"),
        (["Jan van den Berg"], "On the Öre", "berg2021ore"),
        (["Rex Imaginary Jr."], "A Claim", "imaginary2021claim"),
        (["Hal Daumé III"], "Claims", "daume2021claims"),
        ([r"Paul Erd\H{o}s"], "Claims", "erdos2021claims"),
        (["Ada Łuczak (1)"], "Claims", "luczak2021claims"),
        (["(1)", "Ada Hu"], "Claims", "hu2021claims"),
        (["The ATLAS Collaboration"], "Claims", "atlas2021claims"),
        (["3M Research"], "Claims", "m2021claims"),
        (["A. Glenn for the PHENIX Collaboration"], "Claims", "glenn2021claims"),
        (["张伟"], "Claims", "arxiv2021claims"),
        (["et al."], "Claims", "arxiv2021claims"),
        ([], "0", "arxiv2021"),
    ],
)
def test_a_key_is_of_surname_year_first_word_and_id(authors: list[str], title: str, key: str) -> None:
    assert make_key(authors, DAY, title, "2106.00001") == f"{key}210600001"


def test_a_paper_that_no_key_can_name_goes_by_its_source() -> None:
    assert make_key([], DAY, "Claims", "biorxiv:10.1101/1") == "biorxiv2021claimsbiorxiv1011011"
    assert make_key([], DAY, "Claims", ":1") == "arxiv2021claims1"


def test_ids_that_differ_in_their_marks_alone_are_told_apart() -> None:
    assert choose_key("hu2021lora21060001", ()) == "hu2021lora21060001"
    assert choose_key("a2021b11", {"a2021b11", "a2021b11x2"}) == "a2021b11x3"


@given(st.lists(st.text(max_size=20), max_size=2), st.text(max_size=30), st.text(max_size=15))
def test_any_paper_has_a_key_of_letters_and_digits(authors: list[str], title: str, id_: str) -> None:
    key = make_key(authors, DAY, title, id_)
    assert re.fullmatch(r"[a-z][a-z0-9]*2021[a-z0-9]*", key)
    assert re.fullmatch(r"[a-z][a-z0-9]+", choose_key(key, {key}))
