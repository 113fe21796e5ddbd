"""Near spellings: words as they are written, for a word that is in no paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import Store
from store.indexing.spelling import count_slips, near_spellings
from tests.factories.databases import Place
from tests.factories.store import paper


@pytest.mark.parametrize(
    ("word", "other", "slips"),
    [
        ("diffusion", "diffusion", 0),
        ("difusion", "diffusion", 1),
        ("diffuison", "diffusion", 1),
        ("diffusoin", "diffusions", 2),
        ("graph", "walks", 3),
        ("", "ab", 2),
    ],
)
def test_slips_are_letters_left_out_put_in_changed_or_swapped(word: str, other: str, slips: int) -> None:
    assert count_slips(word, other, 2) == slips


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_slips_are_the_same_from_both_sides(word: str, other: str) -> None:
    assert min(count_slips(word, other, 2), 3) == min(count_slips(other, word, 2), 3)


def test_the_nearest_come_first_and_of_equals_the_commonest() -> None:
    words = {"transformer": 2, "transformers": 9, "transferer": 1, "diffusion": 5}
    assert near_spellings("Transfomer", words) == ["transformer", "transformers", "transferer"]
    assert near_spellings("lor", {"lora": 9}) == []
    assert near_spellings("lorax", {"lora": 9, "loran": 9, "borax": 9}) == ["lora", "loran"]


def test_only_a_word_that_no_paper_holds_has_near_spellings(store: Store) -> None:
    store.papers.add([paper("1", title='The Schr\\"{o}dinger walk', abstract="On difusion.", authors=("Ada Okafor",))])
    assert store.vocabulary.near("Schrodinger") == []
    assert store.vocabulary.near("difusion") == []
    assert store.vocabulary.near("Schrödingr") == ["schrödinger"]
    assert store.vocabulary.near("Okafar") == ["okafor"]
    assert store.vocabulary.near("?!") == []


def test_the_vocabulary_follows_what_any_process_adds(store: Store, place: Place) -> None:
    store.papers.add([paper("1", title="Graphs")])
    assert store.vocabulary.near("lattce") == []
    with place.open() as other:
        other.papers.add([paper("2", title="Lattice")])
    assert store.vocabulary.near("lattce") == ["lattice"]
