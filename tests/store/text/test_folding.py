"""Folding: one spelling for keys and addresses."""

from __future__ import annotations

import pytest

from store.text.folding import fold, to_ascii, to_slug


@pytest.mark.parametrize(
    ("text", "folded", "letters", "slug"),
    [
        ("Håkan Łuczak", "hakan luczak", "hakanluczak", "hakan-luczak"),
        ("Straße-Øre", "strasse-ore", "strasseore", "strasse-ore"),
        ("Æther Þór", "aether thor", "aetherthor", "aether-thor"),
        ("Erdős–Rényi", "erdos–renyi", "erdosrenyi", "erdos-renyi"),
        ("が", "が", "", "が"),
        ("  ", "  ", "", ""),
    ],
)
def test_letters_are_folded(text: str, folded: str, letters: str, slug: str) -> None:
    assert (fold(text), to_ascii(text), to_slug(text)) == (folded, letters, slug)
