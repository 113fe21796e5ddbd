"""Wordllama's data files: those that every store's vectors were made of, read without wordllama's code."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from digest.errors import ModelError
from digest.extractive import embedder
from digest.extractive.token_vectors import find_wordllama, load_token_vectors

FOLDER = find_wordllama()
WEIGHTS = "weights/l2_supercat_256.safetensors"
TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"


def test_the_weights_are_those_that_stores_have_vectors_of() -> None:
    weights = (FOLDER / WEIGHTS).read_bytes()
    assert hashlib.sha256(weights).hexdigest() == "64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5"


def test_a_text_has_the_tokens_that_it_always_had() -> None:
    """Words, bytes of what the vocabulary lacks, white space, scripts; as wordllama 0.4.0 gave them."""
    encode = load_token_vectors(FOLDER).tokenizer.encode
    text = "Low-rank  adaptation\t(LoRA): \x00 \u6f22\u5b57 \U0001f999"
    ids = [17511, 29899, 10003, 29871, 28206, 12, 29898, 3410, 4717, 1125, 29871, 3]
    ids += [29871, 31652, 30578, 29871, 243, 162, 169, 156]
    assert encode(text, add_special_tokens=False).ids == ids


def test_an_average_is_of_the_rows_of_the_first_tokens() -> None:
    vectors = load_token_vectors(FOLDER)
    ids = vectors.tokenizer.encode("sparse attention", add_special_tokens=False).ids
    assert np.array_equal(vectors.average("sparse attention", 2), vectors.table[ids[:2]].mean(axis=0))
    assert (vectors.table.shape, vectors.table.dtype) == ((32_000, 256), np.float32)


def test_a_long_text_is_not_cut_by_the_tokenizer() -> None:
    assert len(load_token_vectors(FOLDER).tokenizer.encode("word " * 9_000, add_special_tokens=False).ids) > 9_000


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _other_shape(path: Path) -> None:
    header = json.dumps({"embedding.weight": {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))


def _huge_header(path: Path) -> None:
    path.write_bytes(b"\xff" * 64)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in (WEIGHTS, TOKENIZER):
        (tmp_path / name).parent.mkdir()
        shutil.copyfile(FOLDER / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (WEIGHTS, Path.unlink),
        (WEIGHTS, _cut),
        (WEIGHTS, _empty),
        (WEIGHTS, _other_shape),
        (WEIGHTS, _huge_header),
        (TOKENIZER, Path.unlink),
        (TOKENIZER, _cut),
        (TOKENIZER, _empty),
    ],
)
def test_a_damaged_install_is_named_and_ends_at_once(
    copy: Path, monkeypatch: pytest.MonkeyPatch, name: str, damage: Callable[[Path], None]
) -> None:
    damage(copy / name)
    monkeypatch.setattr(embedder, "_loaded", [])
    monkeypatch.setattr(embedder, "find_wordllama", lambda: copy)
    with pytest.raises(ModelError, match=str(copy)) as caught:
        embedder.WordLlamaEmbedder().embed(["word"])
    assert caught.value.permanent
    assert "Reinstall" in str(caught.value.hint)


def test_an_install_without_wordllama_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder, "_loaded", [])
    monkeypatch.setattr("digest.extractive.token_vectors.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="No module named 'wordllama'"):
        embedder.WordLlamaEmbedder().embed(["word"])
