"""Words: what counts as the same word, and what must not."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.text.tokens import is_generic, is_stop, stem, stems, tokens, unique_terms

SAME = """
image images, LoRA LoRAs, generate generating generates generation, study studies, transformer transformers,
matrix matrices, vertex vertices, index indices, analysis analyses analyse analyzing, hypothesis hypotheses,
basis bases, spectrum spectra, lens lenses lensing, nucleus nuclei, phenomenon phenomena, mouse mice,
optimization optimisation optimise optimizing, recognition recognise recognizing, quantized quantisation,
summarize summarises summarization, classification classifier classify, identify identification,
synthesis synthesize synthesised syntheses, experiment experiments experimental, objective objectives,
adapter adapters, rating ratings, detector detection, behaviour behavior, tumours tumor, noise noisy denoise/noise,
supervised supervision, revised revision, Schrödinger schrodinger Schrödinger's, Poincaré Poincare, ＬｏＲＡ lora
"""
APART = """
lora exploration, university universe, universal universality, organ organization, organ organism, general generate,
general generalization, new news, animal animation, object objective, experience experiment, transform transformer,
normal normalization, local localization, visual visualization, relative relativity, reason reasoning,
conversation conversion, active activation, active activity, polar polarity, computer compute, operate operator,
adapt adaptive, character characterize, regular regularization, integral integrate, mean meaning, rate rating,
real realize, critic critical, emergence emergency, police policy, these thesis, base baseline
"""


def _families(text: str) -> list[list[str]]:
    return [[word for word in line.split() if "/" not in word] for line in text.replace("\n", " ").split(",")]


@pytest.mark.parametrize("family", _families(SAME), ids=lambda family: family[0])
def test_inflections_and_spellings_are_one_word(family):
    assert len({tuple(stems(word)) for word in family}) == 1


@pytest.mark.parametrize("family", _families(APART), ids="-".join)
def test_different_words_stay_apart(family):
    assert len({stem(word) for word in family}) == len(family)


def test_tokens_are_whole_words_and_hyphens_cut():
    assert tokens("LoRA-based text/image exploration, ﬁne") == ["lora", "based", "text", "image", "exploration", "fine"]
    assert tokens("C++ and C# but text+image, PointNet++; foo_bar") == [
        "c++", "and", "c#", "but", "text", "image", "pointnet++", "foo", "bar",
    ]  # fmt: skip


@given(st.text(max_size=60))
@settings(max_examples=80, deadline=None)
def test_any_text_has_stems_without_spaces(text):
    assert len(stems(text)) == len(tokens(text))
    assert all(part and not part.isspace() and " " not in part for part in stems(text))


def test_terms_are_kept_once_in_order():
    assert unique_terms(["LoRAs", "image", "lora", "images", "text to image", "text-to-image"]) == [
        "LoRAs", "image", "text to image",
    ]  # fmt: skip


def test_stop_and_generic_words():
    assert is_stop("The")
    assert not is_stop("LoRA")
    assert is_generic("Methods")
    assert not is_generic("generalization")


def test_threads_do_not_get_each_others_stems():
    # The library's stemmer holds the word it works on; shared between threads it once raised IndexError in a survey.
    made_up = [f"{a}{b}{c}ations" for a in "bdfgklmnprst" for b in "aeiou" for c in ("lin", "mar", "tor", "den", "gus")]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(stem, made_up * 4))
    stem.cache_clear()
    assert together == [stem(word) for word in made_up] * 4
